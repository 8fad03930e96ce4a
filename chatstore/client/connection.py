"""One connection to a server: lines in, lines out, never blocking once it stands.

One thread has it all to itself: an SSL socket is not safe to read in one thread and write in another.
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
"""Bytes without a line end after which this can be no chat server."""

_OWN = (18, 19, 20)
"""What OpenSSL says of a certificate that is signed by itself, or by an authority that is not known here."""


class UnreachableError(Exception):
    """No connection could be made; the message says why."""


class LostError(Exception):
    """The connection is over; the message says why."""


class Connection:
    """Made by connect(). `read` and `flush` are for when the socket is ready; see `wants_write`."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._incoming = b""
        self._outgoing = b""

    @classmethod
    def connect(cls, address: Address, seconds: float = CONNECT_SECONDS) -> Connection:
        """Blocks for at most so many seconds, and as many again for TLS. Raises UnreachableError."""
        sock = None
        try:
            sock = socket.create_connection((address.host, address.port), timeout=seconds)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.tls:
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=address.host)
        except (OSError, UnicodeError) as error:  # UnicodeError: a host name that IDNA refuses
            if sock is not None:
                sock.close()
            raise UnreachableError(_why(error)) from error
        return cls(sock)

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def wants_write(self) -> bool:
        return bool(self._outgoing)

    @property
    def has_more(self) -> bool:
        """Whether there is something to read that select() doesn't know of: TLS has decrypted it already."""
        return isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0

    def send(self, text: str) -> None:
        """Take a line to send, and send what goes now. A line that can't go any more is lost with the
        connection, which the next read() tells."""
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
        """All lines that have come, as far as they are lines. Raises LostError when the connection is over
        and everything that came before that was given out."""
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
        """(what is there, why there will be no more)."""
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
            return data, _why(error)


def _parsed(data: bytes) -> Line | None:
    try:
        return parse(data.rstrip(b"\r").decode("utf-8", "replace"))
    except LineError:
        return None


def _why(error: Exception) -> str:
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
