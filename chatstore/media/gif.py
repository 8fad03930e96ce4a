"""GIF without metadata (GIF89a specification)."""

from __future__ import annotations

from chatstore.media.reading import MOST_STEPS, Data, Found, Steps, UnreadableError, part

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_MOST_BLOCKS = 10 * MOST_STEPS
"""The most sub-blocks; each has up to 255 bytes."""


def stripped(data: Data) -> Found:
    """A GIF without comments, texts, XMP, unknown extensions, and what lies behind its end."""
    found, steps = Found(), Steps(_MOST_BLOCKS)
    head = part(data, 0, 13)
    found.width, found.height = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    at = 13 + _table(head[10])
    found.keep(0, at)
    images = 0
    while True:
        steps.take()
        kind = part(data, at, 1)[0]
        if kind == _TRAILER:
            found.keep(at, at + 1)
            break
        if kind == _EXTENSION:
            label = part(data, at + 1, 1)[0]
            end = _behind_blocks(data, at + 2, steps)
            if label == _CONTROL or (label == _APPLICATION and part(data, at + 3, 11) in _LOOPS):
                found.keep(at, end)
        elif kind == _IMAGE:
            images += 1
            end = _behind_blocks(data, at + 11 + _table(part(data, at + 9, 1)[0]), steps)
            found.keep(at, end)
        else:
            raise UnreadableError("it has an unknown block")
        at = end
    if not images or not found.width or not found.height:
        raise UnreadableError("it has no picture")
    return found


def _table(flags: int) -> int:
    """The bytes of a table of colours."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _behind_blocks(data: Data, at: int, steps: Steps) -> int:
    """The place behind a row of sub-blocks."""
    while size := part(data, at, 1)[0]:
        steps.take()
        at += 1 + size
    return at + 1
