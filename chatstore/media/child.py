"""The process that reads what strangers have uploaded: `python -m chatstore.media.child FILE TYPE`.

It takes the metadata out of the file, which it replaces, writes a thumbnail beside it (FILE.thumbnail), and
says what it found as JSON on standard output. Its memory and time are limited before it reads a byte, so that
a bomb ends it and nothing else. If limits can't be set, it makes no thumbnail: Pillow's decoders are not for
strangers' bytes then.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from chatstore.media import boxes, gif, jpeg, png, webp
from chatstore.media.reading import MOST_PIXELS, Found, UnreadableError

MEMORY = 1 << 30
"""Bytes of address space, besides the file's own. A picture of MOST_THUMBNAIL_PIXELS takes about a third."""
SECONDS = 10
"""Seconds of processor time."""
MOST_THUMBNAIL_PIXELS = 60_000_000
SIDE = 640
"""The most pixels of a side of a thumbnail."""
_SMALL = 100_000
"""A picture of so few bytes, and no more pixels than a thumbnail, is its own thumbnail."""
_STRIPPED = {
    "image/jpeg": jpeg.stripped,
    "image/png": png.stripped,
    "image/gif": gif.stripped,
    "image/webp": webp.stripped,
}
_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}


def main() -> None:
    path, media_type = Path(sys.argv[1]), sys.argv[2]
    limited = _limit(path.stat().st_size)
    try:
        found = _strip(path, media_type)
        if found.width * found.height > MOST_PIXELS:
            raise UnreadableError("it has too many pixels")
    except (UnreadableError, ValueError, OverflowError, MemoryError) as error:
        _say(readable=False, why=str(error))
        return
    _say(readable=True, width=found.width, height=found.height)
    if limited and media_type in _FORMATS and found.width * found.height <= MOST_THUMBNAIL_PIXELS:
        small = max(found.width, found.height) <= SIDE and path.stat().st_size <= _SMALL
        if not small:
            _thumbnail(path, media_type)


def _say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def _limit(size: int) -> bool:
    """Limit what this process may use. Returns whether that was possible."""
    with suppress(OSError):
        os.nice(10)
    try:
        for what, most in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_CPU, SECONDS),
            (resource.RLIMIT_AS, MEMORY + size),
            (resource.RLIMIT_FSIZE, size + (1 << 20)),
        ):
            resource.setrlimit(what, (most, most))
    except (OSError, ValueError):
        return False
    return True


def _strip(path: Path, media_type: str) -> Found:
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        if media_type in _STRIPPED:
            found = _STRIPPED[media_type](data)
            if found.pieces != [(0, len(data))]:
                _write(path, data, found)
            return found
        if media_type.startswith("image/"):
            found, gone = boxes.picture(data)
            for first, last, begin in gone:
                _clear(data, first, last)
                data[first : first + len(begin)] = begin
            return found
        for first, last, kind in boxes.film(data):
            content = first + (16 if data[first : first + 4] == b"\0\0\0\x01" else 8)
            data[first + 4 : first + 8] = kind
            _clear(data, content, last)
        return Found()


def _clear(data: mmap.mmap, first: int, last: int) -> None:
    for at in range(first, last, 1 << 20):
        end = min(last, at + (1 << 20))
        data[at:end] = bytes(end - at)


def _write(path: Path, data: mmap.mmap, found: Found) -> None:
    part = path.with_name(path.name + ".stripped")
    with part.open("wb") as file, memoryview(data) as view:
        os.fchmod(file.fileno(), 0o600)
        for piece in found.pieces:
            file.write(piece if isinstance(piece, bytes) else view[piece[0] : piece[1]])
    part.replace(path)


def _thumbnail(path: Path, media_type: str) -> None:
    """Write a small picture beside the file, if Pillow is there and can read it."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        return
    Image.MAX_IMAGE_PIXELS = MOST_THUMBNAIL_PIXELS
    part = path.with_name(path.name + ".thumbnail")
    try:
        with Image.open(path, formats=[_FORMATS[media_type]]) as picture:
            if picture.width * picture.height > MOST_THUMBNAIL_PIXELS:
                return
            picture.draft("RGB", (2 * SIDE, 2 * SIDE))
            clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
            small = picture.convert("RGBA" if clear else "RGB")
            small.thumbnail((SIDE, SIDE), reducing_gap=2.0)
            small = ImageOps.exif_transpose(small)
            small.save(part, "WEBP", quality=78, method=3)
    except Exception:  # whatever a decoder says of a broken picture: it has no thumbnail
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
