"""The rows of a file: its picture, if there is space for it, and a card with what is known of it.

An entry has these rows at once, and always as many. What is in them is looked up while they are in view, so
that a picture that comes moves nothing, and that one which is out of view takes no memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from chatstore.amounts import sized
from chatstore.chat.model.text import printable
from chatstore.client.files.links import FileLink
from chatstore.client.screen.colors import Styles
from chatstore.client.screen.formatting import Piece
from chatstore.client.screen.pictures.boxes import Box, box_of
from chatstore.client.screen.pictures.gallery import Gallery
from chatstore.client.screen.wrapping import cut

CARD = -1
_KEY = " · o opens it"
_NONE = Box(0, 0)


@dataclass(frozen=True)
class FilePart:
    """A row of a file: the one of its card, or one of its picture's."""

    link: FileLink
    row: int = CARD
    box: Box = _NONE


@dataclass(frozen=True)
class FileRow:
    """The same with what stands before it in the row."""

    part: FilePart
    lead: tuple[Piece, ...]
    back: Style | None


def parts_of(link: FileLink, gallery: Gallery, columns: int, rows: int) -> list[FilePart]:
    """The rows of a file. `columns` and `rows`: the space that a picture may take."""
    if not gallery.has_space(link):
        return [FilePart(link)]
    box = box_of(link.width, link.height, gallery.terminal.cell, columns, rows)
    return [*(FilePart(link, row, box) for row in range(box.height)), FilePart(link)]


def filled(part: FilePart, gallery: Gallery, styles: Styles, width: int) -> tuple[Sequence[Segment], str]:
    """What a row in view shows, and the escape sequence that paints over it."""
    if part.row == CARD:
        return [Segment(*piece) for piece in _card(part.link, gallery, styles, width)], ""
    drawn = gallery.picture(part.link, part.box)
    if drawn is not None:
        return drawn.rows[part.row], drawn.painted[part.row] if drawn.painted else ""
    why = "no picture" if gallery.about(part.link).blank else "…"
    text = cut(why, part.box.width) if part.row == part.box.height // 2 else ""
    return [Segment(text.center(part.box.width), styles.effects)], ""


def _card(link: FileLink, gallery: Gallery, styles: Styles, width: int) -> list[Piece]:
    about = gallery.about(link)
    size = [f"{link.width} × {link.height}"] if link.width and link.height else []
    size += [sized(about.size)] if about.size else []
    name = f"▤ {printable(link.name)}"
    told = " was removed" if about.gone else f" {', '.join([link.kind, *size])}"
    if not about.gone and cell_len(name) + cell_len(told) + len(_KEY) <= width:
        told += _KEY
    name = cut(name, max(width // 2, width - cell_len(told)))
    return [(name, styles.bold), (cut(told, max(0, width - cell_len(name))), styles.dim)]
