"""The space of a picture, in cells of the terminal. It is known before the picture is."""

from __future__ import annotations

from dataclasses import dataclass

WIDEST, HIGHEST = 48, 12
_UNKNOWN = (24, 8)
"""The space of a picture whose size nobody has said."""

Cell = tuple[int, int]
"""Pixels of a cell: width and height."""


@dataclass(frozen=True)
class Box:
    width: int
    height: int


def box_of(width: int, height: int, cell: Cell, columns: int, rows: int) -> Box:
    """The space for a picture of so many pixels, at most as large as it is. `columns` and `rows`: what there
    is."""
    widest, highest = max(1, min(columns, WIDEST)), max(1, min(rows, HIGHEST))
    if not width or not height:
        return Box(min(widest, _UNKNOWN[0]), min(highest, _UNKNOWN[1]))
    across, down = width / cell[0], height / cell[1]
    scale = min(1.0, widest / across, highest / down)
    return Box(
        min(widest, max(1, round(across * scale))),
        min(highest, max(1, round(down * scale))),
    )
