"""The client in a pipe: each line of the input is a message, and the client ends with the last receipt."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TextIO

from chatstore.chat.model.text import printable
from chatstore.client import events
from chatstore.client.events import Event
from chatstore.client.line_reader import LineReader
from chatstore.client.loop import FAILURE, NOT_FOUND, OK
from chatstore.client.names import fold
from chatstore.client.protocol import ClientProtocol

WINDOW = 16
"""Messages without a receipt at the same time."""
_NOT_FOUND = ("401", "403")


class Pipe:
    """A Frontend that sends the lines of `source` to one room. Its protocol must be one that resends. It
    prints errors to `errors`, and with `verbose` also what the client does.

    Empty lines are skipped. If the server refuses a line, that is printed with the reason, and the rest is
    sent. If the room cannot be joined, nothing is sent."""

    def __init__(
        self, protocol: ClientProtocol, room: str, source: int, errors: TextIO, *, verbose: bool = False
    ) -> None:
        self.code = OK
        self._protocol = protocol
        self._room = room
        self._reader = LineReader(source)
        self._errors = errors
        self._verbose = verbose
        self._lines: deque[bytes] = deque()
        self._number = 0
        self._over = False

    @property
    def done(self) -> bool:
        return self._over or (self._reader.ended and not self._lines and not self._protocol.unconfirmed)

    @property
    def quit_reason(self) -> str:
        return ""

    def wanted_input(self) -> int | None:
        return None if self._reader.ended or self._lines or self._over else self._reader.fd

    def take_input(self, now: int) -> None:
        self._lines += self._reader.read()
        self.received()

    def received(self) -> None:
        """Send lines while the window has room."""
        while self._lines and self._protocol.unconfirmed < WINDOW and not self._over:
            self._send(self._lines.popleft())
        if self._reader.ended and not self._lines:
            self._protocol.fence()

    def show(self, shown: Sequence[Event]) -> None:
        for event in shown:
            if isinstance(event, events.NotSent):
                self._refused(event.code, f"not sent: {event.body}: {event.reason}")
            elif isinstance(event, events.Failure) and fold(event.target) in ("", fold(self._room)):
                if self._protocol.target(self._room).wanted:
                    self._print(event.text)  # the exit code tells whether all messages are stored, and nothing else
                else:  # with cannot join the room, there is no use in reading on
                    self._refused(event.code, event.text)
                    self._over = True
            elif isinstance(event, events.RoomCreated):
                self._print(f"created {event.target}")
            elif isinstance(event, events.Info) and self._verbose:
                self._print(event.text)

    def fail(self, text: str) -> None:
        self._print(text)

    def _send(self, line: bytes) -> None:
        self._number += 1
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            self._refused("", f"line {self._number} is not UTF-8: not sent")
            return
        if text:
            self._protocol.say(self._room, text)

    def _refused(self, code: str, text: str) -> None:
        self.code = self.code or (NOT_FOUND if code in _NOT_FOUND else FAILURE)
        self._print(text)

    def _print(self, text: str) -> None:
        print(f"chatstore client: {printable(text)}", file=self._errors, flush=True)
