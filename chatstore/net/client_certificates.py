"""Asking clients for a certificate, any certificate: what Python's ssl can't do by itself.

SASL EXTERNAL knows a client by the fingerprint of its certificate, which is usually self-signed. OpenSSL has
SSL_CTX_set_verify with a callback for that ("whatever it is, go on"); Python only offers CERT_OPTIONAL without the
callback, which ends the handshake of whoever shows a certificate that no authority has signed. So the callback is
set through ctypes, on the SSL_CTX that an SSLContext begins with (true since Python 2.7.9). That it is the right
pointer is asked first, by a change of mode that must be seen on both sides. Where it isn't (an OpenSSL that is
linked in without its names), and in a Python that this was not tried with, nobody is asked for a certificate. That
the client holds the key of what it shows is proved by the handshake itself.
"""

from __future__ import annotations

import ctypes
import ssl
import sys
from typing import Any

_VERIFY_PEER = 1
_TRIED = (3, 10), (3, 13)
"""The oldest and the newest Python that this was tried with: a wrong pointer would end the server."""


def _accept(_verified: int, _store: int) -> int:
    """In the thread of the handshake, for each certificate of the chain: whatever it is, go on."""
    return 1


_GO_ON = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)(_accept)
"""Kept for ever, because OpenSSL keeps the pointer."""


def ask_for_certificates(context: ssl.SSLContext) -> bool:
    """Have clients asked for a certificate that they may show, or not; False where this Python can't."""
    if sys.implementation.name != "cpython" or not _TRIED[0] <= sys.version_info[:2] <= _TRIED[1]:
        return False
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
