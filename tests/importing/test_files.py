"""Archives that nobody vouches for: what leads out of them, bombs, what breaks off, and how they are packed."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from chatstore.importing.reading import files
from chatstore.importing.reading.files import UnreadableError, one, open_files, top
from chatstore.importing.source import SourceError
from tests.importing.exports import packed


def contents(path: Path) -> dict[str, bytes]:
    opened = open_files(path)
    try:
        return {name: file.read() for name, file in opened.each(lambda name: True)}
    finally:
        opened.close()


@pytest.mark.parametrize("name", ["x.zip", "x.tar.gz", "x"])
def test_folders_zips_and_tars_are_alike(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / name, {"b/2.json": "two", "b/1.json": "one", "a.json": "a"})
    assert contents(path) == {"a.json": b"a", "b/1.json": b"one", "b/2.json": b"two"}
    opened = open_files(path)
    assert opened.names() == ["a.json", "b/1.json", "b/2.json"]
    with one(opened, "b/1.json") as file:
        assert file.read() == b"one"
    assert 0 < opened.read <= opened.size
    with pytest.raises(UnreadableError, match="nothing is not there"), one(opened, "nothing"):
        pass
    opened.close()


def test_one_file_packed_or_not(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"hello")
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(b"hello"))
    assert contents(tmp_path / "a.log") == {"a.log": b"hello"}
    assert contents(tmp_path / "a.log.gz") == {"a.log.gz": b"hello"}
    assert contents(tmp_path) == {"a.log": b"hello", "a.log.gz": b"hello"}


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "..\\x", "C:\\x", "C:/x"])
def test_a_name_that_leads_out_of_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("users.json", "[]")
        archive.writestr(name, "x")
    tar = packed(tmp_path / "x.tar.gz", {"realm.json": "{}", name: "x"})
    for path in (tmp_path / "x.zip", tar):
        with pytest.raises(SourceError, match="leads out of the archive"):
            open_files(path)


def test_what_unpacks_to_far_more_than_its_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FLOOR", 1024 * 1024)
    bomb = b"x" * (8 * 1024 * 1024)
    for name in ("x.zip", "x.tar.gz"):
        with pytest.raises(SourceError, match="unpacks to more than 200 times its size"):
            contents(packed(tmp_path / name, {"users.json": bomb}))
    (tmp_path / "x.log.gz").write_bytes(gzip.compress(bomb))
    with pytest.raises(SourceError, match="unpacks to more than 200 times its size"):
        contents(tmp_path / "x.log.gz")
    many = {f"{number}.json": bomb[: 1024 * 1024] for number in range(8)}  # no entry is large, all together are
    with pytest.raises(SourceError, match="unpacks to more than 200 times its size"):
        open_files(packed(tmp_path / "y.tar.gz", many))


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE])
def test_a_header_that_unpacks_to_far_more_than_its_size_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: bytes
) -> None:
    """tarfile reads the headers that extend another one as a whole."""
    monkeypatch.setattr(files, "FLOOR", 1024 * 1024)
    size = 32 * 1024 * 1024
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = kind, size
    whole = gzip.decompress(packed(tmp_path / "y.tar.gz", {"users.json": "[]"}).read_bytes())
    for first in (b"", whole[:1024]):
        with gzip.open(tmp_path / "x.tar.gz", "wb") as file:
            file.write(first + header.tobuf(tarfile.GNU_FORMAT))
            file.write(b"x" * size)
        tracemalloc.start()
        try:
            with pytest.raises(SourceError, match="unpacks to more than 200 times its size"):
                open_files(tmp_path / "x.tar.gz")
            assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
        finally:
            tracemalloc.stop()


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """As in <https://www.bamsoftware.com/hacks/zipbomb/>."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.json", os.urandom(4000))
        for number in range(3):
            again = zipfile.ZipInfo(f"{number}.json")
            first = archive.infolist()[0]
            again.header_offset, again.CRC = first.header_offset, first.CRC
            again.compress_size, again.file_size = first.compress_size, first.file_size
            archive.filelist.append(again)
    with pytest.raises(SourceError, match="unpacks to more than"):
        open_files(tmp_path / "x.zip")


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("secret")
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "in.json").symlink_to(tmp_path / "secret.json")
    (tmp_path / "x" / "folder").symlink_to(tmp_path)
    assert contents(tmp_path / "x") == {}
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        link = tarfile.TarInfo("in.json")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "secret.json")
        tar.addfile(link)
        plain = tarfile.TarInfo("plain.json")
        plain.size = 1
        tar.addfile(plain, io.BytesIO(b"x"))
    assert contents(tmp_path / "x.tar") == {"plain.json": b"x"}


@pytest.mark.parametrize("what", ["data", "data/a"])
def test_a_link_that_comes_while_an_attachment_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Whoever has the folder may change it at any moment, and root may read it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a").write_text("secret")
    opened = open_files(packed(tmp_path / "x", {"in.json": "{}", "data/a": "mine"}))
    resolve, real = Path.resolve, tmp_path / "x" / what

    def swap(self: Path, strict: bool = False) -> Path:
        found = resolve(self, strict)
        if not real.is_symlink():
            real.rename(tmp_path / "old")
            real.symlink_to(tmp_path / "elsewhere" / Path(what).relative_to("data"))
        return found

    monkeypatch.setattr(Path, "resolve", swap)
    with pytest.raises(UnreadableError, match="can't be read"):
        opened.attached("data/a", 1000, lambda _: True).read()
    assert real.is_symlink()
    opened.close()


def test_an_archive_that_breaks_off(tmp_path: Path) -> None:
    noise = {f"{number}.json": os.urandom(50_000) for number in range(4)}
    for name in ("x.zip", "x.tar.gz"):
        path = packed(tmp_path / name, noise)
        path.write_bytes(path.read_bytes()[:120_000])
    with pytest.raises(SourceError, match="can't be read"):
        open_files(tmp_path / "x.tar.gz")
    broken = packed(tmp_path / "y.zip", noise)
    data = bytearray(broken.read_bytes())
    data[60_000] ^= 0xFF
    broken.write_bytes(data)
    with pytest.raises(UnreadableError, match=r"1\.json can't be read further: .*CRC"):
        contents(broken)


def test_what_is_no_export_at_all(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    for name, why in (
        ("empty", "is empty"),
        ("pipe", "is neither a file nor a folder"),
        ("nothing", "there is no"),
    ):
        with pytest.raises(SourceError, match=why):
            open_files(tmp_path / name)


def test_an_encrypted_zip_says_so(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip", {"users.json": "[]"})
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(SourceError, match="is encrypted: unpack it"):
        open_files(path)


def test_names_in_utf8_that_the_archive_does_not_declare(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("abcdefgh/1.json", "x")
    data = (tmp_path / "x.zip").read_bytes().replace(b"abcdefgh", "général".encode()[:8])
    (tmp_path / "x.zip").write_bytes(data)
    assert contents(tmp_path / "x.zip") == {"généra/1.json": b"x"}


def test_the_folder_that_holds_the_export() -> None:
    assert top(["users.json", "a/users.json"], "users.json") == ""
    assert top(["x/y/users.json", "x/users.json", "x/a.json"], "users.json") == "x/"
    assert top(["x/channels.json"], "users.json", "channels.json") == "x/"
    assert top(["myusers.json"], "users.json") is None


def test_a_file_that_cannot_be_opened_costs_itself_only(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip", {"a.json": "a", "b.json": "b", "c.json": "c"})
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"b.json"))
    data[at + 10] = 97  # a method of packing that zipfile does not know
    path.write_bytes(data)
    opened, found = open_files(path), []
    for name, file in opened.each(lambda name: True):
        try:
            found.append((name, file.read()))
        except UnreadableError as error:
            found.append((name, str(error).encode()))
    assert [name for name, _ in found] == ["a.json", "b.json", "c.json"]
    assert found[0][1] == b"a"
    assert found[1][1].startswith(b"b.json can't be read further: ")
    assert found[2][1] == b"c"
