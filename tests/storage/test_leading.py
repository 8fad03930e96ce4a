"""One node leads, watches the others, and ends those that are dead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from chatstore.chat.changes.membership import JoinRoom
from chatstore.chat.changes.nodes import GONE, EndNode, EndTemporaryMembers
from chatstore.chat.changes.people import TakePart
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import PresenceMoved, Published
from chatstore.chat.model.names import room_name
from chatstore.chat.model.presence import Presence
from chatstore.chat.model.room_events import MemberQuit
from chatstore.storage.backend import NodeInfo
from chatstore.storage.postgresql import leader, node
from chatstore.storage.postgresql.leader import Watch
from chatstore.storage.store import DatabaseStore
from tests.postgres import Cluster
from tests.running import SECONDS
from tests.storage.test_node import name_of
from tests.waiting import until

GINA, GUS = Actor("gina", guest="g1"), Actor("gus", guest="g2")


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.database()


@contextmanager
def opened(url: str, told: Callable[[Published], None] = lambda _: None) -> Iterator[DatabaseStore]:
    store = DatabaseStore(url, readers=1, node=NodeInfo("server", "one", "chat.example.org"))
    try:
        store.start_writer(lambda published: [told(each) for each in published] and None, time.time)
        yield store
    finally:
        store.close()


def comes(store: DatabaseStore, actor: Actor, *, room: str = "main") -> None:
    """A guest connects to this node, and joins."""
    here = Presence(store.node, actor)
    store.submit([TakePart(actor, lambda _: here)]).result()
    store.submit([JoinRoom(actor, room_name(room), "", 10)]).result()


def members(store: DatabaseStore) -> set[str]:
    return {member.actor.nick for member in store.members.all()}


def beat_of(cluster: Cluster, url: str, id_: str) -> int:
    [(beat,)] = cluster.execute(f"SELECT beat_at FROM nodes WHERE id = '{id_}'", database=name_of(url))
    return int(beat)


class TestWatch:
    def test_silent_for_longer_than_the_lease(self) -> None:
        watch, step = Watch("own"), node.LEASE / 5
        for number in range(6):
            assert watch.look({"own": number, "a": 1, "b": number}, 100.0 + number * step) == []
        assert watch.look({"own": 6, "a": 1, "b": 6}, 100.0 + 5.1 * step) == [("a", 1)]
        assert watch.look({"own": 7, "b": 7}, 100.0 + 5.2 * step) == []

    def test_while_the_watcher_stood_still_nobody_was_silent(self) -> None:
        watch = Watch("own")
        assert watch.look({"own": 1, "a": 1}, 100.0) == []
        assert watch.look({"own": 2, "a": 1}, 100.0 + 10 * node.LEASE) == []
        assert watch.look({"own": 3, "a": 1}, 100.1 + 10 * node.LEASE) == []

    def test_while_nothing_can_be_written_nobody_is_silent(self) -> None:
        """The beats of a database that is read-only can be read."""
        watch, step = Watch("own"), node.LEASE / 5
        for number in range(20):
            assert watch.look({"own": 1, "a": 1}, 100.0 + number * step) == []
        for number in range(20, 25):  # all have as long as after a start
            assert watch.look({"own": number, "a": 1}, 100.0 + number * step) == []
        assert watch.look({"own": 30, "a": 1}, 100.1 + 25 * step) == [("a", 1)]


def test_one_leads_and_another_takes_over(url: str) -> None:
    with opened(url) as first, opened(url) as second:
        for store in (first, second):
            store.start_leading(lambda _node, _beat: None)
        until(lambda: first.leads or second.leads)
        leads, waits = (first, second) if first.leads else (second, first)
        assert not waits.leads
        leads.close()
        until(lambda: waits.leads)


def test_the_lead_is_lost_with_its_connection(cluster: Cluster, url: str) -> None:
    with opened(url) as first:
        first.start_leading(lambda _node, _beat: None)
        until(lambda: first.leads)
        other = f"application_name = '{leader.APPLICATION} {first.node}'"
        query = f"SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE {other}"
        [(before, _)] = cluster.execute(query)

        def again() -> bool:
            found = cluster.execute(f"SELECT pid FROM pg_stat_activity WHERE {other}")
            return first.leads and [pid for (pid,) in found] not in ([], [before])

        until(again)


def test_the_leader_tells_who_is_dead(cluster: Cluster, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "LEASE", 2.5)
    monkeypatch.setattr(node, "BEAT", 0.1)
    told: list[tuple[str, int]] = []
    heard = threading.Event()

    def silent(name: str, beat: int) -> None:
        told.append((name, beat))
        heard.set()

    with opened(url) as store:
        columns = "id, kind, name, server, version, policy, batch, started_at, beat_at"
        cluster.execute(
            f"INSERT INTO nodes ({columns}) VALUES ('dead', 'server', 'x', 'x', 'x', 'x', 0, 7, 7)",
            database=name_of(url),
        )
        store.start_leading(silent)
        assert heard.wait(SECONDS)
        assert set(told) == {("dead", 7)}
        until(lambda: beat_of(cluster, url, store.node) > 0)


def test_the_end_of_a_node(cluster: Cluster, url: str) -> None:
    told: list[Published] = []
    with opened(url) as dying, opened(url, told.append) as store:
        comes(dying, GINA)
        comes(store, GUS)
        beat = beat_of(cluster, url, dying.node)
        end = EndNode(dying.node, beat)
        assert store.submit([EndNode(dying.node, beat - 1)]).result() is None
        people = store.submit([end]).result()
        assert [actor.nick for actor in people] == ["gina"]
        assert members(store) == {"gina", "gus"}
        store.submit([EndTemporaryMembers(True, people, dying.node)]).result()
        assert members(store) == {"gus"}
        assert store.submit([end]).result() is None
    events = [event for event, _ in told if getattr(event, "actor", None) == GINA]
    # First the quit, so that nobody is told that she is away.
    [quit_, moved] = events[-2:]
    assert isinstance(quit_, MemberQuit)
    assert (quit_.actor.nick, quit_.body) == ("gina", GONE)
    assert isinstance(moved, PresenceMoved)
    assert (moved.actor.nick, moved.node, moved.presence) == ("gina", dying.node, None)
    assert sum(isinstance(event, MemberQuit) for event in events) == 1
    assert cluster.execute("SELECT folded FROM nicks", database=name_of(url)) == [("gus",)]


def test_a_start_ends_only_those_who_are_nowhere(cluster: Cluster, url: str) -> None:
    with opened(url) as other, opened(url) as store:
        comes(other, GINA)
        comes(store, GUS)
        comes(store, Actor("gone", guest="g3"))
        cluster.execute("DELETE FROM presence WHERE person = 'g3'", database=name_of(url))
        store.submit([EndTemporaryMembers(always_on=True)]).result()
        assert members(store) == {"gina", "gus"}
        everybody = [GINA, GUS, Actor("gone", guest="g3")]
        store.submit([EndTemporaryMembers(True, everybody)]).result()
        assert members(store) == {"gina", "gus"}
        assert {row for (row,) in cluster.execute("SELECT folded FROM nicks", database=name_of(url))} == {
            "gina",
            "gus",
        }


def test_a_part_at_a_time(cluster: Cluster, url: str) -> None:
    with opened(url) as store:
        for number in range(5):
            comes(store, Actor(f"guest{number}", guest=f"g{number}"))
        cluster.execute("DELETE FROM presence", database=name_of(url))
        while some := store.members.some_temporary(2, always_on=True):
            assert len(some) <= 2
            store.submit([EndTemporaryMembers(True, some)]).result()
        assert members(store) == set()
