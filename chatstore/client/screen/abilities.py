"""What a terminal is: light or dark, and how it draws pictures, as far as that can be known.

It is asked once, before the screen is there. Then the screen reads all that the terminal sends.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import termios
import time
import tty
from collections.abc import Mapping
from dataclasses import dataclass

from chatstore.client.screen.pictures import choice
from chatstore.client.screen.pictures.boxes import Cell
from chatstore.client.screen.pictures.drawing import Way

_BACKGROUND = b"\x1b]11;?\x1b\\"
"""Asks for the background colour (OSC 11)."""
_GRAPHICS = b"\x1b_Gi=4211,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Asks whether the terminal takes a picture of one pixel as Kitty does, and shows nothing."""
_VERSION = b"\x1b[>q"
"""Asks for the name and the version of the terminal (XTVERSION)."""
_PLACEHOLDERS = {"kitty": (0, 28), "ghostty": (1, 0)}
"""Who knows the placeholders of Kitty, since which version. WezTerm and Konsole take its pictures without
these."""
_CELL = b"\x1b[16t"
"""Asks for the size of a cell."""
_DEVICE = b"\x1b[c"
"""Asks for the device attributes, of which 4 is Sixel. Every terminal answers this, so there is always an
answer to wait for."""
_NO_STRINGS = ("linux", "dumb")
"""Terminals (TERM) that would print what stands in an escape sequence that they don't know."""

_COLOR = re.compile(rb"\x1b\]11;rgb:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")
_TAKES_PICTURES = re.compile(rb"\x1b_Gi=4211;OK\x1b\\")
_NAME = re.compile(rb"\x1bP>\|([A-Za-z]+)[ (]*(\d{1,4})\.(\d{1,4})")
_CELL_SIZE = re.compile(rb"\x1b\[6;(\d{1,4});(\d{1,4})t")
_WHAT_IT_IS = re.compile(rb"\x1b\[\?([0-9;]*)c")
_SIXEL = b"4"
_SECONDS = 0.5


@dataclass(frozen=True)
class Abilities:
    """`background`: "light" or "dark". `way`: how pictures are drawn. `cell`: its size if the terminal has
    told. `colorful`: whether it has more than 16 colours."""

    background: str = "dark"
    way: Way = "blocks"
    cell: Cell = (10, 20)
    colorful: bool = True


def ask(source: int, output: int, environment: Mapping[str, str]) -> Abilities:
    """What the terminal tells, and the defaults for the rest. Both descriptors belong to one terminal. What is
    typed while it answers is lost."""
    quiet = environment.get("TERM", "dumb") in _NO_STRINGS or choice.over_ssh(environment)
    graphics = b"" if quiet else _GRAPHICS + _VERSION  # by ssh they may come late, and Textual takes them for keys
    try:
        answer = _answer(source, output, _BACKGROUND + graphics + _CELL + _DEVICE)
    except (OSError, termios.error):
        answer = b""
    background = of_answer(answer) or of_environment(environment) or "dark"
    cell = cell_of(output) or _cell_in(answer) or Abilities.cell
    every = environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit")
    many = environment.get("TERM", "").rpartition("-")[2] in ("256color", "kitty", "direct")
    way = way_of(answer)
    return Abilities(background, "blocks" if way == "kitty" and not every else way, cell, every or many)


def of_answer(answer: bytes) -> str:
    """ "" if the terminal told no colour."""
    found = _COLOR.search(answer)
    if found is None:
        return ""
    red, green, blue = (int(part, 16) / (16 ** len(part) - 1) for part in found.groups())
    return "light" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "dark"


def of_environment(environment: Mapping[str, str]) -> str:
    """By COLORFGBG (`15;0`: white on black), which rxvt, Konsole and others set."""
    back = environment.get("COLORFGBG", "").rpartition(";")[2]
    if not back.isdecimal():
        return ""
    return "light" if int(back) in (7, *range(9, 16)) else "dark"


def way_of(answer: bytes) -> Way:
    """How the terminal draws pictures."""
    device, name = _WHAT_IT_IS.search(answer), _NAME.search(answer)
    if device is not None and _SIXEL in device[1].split(b";")[1:]:
        return "sixel"
    since = _PLACEHOLDERS.get(name[1].decode().lower()) if name is not None else None
    if since is None or name is None or _TAKES_PICTURES.search(answer) is None:
        return "blocks"
    return "kitty" if (int(name[2]), int(name[3])) >= since else "blocks"


def cell_of(output: int) -> Cell | None:
    """The size of a cell, as the kernel knows it; None where it does not."""
    try:
        rows, columns, width, height = struct.unpack("HHHH", fcntl.ioctl(output, termios.TIOCGWINSZ, bytes(8)))
    except OSError:
        return None
    return _sensible(width // columns, height // rows) if rows and columns else None


def _cell_in(answer: bytes) -> Cell | None:
    found = _CELL_SIZE.search(answer)
    return _sensible(int(found[2]), int(found[1])) if found is not None else None


def _sensible(width: int, height: int) -> Cell | None:
    return (width, height) if 2 <= width <= 200 and 2 <= height <= 400 else None


def _answer(source: int, output: int, question: bytes) -> bytes:
    before = termios.tcgetattr(source)
    try:
        tty.setcbreak(source)
        os.write(output, question)
        answer, until = b"", time.monotonic() + _SECONDS
        while _WHAT_IT_IS.search(answer) is None and (left := until - time.monotonic()) > 0:
            if select.select([source], [], [], left)[0]:
                answer += os.read(source, 1024)
        return answer
    finally:
        termios.tcsetattr(source, termios.TCSADRAIN, before)
