"""TLS as a layer over memory (ssl.MemoryBIO), and the certificate that it shows.

An SSLSocket must not be read in one thread and written in another. So there is none: an SSLObject is used
under the outbox's lock, and never sees a socket.

Spec: RFC 8446 and RFC 5246. TLS 1.2 is the oldest version; renegotiation is refused.
"""

from __future__ import annotations

import calendar
import contextlib
import hashlib
import re
import ssl
import time
from dataclasses import replace
from pathlib import Path

from chatstore.net.client_certificates import ask_for_certificates
from chatstore.net.layers import End, Layer, Peer

_HANDSHAKE_RECORD = 0x16
"""The first byte of a TLS connection (RFC 8446 section 5.1)."""
_CHUNK = 65536


class CertificateError(Exception):
    """The certificate or its key can't be used; the message says why, and names the file."""


class Certificate:
    """A certificate with its key, from PEM files, as the contexts of the connections that show it. Raises
    CertificateError.

    Reading the files again means making another Certificate; existing connections keep theirs. `context` does
    not ask clients for a certificate; `asking` does, if `asks_clients` is true. `expires`: seconds since 1970
    UTC; None if it can't be read.
    """

    def __init__(self, certificate: Path, key: Path, *, ask_clients: bool = True) -> None:
        self.stamp = stamp(certificate, key)
        self.context = self._context(certificate, key)
        self.asking = self._context(certificate, key)
        self.asks_clients = ask_clients and ask_for_certificates(self.asking, certificate, key)
        self.expires = expiry(certificate)

    @staticmethod
    def _context(certificate: Path, key: Path) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
        for path in (certificate, key):
            try:
                path.open("rb").close()
            except OSError as error:
                raise CertificateError(f"{path}: {error.strerror}") from None
        try:
            context.load_cert_chain(certificate, key, password=_nobody_to_ask)
        except ssl.SSLError as error:
            raise CertificateError(f"{certificate}: {_why_not(error, key)}") from None
        except ValueError:
            raise CertificateError(f"{key}: the key must not be encrypted") from None
        return context


def stamp(*paths: Path) -> tuple[tuple[int, int, int] | None, ...]:
    """A value that changes when one of the files changes or is replaced."""
    found: list[tuple[int, int, int] | None] = []
    for path in paths:
        try:
            state = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((state.st_ino, state.st_size, state.st_mtime_ns))
    return tuple(found)


def expiry(path: Path) -> float | None:
    """When the first certificate of a PEM file expires: seconds since 1970 UTC, or None if it can't be read.

    Spec: RFC 5280 section 4.1 (Certificate, tbsCertificate: version, serialNumber, signature, issuer,
    validity with notBefore and notAfter) and 4.1.2.5 (UTCTime or GeneralizedTime, in Z); X.690 section 8.1
    for the elements.
    """
    try:
        body = _inside(_inside(_der(path)))  # of the Certificate, of the tbsCertificate
        if body[:1] == b"\xa0":  # [0] version
            body = _behind(body)
        validity = _inside(_behind(_behind(_behind(body))))
        not_after = _behind(validity)
        kind, text = not_after[0], _inside(not_after).decode("ascii")
        if kind == _UTC_TIME:  # two digits of the year
            text = ("19" if text[:2] >= "50" else "20") + text
        return calendar.timegm(time.strptime(text, "%Y%m%d%H%M%SZ"))
    except (CertificateError, IndexError, ValueError):
        return None


_UTC_TIME = 0x17


def _element(der: bytes) -> tuple[int, int]:
    """Start and end of the content of the first element."""
    length, start = der[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start], "big")
    if start + length > len(der):
        raise ValueError("cut off")
    return start, start + length


def _inside(der: bytes) -> bytes:
    start, end = _element(der)
    return der[start:end]


def _behind(der: bytes) -> bytes:
    return der[_element(der)[1] :]


def fingerprint_of(path: Path) -> str:
    """SHA-256 of the first certificate in a PEM file, in lower-case hex. Raises CertificateError."""
    return hashlib.sha256(_der(path)).hexdigest()


def _der(path: Path) -> bytes:
    """The first certificate in a PEM file. Raises CertificateError."""
    try:
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise CertificateError(f"{path}: {error.strerror}") from None
    found = re.search("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", text, re.DOTALL)
    try:
        der = ssl.PEM_cert_to_DER_cert(found[0]) if found else b""
    except ValueError:
        der = b""
    if not der:
        raise CertificateError(f"{path}: no certificate in PEM form, and no SHA-256 (64 hexadecimal digits)")
    return der


def _nobody_to_ask() -> str:
    raise ValueError


def _why_not(error: ssl.SSLError, key: Path) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"the key in {key} belongs to another certificate"
    return f"no certificate and key in PEM form here and in {key}" + (f" ({error.reason})" if error.reason else "")


class TlsLayer(Layer):
    """TLS on one connection. `plaintext`: the answer to a client that speaks without TLS."""

    __slots__ = ("_certificate", "_incoming", "_outgoing", "_plaintext", "_started", "_tls")

    translates = True

    def __init__(self, context: ssl.SSLContext, plaintext: bytes = b"") -> None:
        super().__init__()
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._plaintext = plaintext
        self._started = False
        self._certificate = ""
        self.ready = False

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """Decrypt bytes. The answer has the handshake's own bytes."""
        if self.ended is not None:
            return b"", b""
        if not self._started:
            self._started = True
            if data[0] != _HANDSHAKE_RECORD:
                self.ended = End("spoke without TLS")
                return b"", self._plaintext
        self._incoming.write(data)
        received: list[bytes] = []
        try:
            if not self.ready:
                self._tls.do_handshake()
                self.ready = True
                der = self._tls.getpeercert(binary_form=True)
                self._certificate = hashlib.sha256(der).hexdigest() if der else ""
            while piece := self._tls.read(_CHUNK):
                received.append(piece)
            self.ended = End("connection closed", clean=True)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = End("connection closed", clean=True)
        except ssl.SSLError as error:
            self.ended = End(f"TLS {'' if self.ready else 'handshake '}failed: {_reason(error)}")
        return b"".join(received), self._outgoing.read()

    def send(self, data: bytes) -> bytes:
        """Encrypt bytes."""
        if not self.ready:
            return b""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._tls.write(rest) :]
        except ssl.SSLError as error:
            self.ended = self.ended or End(f"TLS failed: {_reason(error)}")
        return self._outgoing.read()

    def close(self) -> bytes:
        """Our close_notify. The peer's is not waited for."""
        if self.ready:
            with contextlib.suppress(ssl.SSLError):  # usually: it would like to read the other side's
                self._tls.unwrap()
        return self._outgoing.read()

    def describe(self, peer: Peer) -> Peer:
        """Return the peer as secure, with the fingerprint of its certificate."""
        return replace(peer, secure=True, certificate=self._certificate)


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or "unknown error").lower().replace("_", " ")
