"""The line client: a typed line is a message or a command, pasted lines are one message, and events are
printed.

The terminal stays in its line mode. So pasted lines are known by coming together: the marks of a bracketed
paste would stand in the person's line.
"""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TextIO

from chatstore.chat.model.text import printable
from chatstore.client.commands import take_lines
from chatstore.client.context import CommandContext
from chatstore.client.events import Event
from chatstore.client.line_reader import LineReader
from chatstore.client.loop import OK
from chatstore.client.protocol import ClientProtocol
from chatstore.client.render import Renderer

_CLEAR = "\r\x1b[K"
_UP = "\x1b[A"


def takes_escapes(output: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the output takes escape sequences: it is a terminal that knows them, and NO_COLOR is not
    set."""
    return output.isatty() and not environment.get("NO_COLOR") and environment.get("TERM", "dumb") != "dumb"


class Terminal:
    """A Frontend for a person. Without escape sequences it prints no prompt, and clears nothing."""

    def __init__(self, protocol: ClientProtocol, room: str, source: int, output: TextIO, *, escapes: bool) -> None:
        self._context = CommandContext(protocol, current=room)
        self._reader = LineReader(source)
        self._output = output
        self._escapes = escapes
        self._renderer = Renderer(colors=escapes)
        self._renderer.current = room
        self._printed_below = False
        """Whether something was printed below a line that was typed and is not taken yet."""

    @property
    def done(self) -> bool:
        return self._context.done

    @property
    def quit_reason(self) -> str:
        return self._context.quit_reason

    @property
    def code(self) -> int:
        return OK

    def wanted_input(self) -> int | None:
        return self._reader.fd

    def take_input(self, now: int) -> None:
        lines = [line.decode("utf-8", "replace") for line in self._reader.read_together()]
        self._context.now = now
        if not self._printed_below:
            self._unprint(lines)
        take_lines(self._context, lines)
        self._printed_below = False
        self._context.done = self._context.done or self._reader.ended
        self._renderer.current = self._context.current
        self._write("")

    def received(self) -> None:
        self._context.follow()
        self._renderer.current = self._context.current

    def show(self, shown: Sequence[Event]) -> None:
        lines = self._renderer.render_all(shown)
        if lines:
            self._printed_below = self._printed_below or self._reader.waiting
            self._write("".join(line + "\n" for line in lines))

    def fail(self, text: str) -> None:
        self._write(f"{printable(text)}\n", prompt=False)

    def close(self) -> None:
        """Leave the cursor at the beginning of a line."""
        if self._escapes:
            self._write("", prompt=False)

    def _unprint(self, typed: Sequence[str]) -> None:
        """Remove the lines that the terminal echoed, because they are printed again when they are stored. If
        one of them takes more than one row, all stay."""
        width = shutil.get_terminal_size().columns
        if self._escapes and all(_columns(self._prompt() + line) < width for line in typed):
            self._output.write(len(typed) * (_UP + _CLEAR))

    def _prompt(self) -> str:
        return f"{printable(self._context.current)}> " if self._escapes else ""

    def _write(self, text: str, prompt: bool = True) -> None:
        clear = _CLEAR if self._escapes else ""
        text = clear + text + (self._prompt() if prompt and not self.done else "")
        encoding = self._output.encoding or "utf-8"
        self._output.write(text.encode(encoding, "backslashreplace").decode(encoding))
        self._output.flush()


def _columns(text: str) -> int:
    """About how many columns a text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
