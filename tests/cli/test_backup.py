"""`chatstore backup`: one moment of the database, whole or not there at all."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.rooms import Room
from chatstore.storage.sqlite import driver as sqlite
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
    real = sqlite._rename_to_new

    def late(name: str, path: Path) -> None:
        path.write_text("precious")
        real(name, path)

    monkeypatch.setattr(sqlite, "_rename_to_new", late)
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
    monkeypatch.setattr(sqlite, "_sync", full)
    seen(home.run("backup", "--force", "copy.db"), 1, "copy.db can't be written: No space left on device")
    assert (tmp_path / "copy.db").read_text() == "the last backup"
    assert not parts(tmp_path)


def test_where_it_can_not_go(home: Home, main_room: Room) -> None:
    seen(home.run("backup", "nowhere/copy.db"), 1, "nowhere/copy.db can't be written: No such file or directory")
    seen(home.run("backup", "."), 2, "is a directory")


def test_without_a_database(home: Home, tmp_path: Path) -> None:
    seen(home.run("backup", "copy.db"), 5, "there is no database")
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_links(
    home: Home, main_room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(_source: str, _target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(sqlite.os, "link", no_links)
    seen(home.run("backup", "copy.db"), 0, "0 messages backed up")
    assert bodies(tmp_path / "copy.db") == []
