"""The media type of a file, decided by its first bytes and never by its name."""

from __future__ import annotations

import re

LOOKED_AT = 4096
"""The first bytes of a file, which decide its type."""
UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
STRIPPED = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic", "video/mp4",
                      "video/quicktime", "audio/mp4"})  # fmt: skip
"""Types whose metadata is taken out."""
_INLINE = frozenset({
    "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif",
    "video/mp4", "video/webm", "audio/mp4", "audio/ogg", "audio/mpeg", "audio/wav", "audio/flac",
})  # fmt: skip
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
)
_BRANDS = {
    "image/avif": (b"avif", b"avis"),
    "image/heic": (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"),
    "audio/mp4": (b"M4A ", b"M4B "),
    "video/quicktime": (b"qt  ",),
    "video/mp4": (
        b"isom",
        b"iso2",
        b"iso4",
        b"iso5",
        b"iso6",
        b"mp41",
        b"mp42",
        b"avc1",
        b"dash",
        b"M4V ",
        b"MSNV",
    ),
}
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BIT_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES = (44_100, 48_000, 32_000)


def recognised(head: bytes) -> str:
    """The media type of a file with these first bytes (LOOKED_AT of them, or all)."""
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"WAVE"):
        return "image/webp" if head[8:12] == b"WEBP" else "audio/wav"
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm" if b"\x42\x82\x84webm" in head[:64] else "video/x-matroska"
    if head[:4] == b"OggS":
        return "video/ogg" if b"theora" in head[:64] else "audio/ogg"
    if _is_mp3(head):
        return "audio/mpeg"
    return TEXT if _is_text(head) else UNKNOWN


def shown_inline(media_type: str) -> bool:
    """Whether a browser may show such a file in a page. Everything else is offered for download."""
    return media_type in _INLINE


def is_picture(media_type: str) -> bool:
    return media_type in _INLINE and media_type.startswith("image/")


def _by_brand(head: bytes) -> str:
    """The type of an ISO base media file (ISO/IEC 14496-12, 4.3), by its major brand, or else a compatible
    one."""
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    generic = brands[0] in (b"mif1", b"msf1")  # a picture of some coding, which the compatible brands name
    for brand in [*brands[1:], brands[0]] if generic else brands:
        for media_type, names in _BRANDS.items():
            if brand in names:
                return media_type
    return UNKNOWN


def _is_mp3(head: bytes) -> bool:
    """Whether there are two frames of MPEG-1 layer III, one behind the other."""
    at = 0
    for _ in range(2):
        frame = head[at : at + 4]
        if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xFE != 0xFA:
            return False
        rate, bits = frame[2] >> 2 & 3, frame[2] >> 4
        if rate == 3 or bits in (0, 15):
            return False
        at += 144 * _BIT_RATES[bits] * 1000 // _RATES[rate] + (frame[2] >> 1 & 1)
    return True


def _is_text(head: bytes) -> bool:
    """Whether it is UTF-8 without control characters. The last character may be cut."""
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if len(head) < LOOKED_AT or error.start < len(head) - 3:
            return False
        text = head[: error.start].decode()
    return bool(text) and _NO_TEXT.search(text) is None
