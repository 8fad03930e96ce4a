"""Asking clients for a certificate, signed by anybody: what Python's ssl module can't do.

SASL EXTERNAL identifies a client by the fingerprint of its certificate, which is usually self-signed. OpenSSL
offers SSL_CTX_set_verify with a callback that accepts any certificate. Python offers CERT_OPTIONAL without
the callback, which ends the handshake of a client whose certificate no authority has signed. So the callback
is set through ctypes, on the SSL_CTX pointer with which an SSLContext object begins (true since Python
2.7.9).

Nothing guarantees that this stays so, and a wrong pointer would crash the server. So it is tried once in a
process of its own: this file runs there, and makes a whole handshake in which a client shows the server's
certificate. If that fails in any way, even by a crash, clients are not asked, and the caller can say so. The
handshake itself proves that a client holds the key of its certificate.
"""

from __future__ import annotations

import ctypes
import ssl
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

_VERIFY_PEER = 1
_SECONDS = 20
"""Seconds that the trial may take."""


def _accept(_verified: int, _store: int) -> int:
    """OpenSSL's callback for each certificate of the chain: accept it. In the thread of the handshake."""
    return 1


_GO_ON = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)(_accept)
"""Never freed, because OpenSSL keeps the pointer."""


def ask_for_certificates(context: ssl.SSLContext, certificate: Path, key: Path) -> bool:
    """Make a context ask clients for an optional certificate. False if this Python can't. The files are the
    context's own; the trial uses them."""
    return _works(str(certificate), str(key)) and _set_callback(context)


@lru_cache
def _works(certificate: str, key: str) -> bool:
    """Whether the trial succeeds, in a process of its own."""
    if sys.implementation.name != "cpython" or not sys.executable:
        return False
    command = [sys.executable, "-I", "-S", __file__, certificate, key]
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return False
    return ended.returncode == 0


def _set_callback(context: ssl.SSLContext) -> bool:
    try:
        library = ctypes.CDLL(sys.modules["_ssl"].__file__)
        mode_of, set_verify = library.SSL_CTX_get_verify_mode, library.SSL_CTX_set_verify
    except (AttributeError, OSError, TypeError):
        return False
    mode_of.argtypes, mode_of.restype = [ctypes.c_void_p], ctypes.c_int
    set_verify.argtypes, set_verify.restype = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p], None
    pointer = ctypes.c_void_p.from_address(id(context) + object.__basicsize__)
    if not pointer or not _is_the_context(context, pointer, mode_of):
        return False
    set_verify(pointer, _VERIFY_PEER, ctypes.cast(_GO_ON, ctypes.c_void_p))
    return context.verify_mode is ssl.CERT_OPTIONAL


def _is_the_context(context: ssl.SSLContext, pointer: ctypes.c_void_p, mode_of: Any) -> bool:
    seen = []
    for mode in (ssl.CERT_REQUIRED, ssl.CERT_OPTIONAL, ssl.CERT_NONE):
        context.verify_mode = mode
        seen.append(mode_of(pointer))
    return seen == [3, 1, 0]


def _try(certificate: str, key: str) -> bool:
    """Whether a handshake in memory shows the server the client's certificate."""
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    theirs.check_hostname, theirs.verify_mode = False, ssl.CERT_NONE
    for context in (ours, theirs):
        context.load_cert_chain(certificate, key)
    if not _set_callback(ours):
        return False
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = ours.wrap_bio(up, down, server_side=True)
    client = theirs.wrap_bio(down, up)
    done = set()
    for _ in range(10):
        for end in (client, server):
            try:
                end.do_handshake()
                done.add(end)
            except ssl.SSLWantReadError:
                pass
    return done == {client, server} and server.getpeercert(binary_form=True) == client.getpeercert(binary_form=True)


if __name__ == "__main__":
    sys.exit(0 if _try(*sys.argv[1:3]) else 1)
