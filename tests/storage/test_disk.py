"""A full disk, a locked database, and a COMMIT that fails: the first two refuse the batch, the third stops
the writer."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import Name
from chatstore.chat.model.room_events import TopicChanged
from chatstore.storage.sqlite import driver as storage
from tests.storage.database import ALICE, SECONDS, Database, Do, pragma, said

Open = Callable[..., Database]
FULL = "the message could not be stored: the disk is full"


@pytest.fixture
def full(database: Database) -> Database:
    """A database whose file has space for a few short messages, but not for a long one."""
    room = database.room()
    database.say(room, "stored before")
    pages = database.do(pragma("page_count"))
    database.do(pragma(f"max_page_count={pages + 1}"))
    return database


def make_room(database: Database) -> None:
    database.do(pragma("max_page_count=100000"))


def refusals(outcomes: Any) -> set[tuple[Any, str]]:
    outcomes = list(outcomes)
    assert all(isinstance(outcome, ChatError) for outcome in outcomes)
    return {(outcome.code, outcome.text) for outcome in outcomes}


LONG = "x" * 30_000


@pytest.mark.sqlite
def test_a_full_disk_refuses_tells_nobody_and_goes_on_when_there_is_room(full: Database) -> None:
    room = full.room()
    told = full.bus.bodies
    assert refusals(full.say(room, LONG)) == {(Code.NOT_STORED, FULL)}
    assert refusals(full.say(room, "short", LONG)) == {(Code.NOT_STORED, FULL)}
    assert full.bus.bodies == told
    assert full.bodies(room) == ["stored before"]  # reading goes on
    make_room(full)
    [event] = full.say(room, LONG)
    assert event.seq == 2
    assert full.bodies(room) == ["stored before", LONG]
    assert full.bus.bodies == [*told, LONG]


@pytest.mark.sqlite
def test_nothing_of_a_batch_that_did_not_fit_is_told_or_stored(full: Database) -> None:
    """SQLite rolls the whole transaction back when the disk is full. What the batch stored before is gone
    too, and what came after must not be committed by itself."""
    room = full.room()
    told = full.bus.bodies

    def topic(body: str) -> Do:
        return Do(lambda tx: tx.record(TopicChanged, room.id, ALICE, body))

    with full.blocked():
        tickets = [
            full.store.submit(said(room, "before")),
            full.store.submit([topic("topic before")]),
            full.store.submit(said(room, LONG)),
            full.store.submit([topic("topic after")]),
            full.store.submit(said(room, "after")),
        ]
    assert refusals(ticket.wait()[0] for ticket in tickets) == {(Code.NOT_STORED, FULL)}
    assert full.bus.bodies == told
    assert full.bodies(room) == ["stored before"]
    make_room(full)
    assert [event.seq for event in full.say(room, "one", "two")] == [2, 3]


@pytest.mark.sqlite
def test_a_change_that_does_not_fit(full: Database) -> None:
    room = full.room()
    told = full.bus.bodies
    change = Do(lambda tx: tx.record(TopicChanged, room.id, ALICE, LONG))
    with full.blocked():
        tickets = [full.store.submit(said(room, "before")), full.store.submit([change])]
        tickets.append(full.store.submit(said(room, "after")))
    assert refusals(ticket.wait()[0] for ticket in tickets) == {(Code.NOT_STORED, FULL)}
    assert full.bus.bodies == told
    assert full.bodies(room) == ["stored before"]


@pytest.mark.sqlite
def test_a_message_that_still_fits_is_stored(full: Database) -> None:
    room = full.room()
    assert refusals(full.say(room, LONG))
    [event] = full.say(room, "short")
    assert event.seq == 2
    assert full.bodies(room) == ["stored before", "short"]


@pytest.mark.sqlite
def test_a_locked_database_refuses_and_goes_on(open_database: Open, tmp_path: Path) -> None:
    fatal = threading.Event()
    database = open_database(on_fatal=fatal.set)
    room = database.room()
    database.do(Do(lambda tx: tx._connection.exec_driver_sql("PRAGMA busy_timeout=1").close()))
    other = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert refusals(database.say(room, "locked out")) == {(Code.NOT_STORED, "the message could not be stored")}
    other.execute("ROLLBACK")
    other.close()
    assert [event.seq for event in database.say(room, "stored")] == [1]
    assert database.bus.bodies == ["stored"]
    assert not fatal.is_set()


class FailingCommit:
    """Makes the next COMMIT of a store's writer fail, before or after it has happened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
        engine = database.store._engine
        self.after = False
        self.error = sqlite3.OperationalError("disk I/O error")
        self.armed = threading.Event()
        real = engine.dialect.do_commit

        def do_commit(connection: Any) -> None:
            if not self.armed.is_set():
                real(connection)
                return
            self.armed.clear()
            if self.after:
                real(connection)
            raise self.error

        monkeypatch.setattr(engine.dialect, "do_commit", do_commit)


@pytest.fixture
def fatal() -> threading.Event:
    return threading.Event()


@pytest.mark.sqlite
@pytest.mark.parametrize("after", [False, True], ids=["not stored", "stored all the same"])
def test_a_commit_of_unknown_fate_is_followed_by_silence(
    open_database: Open, monkeypatch: pytest.MonkeyPatch, fatal: threading.Event, after: bool
) -> None:
    database = open_database(on_fatal=fatal.set)
    room = database.room()
    database.say(room, "known")
    told = database.bus.events
    failing = FailingCommit(monkeypatch, database)
    failing.after = after
    with database.blocked():
        tickets = [database.store.submit(said(room, "unknown"))]
        failing_now = database.store.submit([Do(lambda _tx: failing.armed.set())])
        tickets += [failing_now, database.store.submit(said(room, "unknown too"))]
    assert fatal.wait(SECONDS)
    assert not any(ticket.done for ticket in tickets)
    assert database.bus.events == told
    late = database.store.submit(said(room, "late"))  # certainly not stored, and said so
    assert refusals(late.wait()) == {(Code.BUSY, late.wait()[0].text)}
    database.close()
    assert not any(ticket.done for ticket in tickets)
    known = ["known", "unknown", "unknown too"] if after else ["known"]
    assert open_database().bodies(room) == known


@pytest.mark.sqlite
def test_a_commit_that_finds_the_disk_full_is_refused(
    open_database: Open, monkeypatch: pytest.MonkeyPatch, fatal: threading.Event
) -> None:
    database = open_database(on_fatal=fatal.set)
    room = database.room()
    failing = FailingCommit(monkeypatch, database)
    failing.error = sqlite3.OperationalError("database or disk is full")
    engine = database.store._engine

    def commit(connection: Any) -> None:
        """Fail as SQLite does: the error comes with a rollback."""
        if failing.armed.is_set():
            connection.connection.dbapi_connection.rollback()

    event.listen(engine, "commit", commit)
    told = database.bus.bodies
    outcomes = database.store.submit([*said(room, "no"), Do(lambda _tx: failing.armed.set())]).wait()
    assert refusals(outcomes) == {(Code.NOT_STORED, FULL)}
    assert database.bus.bodies == told
    assert [stored.seq for stored in database.say(room, "yes")] == [1]
    assert not fatal.is_set()


@pytest.mark.sqlite
def test_a_start_empties_the_log_that_it_finds(open_database: Open, tmp_path: Path) -> None:
    """What is in the log may never have reached the disk: see sqlite.py."""
    database = open_database(checkpoints=False)
    database.say(database.room(), "stays in the log")
    log = tmp_path / "chat.db-wal"
    assert log.stat().st_size > 0
    other = open_database(checkpoints=True)
    assert log.stat().st_size == 0
    assert other.bodies(other.room()) == ["stays in the log"]


@pytest.mark.sqlite
def test_a_start_does_not_wait_for_ever_for_a_reader(
    open_database: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(storage, "_START_PATIENCE", 1)
    database = open_database(checkpoints=False)
    room = database.room()
    reader = sqlite3.connect(tmp_path / "chat.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM rooms").fetchall()
    database.say(room, "read by nobody yet")
    other = open_database(checkpoints=True)
    assert "another process may be reading the database" in caplog.text
    assert [event.seq for event in other.say(room, "stored")] == [2]
    reader.close()


def test_errors_keep_messages_out_of_the_log(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    room, private = database.room(), "sec" + "ret"  # not in a line of source, which a traceback shows

    def twice(tx: Any) -> None:
        for _ in range(2):
            tx.accounts.add(Name(private, private), private, "user")

    assert refusals(database.store.submit([Do(twice)]).wait())
    [draft] = said(room, private, actor=Actor("x", "x", 999))
    assert refusals(database.store.submit([draft]).wait())
    assert "IntegrityError" in caplog.text
    assert "secret" not in caplog.text
