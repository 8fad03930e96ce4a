"""PNG without metadata (W3C Portable Network Graphics, third edition)."""

from __future__ import annotations

import struct
import zlib

from chatstore.media.reading import Data, Found, Steps, UnreadableError, orientation_of, oriented, part

_KEPT = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs",
    b"hIST", b"acTL", b"fcTL", b"fdAT", b"cICP", b"mDCV", b"cLLI",
}  # fmt: skip
"""What a picture needs; the rest is metadata, or unknown."""


def stripped(data: Data) -> Found:
    """A PNG without texts, times, Exif (but for its orientation), unknown chunks, and what lies behind its
    end."""
    found, steps, at, orientation = Found(), Steps(), 8, 1
    found.keep(0, 8)
    first = True
    while True:
        steps.take()
        size, kind = struct.unpack(">I4s", part(data, at, 8))
        end = at + 12 + size
        if end > len(data) or size > 2**31 - 1:
            raise UnreadableError("it is cut off")
        if first:
            if kind != b"IHDR" or size != 13:
                raise UnreadableError("it does not begin with a header")
            found.width, found.height = struct.unpack(">II", part(data, at + 8, 8))
            first = False
        if kind == b"eXIf":
            orientation = orientation_of(data[at + 8 : at + 8 + min(size, 65_536)])
        elif kind in _KEPT:
            found.keep(at, end)
        at = end
        if kind == b"IEND":
            break
    if not found.width or not found.height:
        raise UnreadableError("it has no picture")
    if orientation != 1:
        exif = oriented(orientation)
        chunk = struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
        head = 8 + 25
        found.pieces[:1] = [(0, head), chunk, *_behind(found.pieces[0], head)]
    return found.turned(orientation)


def _behind(piece: tuple[int, int] | bytes, head: int) -> list[tuple[int, int] | bytes]:
    """What a piece has behind the header of the file."""
    assert isinstance(piece, tuple)
    return [(head, piece[1])] if piece[1] > head else []
