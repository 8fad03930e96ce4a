"""Text as styled pieces: links can be clicked, our nick stands out, and the formatting codes of IRC
clients are drawn. Nothing else that others wrote can control the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from rich.style import Style

from chatstore.chat.model.links import links
from chatstore.chat.model.text import FORMAT, printable
from chatstore.client.screen.colors import Styles
from chatstore.client.screen.wrapping import wrap

Piece = tuple[str, Style]
"""(a text without line ends that a terminal may print, its style)"""

_SWITCHES = {"\x02": "bold", "\x1d": "italic", "\x1f": "underline", "\x1e": "strike"}
_SAFE_IN_URL = "!#$%&'()*+,/:;=?@[]~-._"


def pieces(line: str, styles: Styles, base: Style, nick: re.Pattern[str] | None = None) -> list[Piece]:
    """The pieces of one line of a message. `nick`: finds our own."""
    found: list[Piece] = []
    for text, style in formatted(line, base):
        found += linked(text, styles, style, nick)
    return found


def rows(line: list[Piece], width: int) -> list[list[Piece]]:
    """The pieces of a line, broken into rows of at most so many cells."""
    text = "".join(piece for piece, _ in line)
    broken = wrap(text, width)
    if len(broken) == 1 and broken[0] == (0, len(text)):
        return [line]
    return [_slice(line, start, end) for start, end in broken]


def _slice(line: list[Piece], start: int, end: int) -> list[Piece]:
    cut: list[Piece] = []
    place = 0
    for text, style in line:
        part = text[max(0, start - place) : max(0, end - place)]
        if part:
            cut.append((part, style))
        place += len(text)
    return cut


def formatted(line: str, base: Style) -> Iterator[Piece]:
    """The line, split at its formatting codes. Colours are left to the theme, which knows the background."""
    place, on = 0, dict.fromkeys(_SWITCHES.values(), False)
    for match in FORMAT.finditer(line):
        if match.start() > place:
            yield line[place : match.start()], _switched(base, on)
        code = match[0][0]
        if code in _SWITCHES:
            on[_SWITCHES[code]] = not on[_SWITCHES[code]]
        elif code == "\x0f":
            on = dict.fromkeys(on, False)
        place = match.end()
    if place < len(line):
        yield line[place:], _switched(base, on)


def _switched(base: Style, on: dict[str, bool]) -> Style:
    wanted = {name: True for name, value in on.items() if value}
    return base + Style(**wanted) if wanted else base  # type: ignore[arg-type]


def linked(text: str, styles: Styles, style: Style, nick: re.Pattern[str] | None) -> Iterator[Piece]:
    """A text without formatting codes as pieces: its links, our nick, and the rest."""
    place = 0
    for start, url in links(text):
        yield from _named(text[place:start], styles, style, nick)
        shown = printable(url)
        yield shown, style + styles.link(quote(shown, safe=_SAFE_IN_URL))
        place = start + len(url)
    yield from _named(text[place:], styles, style, nick)


def _named(text: str, styles: Styles, style: Style, nick: re.Pattern[str] | None) -> Iterator[Piece]:
    place = 0
    for match in nick.finditer(text) if nick is not None else ():
        if match.start() > place:
            yield printable(text[place : match.start()]), style
        yield printable(match[0]), style + styles.mention
        place = match.end()
    if place < len(text):
        yield printable(text[place:]), style
