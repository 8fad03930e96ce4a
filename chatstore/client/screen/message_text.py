"""The text of a message as lines of styled pieces: what people mean by `**bold**` and so on, without its
signs, and the formatting codes of IRC clients."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.style import Style

from chatstore.chat.model.links import links
from chatstore.chat.model.text import printable
from chatstore.client.markdown import Run, blocks
from chatstore.client.screen.colors import Styles
from chatstore.client.screen.formatting import Piece, formatted, linked

_BAR = "▎ "
_BULLET = "• "
_DRAWN = ("bold", "italic", "strike")


def message_lines(text: str, styles: Styles, base: Style, nick: re.Pattern[str] | None = None) -> list[list[Piece]]:
    """The lines of a message. `nick`: finds our own."""
    plain, codes = _without_codes(text, base)
    drawn: list[list[Piece]] = [[]]
    place = 0
    for block in blocks(plain, links):
        for run in block.runs:
            if run.marks in ("sign", "number"):
                drawn[-1] += _lead(run, block.kind, styles)
                place += len(run.text)
                continue
            for number, line in enumerate(run.text.split("\n")):
                if number:
                    drawn.append([])
                    place += 1
                for part, style in codes.pieces(line, place):
                    shown = styles.dim if block.kind == "quote" and style is base else style
                    drawn[-1] += _drawn(Run(part, run.marks), styles, shown, nick)
                place += len(line)
    return drawn


class _Codes:
    """The styles that formatting codes gave to the parts of a text."""

    def __init__(self) -> None:
        self._spans: list[tuple[int, Style]] = []
        self._at = 0

    def add(self, end: int, style: Style) -> None:
        self._spans.append((end, style))

    def pieces(self, text: str, place: int) -> Iterator[Piece]:
        """A part of the text with its styles. Parts are asked for in order."""
        start, end = place, place + len(text)
        while start < end:
            while self._spans[self._at][0] <= start:
                self._at += 1
            until, style = self._spans[self._at]
            yield text[start - place : min(until, end) - place], style
            start = min(until, end)


def _without_codes(text: str, base: Style) -> tuple[str, _Codes]:
    codes, plain, length = _Codes(), [], 0
    for number, line in enumerate(text.split("\n")):
        if number:
            plain.append("\n")
            length += 1
        for part, style in formatted(line, base):
            plain.append(part)
            length += len(part)
            codes.add(length, style)
    return "".join(plain), codes


def _lead(run: Run, kind: str, styles: Styles) -> list[Piece]:
    """What stands for signs: nothing, or what begins a line of a quote or of a list."""
    if kind == "quote" and run.text.startswith(">"):
        return [(_BAR, styles.faint)]
    if kind == "item" and run.text.endswith(" "):
        indent = " " * min(6, len(run.text) - len(run.text.lstrip()))
        return [(f"{indent}{run.text.strip()} " if run.marks == "number" else indent + _BULLET, styles.dim)]
    if not styles.colors and run.text.startswith("`") and kind != "code":
        return [(run.text, styles.dim)]
    return []


def _drawn(run: Run, styles: Styles, style: Style, nick: re.Pattern[str] | None) -> Iterator[Piece]:
    names = run.marks.split()
    wanted = {name: True for name in _DRAWN if name in names}
    if wanted:
        style += Style(**wanted)  # type: ignore[arg-type]
    if "code" in names:
        yield printable(run.text), style + styles.code
    else:
        yield from linked(run.text, styles, style, nick)
