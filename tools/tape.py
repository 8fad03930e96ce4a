"""A program in a terminal of its own, typed to by a script, and everything that it printed.

The bytes are the program's; the clock is the tape's. What is typed takes as long as somebody needs to follow it,
what the program does takes no time, and pauses are where the script has them: so a tape made on a slow machine is
the same as one made on a fast one.
"""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyte
from pyte.screens import Char

SECONDS = 60.0
"""How long a text is waited for before the recording is given up."""
KEY = 0.07
"""How long a key takes on the tape, in seconds."""
QUIET = 0.15
"""A screen on which nothing was drawn for so long has been drawn: a full-screen program writes in pieces."""

_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<=>][0-9;]*[a-zA-Z]|\x1bP.*?\x1b\\|\x1b\[\?[0-9;]*\$p", re.DOTALL)
"""Sequences that pyte would take for others, such as a setting of the keyboard for underlining."""

Row = tuple[Char, ...]
"""A row of the screen: one Char per column; behind a wide one stands an empty one."""


@dataclass(frozen=True)
class Frame:
    """What stood on the screen from `time` (in seconds from the beginning of the tape) on."""

    time: float
    rows: tuple[Row, ...]


class _Screen(pyte.Screen):
    """A screen that answers what programs ask of a terminal."""

    def __init__(self, columns: int, rows: int, fd: int) -> None:
        self._fd = fd
        super().__init__(columns, rows)

    def write_process_input(self, data: str) -> None:
        os.write(self._fd, data.encode())


@dataclass
class Tape:
    """Use it as a context: at its end the program is told to go (SIGHUP), as when a terminal is closed."""

    command: Sequence[str]
    columns: int
    rows: int
    folder: Path
    environment: Mapping[str, str]
    clock: float = 0.0
    frames: list[Frame] = field(default_factory=list)
    printed: list[tuple[float, str]] = field(default_factory=list)

    def __enter__(self) -> Tape:
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            os.chdir(self.folder)
            os.execvpe(self.command[0], list(self.command), dict(self.environment))
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._screen = _Screen(self.columns, self.rows, self._fd)
        self._stream = pyte.ByteStream(self._screen)
        return self

    def __exit__(self, *_exc: object) -> None:
        os.kill(self._pid, signal.SIGHUP)
        os.close(self._fd)
        os.waitpid(self._pid, 0)

    def text(self) -> str:
        """What stands on the screen now, without blanks at the ends of its lines."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, text: str) -> None:
        """Go on when this stands on the screen, and all is drawn. TimeoutError when it does not come."""
        deadline = time.monotonic() + SECONDS
        while text not in self.text():
            if not self._read(deadline - time.monotonic()):
                raise TimeoutError(f"no {text!r} on the screen:\n{self.text()}")
        self.settle()

    def settle(self) -> None:
        """Take in what comes until nothing does, and keep how the screen looks then."""
        while self._read(QUIET):
            pass
        self._keep()

    def type(self, text: str, *, seconds: float = KEY) -> None:
        """Key by key, with what is shown for each."""
        for number, key in enumerate(text):
            # Nobody types like a clock: some keys take a little longer than others.
            self.clock += seconds * (0.7 + 0.6 * ((number * 7) % 5) / 4)
            self.press(key)

    def press(self, keys: str) -> None:
        """One key, or a sequence that a key sends, in no time."""
        os.write(self._fd, keys.encode())
        self._read(QUIET)
        self.settle()

    def pause(self, seconds: float) -> None:
        """Time to read what is there."""
        self.clock += seconds

    def save(self, path: Path, title: str) -> None:
        """As an asciicast, version 2 (docs.asciinema.org/manual/asciicast/v2)."""
        header = {"version": 2, "width": self.columns, "height": self.rows, "title": title}
        lines = [header, *([round(when, 3), "o", text] for when, text in self.printed)]
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")

    def _read(self, seconds: float) -> bool:
        """Whether something came within that time; it is on the screen and on the tape then."""
        if not select.select([self._fd], [], [], max(seconds, 0))[0]:
            return False
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # the program has ended, and its terminal with it
            return False
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))
        if text := self._decoder.decode(data):
            self.printed.append((self.clock, text))
        return True

    def _keep(self) -> None:
        rows = tuple(self._row(y) for y in range(self.rows))
        if self.frames and self.frames[-1].time == self.clock:
            self.frames.pop()
        if not self.frames or self.frames[-1].rows != rows:
            self.frames.append(Frame(self.clock, rows))

    def _row(self, y: int) -> Row:
        """A row as it is seen: with the cursor, where one is shown, as a cell in reverse."""
        line, cursor = self._screen.buffer[y], self._screen.cursor
        cells = [line[x] for x in range(self.columns)]
        if cursor.y == y and cursor.x < self.columns and not cursor.hidden:
            under = cells[cursor.x]
            cells[cursor.x] = under._replace(reverse=not under.reverse)
        return tuple(cells)
