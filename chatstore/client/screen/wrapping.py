"""Breaking lines of text for a terminal, in cells: a letter takes one, most emoji and CJK characters take
two."""

from __future__ import annotations

import re

from rich.cells import cell_len, split_graphemes

_WORDS = re.compile(r"\s+|\S+")


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """The (start, end) of each row of a text without line ends; at least one row.

    Rows break at white space, which is left out there. A word that is wider than a row is broken between
    graphemes; only a grapheme that is wider than the row itself sticks out."""
    if text.isascii():
        if len(text) <= width:
            return [(0, len(text))]
    elif cell_len(text) <= width:
        return [(0, len(text))]
    rows: list[tuple[int, int]] = []
    start, end, used = 0, 0, 0  # of the row that is being filled; `used` counts the spaces behind `end` too
    for match in _WORDS.finditer(text):
        word, place = match[0], match.start()
        wide = cell_len(word)
        if word.isspace():
            if end == start and rows:
                start = end = match.end()
            elif used + wide <= width:
                used += wide
                end = match.end() if end == start else end
            else:
                used = width + 1  # so that nothing comes behind it, not even what takes no cell
            continue
        if used + wide <= width and (text.isascii() or cell_len(text[start : match.end()]) <= width):
            end, used = match.end(), used + wide
            continue
        if end > start and (wide <= width or width - used < width // 2):
            rows.append((start, end))
            start, end, used = place, place, 0
        if end == start and used == 0:
            start = place
        for first, last, cells in split_graphemes(word)[0]:
            # Measured as a whole: beside others, what joins graphemes may be of another width than alone.
            if (used + cells > width or cell_len(text[start : place + last]) > width) and place + first > start:
                rows.append((start, place + first))
                start, used = place + first, 0
            end, used = place + last, used + cells
    return [*rows, (start, end)]


def cut(text: str, width: int) -> str:
    """The text in at most so many cells, with … if it is cut."""
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    kept, used = 0, 0
    for _, last, cells in split_graphemes(text)[0]:
        if used + cells > width - 1:
            break
        kept, used = last, used + cells
    return text[:kept].rstrip() + "…"


def fit(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly so many cells."""
    text = cut(text, width)
    spaces = " " * max(0, width - cell_len(text))
    return spaces + text if right else text + spaces
