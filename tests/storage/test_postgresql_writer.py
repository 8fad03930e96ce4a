"""The writer on PostgreSQL, with other nodes beside it, connections that are lost, and a database that is away."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import psycopg
import pytest

from chatstore.chat.changes.membership import KickMember
from chatstore.chat.changes.posting import PostDirect
from chatstore.chat.live.delivery import Delivery
from chatstore.chat.live.hub import Hub
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.room_events import MemberJoined, RoomEvent, TopicChanged
from chatstore.chat.model.rooms import Role, Room
from chatstore.storage.errors import StorageError
from chatstore.storage.postgresql import driver
from chatstore.storage.postgresql.bus import Bus
from tests.postgres import Cluster
from tests.storage.database import ALICE, SECONDS, Database, Do, said

pytestmark = pytest.mark.usefixtures("patient_writers")
Open = Callable[..., Database]
BOB = Actor("bob", guest="g2")


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.database()


@pytest.fixture
def node(url: str) -> Iterator[Open]:
    """Starts another node of the test's database at each call."""
    nodes: list[Database] = []

    def start(**arguments: Any) -> Database:
        nodes.append(Database(url, **arguments))
        return nodes[-1]

    yield start
    for each in nodes:
        each.close()


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server that the test may stop."""
    running = Cluster()
    yield running
    running.close()


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of what is committed comes by the bus."""
    monkeypatch.setattr(Bus, "came", lambda _self, _payload: [])


def connect(url: str) -> psycopg.Connection[Any]:
    """A session that belongs to no node."""
    return psycopg.connect(url, autocommit=True)


def run(tx: Any, sql: str) -> list[Any]:
    return driver.run(tx._connection, sql)


def lose_the_connection(tx: Any, url: str) -> None:
    """The server ends the writer's session, and has ended it when this returns."""
    [(pid,)] = run(tx, "SELECT pg_backend_pid()")
    end_session(url, pid)


def end_session(url: str, pid: int) -> None:
    with connect(url) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


def pid_of(database: Database) -> int:
    return int(database.do(Do(lambda tx: run(tx, "SELECT pg_backend_pid()")))[0][0])


def seqs(database: Database, room: Room) -> list[int]:
    return [event.seq for event in database.bus.room_events if event.room == room.id]


def wait_for_blocked(url: str, n: int = 1) -> None:
    """Until so many sessions wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with connect(url) as other:
        end = time.monotonic() + SECONDS
        while other.execute(query).fetchone() != (n,):
            assert time.monotonic() < end


# Other nodes.


def test_the_time_is_the_databases(node: Open, url: str) -> None:
    database = node()
    database.writing.clock = None
    room = database.room()
    with connect(url) as other:
        query = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
        [before] = other.execute(query).fetchone() or ()
        [event] = database.say(room, "now")
        [after] = other.execute(query).fetchone() or ()
    assert before - 1 <= event.time <= after


@pytest.mark.usefixtures("deaf")
def test_what_others_have_committed_is_published_first(node: Open) -> None:
    one, two = node(), node()
    room = one.room()
    one.say(room, "1", "2")
    two.say(room, "3")
    one.say(room, "4")
    two.do(Do(lambda tx: tx.record(TopicChanged, room.id, ALICE, "5")))  # which has not named the room
    assert two.bus.bodies == ["1", "2", "3", "4", "5"]
    assert one.bus.bodies == ["1", "2", "3", "4"]


@pytest.mark.usefixtures("deaf")
def test_a_message_is_judged_by_what_another_node_has_committed(node: Open) -> None:
    one, hub = node(), Hub()
    two = node(bus=Delivery(hub), refusal=hub.refusal)
    room = one.room()

    def join(tx: Any) -> None:
        for actor, role in ((ALICE, Role.OPERATOR), (BOB, Role.MEMBER)):
            joined = tx.record(MemberJoined, room.id, actor, tags={"role": role.name.lower()})
            tx.members.put(room.id, actor, role, joined.seq)

    one.do(Do(join))
    [event] = two.store.submit(said(room, "here", actor=BOB)).wait()
    assert isinstance(event, RoomEvent)
    one.do(KickMember(ALICE, room.id, BOB, "out"))
    [refused] = two.store.submit(said(room, "still here?", actor=BOB)).wait()
    assert isinstance(refused, ChatError)
    assert refused.code is Code.CANNOT_POST


@pytest.mark.usefixtures("deaf")
def test_a_room_is_caught_up_with_once_in_a_batch(node: Open) -> None:
    """What lies beyond what was published is later the batch's own, and not committed."""
    one, two = node(), node()
    room = one.room()
    one.say(room, "1")

    def record(tx: Any) -> None:
        tx.record(TopicChanged, room.id, ALICE, "again")

    outcomes = two.store.submit([Do(record), *said(room, "x"), Do(record), Do(record)]).wait()
    assert not any(isinstance(outcome, ChatError) for outcome in outcomes)
    assert seqs(two, room) == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("deaf")
def test_a_unit_that_fails_does_not_keep_what_it_came_to(node: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "REMOTE", False)
    one, two = node(), node()
    room = one.room()
    failed, go = threading.Event(), threading.Event()

    def fail(tx: Any) -> None:
        assert tx.rooms.by_id(room.id) is not None
        raise ChatError(Code.BANNED, "no")

    def wait(_tx: Any) -> None:
        failed.set()
        assert go.wait(SECONDS)

    mixed = two.store.submit(
        [Do(fail), Do(wait), Do(lambda tx: tx.record(TopicChanged, room.id, ALICE, "second").seq)]
    )
    assert failed.wait(SECONDS)
    one.say(room, "first")  # does not wait
    go.set()
    refused, _, seq = mixed.wait()
    assert isinstance(refused, ChatError)
    assert seq == 2
    assert two.bus.bodies == ["first", "second"]


@pytest.mark.parametrize("writes", [False, True])
def test_a_batch_is_done_with_savepoints_if_a_unit_fails_that_has_written(node: Open, writes: bool) -> None:
    database = node()
    room = database.room()
    tried: list[str] = []

    def fail(tx: Any) -> None:
        tried.append("fail")
        assert tx.rooms.by_id(room.id) is not None
        if writes:
            tx.record(TopicChanged, room.id, ALICE, "must not stay")
        raise ChatError(Code.BANNED, "no")

    def work(tx: Any) -> int:
        tried.append("work")
        return int(tx.record(TopicChanged, room.id, ALICE, "stays").seq)

    first, refused, last = database.store.submit([Do(work), Do(fail), Do(work)]).wait()
    assert (first, last) == (1, 2)
    assert isinstance(refused, ChatError)
    assert tried == (["work", "fail"] if writes else []) + ["work", "fail", "work"]
    assert database.bodies(room) == database.bus.bodies == ["stays", "stays"]


def test_nobody_else_writes_in_a_room_that_is_held(node: Open, url: str) -> None:
    one, two = node(), node()
    room = one.room()
    begun, go = threading.Event(), threading.Event()

    def wait(tx: Any) -> None:
        tx.rooms.by_id(room.id)
        begun.set()
        assert go.wait(SECONDS)
        tx.record(TopicChanged, room.id, ALICE, "first")

    first = one.store.submit([Do(wait)])
    assert begun.wait(SECONDS)
    second = two.store.submit(said(room, "second"))
    wait_for_blocked(url)
    go.set()
    first.wait()
    second.wait()
    assert two.bodies(room) == ["first", "second"]


def test_two_who_begin_a_conversation_at_once_are_both_heard(node: Open) -> None:
    nodes = node(), node()
    for n in range(10):
        people = Actor("a", guest=f"ga{n}"), Actor("b", guest=f"gb{n}")
        start = threading.Barrier(2)
        found: list[Any] = []

        def say(me: int, people: Any = people, start: Any = start, found: list[Any] = found) -> None:
            change = PostDirect(people[me], people[1 - me], "message", f"from {me}")
            start.wait(SECONDS)
            found.append(nodes[me].store.submit([change]).wait()[0])

        threads = [threading.Thread(target=say, args=(me,)) for me in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
        assert [type(event).__name__ for event in found] == ["MessagePosted"] * 2
        assert len({event.room for event in found}) == 1
        assert {event.seq for event in found} == {1, 2}


def test_a_deadlock_with_somebody_else_is_got_over(node: Open, url: str) -> None:
    """PostgreSQL looks for a deadlock once, a second after somebody began to wait. So the writer waits last: then
    there is one."""
    database = node()
    one, two = database.room("one"), database.room("two")
    tried, held = list[str](), threading.Event()
    lock = "SELECT 1 FROM rooms WHERE id = %s FOR NO KEY UPDATE"

    def both(tx: Any) -> None:
        tried.append("")
        tx.record(TopicChanged, one.id, ALICE, "first")
        if len(tried) == 1:
            held.set()
            wait_for_blocked(url)
        tx.record(TopicChanged, two.id, ALICE, "second")

    with connect(url) as other:
        other.execute("BEGIN")
        other.execute("SET LOCAL deadlock_timeout = '1min'")  # the writer finds it
        other.execute(lock, [two.id])
        done = database.store.submit([Do(both)])
        assert held.wait(SECONDS)
        other.execute(lock, [one.id])
        other.execute("COMMIT")
    assert done.wait() == [None]
    assert len(tried) == 2
    assert database.bus.bodies == ["first", "second"]
    assert (database.bodies(one), database.bodies(two)) == (["first"], ["second"])


_STANDS_STILL = """
import sys, time
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.messages import Draft
from chatstore.storage.postgresql import writing
from tests.storage.database import Database, Do
writing._SETTINGS["idle_in_transaction_session_timeout"] = "500ms"
writing._SET = writing._SET.replace("3s", "500ms")
database = Database(sys.argv[1])
room = int(sys.argv[2])
def hold(tx):
    tx.rooms.by_id(room)
    print("held", flush=True)
    time.sleep(0.4)
[done, said] = database.store.submit([Do(hold), Draft(room, Actor("x", guest="gx"), "message", "late")]).wait()
print(said.seq, flush=True)
database.close()
"""


def test_a_node_that_stands_still_keeps_the_others_waiting_for_a_moment_only(node: Open, url: str) -> None:
    database = node()
    room = database.room()
    command = [sys.executable, "-c", _STANDS_STILL, url, str(room.id)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "held\n"
        child.send_signal(signal.SIGSTOP)
        [event] = database.say(room, "meanwhile")
        assert event.seq == 1
        child.send_signal(signal.SIGCONT)
        assert child.stdout.readline() == "held\n"  # it is done once more
        assert child.stdout.readline() == "2\n"
        assert child.wait(SECONDS) == 0
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    assert database.bodies(room) == ["meanwhile", "late"]


# Connections that are lost.


def test_a_connection_that_was_lost_between_two_batches(node: Open, url: str) -> None:
    database = node()
    room = database.room()
    end_session(url, pid_of(database))
    assert [event.seq for event in database.say(room, "one")] == [1]
    assert database.bus.bodies == database.bodies(room) == ["one"]


def test_a_connection_that_is_lost_before_the_commit(node: Open, url: str) -> None:
    database = node()
    room = database.room()
    tries = count(1)

    def once(tx: Any) -> int:
        tx.record(TopicChanged, room.id, ALICE, "two")
        n = next(tries)
        if n == 1:
            lose_the_connection(tx, url)
        return n

    one, two, three = database.store.submit([*said(room, "one"), Do(once), *said(room, "three")]).wait()
    assert (one.seq, two, three.seq) == (1, 2, 3)
    assert database.bus.bodies == database.bodies(room) == ["one", "two", "three"]
    assert seqs(database, room) == [1, 2, 3]


def test_a_batch_that_loses_its_connection_again_and_again_is_refused(node: Open, url: str) -> None:
    database = node()
    room = database.room()
    [outcome] = database.store.submit([Do(lambda tx: lose_the_connection(tx, url))]).wait()
    assert isinstance(outcome, ChatError)
    assert outcome.code is Code.NOT_STORED
    assert [event.seq for event in database.say(room, "one")] == [1]


_IN_COMMIT = """
    CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER in_commit AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.body = 'wait') EXECUTE FUNCTION stand_still();
"""
"""COMMIT waits, inside the server, for who holds an advisory lock."""


def test_a_connection_that_is_lost_in_a_commit_that_fails(node: Open, url: str) -> None:
    database = node()
    room, pid = database.room(), pid_of(database)
    with connect(url) as other:
        other.execute(_IN_COMMIT)
        other.execute("SELECT pg_advisory_lock(77)")
        waiting = database.store.submit(said(room, "wait"))
        wait_for_blocked(url)
        end_session(url, pid)  # in COMMIT: it is not stored, is asked about, and done again
        wait_for_blocked(url)
        assert not waiting.done
        other.execute("SELECT pg_advisory_unlock(77)")
        [event] = waiting.wait()
    assert event.seq == 1
    assert database.bodies(room) == database.bus.bodies == ["wait"]


class LostAnswer:
    """A writer's next COMMIT is done, and its connection is lost before the answer comes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
        dialect = database.store._engine.dialect
        real = dialect.do_commit
        self.armed = threading.Event()

        def do_commit(connection: Any) -> None:
            real(connection)
            if self.armed.is_set() and threading.current_thread().name == "writer":
                self.armed.clear()
                connection.dbapi_connection.close()
                raise psycopg.OperationalError("the connection is lost")

        monkeypatch.setattr(dialect, "do_commit", do_commit)


def test_a_connection_that_is_lost_in_a_commit_that_succeeds(node: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    database = node()
    room = database.room()
    lost = LostAnswer(monkeypatch, database)
    applied: list[str] = []
    outcomes = database.store.submit(
        [*said(room, "stored"), Do(lambda _tx: applied.append("")), Do(lambda _tx: lost.armed.set())]
    ).wait()
    assert outcomes[0].seq == 1
    assert applied == [""]
    assert [event.seq for event in database.say(room, "next")] == [2]
    assert database.bodies(room) == database.bus.bodies == ["stored", "next"]


def test_an_old_transaction_that_still_lives_is_waited_for(node: Open, url: str) -> None:
    """The connection is lost here, and the server's session has not noticed it."""
    database = node()
    room = database.room()
    with connect(url) as other:
        other.execute(_IN_COMMIT)
        other.execute("SELECT pg_advisory_lock(77)")
        waiting = database.store.submit(said(room, "wait"))
        wait_for_blocked(url)
        with socket.socket(fileno=os.dup(database.writing.connection.connection.fileno())) as ours:
            ours.shutdown(socket.SHUT_RDWR)
        wait_for_blocked(url, 2)  # its COMMIT, and the question
        assert not waiting.done
        other.execute("SELECT pg_advisory_unlock(77)")
        [event] = waiting.wait()
    assert event.seq == 1
    assert database.bodies(room) == database.bus.bodies == ["wait"]


# The database is away.


def test_a_database_that_is_away_refuses_and_needs_no_restart(
    own_cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    fatal = threading.Event()
    database = Database(own_cluster.database(), on_fatal=fatal.set)
    room = database.room()
    database.say(room, "before")
    own_cluster.stop()
    for n in range(3):
        [refused] = database.store.submit(said(room, f"away {n}")).wait()
        assert isinstance(refused, ChatError)
        assert refused.code is Code.NOT_STORED
    assert not database.store.healthy
    with pytest.raises(StorageError, match="can't be read"):
        database.store.rooms.all()
    logged = [record.getMessage() for record in caplog.records]
    assert [line for line in logged if line.endswith(": no PostgreSQL server listens there (no such socket)")]
    assert not [line for line in logged if "\n" in line or str(own_cluster.folder) in line]
    own_cluster.start()
    end = time.monotonic() + SECONDS
    while not database.store.healthy:  # without anybody's writing
        assert time.monotonic() < end
        time.sleep(0.01)
    assert [event.seq for event in database.say(room, "after")] == [2]
    assert database.bodies(room) == database.bus.bodies == ["before", "after"]
    assert not fatal.is_set()
    database.close()


def test_a_database_that_does_not_even_refuse_is_not_waited_for(own_cluster: Cluster) -> None:
    database = Database(f"{own_cluster.database()}&connect_timeout=20")
    room = database.room()
    database.say(room, "before")
    own_cluster.stop()
    place = own_cluster.folder / ".s.PGSQL.5432"
    with socket.socket(socket.AF_UNIX) as listens:
        listens.bind(str(place))
        listens.listen(50)  # and never says a word, as a machine that is gone
        for n in range(5):
            began = time.monotonic()
            [refused] = database.store.submit(said(room, f"away {n}")).wait()
            assert isinstance(refused, ChatError)
            assert refused.code is Code.NOT_STORED
            assert time.monotonic() - began < 15
    place.unlink()
    own_cluster.start()
    end = time.monotonic() + SECONDS
    while not database.store.healthy:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert [event.seq for event in database.say(room, "after")] == [2]
    database.close()


def test_a_database_that_falls_in_a_commit_is_asked_when_it_is_back(own_cluster: Cluster) -> None:
    url = own_cluster.database()
    fatal = threading.Event()
    database = Database(url, on_fatal=fatal.set)
    room = database.room()
    with connect(url) as other:
        other.execute(_IN_COMMIT)
        other.execute("SELECT pg_advisory_lock(77)")
        waiting = database.store.submit(said(room, "wait"))
        wait_for_blocked(url)
        own_cluster.stop()
    [refused] = database.store.submit(said(room, "meanwhile")).wait()
    assert isinstance(refused, ChatError)
    assert refused.code is Code.NOT_STORED
    assert not waiting.done  # nobody knows
    assert not database.store.healthy
    own_cluster.start()
    [event] = waiting.wait()
    assert event.seq == 1
    assert database.bodies(room) == database.bus.bodies == ["wait"]
    assert not fatal.is_set()
    database.close()


def test_what_waits_for_a_standby_that_is_away_holds_nothing_else_up(
    own_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A COMMIT waits for a synchronous standby for as long as it takes, whatever statement_timeout is."""
    url = own_cluster.database()
    database = Database(url)
    room = database.room()
    monkeypatch.setattr("chatstore.storage.writer._STUCK", 0.1)
    monkeypatch.setattr("chatstore.storage.writer._LONG", 0.1)
    own_cluster.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    own_cluster.execute("SELECT pg_reload_conf()")
    with connect(url) as other:
        while other.execute("SHOW synchronous_standby_names").fetchall() != [("nobody",)]:
            pass
        waiting = database.store.submit(said(room, "wait"))
        while not other.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'").fetchall():
            pass
        behind = database.store.submit(said(room, "behind"))  # or it is refused at once
        while database.store.healthy:
            pass
        database.store.refuse_stuck()
        for ticket in (behind, database.store.submit(said(room, "later"))):
            [refused] = ticket.wait()
            assert isinstance(refused, ChatError)
            assert refused.code is Code.NOT_STORED
        assert not waiting.done
        assert database.bus.bodies == []
        other.execute("SET synchronous_commit = off")
        other.execute("ALTER SYSTEM RESET synchronous_standby_names")
        other.execute("SELECT pg_reload_conf()")
    [event] = waiting.wait()
    assert event.seq == 1
    assert [event.seq for event in database.say(room, "after")] == [2]
    assert database.bodies(room) == database.bus.bodies == ["wait", "after"]
    database.close()


def test_a_stop_while_the_database_is_away_ends(own_cluster: Cluster) -> None:
    database = Database(own_cluster.database())
    room = database.room()
    own_cluster.stop()
    waiting = database.store.submit(said(room, "away"))
    database.close()
    assert isinstance(waiting.wait()[0], ChatError)
    own_cluster.start()
