"""A thumbnail as rows of cells: half blocks, which every terminal has; Kitty's graphics; or Sixel.

Nothing here is called before the person wants pictures: Pillow and textual-image are imported then. Of
textual-image only the encoder of Sixel is imported. Its other modules ask the terminal when they are
imported, which takes away what is typed meanwhile; abilities.py asks once, before the screen is there.

Specs: https://sw.kovidgoyal.net/kitty/graphics-protocol/ (Unicode placeholders), DEC STD 070 (Sixel).
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from chatstore.client.screen.pictures.boxes import HIGHEST, WIDEST, Box, Cell

if TYPE_CHECKING:
    from PIL.Image import Image

Way = Literal["blocks", "kitty", "sixel"]

MOST_PIXELS = 2_000_000
_FORMATS = ("WEBP", "PNG", "JPEG", "GIF")
_COLORS = 64
"""Colours of a picture in Sixel. More make it longer, and hardly finer."""
_HEAD = re.compile(r"\x1bP[\d;]*q\"[\d;]*")
_DEFINED = re.compile(r"(#\d+);2;\d+;\d+;\d+")
_CHUNK = 4096
"""Characters of one escape sequence of Kitty's."""
_PLACEHOLDER = "\U0010eeee"
_NUMBERS = """
0305 030D 030E 0310 0312 033D 033E 033F 0346 034A 034B 034C 0350 0351 0352 0357
035B 0363 0364 0365 0366 0367 0368 0369 036A 036B 036C 036D 036E 036F 0483 0484
0485 0486 0487 0592 0593 0594 0595 0597 0598 0599 059C 059D 059E 059F 05A0 05A1
"""
"""Combining characters that stand for 0, 1, 2, … behind a placeholder: its row and its column."""
_MARKS = [chr(int(one, 16)) for one in _NUMBERS.split()]
assert len(_MARKS) >= max(WIDEST, HIGHEST)


@dataclass(frozen=True)
class Drawn:
    """`rows`: the cells, box.height rows of box.width cells. `painted`: escape sequences that paint over the
    cells of a row, from its first one on; "" where there is nothing to paint. `setup`: what the terminal must
    get before, `undo`: and when the picture is gone."""

    rows: tuple[tuple[Segment, ...], ...]
    painted: tuple[str, ...] = ()
    setup: str = ""
    undo: str = ""


def draw(data: bytes, box: Box, way: Way, cell: Cell, background: str, number: int) -> Drawn:
    """Draw the picture that a file has, as large as the box lets it be. `background`: #rrggbb behind what is
    transparent. `number`: of the picture, for the terminal. Raises whatever Pillow raises for bad files."""
    picture = _fitting(_opened(data, background), box, cell)
    if way == "kitty":
        return _by_kitty(picture, box, cell, number)
    if way == "sixel":
        return _by_sixel(picture, box, cell)
    return _by_blocks(picture, box, cell)


def _opened(data: bytes, background: str) -> Image:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        clear = picture.convert("RGBA")
    below = Image.new("RGBA", clear.size, background)
    return Image.alpha_composite(below, clear).convert("RGB")


def _fitting(picture: Image, box: Box, cell: Cell) -> Image:
    """The picture, not larger than the box."""
    scale = min(1.0, box.width * cell[0] / picture.width, box.height * cell[1] / picture.height)
    return picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))


def _cells(picture: Image, box: Box, cell: Cell) -> tuple[int, int]:
    """How many cells it takes across and down."""
    return (
        min(box.width, max(1, round(picture.width / cell[0]))),
        min(box.height, max(1, -(-picture.height // cell[1]))),
    )


def _by_blocks(picture: Image, box: Box, cell: Cell) -> Drawn:
    """Each cell is an upper half in one colour over a lower one in another."""
    across = _cells(picture, box, cell)[0]
    halves = min(2 * box.height, max(1, round(2 * picture.height / cell[1])))
    small = picture.resize((across, halves))
    pixels = list(zip(*[iter(small.tobytes())] * 3, strict=True))
    rows = []
    for top in range(0, halves, 2):
        upper, lower = (pixels[line * across : (line + 1) * across] for line in (top, top + 1))
        row = []
        for place, color in enumerate(upper):
            below = Color.from_rgb(*lower[place]) if lower else None
            row.append(Segment("▀", Style(color=Color.from_rgb(*color), bgcolor=below)))
        rows.append(tuple(row))
    return Drawn(_filled(rows, across, box))


def _by_kitty(picture: Image, box: Box, cell: Cell, number: int) -> Drawn:
    """The terminal gets the picture once. Placeholders, whose colour is its number, are drawn as text is."""
    across, down = _cells(picture, box, cell)
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=3)
    text = base64.b64encode(file.getvalue()).decode()
    chunks = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]
    what = f"a=T,U=1,q=2,f=100,i={number},c={across},r={down},"
    setup = ""
    for place, chunk in enumerate(chunks):
        setup += f"\x1b_G{what if not place else ''}m={int(place + 1 < len(chunks))};{chunk}\x1b\\"
    style = Style(color=Color.from_rgb(number >> 16 & 255, number >> 8 & 255, number & 255))
    rows = [
        tuple(Segment(_PLACEHOLDER + _MARKS[line] + _MARKS[column], style) for column in range(across))
        for line in range(down)
    ]
    return Drawn(_filled(rows, across, box), setup=setup, undo=f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\")


def _by_sixel(picture: Image, box: Box, cell: Cell) -> Drawn:
    """A picture for each row, so that a part of them can be seen."""
    from PIL import Image
    from textual_image._sixel import image_to_sixels

    across, down = _cells(picture, box, cell)
    few = picture.quantize(_COLORS, method=Image.Quantize.MAXCOVERAGE)
    painted = []
    for top in range(0, picture.height, cell[1]):
        row = few.crop((0, top, picture.width, min(top + cell[1], picture.height)))
        painted.append(_colors_first(image_to_sixels(row)))
    rows = [(Segment(" " * across),)] * down
    return Drawn(_filled(rows, across, box), (*painted, *[""] * (box.height - len(painted))))


def _colors_first(sixels: str) -> str:
    """The same with all colours defined before the first is used. The encoder defines each where it begins; xterm
    does not choose a colour that is defined, and draws on in the one before."""
    head = len(_HEAD.match(sixels)[0])  # type: ignore[index]
    defined = "".join(one[0] for one in _DEFINED.finditer(sixels))
    return sixels[:head] + defined + _DEFINED.sub(r"\1", sixels[head:])


def _filled(rows: Sequence[tuple[Segment, ...]], across: int, box: Box) -> tuple[tuple[Segment, ...], ...]:
    """The rows as wide and as many as the box has."""
    right = (Segment(" " * (box.width - across)),) if box.width > across else ()
    blank = (Segment(" " * box.width),)
    return (*((*row, *right) for row in rows), *[blank] * (box.height - len(rows)))
