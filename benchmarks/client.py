"""A blocking IRC client, for measuring one request at a time."""

from __future__ import annotations

import base64
import socket
import time
from itertools import count

_PATIENCE = 120.0


class Client:
    """A connected client. `caps` are the capabilities that it requests."""

    _tokens = count(1)

    def __init__(self, port: int, nick: str, caps: str = "") -> None:
        self.nick = nick
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self.send(f"CAP LS 302\r\nNICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n")
        if caps:
            self.send(f"CAP REQ :{caps}\r\n")
            self.until(b" ACK ")

    def welcome(self) -> None:
        self.send("CAP END\r\n")
        self.until(b" 001 ")
        self.round_trip("")

    def prepare_login(self, password: str) -> bytes:
        """Send all of SASL PLAIN except the last line, and return that line. The server hashes when it gets
        it."""
        self.send("AUTHENTICATE PLAIN\r\n")
        self.until(b"AUTHENTICATE +")
        response = base64.b64encode(f"\0{self.nick}\0{password}".encode())
        return b"AUTHENTICATE " + response + b"\r\n"

    def send(self, text: str) -> None:
        self.sock.sendall(text.encode())

    def until(self, wanted: bytes) -> bytes:
        """Read up to the line that contains `wanted`; returns everything before it, and the line. Raises
        ConnectionError."""
        data = self._rest
        while (found := data.find(wanted)) < 0 or (end := data.find(b"\n", found)) < 0:
            more = self.sock.recv(1 << 20)
            if not more:
                raise ConnectionError(f"{self.nick} was cut off")
            data += more
        self._rest = data[end + 1 :]
        return data[: end + 1]

    def round_trip(self, lines: str) -> tuple[float, bytes]:
        """Send lines and wait for the whole answer. Returns the milliseconds and the answer; a server answers
        in order."""
        token = f"t{next(self._tokens)}z"
        begun = time.monotonic()
        self.send(f"{lines}PING {token}\r\n")
        answer = self.until(token.encode())
        return 1000 * (time.monotonic() - begun), answer

    def close(self) -> None:
        self.sock.close()
