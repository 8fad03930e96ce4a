"""`chatstore backup`: one moment of the database, whole or not there at all."""

from __future__ import annotations

import gzip
import re
import shutil
import sqlite3
import stat
import time
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.rooms import Room
from chatstore.storage import backups, files
from chatstore.storage.sqlite import copies
from tests.cli.home import Home, seen
from tests.running import Running

pytestmark = pytest.mark.sqlite


def bodies(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [body for (body,) in database.execute("SELECT body FROM messages WHERE kind='message' ORDER BY id")]


def parts(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if ".part" in path.name]


def test_a_copy_of_everything(home: Home, main_room: Room, alice: Actor, tmp_path: Path) -> None:
    home.say(main_room, alice, "one", "two")
    result = home.run("backup", "copy.db")
    copy = tmp_path / "copy.db"
    assert (result.exit_code, result.stdout.split(",")[0]) == (0, "2 messages backed up to copy.db")
    assert bodies(copy) == ["one", "two"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert not parts(tmp_path)


def test_it_is_in_the_audit_log_and_not_in_the_copy(home: Home, main_room: Room, tmp_path: Path) -> None:
    home.lines("backup", "copy.db")
    assert f"data.backup  {tmp_path / 'copy.db'}" in home.run("audit").output
    seen(home.run("copy", "--from", str(home.path), "--to", "other.db"), 0, "copied")
    assert re.search("data.copy +.*/other.db", home.run("audit").output)
    assert "data.copy" in home.run("audit").output
    for copy in ("copy.db", "other.db"):
        with closing(sqlite3.connect(copy)) as database:
            actions = [action for (action,) in database.execute("SELECT action FROM audit")]
        assert "data.copy" not in actions
        assert ("data.backup" in actions) == (copy == "other.db")


def test_it_can_be_read_where_nothing_can_be_written(home: Home, main_room: Room, alice: Actor) -> None:
    """No log beside it is needed, so it may lie on a medium that is read only."""
    home.say(main_room, alice, "one")
    home.lines("backup", "copy.db")
    assert Path("copy.db").read_bytes()[18:20] == b"\1\1"  # "SQLite Database File Format": no write-ahead log
    with closing(sqlite3.connect("file:copy.db?immutable=1", uri=True)) as database:
        assert database.execute("SELECT count(*) FROM messages").fetchone() == (1,)


def test_restored_it_is_served(home: Home, main_room: Room, alice: Actor, tmp_path: Path) -> None:
    home.say(main_room, alice, "kept")
    home.lines("backup", "copy.db")
    home.say(main_room, alice, "lost with the disk")
    for file in tmp_path.glob("chat.db*"):
        file.unlink()
    (tmp_path / "copy.db").rename(home.path)
    assert home.bodies() == ["kept"]
    home.say(main_room, alice, "goes on")
    assert home.bodies() == ["kept", "goes on"]


def test_beside_a_running_server(home: Home, server: Running) -> None:
    alice = server.member("alice", "echo-message")
    alice.ask("PRIVMSG #main :before")
    home.lines("backup", "copy.db")
    assert alice.ask("PRIVMSG #main :after")[-1].endswith(":after")
    assert bodies(Path("copy.db")) == ["before"]


def test_nothing_is_overwritten(home: Home, main_room: Room, alice: Actor, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    seen(home.run("backup", "copy.db"), 1, "copy.db already exists; --force replaces it")
    assert (tmp_path / "copy.db").read_text() == "precious"
    home.say(main_room, alice, "one")
    seen(home.run("backup", "--force", "copy.db"), 0, "1 message backed up to copy.db")
    assert bodies(tmp_path / "copy.db") == ["one"]
    assert not parts(tmp_path)


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    home: Home, main_room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = files.rename_to_new

    def late(name: Path, path: Path) -> None:
        path.write_text("precious")
        real(name, path)

    monkeypatch.setattr(files, "rename_to_new", late)
    seen(home.run("backup", "copy.db"), 1, "copy.db already exists")
    assert (tmp_path / "copy.db").read_text() == "precious"
    assert not parts(tmp_path)


@pytest.mark.parametrize("name", ["chat.db", "chat.db-wal", "chat.db-search", "link.db"])
def test_never_over_the_database_itself(
    home: Home, main_room: Room, alice: Actor, tmp_path: Path, name: str
) -> None:
    home.say(main_room, alice, "one")
    (tmp_path / "link.db").symlink_to("chat.db")
    seen(home.run("backup", "--force", name), 1, "belongs to the database itself")
    assert home.bodies() == ["one"]


def test_a_failure_leaves_what_was_there(
    home: Home, main_room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path) -> Any:
        raise OSError(28, "No space left on device")

    (tmp_path / "copy.db").write_text("the last backup")
    monkeypatch.setattr(backups, "sync", full)
    seen(home.run("backup", "--force", "copy.db"), 1, "copy.db can't be written: No space left on device")
    assert (tmp_path / "copy.db").read_text() == "the last backup"
    assert not parts(tmp_path)


def test_where_it_can_not_go(home: Home, main_room: Room) -> None:
    seen(home.run("backup", "nowhere/copy.db"), 1, "nowhere/copy.db can't be written: No such file or directory")


def test_without_a_database(home: Home, tmp_path: Path) -> None:
    seen(home.run("backup", "copy.db"), 5, "there is no database")
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_links(
    home: Home, main_room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(_source: str, _target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(files.os, "link", no_links)
    seen(home.run("backup", "copy.db"), 0, "0 messages backed up")
    assert bodies(tmp_path / "copy.db") == []


# In a folder, kept, verified, compressed.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir()
    return made


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each backup is made an hour after the one before."""
    began = count(1_700_000_000, 3600)
    monkeypatch.setattr(backups.time, "gmtime", lambda: time.localtime(next(began)))


def test_in_a_folder_it_has_the_time_as_its_name(home: Home, main_room: Room, folder: Path) -> None:
    seen(home.run("backup", "backups"), 0, "0 messages backed up to backups/chat-")
    [made] = folder.iterdir()
    assert re.fullmatch(r"chat-\d{8}T\d{6}Z\.db", made.name)


def test_the_newest_are_kept(home: Home, main_room: Room, alice: Actor, folder: Path, hours: None) -> None:
    others = [folder / name for name in ("chat-20200101T000000Z.db", "notes.txt", "chat.db")]
    for other in others:
        other.write_text("of somebody else")
    home.lines("backup", "by-hand.db")
    made: list[set[Path]] = []
    for number in range(5):
        home.say(main_room, alice, str(number))
        home.lines("backup", "--keep", "3", "backups")
        made.append({*folder.iterdir()} - {*others})
    assert [len(names) for names in made] == [1, 2, 3, 3, 3]
    assert [bodies(path)[-1] for path in sorted(made[-1])] == ["2", "3", "4"]
    assert all(other.read_text() == "of somebody else" for other in others)
    assert Path("by-hand.db").exists()
    seen(
        home.run("backup", "--keep", "3", "file.db"), 1, "file.db is not a folder: --keep counts the backups in one"
    )
    seen(home.run("backup", "--keep", "0", "backups"), 2, "0 is not in the range")


def test_what_somebody_has_named_is_kept(home: Home, main_room: Room, folder: Path, hours: None) -> None:
    home.lines("backup", "backups/before-upgrade.db")
    for _ in range(3):
        home.lines("backup", "--compress", "--keep", "1", "backups")
    assert (folder / "before-upgrade.db").exists()
    assert len([*folder.iterdir()]) == 2


def test_an_old_backup_that_can_not_be_removed_is_told(
    home: Home, main_room: Room, folder: Path, hours: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new one is there all the same."""
    for _ in range(2):
        home.lines("backup", "--keep", "2", "backups")
    oldest = min(folder.iterdir())
    real = Path.unlink

    def kept(path: Path, *arguments: Any, **options: Any) -> None:
        if path == oldest:
            raise PermissionError(1, "Operation not permitted")
        real(path, *arguments, **options)

    monkeypatch.setattr(Path, "unlink", kept)
    result = home.run("backup", "--quiet", "--keep", "2", "backups", apart=True)
    said = f"chatstore: {oldest}, an older backup, can't be removed: Operation not permitted\n"
    assert (result.exit_code, result.stderr) == (0, said)
    assert len([*folder.iterdir()]) == 3


def test_no_old_backup_goes_before_the_new_one_is_there(
    home: Home, main_room: Room, folder: Path, hours: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        home.lines("backup", "--keep", "2", "backups")
    before = {*folder.iterdir()}

    def full(_path: Path) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "sync", full)
    seen(home.run("backup", "--keep", "1", "backups"), 1, "can't be written: No space left on device")
    assert {*folder.iterdir()} == before


def test_a_compressed_one_is_the_same(
    home: Home, main_room: Room, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatstore.cli.backup.note_act", lambda *_: None)  # so both are of one state
    home.say(main_room, alice, *("many of the same words " * 9 for _ in range(200)))
    home.lines("backup", "plain.db")
    seen(home.run("backup", "--compress", "copy.db"), 0, "200 messages backed up to copy.db.gz")
    seen(home.run("backup", "--compress", "--force", "copy.db.gz"), 0, "200 messages backed up to copy.db.gz")
    assert stat.S_IMODE(Path("copy.db.gz").stat().st_mode) == 0o600
    assert Path("copy.db.gz").stat().st_size < Path("plain.db").stat().st_size // 4
    assert gzip.decompress(Path("copy.db.gz").read_bytes()) == Path("plain.db").read_bytes()
    assert not parts(Path())


def test_a_copy_that_is_not_sound_is_not_kept(
    home: Home, main_room: Room, alice: Actor, folder: Path, hours: None
) -> None:
    home.say(main_room, alice, "one", "two", "three")
    seen(home.run("backup", "-"), 2, "a backup is a file")
    seen(home.run("backup", "--verify", "--keep", "1", "backups"), 0, "; the copy is sound")
    before = {*folder.iterdir()}
    with closing(sqlite3.connect(home.path)) as database, database:
        database.execute("DELETE FROM messages WHERE seq = 2")
    result = home.run("backup", "--verify", "--keep", "1", "backups")
    seen(result, 1, "the copy is not sound, and was not kept: numbers: #main lacks 1 event, the first of them 2")
    assert {*folder.iterdir()} == before
    home.lines("backup", "as-it-is.db")


def test_two_at_once_are_refused(home: Home, main_room: Room, folder: Path) -> None:
    with copies.alone(home.path, required=True):
        seen(home.run("backup", "backups"), 1, "another backup of")
    home.lines("backup", "backups")


def test_whoever_may_only_read_the_database_can_copy_it(
    home: Home, main_room: Room, folder: Path, hours: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in no list then, so nothing can be removed."""
    monkeypatch.setattr(copies, "list_beside", lambda _database: Path("/proc/nowhere/list"))
    home.lines("backup", "backups")
    seen(home.run("backup", "--keep", "2", "backups"), 1, "cannot write /proc/nowhere/list, the list of backups")


def test_a_disk_without_room_is_noticed_before_it_is_filled(
    home: Home, main_room: Room, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.disk_usage(folder)
    monkeypatch.setattr(backups.shutil, "disk_usage", lambda _path: real._replace(free=10))
    seen(home.run("backup", "backups"), 1, "bytes are needed and 10 are free there")
    assert not [*folder.iterdir()]


def test_quiet_for_cron(home: Home, main_room: Room, folder: Path) -> None:
    result = home.run("backup", "--quiet", "--keep", "2", "--verify", "--compress", "backups")
    assert (result.exit_code, result.output) == (0, "")
    seen(home.run("backup", "--quiet", "nowhere/copy.db"), 1, "nowhere/copy.db can't be written")


def test_the_program_knows_its_backups(
    home: Home, main_room: Room, alice: Actor, folder: Path, hours: None
) -> None:
    """For `account remove --erase`, and for the doctor."""
    home.say(main_room, alice, "one", "two")
    home.lines("backup", "backups")
    home.lines("backup", "--compress", "backups")
    with closing(sqlite3.connect(home.path)) as database, database:
        database.execute("UPDATE messages SET kind = 'redacted', body = '' WHERE seq = 2")
    with home.store() as store:
        plain, packed = store.copies()
        assert (plain.kind, plain.erased, packed.erased) == ("backup", 1, None)
        assert [copy.erased for copy in store.copies(deep=True)] == [1, 1]
        assert [copy.path for copy in store.copies()] == sorted(folder.iterdir())
        plain.path.unlink()
        assert [copy.path for copy in store.copies()] == [packed.path]
