"""Who is at which server and who has which nick, in a database of several servers (PostgreSQL)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, make_url, text

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.membership import ChangeNick, JoinRoom
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.presence import Presence
from chatstore.storage.postgresql import driver
from chatstore.storage.postgresql.presence import Nicks, Presences
from tests.postgres import Cluster
from tests.storage.database import Database

ALICE = Actor("alice", "alice", 1, called="~al")
GUEST, OTHER = Actor("visitor", guest="g1"), Actor("visitor", guest="g2")


@pytest.fixture
def url(cluster: Cluster) -> str:
    """A database with the nodes `a` and `b`, an account (1) and a room (1)."""
    url = cluster.database()
    database = Database(url)
    account = database.do(CreateAccount(person_name("alice"), "x"))
    assert account.id == 1
    assert database.room().id == 1
    database.close()
    for node in ("a", "b"):
        cluster.execute(
            "INSERT INTO nodes (id, kind, name, server, version, policy, batch, started_at, beat_at)"
            f" VALUES ('{node}', 'server', '', '', '', '', 0, 0, 0)",
            database=str(make_url(url).database),
        )
    return url


@pytest.fixture
def connect(url: str) -> Iterator[Callable[[], Connection]]:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="READ COMMITTED")
    driver.configure(engine)
    opened: list[Connection] = []

    def connect() -> Connection:
        opened.append(engine.connect())
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()
    engine.dispose()


def commit(connection: Connection) -> None:
    """Commit what went round SQLAlchemy."""
    driver.flush(connection)
    psycopg_connection: Any = connection.connection.dbapi_connection
    psycopg_connection.commit()


def at(node: str, actor: Actor, **values: Any) -> Presence:
    return Presence(node, actor, **values)


class TestPresences:
    def test_what_is_written_is_read_by_the_others(self, connect: Callable[[], Connection]) -> None:
        connection = connect()
        a, b = Presences(connection, "a"), Presences(connection, "b")
        alice = at(
            "a", ALICE, realname="Al", modes="i", secure=True, operator=True, signed_on=5, away="x", away_at=6
        )
        guest = at("a", GUEST, metadata={"url": "https://x"})
        for presence in (alice, guest):
            a.put(presence)
        assert b.all() == (alice, guest)
        assert b.all()[0].actor.called == "~al"
        assert a.all() == ()
        assert b.elsewhere(1) == [alice]
        assert b.elsewhere("g1") == [guest]
        assert a.elsewhere(1) == []
        a.remove(ALICE)
        assert b.all() == (guest,)

    def test_what_is_the_same_everywhere_changes_at_every_node_and_only_so(
        self, connect: Callable[[], Connection]
    ) -> None:
        connection = connect()
        a, b = Presences(connection, "a"), Presences(connection, "b")
        a.put(at("a", ALICE))
        b.put(at("b", ALICE))
        a.describe(ALICE, nick="al", realname="Al", modes="B")
        a.put(at("a", ALICE, away="late, with what it knew before"))
        (there,) = b.all()
        assert (there.actor.nick, there.realname, there.modes, there.actor.bot) == ("al", "Al", "B", True)
        assert there.away == "late, with what it knew before"
        assert a.all()[0].actor.nick == "al"

    def test_metadata_of_a_guest(self, connect: Callable[[], Connection]) -> None:
        connection = connect()
        a, b = Presences(connection, "a"), Presences(connection, "b")
        a.put(at("a", GUEST))
        a.put_metadata(GUEST, "url", "https://x")
        a.put_metadata(GUEST, "color", "red")
        a.put_metadata(GUEST, "url", "")
        assert b.all()[0].metadata == {"color": "red"}

    def test_a_kill_is_found_by_the_other_node_until_somebody_comes_anew(
        self, connect: Callable[[], Connection]
    ) -> None:
        connection = connect()
        a, b = Presences(connection, "a"), Presences(connection, "b")
        for presences, node in ((a, "a"), (b, "b")):
            presences.put(at(node, ALICE))
        a.kill(1, "Killed (bob (spam))")
        assert a.snapshot().killed == {}
        b.put(at("b", ALICE, away="still there"))
        assert b.snapshot().killed == {"1": "Killed (bob (spam))"}
        assert b.snapshot().presences == a.elsewhere(1) or b.snapshot().presences[0].node == "a"
        b.put(at("b", ALICE), new=True)
        assert b.snapshot().killed == {}

    def test_it_ends_with_its_node(self, connect: Callable[[], Connection]) -> None:
        connection = connect()
        Presences(connection, "a").put(at("a", ALICE))
        connection.execute(text("DELETE FROM nodes WHERE id = 'a'"))
        assert Presences(connection, "b").all() == ()

    def test_of_two_nodes_that_look_at_each_other_one_comes_second(self, connect: Callable[[], Connection]) -> None:
        one, two = connect(), connect()
        a, b = Presences(one, "a"), Presences(two, "b")
        a.put(at("a", ALICE))
        commit(one)
        b.put(at("b", ALICE))
        commit(two)
        assert [there.node for there in a.elsewhere(1)] == ["b"]
        a.remove(ALICE)
        found: list[Any] = []
        other = threading.Thread(target=lambda: found.extend([b.elsewhere(1)]))
        other.start()
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        third = connect()
        while other.is_alive() and not third.execute(waiting).scalar_one():
            third.rollback()
        commit(one)
        other.join()
        assert found == [[]]  # so this one lets her quit


class TestNicks:
    def test_somebody_elses_nick_is_refused_while_they_are_here(self, connect: Callable[[], Connection]) -> None:
        connection = connect()
        nicks, a = Nicks(connection), Presences(connection, "a")
        assert nicks.claim("visitor", GUEST)
        a.put(at("a", GUEST))
        assert nicks.claim("visitor", GUEST)
        assert not nicks.claim("visitor", OTHER)
        assert nicks.holder("visitor") == "g1"
        a.remove(GUEST)
        assert nicks.holder("visitor") is None
        assert nicks.claim("visitor", OTHER)

    def test_a_person_has_one(self, connect: Callable[[], Connection]) -> None:
        connection = connect()
        nicks, a = Nicks(connection), Presences(connection, "a")
        a.put(at("a", GUEST))
        assert nicks.claim("visitor", GUEST)
        assert nicks.claim("tourist", GUEST)
        assert nicks.holder("visitor") is None
        assert nicks.holder("tourist") == "g1"
        nicks.release(GUEST)
        assert nicks.holder("tourist") is None

    def test_a_member_keeps_it_without_a_connection(self, url: str, connect: Callable[[], Connection]) -> None:
        connection = connect()
        assert Nicks(connection).claim("alice", ALICE)
        commit(connection)
        assert Nicks(connection).holder("alice") is None
        commit(connection)
        database = Database(url)
        database.do(JoinRoom(ALICE, room_name("main"), "", 10))
        database.close()
        assert Nicks(connection).holder("alice") == 1
        assert not Nicks(connection).claim("alice", GUEST)

    def test_of_two_at_once_one_has_it(self, connect: Callable[[], Connection]) -> None:
        one, two = connect(), connect()
        assert Nicks(one).claim("visitor", GUEST)
        Presences(one, "a").put(at("a", GUEST))
        claimed: list[bool] = []
        other = threading.Thread(target=lambda: claimed.append(Nicks(two).claim("visitor", OTHER)))
        other.start()
        third = connect()
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        while other.is_alive() and not third.execute(waiting).scalar_one():
            third.rollback()
        commit(one)
        other.join()
        assert claimed == [False]

    def test_a_change_of_nick_asks_it(self, url: str, connect: Callable[[], Connection]) -> None:
        connection = connect()
        Nicks(connection).claim("tourist", OTHER)
        Presences(connection, "b").put(at("b", OTHER))
        commit(connection)
        database = Database(url)
        try:
            with pytest.raises(ChatError) as refused:
                database.do(ChangeNick(GUEST, person_name("tourist")))
            assert refused.value.code is Code.NAME_TAKEN
            database.do(ChangeNick(GUEST, person_name("traveller")))
        finally:
            database.close()
        assert Nicks(connect()).claim("visitor", OTHER)
