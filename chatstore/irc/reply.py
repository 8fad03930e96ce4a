"""One command's answer: lines gathered and sent as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chatstore.irc.line import MAX_BODY, format_line
from chatstore.irc.numerics import Numeric


class Reply:
    """Lines from the server to one client. flush() sends what was gathered in one piece `to` the client, or
    to the labelled answer of the command that runs (labels.py)."""

    def __init__(self, server: str, nick: Callable[[], str], send: Callable[[bytes], None]) -> None:
        self._server = server
        self._nick = nick
        self.to = send
        self._lines: list[bytes] = []

    def numeric(self, number: Numeric, *params: str, text: str | None = None) -> None:
        """`:server 123 nick params :text`; without text the last parameter goes as it is."""
        every = (self._nick(), *params) if text is None else (self._nick(), *params, text)
        self.line(number, *every, trailing=text is not None)

    def line(
        self, command: str, *params: str, trailing: bool = False, tags: Mapping[str, str] | None = None
    ) -> None:
        """A line from the server, cut to what a line may have."""
        text = format_line(command, *params, source=self._server, trailing=trailing)
        data = text.encode()
        if len(data) > MAX_BODY - 2:
            data = data[: MAX_BODY - 2].decode(errors="ignore").encode()
        head = (format_line("", tags=tags) if tags else "").encode()
        self._lines.append(head + data + b"\r\n")

    def line_from(self, source: str, command: str, *params: str) -> None:
        """A line that somebody else caused."""
        self._lines.append(f"{format_line(command, *params, source=source)}\r\n".encode())

    def fail(self, command: str, code: str, *about: str, text: str) -> None:
        """IRCv3 standard-replies."""
        self.line("FAIL", command, code, *about, text, trailing=True)

    def raw(self, data: bytes) -> None:
        """Lines that are rendered already."""
        self._lines.append(data)

    def flush(self) -> None:
        if self._lines:
            self.to(self.take())

    def take(self) -> bytes:
        """What was gathered, for who sends it later."""
        if not self._lines:
            return b""
        data, self._lines = b"".join(self._lines), []
        return data
