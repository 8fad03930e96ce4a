"""HEIF, AVIF, MP4 and QuickTime without metadata (ISO/IEC 14496-12, 23008-12).

These files refer to their own parts by offsets, so nothing is cut out: metadata is overwritten by zeros where
it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from chatstore.media.reading import Data, Found, Steps, UnreadableError, part

_INSIDE = {b"moov", b"trak", b"mdia", b"minf"}
_FREED = {b"udta", b"meta", b"uuid"}
"""Boxes of films that have metadata: places, devices, XMP."""
_MOST_ITEMS = 20_000
_EMPTY = b"\0\0\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"
"""Exif data that has nothing: readers refuse a picture whose Exif data is not of that form."""


class Box(NamedTuple):
    """A box: where it begins, where its content does, and where it ends."""

    kind: bytes
    at: int
    content: int
    end: int


def boxes(data: Data, at: int, end: int, steps: Steps) -> Iterator[Box]:
    """The boxes from one place to another."""
    while at + 8 <= end:
        steps.take()
        size, kind = struct.unpack(">I4s", part(data, at, 8))
        content = at + 8
        if size == 1:
            size, content = int.from_bytes(part(data, at + 8, 8), "big"), at + 16
        elif size == 0:
            size = end - at
        if size < content - at or at + size > end:
            raise UnreadableError("a box is cut off")
        yield Box(kind, at, content, at + size)
        at += size


def film(data: Data) -> list[tuple[int, int, bytes]]:
    """What to overwrite in a film, or in sound: from where to where, and the kind that the box gets. A box of
    metadata becomes free space."""
    steps, freed = Steps(), []
    left = [(0, len(data))]
    there = False
    while left:
        for box in boxes(data, *left.pop(), steps):
            if box.kind in _FREED:
                freed.append((box.at, box.end, b"free"))
            elif box.kind in _INSIDE:
                there = there or box.kind == b"moov"
                left.append((box.content, box.end))
    if not there:
        raise UnreadableError("it has no film")
    return freed


def picture(data: Data) -> tuple[Found, list[tuple[int, int, bytes]]]:
    """The size of a picture, and what to overwrite: from where to where, and with what it then begins. Its
    orientation is a property of the picture itself."""
    steps, found = Steps(), Found()
    meta = next((box for box in boxes(data, 0, len(data), steps) if box.kind == b"meta"), None)
    if meta is None:
        raise UnreadableError("it has no picture")
    items: dict[int, bytes] = {}
    places: list[tuple[int, int, int, int]] = []
    store = 0
    for box in boxes(data, meta.content + 4, meta.end, steps):
        if box.kind == b"iinf":
            items = _metadata_items(data, box, steps)
        elif box.kind == b"iloc":
            places = list(_extents(data, box, steps))
        elif box.kind == b"idat":
            store = box.content
        elif box.kind == b"iprp":
            found.width, found.height = _largest(data, box, steps)
    if not found.width or not found.height:
        raise UnreadableError("it has no size")
    gone = []
    for item, method, first, size in places:
        if item in items:
            begin = first + (store if method == 1 else 0)
            if method > 1 or begin + size > len(data):
                raise UnreadableError("its metadata is elsewhere")
            empty = _EMPTY if items[item] == b"Exif" and size >= len(_EMPTY) else b""
            gone.append((begin, begin + size, empty))
    if sum(last - first for first, last, _ in gone) > len(data):
        raise UnreadableError("its metadata overlaps")
    return found, gone


def _metadata_items(data: Data, box: Box, steps: Steps) -> dict[int, bytes]:
    """The items that are Exif or XMP, by number: `Exif` or `mime`."""
    version = part(data, box.content, 1)[0]
    found = {}
    for entry in boxes(data, box.content + (6 if version == 0 else 8), box.end, steps):
        if entry.kind != b"infe":
            continue
        short = part(data, entry.content, 1)[0] < 3
        at = entry.content + 4
        number = int.from_bytes(part(data, at, 2 if short else 4), "big")
        at += (2 if short else 4) + 2
        if (kind := part(data, at, 4)) in (b"Exif", b"mime"):
            found[number] = kind
    return found


def _extents(data: Data, box: Box, steps: Steps) -> Iterator[tuple[int, int, int, int]]:
    """Item, method, place and size of each part of each item (ISO/IEC 14496-12, 8.11.3)."""
    version = part(data, box.content, 1)[0]
    sizes, more = part(data, box.content + 4, 2)
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
    index_size = more & 15 if version in (1, 2) else 0
    id_size = 4 if version == 2 else 2
    at = box.content + 6

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > box.end:
            raise UnreadableError("a box is cut off")
        return int.from_bytes(part(data, at - size, size), "big")

    for _ in range(min(number(id_size), _MOST_ITEMS)):
        item = number(id_size)
        method = number(2) & 15 if version in (1, 2) else 0
        number(2)
        base = number(base_size)
        for _ in range(number(2)):
            steps.take()  # an extent may have no byte of its own
            number(index_size)
            first = base + number(offset_size)
            yield item, method, first, number(length_size)


def _largest(data: Data, box: Box, steps: Steps) -> tuple[int, int]:
    """The largest size among the properties: the others are of tiles and previews."""
    largest = (0, 0)
    for container in boxes(data, box.content, box.end, steps):
        if container.kind != b"ipco":
            continue
        for each in boxes(data, container.content, container.end, steps):
            if each.kind == b"ispe":
                width, height = struct.unpack(">II", part(data, each.content + 4, 8))
                largest = max(largest, (width, height), key=lambda size: size[0] * size[1])
    return largest
