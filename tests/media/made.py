"""Pictures, films and sounds with metadata, made byte by byte or by Pillow."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

SECRET = b"52.5200N 13.4050E"
"""What must not be left: a place, in every kind of metadata."""


def exif(orientation: int = 1) -> bytes:
    """Exif data with an orientation, and a place in the maker's words."""
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010F] = SECRET.decode()
    return bytes(made.tobytes())


def picture(kind: str, size: tuple[int, int] = (80, 40), orientation: int = 1, **options: Any) -> bytes:
    image = Image.effect_noise(size, 60).convert("RGB")
    file = io.BytesIO()
    if kind != "GIF":
        options["exif"] = exif(orientation)
    if kind in ("WEBP", "AVIF"):
        options.setdefault("xmp", b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>")
    image.save(file, kind, **options)
    return file.getvalue()


def segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(orientation: int = 1, size: tuple[int, int] = (80, 40), behind: bytes = b"") -> bytes:
    made = picture("JPEG", size, orientation)
    extra = segment(0xFE, SECRET) + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)
    extra += segment(0xED, b"Photoshop 3.0\0" + SECRET) + segment(0xE2, b"MPF\0" + SECRET)
    return made[:2] + extra + made[2:] + behind


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(orientation: int = 1, size: tuple[int, int] = (80, 40), behind: bytes = b"") -> bytes:
    made = picture("PNG", size, orientation)
    extra = chunk(b"tEXt", b"Comment\0" + SECRET) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET)
    extra += chunk(b"tIME", b"\x07\xea\x0b\x1e\0\0\0") + chunk(b"prVt", SECRET)
    return made[:33] + extra + made[33:] + behind


def gif(behind: bytes = b"") -> bytes:
    made = picture("GIF", comment=SECRET)
    body = made.index(b"\x2c", 13 + (3 << (made[10] & 7) + 1))
    xmp = b"\x21\xff\x0bXMP DataXMP" + bytes([len(SECRET)]) + SECRET + b"\0"
    return made[:body] + xmp + made[body:] + behind


def webp(orientation: int = 1, behind: bytes = b"") -> bytes:
    return picture("WEBP", orientation=orientation) + behind


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + kind + data


def mp4(brand: bytes = b"isom") -> bytes:
    place = box(b"udta", box(b"\xa9xyz", SECRET))
    track = box(b"trak", box(b"tkhd", b"\0" * 84) + box(b"meta", SECRET))
    film = box(b"moov", box(b"mvhd", b"\0" * 100) + track + place)
    return box(b"ftyp", brand + b"\0\0\2\0" + brand) + film + box(b"uuid", SECRET * 2) + box(b"mdat", b"picture")
