"""Somebody at a terminal: a socket that says lines and waits for lines, never for time."""

from __future__ import annotations

import re
import socket
from itertools import count

SECONDS = 60.0
"""How long anything is waited for before a test fails."""
PASSWORD = "correct horse"


class Talker:
    """`log` keeps every line that came."""

    _tokens = count(1)

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._buffer = b""
        self.log: list[str] = []

    def say(self, *lines: str) -> None:
        self.send_bytes("".join(f"{line}\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        self._socket.sendall(data)

    def line(self) -> str:
        """The next line; EOFError when the server has closed."""
        while b"\n" not in self._buffer:
            data = self._socket.recv(65536)
            if not data:
                raise EOFError
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(b"\n")
        self.log.append(text.decode())
        return self.log[-1]

    def wait(self, pattern: str) -> str:
        """Read up to the first line in which the pattern is found."""
        while True:
            line = self.line()
            if re.search(pattern, line):
                return line

    def sync(self) -> list[str]:
        """Everything that comes before the answer to a command that there is not."""
        token = f"/sync{next(self._tokens)}"
        self.say(token)
        lines: list[str] = []
        while not (line := self.line()).startswith(f"-- unknown command {token},"):
            lines.append(line)
        return lines

    def ask(self, *lines: str) -> list[str]:
        """Say, and everything that comes back."""
        self.say(*lines)
        return self.sync()

    def rest(self) -> list[str]:
        """Everything until the server closes."""
        lines = []
        try:
            while True:
                lines.append(self.line())
        except (EOFError, ConnectionResetError):
            return lines

    def register(self, name: str, password: str = PASSWORD) -> list[str]:
        """Make an account; everything up to being at one's place."""
        self.say(name)
        self.wait("Choose a password")
        self.say(password)
        self.wait("Repeat the password")
        self.say(password)
        self.wait("^-- Hello ")
        return self.sync()

    def log_in(self, name: str, password: str = PASSWORD) -> list[str]:
        self.say(name)
        self.wait("^Password of ")
        self.say(password)
        self.wait("^-- Hello ")
        return self.sync()

    def close(self) -> None:
        self._socket.close()

    def half_close(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)
