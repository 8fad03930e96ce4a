"""What was said as the lines of IRC that carry it.

A line of IRC has 512 bytes, so a long message is cut between words, and one of several lines (draft/multiline) at
their ends. Where its writer cut a line that goes on, it is cut again: their client knew where words end.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from chatstore.irc.line import MAX_BODY

_LEAST = 64


class Piece(NamedTuple):
    """What one line carries. `joined`: it goes on where the one before it ends, without a line end between."""

    text: str
    joined: bool


def cut(said: str, head: int, cuts: Iterable[int] = ()) -> list[Piece]:
    """The text in pieces that fit into a line behind `head` bytes; `cuts` are the places inside its lines, by
    character, where it was cut as it came."""
    places = sorted({0, len(said), *(place for place in cuts if 0 < place < len(said))})
    room = max(_LEAST, MAX_BODY - 2 - head)
    pieces: list[Piece] = []
    for start, end in pairwise(places):
        for number, line in enumerate(said[start:end].split("\n")):
            joined = start > 0 and number == 0
            for text in _fit(line, room):
                pieces.append(Piece(text, joined))
                joined = True
    return pieces


def _fit(line: str, room: int) -> list[str]:
    """A line, cut so that each part has at most `room` bytes: between words where that is possible."""
    if len(line) * 4 <= room or len(line.encode()) <= room:
        return [line]
    pieces = []
    rest = line.encode()
    while len(rest) > room:
        end = room
        while end and rest[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        space = rest.rfind(b" ", end // 2, end)
        end = space + 1 if space > 0 else end
        pieces.append(rest[:end].decode())
        rest = rest[end:]
    return [*pieces, rest.decode()]
