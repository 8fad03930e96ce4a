"""`chatstore restore`: the backup is the database, the old one is kept, and nothing is lost if it fails."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import tests
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.rooms import Room
from chatstore.storage.errors import StorageError
from chatstore.storage.sqlite import restoring
from chatstore.storage.store import DatabaseStore
from tests.cli.home import Home, seen
from tests.cli.test_doctor import damage, examined, not_ok
from tests.running import Running, start

pytestmark = pytest.mark.sqlite


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database that has three messages, and two backups that have two of them."""
    home = Home(tmp_path_factory.mktemp("made"))
    room, alice = home.room(), home.account("alice")
    home.say(room, alice, "one", "two")
    for compress in ([], ["--compress"]):
        copy = str(home.path.with_name("copy.db"))
        home.lines("backup", "--database", str(home.path), *compress, copy)
    home.say(room, alice, "three")
    return home.path.parent


@pytest.fixture
def backed_up(home: Home, made: Path) -> Home:
    for name in ("chat.db", "copy.db", "copy.db.gz"):
        shutil.copy(made / name, home.path.with_name(name))
    return home


def old_ones(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("chat.db.replaced-*") if path.suffix not in (".db-wal", ".db-shm"))


@pytest.mark.parametrize("name", ["copy.db", "copy.db.gz"])
def test_the_backup_is_the_database_and_the_old_one_stays(backed_up: Home, tmp_path: Path, name: str) -> None:
    before = (tmp_path / name).read_bytes()
    [said] = backed_up.lines("restore", name)
    [old] = old_ones(tmp_path)
    assert said == (
        f"restored 2 messages from {name} to {backed_up.path}; the database from before is {old}."
        " Start the server now"
    )
    assert (tmp_path / name).read_bytes() == before
    assert backed_up.bodies("--room", "main") == ["one", "two"]
    assert backed_up.bodies("--room", "main", "--database", str(old)) == ["one", "two", "three"]
    assert stat.S_IMODE(backed_up.path.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".chat*"))
    assert not not_ok(examined(backed_up, "--deep"))


def test_back_again(backed_up: Home, tmp_path: Path) -> None:
    """What was replaced can be restored as well."""
    backed_up.lines("restore", "copy.db")
    [old] = old_ones(tmp_path)
    old = old.rename(tmp_path / "old.db")
    backed_up.lines("restore", "old.db")
    assert backed_up.bodies("--room", "main") == ["one", "two", "three"]


def test_it_is_in_the_audit_log(backed_up: Home) -> None:
    backed_up.lines("restore", "copy.db")
    start(backed_up.path).stop()
    assert backed_up.run("audit").output.count("data.restore  copy.db") == 1


def test_whoever_was_erased_is_named(backed_up: Home, tmp_path: Path) -> None:
    """A restore brings back what they said."""
    assert "erased since" not in backed_up.run("restore", "copy.db").output
    backed_up.lines("account", "remove", "alice", "--erase", "--yes")
    backed_up.lines("backup", "later.db")
    result = backed_up.run("restore", "copy.db", apart=True)
    assert result.stderr.startswith("chatstore: alice: erased since this backup, and now there again")
    assert "erased since" not in backed_up.run("restore", "later.db").output


def test_a_server_that_runs_refuses_it(home: Home, server: Running) -> None:
    alice = server.member("alice", "echo-message")
    alice.ask("PRIVMSG #main :before")
    home.lines("backup", "copy.db")
    alice.ask("PRIVMSG #main :after")
    seen(home.run("restore", "copy.db"), 1, "is already served: process")
    assert alice.ask("PRIVMSG #main :on")[-1].endswith(":on")
    assert home.bodies("--room", "main") == ["before", "after", "on"]
    assert not old_ones(home.path.parent)


def test_clients_see_that_it_is_another_life(home: Home, server: Running) -> None:
    """A new incarnation, also for a copy that still has the old one."""
    server.member("alice").ask("PRIVMSG #main :one")
    known = server.server.store.incarnation
    server.stop()
    shutil.copy(home.path, "copy.db")
    home.lines("restore", "copy.db")
    with closing(sqlite3.connect(home.path)) as database:
        assert database.execute("SELECT count(*) FROM incarnations").fetchone() == (0,)
    again = start(home.path)
    try:
        assert again.server.store.incarnation not in ("", known)
        assert home.bodies("--room", "main") == ["one"]
    finally:
        again.stop()


def test_a_copy_with_its_log_is_whole(home: Home, main_room: Room, alice: Actor, tmp_path: Path) -> None:
    """Such as a database that was put aside while it was damaged: what is in the log belongs to it."""
    home.say(main_room, alice, "one")
    with closing(sqlite3.connect(home.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM rooms").fetchall()
        home.say(main_room, alice, "in the log")
        for end in ("", "-wal"):
            shutil.copy(f"{home.path}{end}", f"aside.db{end}")
    home.lines("restore", "aside.db")
    assert home.bodies("--room", "main") == ["one", "in the log"]


def test_without_a_database(backed_up: Home, tmp_path: Path) -> None:
    """The disk is new: even the folder is not there."""
    for path in tmp_path.glob("chat.db*"):
        path.unlink()
    said = backed_up.lines("restore", "copy.db")
    assert "the database from before" not in said[0]
    assert backed_up.bodies("--room", "main") == ["one", "two"]
    backed_up.lines("restore", "copy.db", "--database", "new/folder/chat.db")
    assert stat.S_IMODE((tmp_path / "new" / "folder").stat().st_mode) == 0o700


def test_a_log_without_its_database_is_not_read_as_changes(backed_up: Home, tmp_path: Path) -> None:
    home = backed_up.path
    backed_up.submit()
    for path in tmp_path.glob("chat.db*"):
        path.unlink()
    Path(f"{home}-wal").write_bytes(b"of a database that is gone")
    backed_up.lines("restore", "copy.db")
    assert backed_up.bodies("--room", "main") == ["one", "two"]
    assert (tmp_path / "chat.db.lost-wal").read_bytes() == b"of a database that is gone"


def test_a_damaged_database_is_put_aside_as_it_is(backed_up: Home, tmp_path: Path) -> None:
    backed_up.path.write_bytes(b"nothing of a database is left here" * 400)
    backed_up.lines("restore", "copy.db")
    [old] = old_ones(tmp_path)
    assert old.read_bytes().startswith(b"nothing of a database")
    assert backed_up.bodies("--room", "main") == ["one", "two"]


def refused(home: Home, *arguments: str, said: str, code: int = 1) -> None:
    """Nothing has changed, and nothing is left."""
    before = {path.name for path in home.path.parent.iterdir()}
    seen(home.run("restore", *arguments), code, said)
    assert home.bodies("--room", "main") == ["one", "two", "three"]
    after = {path.name for path in home.path.parent.iterdir()}
    assert after - before <= {"chat.db-lock"}
    assert home.path.stat().st_nlink == 1


def test_what_is_no_backup_is_refused(backed_up: Home, tmp_path: Path) -> None:
    refused(backed_up, "gone.db", said="there is no file gone.db", code=5)
    refused(backed_up, "chat.db", said="chat.db is the database itself")
    (tmp_path / "text").write_text("no database at all, in no way" * 100)
    refused(backed_up, "text", said="text can't be read as a database: file is not a database")
    whole = (tmp_path / "copy.db.gz").read_bytes()
    (tmp_path / "cut.gz").write_bytes(whole[:-100])
    refused(backed_up, "cut.gz", said="cut.gz can't be unpacked")
    with closing(sqlite3.connect("other.db")) as other, other:
        other.execute("CREATE TABLE messages (x)")
    refused(backed_up, "other.db", said="is a database of another program")
    shutil.copy("copy.db", "newer.db")
    damage(tmp_path / "newer.db", "UPDATE alembic_version SET version_num = '9999'")
    refused(backed_up, "newer.db", said="was written by a newer chatstore (schema 9999)")


def test_a_backup_that_is_not_sound_is_refused(backed_up: Home, tmp_path: Path) -> None:
    damage(tmp_path / "copy.db", "DELETE FROM messages WHERE seq = 1")
    refused(
        backed_up,
        "copy.db",
        said="copy.db is not sound, and was not restored: numbers: #main begins at 2",
    )


@pytest.mark.parametrize("step", ["part", "link", "replace"])
def test_a_failure_in_the_middle_changes_nothing(
    backed_up: Home, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_arguments: Any, **_options: Any) -> Any:
        raise OSError(28, "No space left on device")

    if step == "part":
        monkeypatch.setattr(restoring.driver, "copy_from", full)
    elif step == "link":
        monkeypatch.setattr(restoring, "sync", full)
    else:
        monkeypatch.setattr(restoring, "put_in_place", full)
    refused(backed_up, "copy.db", said="can't be replaced: No space left on device")


def test_a_file_system_without_links(backed_up: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(_source: Path, _target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    def full(*_arguments: Any, **_options: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restoring.os, "link", no_links)
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "put_in_place", full)
        refused(backed_up, "copy.db", said="can't be replaced: No space left on device")
    backed_up.lines("restore", "copy.db")
    assert len(old_ones(tmp_path)) == 1


def test_without_links_nobody_begins_another_database_in_the_middle(
    backed_up: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(_source: Path, _target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(restoring.os, "link", no_links)
    child = os.fork()
    if child == 0:
        restoring.put_in_place = lambda *_arguments, **_options: os._exit(9)
        backed_up.run("restore", "copy.db")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert not backed_up.path.exists()
    for command in (["room", "add", "x"], ["history"], ["backup", "x.db"]):
        seen(backed_up.run(*command), 1, "run chatstore restore again")
    with pytest.raises(StorageError, match="run chatstore restore again"):
        DatabaseStore(f"sqlite:///{backed_up.path}", server="process 1")
    assert not backed_up.path.exists()
    [old] = old_ones(tmp_path)
    assert f"the database from before is {old}" in backed_up.lines("restore", "copy.db")[0]
    assert backed_up.bodies("--room", "main") == ["one", "two"]
    assert backed_up.bodies("--room", "main", "--database", str(old)) == ["one", "two", "three"]
    assert not (tmp_path / "chat.db.restoring").exists()


def test_somebody_who_reads_the_database_is_waited_for(backed_up: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "_PATIENCE", 50)
    with closing(sqlite3.connect(backed_up.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM messages").fetchall()
        backed_up.submit(*[])
        with closing(sqlite3.connect(backed_up.path)) as writer, writer:
            writer.execute("UPDATE rooms SET topic = 'changed'")
        refused(backed_up, "copy.db", said="another process reads or writes")


def test_after_a_crash_it_can_be_done_again(backed_up: Home, tmp_path: Path) -> None:
    """A power cut after the old database got its second name."""
    os.link(backed_up.path, tmp_path / "chat.db.replaced-20260101T000000Z")
    backed_up.lines("restore", "copy.db")
    assert backed_up.bodies("--room", "main") == ["one", "two"]
    [old] = old_ones(tmp_path)
    assert old.stat().st_nlink == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_does_leaves_everything_to_the_owner(backed_up: Home, tmp_path: Path) -> None:
    """The server, which is not root, has to open all of it afterwards."""
    for path in tmp_path.glob("chat.db*"):
        path.unlink() if path != backed_up.path else os.chown(path, 4321, 4322)
    backed_up.lines("backup", "again.db")
    backed_up.lines("restore", "copy.db")
    files = {path.name: path.stat() for path in tmp_path.glob("chat.db*")}
    assert {"chat.db", "chat.db-lock", "chat.db-backups"} < files.keys()
    assert {(state.st_uid, state.st_gid) for state in files.values()} == {(4321, 4322)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("link", [os.symlink, os.link])
@pytest.mark.parametrize("end", ["-lock", "-backups"])
def test_root_writes_no_file_that_the_owner_has_linked(
    backed_up: Home, tmp_path: Path, link: Callable[[Path, Path], None], end: str
) -> None:
    """The server's user may put into the folder what it likes: it must not get files of root by that."""
    victim = tmp_path / "victim"
    victim.write_text("of root")
    os.chown(backed_up.path, 4321, 4322)
    planted = tmp_path / f"chat.db{end}"
    planted.unlink(missing_ok=True)
    link(victim, planted)
    for arguments in (["backup", "again.db"], ["backup", "--keep", "1", "."], ["restore", "copy.db"]):
        result = backed_up.run(*arguments)
        assert "Traceback" not in result.output
        assert (victim.read_text(), victim.stat().st_uid) == ("of root", 0)
    victim.chmod(0o644)
    backed_up.run("doctor", "--repair")
    assert stat.S_IMODE(victim.stat().st_mode) == 0o644
    refusing = ["restore", "copy.db"] if end == "-lock" else ["backup", "--keep", "1", "."]
    seen(backed_up.run(*refusing), 1, f"{planted}")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_writes_no_file_of_another_user(backed_up: Home, tmp_path: Path) -> None:
    os.chown(backed_up.path, 4321, 4322)
    other = tmp_path / "chat.db-lock"
    other.write_text("of another user")
    os.chown(other, 1234, 1234)
    seen(backed_up.run("restore", "copy.db"), 1, "it belongs to another user than")
    assert (other.read_text(), other.stat().st_uid) == ("of another user", 1234)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_gives_away_only_what_it_has_made(
    backed_up: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part of the new database is exchanged for a link while it is looked at."""
    victim = tmp_path / "victim"
    victim.write_text("of root")
    os.chown(backed_up.path, 4321, 4322)

    def exchanged(part: Path) -> list[Any]:
        part.unlink()
        part.symlink_to(victim)
        return []

    monkeypatch.setattr("chatstore.storage.store.unsound", exchanged)
    seen(backed_up.run("restore", "copy.db"), 1, "can't be replaced: it is no file of chatstore")
    assert victim.stat().st_uid == 0


STEPS = ["sync", "_empty_log", "_move", "put_in_place", "full_text.remove"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_restore_that_is_killed_loses_nothing(backed_up: Home, step: str, when: str) -> None:
    """The database is the old one or the new one, whole; and it can be done again."""
    child = os.fork()
    if child == 0:
        holder, name = (restoring.full_text, "remove") if "." in step else (restoring, step)
        real = getattr(holder, name)

        def die(*arguments: Any, **options: Any) -> None:
            if when == "after":
                real(*arguments, **options)
            os._exit(9)

        setattr(holder, name, die)
        backed_up.run("restore", "copy.db")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    new = step == "put_in_place" and when == "after"
    assert backed_up.bodies("--room", "main") == (["one", "two"] if new else ["one", "two", "three"])
    backed_up.lines("restore", "copy.db")
    assert backed_up.bodies("--room", "main") == ["one", "two"]
    everything = [
        backed_up.bodies("--room", "main", "--database", str(old)) for old in old_ones(backed_up.path.parent)
    ]
    assert ["one", "two", "three"] in everything


@pytest.mark.parametrize("schema", ["0001", "0006", "0012"])
def test_a_backup_of_an_earlier_version(home: Home, schema: str) -> None:
    """It is looked at, restored, and migrated by whoever writes it first."""
    backup = Path(tests.__file__).parent / "data" / "databases" / f"{schema}.db.gz"
    found = examined(home, "--deep", str(backup))
    assert not_ok(found).keys() <= {"files", "write-ahead log"}  # it is a copy of a stopped server's file
    assert "which the next start brings to this one" in home.lines("restore", str(backup))[0]
    if schema == "0006":  # a command migrates it, and leaves the note to the next server
        home.lines("room", "add", "another")
    start(home.path).stop()
    assert not not_ok(examined(home, "--deep"))
    start(home.path).stop()
    assert home.run("audit").output.count(backup.name) == 1
    for _ in range(2):  # over a database of this version, and over one of an earlier
        assert "the database from before is" in home.lines("restore", str(backup))[0]
