"""WebP without metadata (RFC 9649)."""

from __future__ import annotations

import struct

from chatstore.media.reading import Data, Found, Steps, UnreadableError, orientation_of, oriented, part

_KEPT = {b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_EXIF, _XMP = 0x08, 0x04


def stripped(data: Data) -> Found:
    """A WebP without Exif (but for its orientation), XMP, unknown chunks, and what lies behind its end."""
    found, steps, at, orientation = Found(), Steps(), 12, 1
    last = 8 + int.from_bytes(part(data, 4, 4), "little")
    if last > len(data):
        raise UnreadableError("it is cut off")
    extended = b""
    pictures = 0
    while at + 8 <= last:
        steps.take()
        kind, size = struct.unpack("<4sI", part(data, at, 8))
        end = at + 8 + size + size % 2
        if at + 8 + size > last:
            raise UnreadableError("it is cut off")
        end = min(end, last)
        if kind == b"VP8X" and not extended:
            extended = part(data, at + 8, 10)
            found.width, found.height = (1 + int.from_bytes(extended[n : n + 3], "little") for n in (4, 7))
        elif kind == b"EXIF":
            exif = data[at + 8 : at + 8 + min(size, 65_536)]
            orientation = orientation_of(exif[6:] if exif[:6] == b"Exif\0\0" else exif)
        elif kind in _KEPT:
            pictures += kind in (b"VP8 ", b"VP8L", b"ANMF")
            found.keep(at, end)
            if not found.width and kind in (b"VP8 ", b"VP8L"):
                found.width, found.height = _size(kind, part(data, at + 8, 10))
        at = end
    if not pictures or not found.width or not found.height:
        raise UnreadableError("it has no picture")
    return _joined(found, extended, orientation).turned(orientation)


def _joined(found: Found, extended: bytes, orientation: int) -> Found:
    """With the head of the file anew."""
    first: list[tuple[int, int] | bytes] = []
    if extended:
        flags = extended[0] & ~(_EXIF | _XMP)
        if orientation != 1:
            flags |= _EXIF
            exif = oriented(orientation)
            found.pieces.append(struct.pack("<4sI", b"EXIF", len(exif)) + exif)
        first.append(struct.pack("<4sI", b"VP8X", 10) + bytes([flags]) + extended[1:])
    size = sum(len(one) if isinstance(one, bytes) else one[1] - one[0] for one in [*first, *found.pieces])
    found.pieces[:0] = [b"RIFF" + struct.pack("<I", size + 4) + b"WEBP", *first]
    return found


def _size(kind: bytes, head: bytes) -> tuple[int, int]:
    """Width and height in the head of a picture."""
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 6)
        return width & 0x3FFF, height & 0x3FFF
    bits = int.from_bytes(head[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
