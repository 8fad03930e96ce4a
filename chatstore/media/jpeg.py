"""JPEG without metadata (ITU-T T.81, annex B). The picture itself is copied byte by byte."""

from __future__ import annotations

import re
import struct

from chatstore.media.reading import Data, Found, Steps, UnreadableError, orientation_of, oriented, part

_SOI, _EOI, _SOS, _APP0, _APP1, _APP2, _APP14, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD8)}
_BEHIND_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
"""The end of the coded picture: a marker that is no restart."""


def stripped(data: Data) -> Found:
    """A JPEG without Exif (but for its orientation), XMP, IPTC, comments, embedded previews, and what lies
    behind its end."""
    found, steps, at, orientation = Found(), Steps(), 2, 1
    kept: list[tuple[int, int] | bytes] = []
    while True:
        steps.take()
        marker, at = _marker(data, at)
        if marker == _EOI:
            found.keep(at - 2, at)
            break
        if marker in _ALONE:
            continue
        size = int.from_bytes(part(data, at, 2), "big")
        if size < 2:
            raise UnreadableError("a segment has no size")
        end = at + size
        if end > len(data):
            raise UnreadableError("it is cut off")
        if marker == _APP1 and data[at + 2 : at + 8] == b"Exif\0\0":
            orientation = orientation_of(data[at + 8 : end])
        elif marker == _APP0 and data[at + 2 : at + 7] == b"JFIF\0" and not kept:
            kept.append(b"\xff\xe0\x00\x10" + part(data, at + 2, 12) + b"\0\0")  # without its preview
        elif not _is_metadata(data, marker, at):
            if marker in _FRAMES and not found.width:
                found.height, found.width = struct.unpack(">HH", part(data, at + 3, 4))
            found.keep(at - 2, end)
        at = end
        if marker == _SOS:
            scan = _BEHIND_SCAN.search(data, at)
            end = scan.start() if scan is not None else len(data)
            found.keep(at, end)
            if scan is None:  # without an end, as cut transfers leave it: browsers show what is there
                break
            at = end
    if not found.width or not found.height:
        raise UnreadableError("it has no picture")
    if orientation != 1:
        exif = b"Exif\0\0" + oriented(orientation)
        kept.append(b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif)
    found.pieces[:0] = [b"\xff\xd8", *kept]
    return found.turned(orientation)


def _marker(data: Data, at: int) -> tuple[int, int]:
    """The marker at a place, and the place behind it. Any number of 0xFF may come before it."""
    if part(data, at, 1) != b"\xff":
        raise UnreadableError("there is no marker where one should be")
    end = at + 1
    while part(data, end, 1) == b"\xff":
        end += 1
        if end - at > 64:
            raise UnreadableError("it has too many fill bytes")
    return data[end], end + 1


def _is_metadata(data: Data, marker: int, at: int) -> bool:
    if marker == _APP2:
        return data[at + 2 : at + 14] != b"ICC_PROFILE\0"
    return marker == _COM or (_APP0 <= marker <= 0xEF and marker != _APP14)
