"""What the parsers of media have in common: what they read, what they find, and when they give up."""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass, field

Data = bytes | mmap.mmap
"""The bytes of a file."""
MOST_STEPS = 200_000
"""The most pieces of a file: segments, chunks, boxes, blocks."""
MOST_PIXELS = 100_000_000


class UnreadableError(ValueError):
    """The file is not what its first bytes say, or is cut off, or has too many pieces."""


@dataclass
class Steps:
    """Counts the steps of a parser, so that a file of a million tiny pieces ends it early."""

    left: int = MOST_STEPS

    def take(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise UnreadableError("it has too many pieces")


@dataclass
class Found:
    """A file without its metadata: `pieces` of the old one (first and last byte), and new ones. `width` and
    `height` as the picture is seen, in pixels; 0 if they are not known."""

    pieces: list[tuple[int, int] | bytes] = field(default_factory=list)
    width: int = 0
    height: int = 0

    def keep(self, first: int, last: int) -> None:
        """Keep the bytes from `first` to before `last`."""
        if self.pieces and isinstance(before := self.pieces[-1], tuple) and before[1] == first:
            self.pieces[-1] = (before[0], last)
        else:
            self.pieces.append((first, last))

    def turned(self, orientation: int) -> Found:
        """The same, for a picture that is shown with this orientation."""
        if orientation >= 5:
            self.width, self.height = self.height, self.width
        return self


def part(data: Data, first: int, size: int) -> bytes:
    """So many bytes. Raises UnreadableError if there are less."""
    found = data[first : first + size]
    if len(found) != size or first < 0:
        raise UnreadableError("it is cut off")
    return found


_TAG = 0x0112
_MOST_ENTRIES = 512


def orientation_of(tiff: bytes) -> int:
    """The orientation in the first directory of Exif data (TIFF 6.0, section 2): 1 to 8; 1 if there is none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return 1
    (at,) = struct.unpack_from(f"{order}I", tiff, 4)
    if at + 2 > len(tiff):
        return 1
    (count,) = struct.unpack_from(f"{order}H", tiff, at)
    for number in range(min(count, _MOST_ENTRIES)):
        entry = at + 2 + 12 * number
        if entry + 12 > len(tiff):
            break
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
        if tag == _TAG and kind == 3 and 1 <= value <= 8:
            return int(value)
    return 1


def oriented(orientation: int) -> bytes:
    """Exif data that has an orientation and nothing else."""
    return b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHH", _TAG, 3, 1, orientation, 0) + b"\0\0\0\0"
