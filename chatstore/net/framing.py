"""Bytes to lines, pure: no socket, no clock.

A framing is fed whatever arrived and returns what is complete: lines of text without their ends, and in
their place a Problem for each line that can't be one. CR, LF and CR LF all end a line, empty lines are none.
"""

from __future__ import annotations

from enum import Enum


class Problem(Enum):
    """Stands in the inbox where a line could not be read."""

    TOO_LONG = "too-long"
    NOT_UTF8 = "not-utf8"
    ENDLESS = "endless"


class LineFraming:
    """`longest`: bytes of a line without its end; a longer one is skipped to its end and reported.
    `endless`: bytes without an end after which reading on makes no sense."""

    def __init__(self, longest: int, endless: int) -> None:
        self._longest = longest
        self._endless = endless
        self._partial = bytearray()
        self._skipped = 0

    @property
    def has_partial(self) -> bool:
        """Whether something has arrived that has no end yet."""
        return bool(self._partial)

    def feed(self, data: bytes) -> list[str | Problem]:
        found: list[str | Problem] = []
        *complete, rest = data.replace(b"\r", b"\n").split(b"\n")
        for piece in complete:
            self._add(piece, found)
            self._end(found)
        self._add(rest, found)
        return found

    def flush(self) -> list[str | Problem]:
        """Take what has no end as a line."""
        found: list[str | Problem] = []
        self._end(found)
        return found

    def _add(self, piece: bytes, found: list[str | Problem]) -> None:
        if self._skipped:
            self._skipped += len(piece)
        elif len(self._partial) + len(piece) > self._longest:
            self._skipped = len(self._partial) + len(piece)
            self._partial.clear()
            found.append(Problem.TOO_LONG)
        else:
            self._partial += piece
        while self._skipped > self._endless:
            self._skipped -= self._endless
            found.append(Problem.ENDLESS)

    def _end(self, found: list[str | Problem]) -> None:
        if self._partial:
            try:
                found.append(self._partial.decode("utf-8"))
            except UnicodeDecodeError:
                found.append(Problem.NOT_UTF8)
            self._partial.clear()
        self._skipped = 0
