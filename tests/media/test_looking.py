"""What an upload becomes: its type by its content, no metadata, a thumbnail; and what bombs and riddles become."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from chatstore.media import boxes, child, gif, jpeg, looking, png, webp
from chatstore.media.looking import Look, look
from chatstore.media.reading import UnreadableError, orientation_of, oriented
from chatstore.media.types import LOOKED_AT, UNKNOWN, recognised, shown_inline
from tests.media import made
from tests.media.made import SECRET, box, chunk, segment

ROOT = Path(__file__).resolve().parents[2]


def seen(folder: Path, data: bytes) -> tuple[Look, bytes]:
    path = folder / "upload"
    path.write_bytes(data)
    path.with_name("upload.thumbnail").unlink(missing_ok=True)
    return look(path, data[:LOOKED_AT]), path.read_bytes()


def pixels(data: bytes) -> Any:
    """What is seen."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    return image.size, image.convert("RGB").tobytes()


TURNED: dict[str, Callable[[int], bytes]] = {
    "image/jpeg": made.jpeg,
    "image/png": made.png,
    "image/webp": made.webp,
}


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("kind", TURNED)
def test_metadata_goes_and_the_picture_stays_as_it_is_seen(tmp_path: Path, kind: str, orientation: int) -> None:
    before = TURNED[kind](orientation)
    assert SECRET in before
    what, after = seen(tmp_path, before)
    assert (what.media_type, what.why) == (kind, "")
    assert SECRET not in after
    assert pixels(after) == pixels(before)
    assert (what.width, what.height) == pixels(before)[0]


@pytest.mark.parametrize("kind", ["image/gif", "image/avif", "video/mp4", "audio/mp4", "video/quicktime"])
def test_metadata_goes(tmp_path: Path, kind: str) -> None:
    make = {
        "image/gif": made.gif,
        "image/avif": lambda: made.picture("AVIF", orientation=6),
        "video/mp4": made.mp4,
        "audio/mp4": lambda: made.mp4(b"M4A "),
        "video/quicktime": lambda: made.mp4(b"qt  "),
    }[kind]
    before = make()
    assert SECRET in before
    what, after = seen(tmp_path, before)
    assert (what.media_type, what.why) == (kind, "")
    assert SECRET not in after
    if kind.startswith("image/"):
        assert pixels(after)[1] == pixels(before)[1]
    else:
        assert len(after) == len(before)  # offsets stay
        assert after.endswith(b"mdatpicture")


def test_an_animation_goes_on(tmp_path: Path) -> None:
    frames = [Image.effect_noise((20, 20), 60 + n) for n in range(5)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], loop=0, comment=SECRET)
    _, after = seen(tmp_path, file.getvalue())
    image = Image.open(io.BytesIO(after))
    assert image.n_frames == 5  # type: ignore[attr-defined]
    assert image.info["loop"] == 0


def test_a_large_picture_has_a_thumbnail(tmp_path: Path) -> None:
    what, _ = seen(tmp_path, made.jpeg(6, (1600, 900)))
    assert (what.width, what.height) == (900, 1600)
    assert what.thumbnail is not None
    with Image.open(what.thumbnail) as small:
        assert (small.format, small.size) == ("WEBP", (360, 640))
        assert not {"exif", "xmp", "icc_profile"} & {*small.info}
    what, _ = seen(tmp_path, made.png())
    assert what.thumbnail is None


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"GIF89a/*" + b"=1;alert(1)//" * 20, UNKNOWN),  # GIF and JavaScript
        (b"%PDF-1.7\n" + b"PK\x03\x04" * 20, "application/pdf"),
        (b"PK\x03\x04 %PDF-1.7", "application/zip"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "text/plain"),
        (b"<!doctype html><script>alert(1)</script>", "text/plain"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "text/plain"),
        (b"<html>\0", UNKNOWN),
        (b"", UNKNOWN),
        ("grüße ".encode() * 2000, "text/plain"),
        ("ü".encode() * 2048 + b"x", "text/plain"),
        (b"\xff\xfe<\0s\0", UNKNOWN),  # UTF-16
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "video/x-matroska"),
        (b"OggS" + b"\0" * 24 + b"OpusHead", "audio/ogg"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"fLaC\0\0\0\x22", "audio/flac"),
        (b"ID3\x04", "audio/mpeg"),
        ((b"\xff\xfb\x90\x00" + b"\0" * 413) * 2, "audio/mpeg"),
        (b"\xff\xfb\x90\x00 is not enough", UNKNOWN),
        (b"\0\0\0\x14ftypheic\0\0\0\0mif1", UNKNOWN),  # cut off
        (b"MZ\x90\0", UNKNOWN),
    ],
)
def test_the_content_decides_the_type(tmp_path: Path, data: bytes, media_type: str) -> None:
    what, after = seen(tmp_path, data)
    assert what.media_type == media_type
    assert after == data
    if media_type.startswith(("text/", "application/")):
        assert not shown_inline(what.media_type)


@pytest.mark.parametrize("make", [made.jpeg, made.png, made.gif, made.webp])
def test_what_lies_behind_the_end_goes(tmp_path: Path, make: Callable[..., bytes]) -> None:
    """A ZIP behind a picture is a polyglot; so is the film of a "motion photo", which has a place of its own."""
    what, after = seen(tmp_path, make(behind=b"PK\x03\x04<script>"))
    assert shown_inline(what.media_type)
    assert b"<script>" not in after


def test_html_in_a_png_goes(tmp_path: Path) -> None:
    data = made.png()
    script = b"<script>alert(1)</script>"
    what, after = seen(tmp_path, data[:33] + chunk(b"tEXt", b"x\0" + script) + chunk(b"hTMl", script) + data[33:])
    assert what.media_type == "image/png"
    assert b"script" not in after


ALL = {"jpeg": made.jpeg(), "png": made.png(), "gif": made.gif(), "webp": made.webp(), "mp4": made.mp4()}
PARSERS: dict[str, Callable[[bytes], Any]] = {
    "jpeg": jpeg.stripped,
    "png": png.stripped,
    "gif": gif.stripped,
    "webp": webp.stripped,
    "mp4": boxes.film,
    "avif": boxes.picture,
}


@pytest.mark.parametrize("kind", PARSERS)
def test_a_file_that_is_cut_anywhere_is_read_or_refused(kind: str) -> None:
    whole = ALL.get(kind) or made.picture("AVIF")
    for end in [*range(12, min(len(whole), 600)), *range(600, len(whole), 37)]:
        with suppress(UnreadableError):
            PARSERS[kind](whole[:end])
    PARSERS[kind](whole)


@pytest.mark.parametrize("kind", PARSERS)
def test_a_file_that_is_damaged_anywhere_is_read_or_refused(kind: str) -> None:
    whole, chance = ALL.get(kind) or made.picture("AVIF"), random.Random(7)
    for _ in range(2000):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(8, min(len(data), 600))] = chance.choice([0, 1, 255, chance.randrange(256)])
        try:
            found = PARSERS[kind](bytes(data))
        except UnreadableError:
            continue
        if kind in ("jpeg", "png", "gif", "webp"):
            assert all(isinstance(one, bytes) or 0 <= one[0] <= one[1] <= len(data) for one in found.pieces)


def _iloc(items: int, extents: int) -> bytes:
    """An item location box whose extents take no bytes."""
    entries = b"".join(struct.pack(">HHH", n, 0, extents) for n in range(items))
    return box(b"iloc", b"\0\0\0\0\0\0" + struct.pack(">H", items) + entries)


TINY: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "segments": (jpeg.stripped, b"\xff\xd8" + segment(0xFE, b"") * 1_000_000),
    "fill bytes": (jpeg.stripped, b"\xff\xd8" + b"\xff" * 1_000_000),
    "chunks": (png.stripped, made.png()[:33] + chunk(b"IDAT", b"") * 500_000),
    "blocks": (gif.stripped, made.gif()[:13] + b"\x21\xfe" + b"\1x" * 3_000_000),
    "boxes": (boxes.film, box(b"ftyp", b"isom") + box(b"free", b"") * 1_000_000),
    "deep boxes": (boxes.film, box(b"ftyp", b"isom") + struct.pack(">I4s", 0, b"moov") * 500_000),
    "extents": (boxes.picture, box(b"meta", b"\0\0\0\0" + _iloc(20_000, 65_535))),
    "riff": (webp.stripped, b"RIFF" + struct.pack("<I", 8_000_004) + b"WEBP" + b"abcd\0\0\0\0" * 1_000_000),
}


@pytest.mark.parametrize("kind", TINY)
def test_a_file_of_tiny_pieces_ends_after_a_number_of_steps(kind: str) -> None:
    parser, data = TINY[kind]
    steps = 0

    class Counted(bytes):
        def __getitem__(self, key: Any) -> Any:
            nonlocal steps
            steps += 1
            return bytes.__getitem__(self, key)

    with pytest.raises(UnreadableError):
        parser(Counted(data))
    assert steps < 8_100_000


def test_a_scan_of_marker_bytes_is_searched_once() -> None:
    """0xFF 0x00 is a byte of the picture: a search that looks at each in Python takes seconds for 25 MB."""
    whole = made.jpeg()
    scan = whole.index(b"\xff\xda")
    size = struct.unpack(">H", whole[scan + 2 : scan + 4])[0]
    slices = 0

    class Counted(bytes):
        def __getitem__(self, key: Any) -> Any:
            nonlocal slices
            slices += 1
            return bytes.__getitem__(self, key)

    found = jpeg.stripped(Counted(whole[: scan + 2 + size] + b"\xff\x00" * 5_000_000 + b"\xff\xd9"))
    assert slices < 200
    assert found.width == 80


def _bomb(width: int, height: int) -> bytes:
    """A PNG of many pixels in few bytes."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(bytes(1 + (width + 7) // 8) * 64) for _ in range(height // 64 + 1)) + rows.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_a_bomb_has_no_thumbnail_and_is_not_shown(tmp_path: Path) -> None:
    what, _ = seen(tmp_path, _bomb(20_000, 20_000))
    assert what.media_type == UNKNOWN
    assert "pixels" in what.why
    what, _ = seen(tmp_path, _bomb(9_000, 9_000))
    assert (what.media_type, what.thumbnail) == ("image/png", None)
    head = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 6, 0, 0, 0)
    huge = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
    assert seen(tmp_path, huge)[0].media_type == UNKNOWN


def test_a_decoder_that_takes_too_much_ends_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "SECONDS", 0.0)
    what, after = seen(tmp_path, made.jpeg())
    assert (what.media_type, what.thumbnail) == (UNKNOWN, None)
    assert what.why
    assert sorted(path.name for path in tmp_path.iterdir()) == ["upload"]
    assert hashlib.sha256(after).digest()


def test_a_decoder_may_take_so_much_memory(tmp_path: Path) -> None:
    """Its limits are those of its process: Pillow finds no memory, and the picture has no thumbnail."""
    path = tmp_path / "limited"
    path.write_bytes(b"x")
    code = (
        "from pathlib import Path; from chatstore.media import child; child._limit(1)\n"
        "try: bytearray(child.MEMORY)\n"
        "except MemoryError: print('no memory')\n"
        f"with Path({str(path)!r}).open('ab') as file: file.write(bytes(2 << 20))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.stdout == "no memory\n"
    assert run.returncode != 0, "a file may become longer than it should"
    assert path.stat().st_size <= 1 + (1 << 20)


def test_a_picture_whose_inside_is_broken_has_no_thumbnail(tmp_path: Path) -> None:
    data = made.png(size=(900, 900))
    at = data.index(b"IDAT")
    what, _ = seen(tmp_path, data[: at + 4] + b"\0" * 1000 + data[at + 1004 :])
    assert (what.media_type, what.thumbnail) == ("image/png", None)


def test_an_orientation_is_read_in_both_orders() -> None:
    assert orientation_of(oriented(6)) == 6
    big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0"
    assert orientation_of(big) == 8
    assert orientation_of(b"II*\0\xff\xff\xff\xff") == 1
    assert orientation_of(b"II*\0\x08\0\0\0\xff\xff" + b"\0" * 100) == 1


def test_thumbnails_need_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "upload"
    path.write_bytes(made.jpeg(1, (1600, 900)))
    monkeypatch.setattr(child, "_limit", lambda size: False)
    monkeypatch.setattr("sys.argv", ["child", str(path), "image/jpeg"])
    child.main()
    assert '"readable": true' in capsys.readouterr().out
    assert [one.name for one in tmp_path.iterdir()] == ["upload"]
    assert recognised(path.read_bytes()[:LOOKED_AT]) == "image/jpeg"
