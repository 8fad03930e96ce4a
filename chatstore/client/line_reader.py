"""Lines of a file descriptor that is read when it is ready."""

from __future__ import annotations

import os
import select

_CHUNK = 65536
_TOGETHER = 0.02
"""Seconds within which pasted lines follow each other. Nobody types a line so quickly, not even with a key
held down."""
_AT_ONCE = 1 << 20


class LineReader:
    """Of a terminal, a pipe or a file."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.ended = False
        self._rest = b""

    @property
    def waiting(self) -> bool:
        """Whether read() would find something now."""
        return bool(select.select([self.fd], [], [], 0)[0])

    def read(self) -> list[bytes]:
        """The lines that have come, without line ends. Blocks if there are none. Text behind the last line
        end becomes a line when the input ends."""
        data = os.read(self.fd, _CHUNK)
        if not data:
            self.ended = True
            rest, self._rest = self._rest, b""
            return [rest] if rest else []
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line.removesuffix(b"\r") for line in lines]

    def read_together(self) -> list[bytes]:
        """The same for a terminal, which gives one line at a time: with the lines that follow at once because
        they were pasted."""
        lines = self.read()
        size = sum(map(len, lines))
        while lines and not self.ended and size < _AT_ONCE and select.select([self.fd], [], [], _TOGETHER)[0]:
            more = self.read()
            size += sum(map(len, more))
            lines += more
        return lines


def read_first_line(fd: int) -> bytes:
    """One line, without its end. It reads not a byte more, so that others can read the rest."""
    line = b""
    while (byte := os.read(fd, 1)) not in (b"", b"\n"):
        line += byte
    return line.removesuffix(b"\r")
