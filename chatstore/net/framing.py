"""Bytes to lines, without a socket or a clock. TelnetFraming is for endpoints that telnet may use.

A framing is fed what arrives and returns the complete lines without their ends: a str for each; its bytes if
it is not UTF-8; a Problem if it is too long. CR, LF and CR LF all end a line. Empty lines are skipped.
"""

from __future__ import annotations

import re
from enum import Enum


class Problem(Enum):
    """Takes the place of a line that could not be read."""

    TOO_LONG = "too-long"
    ENDLESS = "endless"


Item = str | bytes | Problem


class Pieces:
    """No framing: what arrives is handed on as it is, as one item."""

    __slots__ = ()

    has_partial = False

    def feed(self, data: bytes) -> list[bytes]:
        return [data] if data else []

    def flush(self) -> list[bytes]:
        return []


class LineFraming:
    """Lines of at most `max_line` bytes without their end; a longer one is skipped and reported as TOO_LONG.

    `max_endless`: bytes without a line end after which ENDLESS is reported: reading on makes no sense.
    """

    __slots__ = ("_max_endless", "_max_line", "_partial", "_skipped")

    def __init__(self, max_line: int, max_endless: int) -> None:
        self._max_line = max_line
        self._max_endless = max_endless
        self._partial: bytes | bytearray = b""
        """The beginning of a line. It is a bytearray while there is one; nearly always there is none."""
        self._skipped = 0

    @property
    def has_partial(self) -> bool:
        """Whether bytes have arrived that no line end follows yet."""
        return bool(self._partial)

    def feed(self, data: bytes) -> list[Item]:
        found: list[Item] = []
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        while b"\n\n" in data:  # otherwise each of many empty lines would cost as much as a line
            data = data.replace(b"\n\n", b"\n")
        *complete, rest = data.split(b"\n")
        if complete and (self._partial or self._skipped):
            self._add(complete.pop(0), found)
            self._end(found)
        for piece in complete:  # whole lines, most of what there is: without a call and a copy for each
            if len(piece) > self._max_line:
                self._add(piece, found)
                self._end(found)
            elif piece:
                try:
                    found.append(piece.decode())
                except UnicodeDecodeError:
                    found.append(piece)
        self._add(rest, found)
        return found

    def flush(self) -> list[Item]:
        """End the line that has no end yet."""
        found: list[Item] = []
        self._end(found)
        return found

    def _add(self, piece: bytes, found: list[Item]) -> None:
        if self._skipped:
            self._skipped += len(piece)
        elif len(self._partial) + len(piece) > self._max_line:
            self._skipped = len(self._partial) + len(piece)
            self._partial = b""
            found.append(Problem.TOO_LONG)
        elif self._partial:
            self._partial += piece
        elif piece:
            self._partial = bytearray(piece)
        while self._skipped > self._max_endless:
            self._skipped -= self._max_endless
            found.append(Problem.ENDLESS)

    def _end(self, found: list[Item]) -> None:
        if self._partial:
            try:
                found.append(self._partial.decode("utf-8"))
            except UnicodeDecodeError:
                found.append(bytes(self._partial))
            self._partial = b""
        self._skipped = 0


_MAX_SUBNEGOTIATION = 512
"""Bytes of a telnet subnegotiation (IAC SB … IAC SE). A longer one is taken for text."""
_TELNET = re.compile(
    rb"(?P<command>\xff(?:[\xfb-\xfe].|[\xf0-\xf9]|\xfa(?:[^\xff]|\xff[^\xf0]){0,%(most)d}\xff\xf0))"
    rb"|(?P<text>\xff\xff|\xff\xfa(?:[^\xff]|\xff[^\xf0]){%(more)d})"
    rb"|(?P<partial>\xff(?:[\xfb-\xfe]|\xfa(?:[^\xff]|\xff[^\xf0]){0,%(most)d}\xff?)?\Z)"
    rb"|(?P<end>\r(?:\0|\Z))" % {b"most": _MAX_SUBNEGOTIATION, b"more": _MAX_SUBNEGOTIATION + 1},
    re.DOTALL,
)


class TelnetFraming(LineFraming):
    """LineFraming that removes telnet's own bytes: negotiations (RFC 854), and the NUL of CR NUL."""

    __slots__ = ("_after_cr", "_partial_command")

    def __init__(self, max_line: int, max_endless: int) -> None:
        super().__init__(max_line, max_endless)
        self._partial_command = b""
        self._after_cr = False

    def feed(self, data: bytes) -> list[Item]:
        return super().feed(self._without_telnet(data))

    def _without_telnet(self, data: bytes) -> bytes:
        if self._after_cr and data:
            data, self._after_cr = data.removeprefix(b"\0"), False
        data, self._partial_command = self._partial_command + data, b""
        if b"\xff" in data or b"\r" in data:
            return _TELNET.sub(self._kept, data)
        return data

    def _kept(self, found: re.Match[bytes]) -> bytes:
        """What replaces a match of _TELNET. The beginning of a command is kept until the rest arrives."""
        if found["text"] is not None:
            return found[0]
        if found["partial"] is not None:
            self._partial_command = found[0]
        elif found["end"] is not None:
            self._after_cr = found[0] == b"\r"
            return b"\r"
        return b""
