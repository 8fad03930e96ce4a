"""A database that goes back in time, or is a copy: its incarnation changes, and lost ids are unknown."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from chatstore.cli import main
from chatstore.irc.line import parse
from tests.running import IrcClient, Running, start

CAPS = "echo-message message-tags server-time batch draft/chathistory draft/message-redaction"


def incarnation(client: IrcClient) -> str:
    """The incarnation in the 005 of the welcome."""
    for line in client.log:
        for token in parse(line).params:
            if token.startswith("chatstore/INCARNATION="):
                return token.partition("=")[2]
    raise AssertionError("no incarnation in 005")


def say(client: IrcClient, text: str) -> str:
    """Send a message to #main; returns its id."""
    client.send(f"PRIVMSG #main :{text}")
    return parse(client.wait(f"PRIVMSG #main :{text}$")).tags["msgid"]


def back_up(database: Path, to: Path) -> None:
    main(["backup", "--database", str(database), str(to)], standalone_mode=False)


def drop_beside(database: Path) -> None:
    """Restore nothing but the database itself, as a careful operator does."""
    for end in ("-wal", "-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)


@pytest.mark.sqlite
def test_ids_of_a_lost_life_hit_no_other_message(tmp_path: Path) -> None:
    database, backup = tmp_path / "chat.db", tmp_path / "backup.db"
    first = start(database)
    try:
        alice = first.member("alice", CAPS)
        before = incarnation(alice)
        assert incarnation(first.register("bob")) == before
        kept = say(alice, "kept")
        back_up(database, backup)
        lost = [say(alice, text) for text in ("lost one", "lost two")]
        later = say(alice, "lost three")
    finally:
        first.stop()
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT count(*) FROM incarnations").fetchall() == [(0,)]
    drop_beside(database)
    shutil.copyfile(backup, database)  # the same file: device and inode reveal nothing
    second = start(database)
    try:
        alice = second.login("alice", CAPS)
        alice.send("JOIN #main")
        alice.wait(" 366 ")
        assert incarnation(alice) != before
        new = [say(alice, text) for text in ("new one", "new two")]
        assert [id_.rsplit("-", 1)[0] for id_ in [*new, later]] == [id_.rsplit("-", 1)[0] for id_ in [*lost, later]]
        assert not set(new) & set(lost)
        for id_ in [*lost, later]:
            for selector in ("AFTER", "BEFORE", "AROUND", "LATEST"):
                [answer] = alice.ask(f"CHATHISTORY {selector} #main msgid={id_} 10")
                assert "FAIL CHATHISTORY INVALID_PARAMS" in answer, answer
            [answer] = alice.ask(f"REDACT #main {id_}")
            assert "FAIL REDACT UNKNOWN_MSGID" in answer, answer
        page = alice.ask(f"CHATHISTORY AFTER #main msgid={kept} 10")
        assert [line.rpartition(":")[2] for line in page if "PRIVMSG" in line] == ["new one", "new two"]
        for id_ in (new[0], new[1].rsplit("-", 1)[0]):  # the form of earlier versions, too
            alice.send(f"REDACT #main {id_}")
            told = parse(alice.wait(" REDACT #main "))
            assert told.params[1] == (new[0] if id_ == new[0] else new[1])
    finally:
        second.stop()


def again(database: Path) -> str:
    """The incarnation after another start."""
    running = start(database)
    try:
        client = running.login("alice", CAPS)
        return incarnation(client)
    finally:
        running.stop()


@pytest.fixture
def used(tmp_path: Path) -> tuple[Path, str]:
    """A database that a server has used, and its incarnation."""
    database = tmp_path / "chat.db"
    running = start(database)
    try:
        alice = running.member("alice", CAPS)
        say(alice, "hello")
        return database, incarnation(alice)
    finally:
        running.stop()


def copied(database: Path) -> Path:
    other = database.with_name("other.db")
    shutil.copyfile(database, other)
    return other


def copied_with_all_beside(database: Path) -> Path:
    folder = database.parent / "other"
    folder.mkdir()
    for file in database.parent.glob("chat.db*"):
        shutil.copyfile(file, folder / file.name)
    return folder / database.name


def put_back(database: Path, *, forgetting: str) -> Path:
    """Restore an older state into the same file, made without `chatstore backup`. `forgetting` is what knew
    of the newer state."""
    older = database.read_bytes()
    running = start(database)
    try:
        say(running.member("bob", CAPS), "lost")
        running.server.store._words.indexer.catch_up() if forgetting == "-lock" else None  # type: ignore[union-attr]
    finally:
        running.stop()
    database.write_bytes(older)
    return database


def put_back_without_index(database: Path) -> Path:
    back = put_back(database, forgetting="-search")
    for end in ("-search", "-search-wal", "-search-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)
    return back


def put_back_without_note(database: Path) -> Path:
    lock = Path(f"{database}-lock")
    older = lock.read_bytes()
    back = put_back(database, forgetting="-lock")
    lock.write_bytes(older)
    return back


@pytest.mark.parametrize("went", [copied, copied_with_all_beside, put_back_without_index, put_back_without_note])
@pytest.mark.sqlite
def test_what_draws_another_one(used: tuple[Path, str], went: Callable[[Path], Path]) -> None:
    database, before = used
    other = went(database)
    now = again(other)
    assert now != before
    assert again(other) == now


def test_a_restart_keeps_it(used: tuple[Path, str]) -> None:
    database, before = used
    assert again(database) == before
    main(["room", "add", "other", "--database", str(database)], standalone_mode=False)
    assert again(database) == before


def test_everybody_is_told(server: Running, alice: IrcClient) -> None:
    assert incarnation(alice) == server.server.store.incarnation
    assert any("chatstore/INCARNATION=" in line for line in alice.ask("ISUPPORT"))
