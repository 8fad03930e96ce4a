"""One connection to a server: lines in, lines out. It never blocks once it is made.

Only one thread may use it: an SSL socket cannot be read in one thread and written in another.
"""

from __future__ import annotations

import socket
import ssl

from chatstore.client.address import Address
from chatstore.irc.line import MAX_BODY, MAX_TAGS, Line, LineError, parse

CONNECT_SECONDS = 10.0
_CHUNK = 65536
_AT_ONCE = 16 * _CHUNK
MAX_LINE_BYTES = 4 * (MAX_TAGS + MAX_BODY)
"""Bytes without a line end after which this cannot be a chat server."""

_OWN = (18, 19, 20)
"""OpenSSL's codes for a certificate that signs itself, or whose authority is not known here."""


class UnreachableError(Exception):
    """No connection can be made. The message says why."""


class LostError(Exception):
    """The connection is over. The message says why."""


class Connection:
    """Made by connect(). Call read() and flush() when the socket is ready; see `wants_write`."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._incoming = b""
        self._outgoing = b""

    @classmethod
    def connect(cls, address: Address, seconds: float = CONNECT_SECONDS) -> Connection:
        """Connect, within so many seconds, and as many again for TLS. Raises UnreachableError."""
        sock = None
        try:
            sock = socket.create_connection((address.host, address.port), timeout=seconds)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.tls:
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=address.host)
        except (OSError, UnicodeError) as error:  # UnicodeError: a host name that IDNA refuses
            if sock is not None:
                sock.close()
            raise UnreachableError(unreachable_because(error)) from error
        return cls(sock)

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def wants_write(self) -> bool:
        return bool(self._outgoing)

    @property
    def has_more(self) -> bool:
        """Whether TLS has decrypted bytes that wait to be read. select() doesn't know of them."""
        return isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0

    def send(self, text: str) -> None:
        """Send a line, as much of it as can be sent now. If the connection is over the line is lost, and the
        next read() says so."""
        self._outgoing += text.encode("utf-8", "replace") + b"\r\n"
        self.flush()

    def flush(self) -> None:
        try:
            while self._outgoing:
                self._outgoing = self._outgoing[self._socket.send(self._outgoing) :]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self._outgoing = b""

    def read(self) -> list[Line]:
        """All complete lines that have arrived, without those that cannot be parsed. Raises LostError when
        the connection is over and all lines before the end have been returned."""
        data, end = self._receive()
        *lines, self._incoming = (self._incoming + data).split(b"\n")
        if len(self._incoming) > MAX_LINE_BYTES:
            raise LostError("this is not a chat server: it sends no lines")
        if end and not lines:
            raise LostError(end)
        return [line for line in map(_parsed, lines) if line is not None]

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> tuple[bytes, str]:
        """(the bytes that are here, why no more will come)."""
        data = b""
        try:
            while len(data) < _AT_ONCE:
                chunk = self._socket.recv(_CHUNK)
                if not chunk:
                    return data, "the server closed the connection"
                data += chunk
            return data, ""
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return data, ""
        except OSError as error:
            return data, unreachable_because(error)


def _parsed(data: bytes) -> Line | None:
    try:
        return parse(data.rstrip(b"\r").decode("utf-8", "replace"))
    except LineError:
        return None


def unreachable_because(error: Exception) -> str:
    """Why there is no connection, or none any more, for people."""
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = (
            "; if it is your own: SSL_CERT_FILE=FILE.pem chatstore client ..." if error.verify_code in _OWN else ""
        )
        return f"its certificate is not trusted ({error.verify_message}){hint}"
    if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
        return "this port does not speak TLS; use irc:// there"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(getattr(error, "strerror", None) or error)
