"""`chatstore doctor`: each check sees what it is for, and says what to do; a healthy server is OK everywhere."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from chatstore import doctor
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.rooms import Room
from chatstore.config import Config
from chatstore.storage import packing
from chatstore.storage.sqlite import checking
from chatstore.storage.sqlite import driver as sqlite
from chatstore.storage.sqlite.indexing import Indexer
from tests.cli.home import Home, seen
from tests.endpoints.reaching import make_pair
from tests.running import Running

pytestmark = pytest.mark.sqlite


class Seen(NamedTuple):
    """What a check has said."""

    state: str
    found: str
    advice: str
    repaired: str


def examined(home: Home, *arguments: str) -> dict[str, Seen]:
    """What `doctor` says, by the checks' names; its exit code is what its findings are."""
    result = home.run("doctor", "--format", "json", *arguments, apart=True)
    rows: list[dict[str, str]] = msgspec.json.decode(result.stdout)
    todo = any(row["state"] in ("warning", "problem") for row in rows)
    assert result.exit_code == int(todo), result.output
    assert all(bool(row["advice"]) == (row["state"] in ("warning", "problem")) for row in rows), rows
    return {row["check"]: Seen(row["state"], row["found"], row["advice"], row["repaired"]) for row in rows}


def not_ok(found: dict[str, Seen]) -> dict[str, Seen]:
    return {name: one for name, one in found.items() if one.state in ("warning", "problem")}


@contextmanager
def damaging(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, to be damaged."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        yield database


def damage(path: Path, *statements: str) -> None:
    with damaging(path) as database:
        for statement in statements:
            database.execute(statement)


def everything_in(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Content, mode and time of each file."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            state = path.stat()
            found[str(path)] = path.read_bytes(), state.st_mode, state.st_mtime_ns
    return found


class Made(NamedTuple):
    """A database that is made once, and copied for each test."""

    path: Path
    room: Room
    alice: Actor


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    home = Home(tmp_path_factory.mktemp("made"))
    room, alice = home.room("main"), home.account("alice")
    home.say(room, alice, "one", "two", "three", "four", "five")
    return Made(home.path, room, alice)


@pytest.fixture
def alice(made: Made) -> Actor:
    return made.alice


@pytest.fixture
def talk(home: Home, made: Made) -> Room:
    """A room with five messages."""
    shutil.copy(made.path, home.path)
    return made.room


# Healthy.


def test_a_real_server_that_runs_is_ok_everywhere(home: Home, server: Running) -> None:
    alice, bob = server.member("alice", "echo-message message-tags"), server.member("bob")
    alice.ask("PRIVMSG #main :hello", "PRIVMSG bob :psst", "TOPIC #main :all about it")
    said = alice.ask("PRIVMSG #main :not so")[-1]
    msgid = said.split("msgid=")[1].split(" ")[0].split(";")[0]
    bob.ask("PART #main", "JOIN #main")
    alice.ask(f"@+draft/react=x;+draft/reply={msgid} TAGMSG #main")
    for more in ([], ["--deep"]):
        found = examined(home, *more)
        assert not not_ok(found), found
        assert ("tags" in found) == bool(more)
    assert alice.ask("PRIVMSG #main :and goes on")[-1].endswith("and goes on")
    server.stop()
    assert not not_ok(examined(home, "--deep"))


def test_a_line_for_each_check_for_people(home: Home, talk: Room) -> None:
    lines = home.lines("doctor")
    assert {line.split()[0] for line in lines} == {"OK"}
    assert "OK       numbers          5 events in 1 room or conversation" in lines
    damage(home.path, "DELETE FROM messages WHERE seq = 3")
    seen(
        home.run("doctor"),
        1,
        "PROBLEM  numbers          #main lacks 1 event, the first of them 3: something is lost",
    )


def test_it_changes_nothing(home: Home, talk: Room, tmp_path: Path) -> None:
    before = everything_in(tmp_path)
    examined(home, "--deep")
    assert everything_in(tmp_path) == before


def test_no_database(home: Home) -> None:
    seen(home.run("doctor"), 5, "there is no database at")
    seen(home.run("doctor", "gone.db"), 5, "there is no file gone.db")
    seen(home.run("doctor", "gone.db", "--repair"), 2, "a backup is only looked at")


# The rows.


@pytest.mark.parametrize(
    ("statement", "check", "said"),
    [
        ("DELETE FROM messages WHERE seq = 3", "numbers", "#main lacks 1 event, the first of them 3"),
        ("DELETE FROM messages WHERE seq < 3", "numbers", "#main begins at 3, not at 1"),
        ("DELETE FROM messages WHERE seq = 5", "numbers", "#main ends at 4, not at 5"),
        ("DELETE FROM messages", "numbers", "#main lacks all of 1 to 5"),
        ("UPDATE messages SET seq = -1 WHERE seq = 1", "numbers", "#main has number -1"),
        ("UPDATE messages SET sent_at = sent_at - 10000 WHERE seq = 4", "times", "ids go back: #main 1 time"),
        ("UPDATE messages SET id = id + 100 WHERE seq = 2", "times", "the first at 3"),
        ("UPDATE rooms SET last_sent_at = 5", "times", "the next messages would get times before the last one"),
        ("UPDATE memberships SET joined_seq = 99", "members", "1 member joined or read after the last event"),
        ("UPDATE messages SET sent_at = 9999999999999 WHERE seq = 5", "times", "before the last one: #main at 5"),
        ("UPDATE rooms SET last_sent_at = 9999999999999", "clock", "ahead of the clock: #main by"),
        ("INSERT INTO retention_time VALUES (1, 5, 1)", "clock", "retention doubts the clock"),
        ("INSERT INTO retention_time VALUES (9999999999999, NULL, 1)", "clock", "retention has measured from"),
        ("UPDATE messages SET tags = '{oh' WHERE seq = 2", "tags", "tags that can't be read"),
        ("UPDATE messages SET kind = 'redact', tags = '{}' WHERE seq = 2", "tags", "tags that can't be read"),
        ("ALTER TABLE messages DROP COLUMN audience", "tables", "messages.audience not there"),
        ("DROP TABLE nicks", "tables", "nicks not there"),
        ("DELETE FROM accounts WHERE name = 'alice'", "references", "messages to accounts (5)"),
    ],
)
def test_rows_that_should_not_be(
    home: Home, talk: Room, alice: Actor, statement: str, check: str, said: str
) -> None:
    damage(
        home.path,
        f"INSERT INTO memberships (room_id, account_id, nick, role, joined_seq, joined_at, seen_seq)"
        f" VALUES ({talk.id}, {alice.account_id}, '', 0, 1, 0, 1)",
    )
    assert not not_ok(examined(home, "--deep"))
    damage(home.path, statement)
    found = examined(home, "--deep")
    assert found[check].state in ("warning", "problem")
    assert said in found[check].found


def test_a_room_that_was_pruned_is_whole(home: Home, talk: Room) -> None:
    damage(home.path, "DELETE FROM messages WHERE seq <= 3", "UPDATE rooms SET first_seq = 4")
    assert examined(home)["numbers"].state == "ok"
    damage(home.path, "DELETE FROM messages", "UPDATE rooms SET first_seq = 6")
    assert examined(home)["numbers"].state == "ok"


def test_members_of_a_room_that_is_gone_are_removed(home: Home, talk: Room, alice: Actor) -> None:
    damage(
        home.path,
        "PRAGMA foreign_keys = OFF",
        "INSERT INTO memberships (room_id, account_id, nick, role, joined_seq, joined_at, seen_seq)"
        f" VALUES (77, {alice.account_id}, '', 0, 0, 0, 0), ({talk.id}, 99, '', 0, 0, 0, 0)",
    )
    found = examined(home)
    assert found["members"].found == "2 memberships of rooms or accounts that are gone (room 77, room 1)"
    assert "--repair" in found["members"].advice
    assert found["references"].state == "problem"
    found = examined(home, "--repair")
    assert found["members"] == ("ok", "0 memberships", "", "removed 2 memberships of what is gone")
    assert not not_ok(found)


def test_a_member_who_is_nobody(home: Home, talk: Room) -> None:
    damage(
        home.path,
        "INSERT INTO memberships (room_id, nick, role, joined_seq, joined_at, seen_seq)"
        f" VALUES ({talk.id}, '', 0, 0, 0, 0)",
    )
    assert not_ok(examined(home)).keys() == {"members"}
    assert not not_ok(examined(home, "--repair"))
    assert re.search("data.repair +members", home.run("audit").output)


def test_reactions_to_what_is_gone(home: Home, talk: Room) -> None:
    damage(home.path, f"INSERT INTO reactions (room_id, seq, person, value) VALUES ({talk.id}, 44, '1', 'x')")
    assert examined(home)["reactions"].found == "1 reaction to messages that are gone or erased"
    assert examined(home, "--repair")["reactions"].repaired == "removed 1 reaction to what is gone"
    assert not not_ok(examined(home))


def test_a_clock_of_a_room_that_is_behind_is_put_right(home: Home, talk: Room, alice: Actor) -> None:
    damage(home.path, "UPDATE rooms SET last_sent_at = 5")
    assert examined(home, "--repair")["times"].repaired == "the clock of 1 room was put after the last message"
    home.say(talk, alice, "six", now=1.0)
    assert not not_ok(examined(home, "--deep"))


def test_what_can_not_be_repaired_stays(home: Home, talk: Room, tmp_path: Path) -> None:
    damage(home.path, "DELETE FROM messages WHERE seq = 3")
    found = examined(home, "--repair")
    assert not_ok(found).keys() == {"numbers"}
    assert found["numbers"].repaired == ""
    assert home.bodies("--room", "main") == ["one", "two", "four", "five"]


def empty_index(path: Path, table: str, columns: str) -> None:
    """As after a fault of a disk: an index of one page that has no entries, while its table has rows."""
    with damaging(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(size,)] = database.execute("PRAGMA page_size").fetchall()
        [root] = [
            root
            for name, root in database.execute(
                "SELECT name, rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", (table,)
            ).fetchall()
            if ",".join(row[2] or "" for row in database.execute(f"PRAGMA index_info({name})")) == columns
        ]
    with path.open("r+b") as file:  # "SQLite Database File Format": a leaf of an index, without cells
        file.seek((root - 1) * size)
        file.write(b"\x0a\0\0\0\0" + size.to_bytes(2, "big") + b"\0")


def test_nothing_is_removed_from_a_damaged_database(home: Home, talk: Room, tmp_path: Path) -> None:
    """What the rows seem to lack is there: the reactions are valid, and the copy is the only whole one."""
    copy = tmp_path / "chat.db.before-0014"
    home.lines("backup", str(copy))
    damage(
        home.path,
        f"INSERT INTO reactions (room_id, seq, person, value) VALUES ({talk.id}, 2, '1', 'x')",
        "INSERT INTO memberships (room_id, nick, role, joined_seq, joined_at, seen_seq)"
        f" VALUES ({talk.id}, '', 0, 0, 0, 0)",
    )
    empty_index(home.path, "messages", "room_id,seq")
    for more in ([], ["--deep"]):
        examined(home, *more)
    found = examined(home, "--repair")
    for check in ("members", "reactions"):
        assert found[check].repaired == ""
        assert found[check].advice == "nothing is removed because of integrity and numbers: see to that first"
    assert copy.exists()
    with damaging(home.path) as database:
        assert database.execute("SELECT count(*) FROM reactions").fetchone() == (1,)
    found = examined(home, "--repair", "--deep")
    assert found["integrity"].repaired == "made the indexes of all tables again"
    assert found["members"].repaired == "removed 1 membership of what is gone"
    assert (found["reactions"].found, found["numbers"].state) == ("1 reaction", "ok")
    assert copy.exists()


def test_what_a_database_only_lacks_was_not_erased(home: Home, talk: Room, tmp_path: Path) -> None:
    """A copy that has it is no copy with erased words."""
    copy = tmp_path / "chat.db.before-0014"
    home.lines("backup", str(copy))
    damage(
        home.path,
        "DELETE FROM messages WHERE seq = 3",
        "UPDATE messages SET kind = 'redacted', body = '' WHERE seq = 2",
    )
    found = examined(home, "--repair")
    assert "still has 1 message erased since" in found["copies"].found
    assert "because of numbers" in found["copies"].advice
    assert copy.exists()


@pytest.mark.parametrize(
    "statements",
    [
        ["DELETE FROM messages WHERE seq < 3", "UPDATE rooms SET first_seq = 3"],
        [
            "DELETE FROM messages",
            "DELETE FROM rooms",
            "INSERT INTO audit (at, actor, actor_folded, via, action, about, about_folded, detail, by_member)"
            " VALUES (1, '', '', '', 'room.remove', '#main', '#main', '', 0)",
        ],
    ],
    ids=["pruned", "removed"],
)
def test_what_a_database_has_pruned_was_erased(
    home: Home, talk: Room, tmp_path: Path, statements: list[str]
) -> None:
    home.lines("backup", str(tmp_path / "chat.db.before-0014"))
    damage(home.path, *statements)
    assert examined(home, "--repair")["copies"].repaired == "removed chat.db.before-0014"


# The file.


def test_a_damaged_page(home: Home, talk: Room, alice: Actor) -> None:
    home.say(talk, alice, *(f"{number} {'x' * 300}" for number in range(60)))
    damage(home.path, "PRAGMA wal_checkpoint(TRUNCATE)")
    with damaging(home.path) as database:
        [(root,)] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'messages'").fetchall()
        [(size,)] = database.execute("PRAGMA page_size").fetchall()
    with home.path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xee" * size)
    found = examined(home)
    assert found["integrity"].state == "problem"
    assert "restore the newest backup" in found["integrity"].advice
    assert found["times"].state == "problem"
    assert "could not be looked at" in found["times"].found
    assert found["disk"].state == found["configuration"].state == "ok"


def test_no_database_at_all_in_the_file(home: Home) -> None:
    home.path.write_bytes(b"not a database, but long enough to be read as one" * 100)
    found = examined(home)
    assert "can't be used as a database" in found["integrity"].found
    assert "chatstore restore" in found["integrity"].advice
    assert found["configuration"].state == "ok"


def test_an_index_that_lacks_a_row(home: Home, talk: Room) -> None:
    """As after a fault of a disk: the table has a row that its index does not know."""
    change = "UPDATE sqlite_master SET sql = {} WHERE name = 'ix_memberships_account_id'"
    partial = "sql || ' WHERE account_id > 1000'"
    damage(home.path, "PRAGMA writable_schema = ON", change.format(partial))
    damage(home.path, f"INSERT INTO memberships VALUES (1, {talk.id}, 1, NULL, '', 0, 0, 0, 0)")
    damage(home.path, "PRAGMA writable_schema = ON", change.format("replace(sql, ' WHERE account_id > 1000', '')"))
    assert "integrity" not in not_ok(examined(home))
    found = examined(home, "--deep")["integrity"]
    assert (found.state, "an index does not agree with its table" in found.found) == ("problem", True)
    assert examined(home, "--deep", "--repair")["integrity"].repaired == "made the indexes of all tables again"
    assert not not_ok(examined(home, "--deep"))


def test_files_that_everybody_can_read(home: Home, talk: Room, tmp_path: Path) -> None:
    home.path.chmod(0o644)
    assert examined(home)["files"].found == "every user of this machine can read or write chat.db"
    assert "--repair" in examined(home)["files"].advice
    assert "other users can't read chat.db" in examined(home, "--repair")["files"].repaired
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o640
    tmp_path.chmod(0o777)
    assert "can replace files" in examined(home)["files"].found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_that_another_user_has_made(home: Home, talk: Room, tmp_path: Path) -> None:
    home.path.chmod(0o600)
    lock = tmp_path / "chat.db-lock"
    lock.touch(0o600)
    os.chown(lock, 4321, -1)
    assert "chat.db-lock belongs to another user than chat.db" in examined(home)["files"].found


def test_a_database_with_two_names(home: Home, talk: Room, tmp_path: Path) -> None:
    os.link(home.path, tmp_path / "other.db")
    assert "has more than one name" in examined(home)["files"].found


def test_a_network_share(home: Home, talk: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.read_text

    def mounts(path: Path, *arguments: Any, **options: Any) -> str:
        if str(path) == "/proc/self/mounts":
            return f"/dev/a / ext4 rw 0 0\nserver:/x {home.path.parent} nfs4 rw 0 0\n"
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", mounts)
    assert "is on a network file system (nfs4)" in examined(home)["files"].found


@pytest.mark.parametrize(
    ("free", "state", "said"), [(10, "problem", "free some space now"), (90, "warning", "a migration")]
)
def test_a_disk_that_is_nearly_full(
    home: Home, talk: Room, monkeypatch: pytest.MonkeyPatch, free: int, state: str, said: str
) -> None:
    monkeypatch.setattr(checking, "_FULL", 50)
    real = shutil.disk_usage(home.path)
    monkeypatch.setattr(checking.shutil, "disk_usage", lambda _path: real._replace(free=free))
    found = examined(home)["disk"]
    assert (found.state, said in found.advice) == (state, True)
    assert f"{free} B free" in found.found


def test_a_log_that_is_never_emptied(home: Home, server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_LARGE_LOG", 1)
    alice = server.member("alice")
    with damaging(home.path) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM messages").fetchall()
        for number in range(40):
            alice.ask(f"PRIVMSG #main :{number} {'x' * 300}")
        found = examined(home)["write-ahead log"]
    assert "because some process has been reading the database for long" in found.found
    assert "end that process" in found.advice


# The index of words.


@pytest.fixture
def indexed(home: Home, talk: Room) -> Home:
    """A database with an index of its words, as a server leaves it."""
    with home.store() as store:
        indexer = Indexer(home.path.with_name("chat.db-search"), store._reading, time.time, threading.Event())
        indexer.catch_up()
        indexer.stop()
    assert examined(home, "--deep")["search index"].found == "5 messages, and every message is in it"
    return home


def test_an_index_that_lacks_words(indexed: Home) -> None:
    index = indexed.path.with_name("chat.db-search")
    with damaging(index) as words:
        [(id_,)] = words.execute("SELECT id FROM shards").fetchall()
        words.execute(f"INSERT INTO words_{id_}(words_{id_}) VALUES ('delete-all')")
    assert "search index" not in not_ok(examined(indexed))
    found = examined(indexed, "--deep")["search index"]
    assert (found.state, found.found) == ("problem", "it lacks 5 messages: searches may miss messages")
    found = examined(indexed, "--deep", "--repair")["search index"]
    assert (found.state, "removed chat.db-search" in found.repaired) == ("ok", True)
    assert not index.exists()


def test_an_index_of_other_messages(indexed: Home) -> None:
    damage(indexed.path.with_name("chat.db-search"), "UPDATE shards SET last_seq = last_seq + 7")
    assert "it was made from other messages" in examined(indexed)["search index"].found
    damage(indexed.path.with_name("chat.db-search"), "UPDATE shards SET last_id = last_id + 700")
    assert "it knows messages that the database does not have" in examined(indexed)["search index"].found


def test_an_index_that_is_no_file_of_sqlite(indexed: Home) -> None:
    indexed.path.with_name("chat.db-search").write_bytes(b"\xff" * 10_000)
    found = examined(indexed)["search index"]
    assert (found.state, "it can't be read" in found.found) == ("problem", True)
    assert not not_ok(examined(indexed, "--repair"))


def test_an_index_that_is_behind(indexed: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    damage(indexed.path.with_name("chat.db-search"), "UPDATE shards SET upto = upto - 4")
    assert "behind: the server catches up" in examined(indexed)["search index"].found
    monkeypatch.setattr("chatstore.storage.sqlite.word_checks._BEHIND", 2)
    monkeypatch.setattr("chatstore.storage.backend.Examined.served", True)
    found = examined(indexed)["search index"]
    assert (found.state, "events behind: searches read these one by one" in found.found) == ("warning", True)


# Copies.


def test_a_copy_from_before_a_migration_with_erased_words(home: Home, talk: Room, tmp_path: Path) -> None:
    copy = tmp_path / "chat.db.before-0014"
    home.lines("backup", str(copy))
    assert not not_ok(examined(home))
    damage(home.path, "UPDATE messages SET kind = 'redacted', body = '' WHERE seq = 2")
    found = examined(home)["copies"]
    assert (found.state, f"{copy} still has 1 message erased since" in found.found) == ("warning", True)
    assert examined(home, "--repair")["copies"].repaired == "removed chat.db.before-0014"
    assert not copy.exists()


def test_what_a_copy_that_was_killed_has_left(home: Home, talk: Room, tmp_path: Path) -> None:
    part = tmp_path / ".chat.db.abc123.part"
    part.touch()
    assert not not_ok(examined(home))  # it may be written just now
    os.utime(part, (1, 1))
    assert "left by a copy that was killed" in examined(home)["copies"].found
    assert "removed" in examined(home, "--repair")["copies"].repaired
    assert not part.exists()


def test_what_a_restore_has_replaced_is_not_kept_for_ever(home: Home, talk: Room, tmp_path: Path) -> None:
    old = tmp_path / "chat.db.replaced-20260101T000000Z"
    home.lines("backup", str(old))
    assert not not_ok(examined(home))
    os.utime(old, (1, 1))
    assert "kept since a restore more than two weeks ago" in examined(home)["copies"].found


@pytest.mark.parametrize("where", ["doctor", "restore", "deep"])
def test_what_was_unpacked_by_a_command_that_was_killed_is_found(
    home: Home, talk: Room, tmp_path: Path, where: str
) -> None:
    """By its name, where the database or the backup is."""
    (tmp_path / "bk").mkdir()
    home.lines("backup", "--compress", "bk/big.db")
    arguments = {"doctor": ["doctor", "bk/big.db.gz"], "restore": ["restore", "bk/big.db.gz"]}
    child = os.fork()
    if child == 0:
        packing.unpack = lambda *_arguments: os._exit(9)
        home.run(*arguments.get(where, ["doctor", "--deep"]))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    left = [path for path in tmp_path.rglob("*") if path.name.endswith(".part")]
    assert left
    assert "copies" not in not_ok(examined(home))
    for path in left:
        os.utime(path, (1, 1))
    assert (
        examined(home, "--repair")["copies"].repaired == f"removed {', '.join(path.name for path in sorted(left))}"
    )
    assert not not_ok(examined(home))


def test_a_server_removes_what_was_killed(home: Home, talk: Room, tmp_path: Path) -> None:
    """Each day."""
    old, young = tmp_path / ".chat.db.abcd1234.part", tmp_path / ".chat.db.abcd1235.part"
    for path in (old, young):
        path.touch()
    os.utime(old, (1, 1))
    with home.store() as store:
        store.place.drop_old_copies()
    assert (old.exists(), young.exists()) == (False, True)


# The configuration, the certificate, the programs.

PUBLIC = {"irc": "0.0.0.0:6667"}


@pytest.mark.parametrize(
    ("tables", "said", "advice"),
    [
        ({"web": {"forwarded_from": ["127.0.0.1"]}}, "[web] url is not set", "set [web] url"),
        ({"web": {"url": "https://a.example/"}}, "nor a proxy that is believed", "set [web] forwarded_from"),
        ({"web": {"url": "http://a.example/"}}, "[web] url is http", "put TLS in front"),
        ({"web": {"url": "http://localhost/"}, "listen": {"web": "off"}}, "there is no page", "set [listen] web"),
        ({"listen": PUBLIC, "server": {"name": "a.example"}}, "nobody there can log in", "set [listen] ircs"),
        (
            {
                "listen": PUBLIC,
                "server": {"name": "a.example"},
                "accounts": {"unencrypted_passwords": "everywhere"},
            },
            "takes passwords without TLS",
            "use ircs and wss",
        ),
        ({"listen": PUBLIC}, "the server has no name of its own", "set [server] name"),
        ({"tls": {"certificate": "a.pem", "key": "a.key"}}, "no endpoint uses it", "set [listen] ircs"),
        ({"listen": {"metrics": "0.0.0.0:9100"}}, "[listen] metrics can be reached from", "set it to 127.0.0.1"),
        ({"webirc": {"password": "x"}}, "[webirc] has password and no gateways", "set gateways"),
        ({"webirc": {"gateways": ["10.0.0.1"]}}, "[webirc] has gateways and no password", "set password"),
        (
            {"listen": {"metrics": "127.0.0.1:8097"}},
            "[listen] web and metrics have the same address",
            "give each a port",
        ),
        ({"listen": {"irc": "127.0.0.1:8097"}}, "[listen] irc and web have the same address", "give each a port"),
        ({"listen": {"irc": "off", "web": "off", "plain": "off"}}, "every endpoint is off", "set one of"),
        (
            {"server": {"password": "x"}, "accounts": {"registration": "invite"}},
            "neither may come",
            "remove the pass",
        ),
    ],
)
def test_a_configuration_that_contradicts_itself(tables: dict[str, Any], said: str, advice: str) -> None:
    assert not [*doctor.contradictions(Config())]
    found = [*doctor.contradictions(msgspec.convert(tables, Config))]
    assert [advice in one.advice for one in found if said in one.text] == [True], found


@pytest.mark.parametrize(
    "tables",
    [
        {"web": {"forwarded_from": ["127.0.0.1"], "url": "https://a.example/"}, "server": {"name": "a.example"}},
        {
            "listen": {**PUBLIC, "ircs": "0.0.0.0:6697"},
            "tls": {"certificate": "a.pem", "key": "a.key"},
            "server": {"name": "a.example"},
        },
        {"listen": {"plain": "off", "irc": "127.0.0.1:0", "web": "127.0.0.1:0"}},
        {"server": {"password": "x"}, "accounts": {"guests": True}},
    ],
)
def test_a_configuration_that_does_not(tables: dict[str, Any]) -> None:
    assert not [*doctor.contradictions(msgspec.convert(tables, Config))]


def test_the_configuration_is_looked_at_first(home: Home, talk: Room, tmp_path: Path) -> None:
    (tmp_path / "chatstore.toml").write_text('[web]\nforwarded_from = ["10.0.0.1"]\n')
    assert "and [web] url is not set" in examined(home)["configuration"].found
    (tmp_path / "chatstore.toml").write_text("[web]\nurll = 1\n")
    assert "[web] has no setting urll" in examined(home)["configuration"].found
    (tmp_path / "chatstore.toml").write_text('[server]\npassword = "secret secret"\n')
    (tmp_path / "chatstore.toml").chmod(0o644)
    found = home.run("doctor").output
    assert "every user can read chatstore.toml, which contains server.password: run chmod o-r" in found


def with_tls(pem: Path, key: Path) -> Config:
    return msgspec.convert(
        {"listen": {"ircs": "127.0.0.1:0"}, "tls": {"certificate": str(pem), "key": str(key)}}, Config
    )


def test_the_certificates_remaining_days(tmp_path: Path) -> None:
    assert doctor.certificate(Config(), 0).state == "ok"
    pair = make_pair(tmp_path, "a")
    config, now = with_tls(pair.certificate, pair.key), time.time()
    ends = doctor.Certificate(pair.certificate, pair.key, ask_clients=False).expires
    assert ends is not None
    assert doctor.certificate(config, ends - 40 * 86_400 - 1).text.startswith("40 days left, until 2")
    soon = doctor.certificate(config, ends - 5 * 86_400 - 1)
    assert (soon.state, "expires in 5 days" in soon.text, "renew it" in soon.advice) == ("warning", True, True)
    over = doctor.certificate(config, ends + 1)
    assert (over.state, "expired on" in over.text) == ("problem", True)
    other = make_pair(tmp_path, "b")
    assert "belongs to another certificate" in doctor.certificate(with_tls(pair.certificate, other.key), now).text
    missing = doctor.certificate(msgspec.convert({"listen": {"wss": "127.0.0.1:0"}}, Config), now)
    assert (missing.state, "set [tls]" in missing.advice) == ("problem", True)


def test_versions(home: Home, talk: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.python(0).text == f"Python {sys.version.split()[0]}"
    assert "python.org has not repaired since" in doctor.python(4e9).text
    for version, state, said in (
        ((3, 34, 1), "problem", "is too old"),
        ((3, 40, 1), "ok", "no other program should write the database"),
        ((3, 52, 0), "ok", "SQLite"),
    ):
        monkeypatch.setattr(checking.sqlite3, "sqlite_version_info", version)
        found = examined(home)["sqlite"]
        assert (found.state, said in found.found) == (state, True)
    monkeypatch.setattr(checking.full_text, "available", lambda: False)
    assert "has no full-text search" in examined(home)["search index"].found


# A backup.


@pytest.mark.parametrize("options", [[], ["--compress"]])
def test_a_backup_is_not_changed(home: Home, talk: Room, tmp_path: Path, options: list[str]) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    home.lines("backup", *options, str(folder / "copy"))
    file, *more = folder.iterdir()
    assert not more
    before = everything_in(folder)
    found = examined(home, "--deep", str(file))
    assert everything_in(folder) == before
    assert found["numbers"].found == "5 events in 1 room or conversation"
    assert not not_ok(found)
    assert "configuration" not in found


def test_a_damaged_backup(home: Home, talk: Room, tmp_path: Path) -> None:
    home.lines("backup", "copy.db")
    home.lines("backup", "--compress", "copy.db.gz")
    damage(tmp_path / "copy.db", "DELETE FROM messages WHERE seq = 3")
    assert not_ok(examined(home, "copy.db")).keys() == {"numbers"}
    whole = (tmp_path / "copy.db.gz").read_bytes()
    (tmp_path / "copy.db.gz").write_bytes(whole[: len(whole) // 2])
    assert "it can't be unpacked" in examined(home, "copy.db.gz")["integrity"].found
    (tmp_path / "text").write_text("no database")
    assert "can't be used as a database" in examined(home, "text")["integrity"].found


def test_a_copy_that_cp_has_made(home: Home, server: Running, tmp_path: Path) -> None:
    server.member("alice").ask("PRIVMSG #main :in the log")
    shutil.copy(home.path, tmp_path / "torn.db")
    found = examined(home, "torn.db")["write-ahead log"]
    assert (found.state, "may lack what was written last" in found.found) == ("warning", True)


def test_a_backup_of_an_earlier_version(home: Home, talk: Room, tmp_path: Path) -> None:
    """It lacks what later versions added, and that is no fault."""
    home.lines("backup", "copy.db")
    damage(
        tmp_path / "copy.db",
        "UPDATE alembic_version SET version_num = '0009'",
        "ALTER TABLE messages DROP COLUMN audience",
        "DROP TABLE incarnations",
    )
    found = examined(home, "--deep", "copy.db")
    assert not not_ok(found)
    assert "written by an earlier version" in found["tables"].found
    damage(tmp_path / "copy.db", "UPDATE alembic_version SET version_num = '9999'")
    assert "was written by a newer chatstore" in examined(home, "copy.db")["integrity"].found


def test_while_another_process_reads_nothing_is_disturbed(home: Home, server: Running) -> None:
    """The server's file, log and lock are what they were, by name and inode."""
    server.member("alice").ask("PRIVMSG #main :hello")
    before = {path.name: sqlite.identity(str(path)) for path in home.path.parent.glob("chat.db*")}
    examined(home, "--deep")
    after = {path.name: sqlite.identity(str(path)) for path in home.path.parent.glob("chat.db*")}
    assert before == after


def test_a_folder_for_backups_that_nobody_can_write_to(home: Home, talk: Room, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    (tmp_path / "chatstore.toml").write_text(f'[backup]\nevery = "1d"\nfolder = "{blocked}/backups"\n')
    found = examined(home, "--config", str(tmp_path / "chatstore.toml"))["backups"]
    assert (found.state, found.found) == ("warning", f"backups can't be written to {blocked}/backups")
