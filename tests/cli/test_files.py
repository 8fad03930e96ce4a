"""`chatstore files`, and files in backups, restores, the doctor and exports."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatstore.chat.model.files import StoredFile
from chatstore.storage.content_copies import folder_of
from chatstore.storage.contents import Folder
from tests.cli.home import Home, seen
from tests.media import made
from tests.storage.database import Database
from tests.storage.uploading import World

pytestmark = pytest.mark.sqlite
DAY = 24 * 60 * 60
Upload = Callable[..., StoredFile]


@pytest.fixture
def upload(home: Home) -> Upload:
    """Uploads a file for somebody, and says it."""

    def up(name: str, data: bytes, called: str = "poem.txt") -> StoredFile:
        database = Database(home.path)
        try:
            world = World(database, Path(f"{home.path}.files"))
            world.database.now = time.time()
            file = world.upload(name, data, called)
            world.say(name, world.join(name, "tea"), file)
            return file
        finally:
            database.close()

    return up


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_usage_list_and_remove(home: Home, upload: Upload) -> None:
    first, second = upload("alice", b"one"), upload("bob", b"x" * 5000, "b\u202e.txt")
    usage = home.run("files", "usage").output
    assert usage.index("bob") < usage.index("alice")
    assert "on the disk: 4.9 KiB" in usage
    assert json.loads("".join(home.lines("files", "usage", "--format", "json")))[1] == {
        "account": "alice",
        "files": 1,
        "bytes": 3,
    }
    assert first.token in home.run("files", "list", "alice").output
    [listed] = json.loads("".join(home.lines("files", "list", "bob", "--format", "json")))
    assert (listed["name"], listed["sha256"]) == ("b.txt", second.digest)
    seen(home.run("files", "remove", f"https://chat.example/files/{first.token}/poem.txt"), 0, "removed poem.txt")
    seen(home.run("files", "remove", first.token), 5, "no such file")
    seen(home.run("files", "remove", "poem.txt"), 2, "no URL of a file")
    assert "file.remove  alice" in home.run("audit").output
    seen(home.run("files", "list", "alice"), 0, "alice has uploaded nothing")


def test_a_backup_has_the_contents_once(home: Home, upload: Upload, tmp_path: Path) -> None:
    upload("alice", made.jpeg(1, (900, 900)), "cat.jpg")
    (tmp_path / "b").mkdir()
    seen(home.run("backup", "b"), 0, "backed up")
    pool = next((tmp_path / "b").glob("*.files"))
    before = contents(pool)
    assert len(before) == 2  # with its thumbnail
    upload("alice", b"two")
    seen(home.run("backup", "--compress", "b/more.db"), 0, "backed up")
    assert len(contents(tmp_path / "b" / "more.files")) == 3


def test_a_backup_says_what_is_missing(home: Home, upload: Upload, tmp_path: Path) -> None:
    upload("alice", b"one")
    kept = upload("alice", b"two")
    [missing] = Path(f"{home.path}.files").glob(f"*/{upload('alice', b'one').digest[2:]}*")
    missing.unlink()
    result = home.run("backup", "copy.db")
    seen(result, 1, "1 content of files missing")
    assert (tmp_path / "copy.db").exists()
    assert contents(tmp_path / "copy.files")[0].startswith(kept.digest[2:])
    seen(home.run("doctor"), 1, "1 content of files missing or damaged")


def test_the_doctor_finds_what_is_damaged(home: Home, upload: Upload) -> None:
    file = upload("alice", b"one")
    assert "1 content of files, 3 B" in home.run("doctor").output
    [path] = Path(f"{home.path}.files").glob(f"*/{file.digest[2:]}*")
    path.write_bytes(b"two")
    assert "1 content of files, 3 B" in home.run("doctor").output
    seen(home.run("doctor", "--deep"), 1, "missing or damaged")
    path.write_bytes(b"four")
    seen(home.run("doctor"), 1, "missing or damaged")


def test_a_restore_brings_the_contents_back(home: Home, upload: Upload, tmp_path: Path) -> None:
    upload("alice", b"one")
    upload("alice", made.jpeg(1, (900, 900)), "cat.jpg")
    seen(home.run("backup", "--compress", "copy.db"), 0, "backed up")
    live = Path(f"{home.path}.files")
    before = contents(live)
    shutil.rmtree(live)
    seen(home.run("restore", "copy.db.gz"), 0, "restored")
    assert contents(live) == before
    assert not [name for name in contents(live) if ".part" in name]
    seen(home.run("doctor", "--deep"), 0, "2 contents of files")
    shutil.rmtree(live)
    shutil.rmtree(tmp_path / "copy.files")
    seen(home.run("restore", "copy.db.gz"), 1, "2 contents of files missing")


def test_old_contents_go_with_the_last_backup_that_has_them(
    home: Home, upload: Upload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    upload("alice", b"stays")
    upload("alice", b"goes")
    seen(home.run("backup", "b"), 0, "backed up")
    [first] = folder.glob("*.db")
    listed = json.loads("".join(home.lines("files", "list", "alice", "--format", "json")))
    seen(home.run("files", "remove", *[one["id"] for one in listed if one["size"] == 4]), 0, "removed")
    pool = folder_of(first).folder
    for path in [first, *(one for one in pool.rglob("*") if one.is_file())]:
        os.utime(path, (time.time() - 2 * DAY, time.time() - 2 * DAY))
    real = time.gmtime
    monkeypatch.setattr(time, "gmtime", lambda *at: real(*(at or (time.time() + 5,))))
    seen(home.run("backup", "--keep", "2", "b"), 0, "backed up")
    assert len(contents(pool)) == 2  # the older backup has both
    monkeypatch.setattr(time, "gmtime", lambda *at: real(*(at or (time.time() + 9,))))
    seen(home.run("backup", "--keep", "1", "b"), 0, "removed")
    assert len(contents(pool)) == 1


def test_an_export_has_the_rows(home: Home, upload: Upload) -> None:
    file = upload("alice", b"one")
    records = [json.loads(line) for line in home.lines("export", "-")]
    [exported] = [one for one in records if one["type"] == "file"]
    assert (exported["id"], exported["account"], exported["digest"]) == (file.token, "alice", file.digest)
    assert [one["type"] for one in records if "file" in one["type"]] == ["file", "file reference"]
    own = [json.loads(line) for line in home.lines("export", "--account", "alice", "-")]
    assert [one["id"] for one in own if one["type"] == "file"] == [file.token]


def test_an_export_becomes_a_database_whose_contents_are_copied(home: Home, upload: Upload, tmp_path: Path) -> None:
    file = upload("alice", b"one")
    seen(home.run("export", "chat.jsonl"), 0, "")
    seen(home.run("import", "chatstore", "chat.jsonl", "--database", "new.db"), 0, "")
    assert file.token in home.run("files", "list", "alice", "--database", "new.db").output
    seen(home.run("doctor", "--database", "new.db"), 1, "1 content of files missing")
    shutil.copytree(Path(f"{home.path}.files"), tmp_path / "new.db.files")
    seen(home.run("doctor", "--database", "new.db"), 0, "1 content of files, 3 B")


@pytest.mark.parametrize("place", ["../secret", "/secret", "ab/../../secret", "ab/..", "ab/x/y", "../new.db"])
def test_an_export_whose_contents_lie_elsewhere_is_refused(
    home: Home, upload: Upload, tmp_path: Path, place: str
) -> None:
    """It may come from anybody: whatever it named would be copied by root, served by the server, and removed."""
    upload("alice", b"one")
    seen(home.run("export", "--files", "chat.jsonl"), 0, "")
    secret = tmp_path / "secret"
    secret.write_bytes(b"key")
    text = (tmp_path / "chat.jsonl").read_text()
    [old] = {record["place"] for line in text.splitlines() if (record := json.loads(line))["type"] == "blob"}
    (tmp_path / "chat.jsonl").write_text(text.replace(json.dumps(old), json.dumps(place)))
    seen(home.run("import", "chatstore", "chat.jsonl", "--database", "new.db"), 1, "the place of no content")
    assert not (tmp_path / "new.db.files").exists()
    assert secret.read_bytes() == b"key"


@pytest.mark.parametrize("what", ["content", "thumbnail", "folder"])
def test_links_among_the_contents_of_an_export_are_not_followed(
    home: Home, upload: Upload, tmp_path: Path, what: str
) -> None:
    """Root would make a file of this server of any file of the machine."""
    upload("alice", made.jpeg(1, (900, 900)), "cat.jpg")
    seen(home.run("export", "--files", "chat.jsonl"), 0, "")
    [thumbnail] = (tmp_path / "chat.jsonl.files").rglob("*.thumbnail")
    content = thumbnail.with_name(thumbnail.name.removesuffix(".thumbnail"))
    linked = {"content": content, "thumbnail": thumbnail, "folder": content.parent}[what]
    linked.rename(tmp_path / "secret")
    linked.symlink_to(tmp_path / "secret")
    done = home.run("import", "chatstore", "chat.jsonl", "--database", "new.db")
    if what == "thumbnail":  # a picture without one is shown whole
        seen(done, 0, "with 1 content of files")
    else:
        seen(done, 0, "1 content of files is not there")
    assert contents(tmp_path / "new.db.files") == ([content.name] if what == "thumbnail" else [])


def test_contents_are_not_put_where_a_link_leads(home: Home, upload: Upload, tmp_path: Path) -> None:
    upload("alice", b"one")
    seen(home.run("export", "--files", "chat.jsonl"), 0, "")
    [content] = (path for path in (tmp_path / "chat.jsonl.files").rglob("*") if path.is_file())
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "new.db.files").mkdir()
    (tmp_path / "new.db.files" / content.parent.name).symlink_to(tmp_path / "elsewhere")
    seen(home.run("import", "chatstore", "chat.jsonl", "--database", "new.db"), 1, "is a link: remove it")
    assert contents(tmp_path / "elsewhere") == []


def test_a_database_whose_contents_lie_elsewhere_leads_nowhere(home: Home, upload: Upload, tmp_path: Path) -> None:
    """A database may come from elsewhere, too: as a backup."""
    upload("alice", b"one")
    (tmp_path / "secret").write_bytes(b"two")
    with closing(sqlite3.connect(home.path)) as database, database:
        database.execute("UPDATE blobs SET place = '../secret'")
    seen(home.run("backup", "copy.db"), 1, "1 content of files missing")
    assert contents(tmp_path / "copy.files") == []
    seen(home.run("doctor"), 1, "1 content of files missing")
    Folder(Path(f"{home.path}.files")).remove(["../secret"])
    assert (tmp_path / "secret").read_bytes() == b"two"


def test_a_copy_leaves_contents_where_they_are(
    home: Home, upload: Upload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload("alice", b"one")
    seen(home.run("copy", "--from", str(home.path), "--to", "other.db"), 0, "1 content of files stay")
    monkeypatch.setenv("CHATSTORE_FILES_FOLDER", f"{home.path}.files")
    seen(home.run("doctor", "--database", "other.db"), 0, "1 content of files, 3 B")


def test_one_room_is_exported_without_files(home: Home, upload: Upload) -> None:
    upload("alice", b"one")
    records = [json.loads(line) for line in home.lines("export", "--room", "tea", "-")]
    assert not [one for one in records if one["type"] in ("file", "blob", "file reference")]
