"""Three writers over one PostgreSQL server, while connections are cut and the server is killed; and what must be
true of what they have stored, said and published.

They are three stores in one process, each with a bus of its own that records what it publishes. (tests/nodes has
whole servers, in processes that are killed.)
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from chatstore.chat.changes.membership import JoinRoom, LeaveRoom, QuitRooms
from chatstore.chat.changes.posting import PostDirect
from chatstore.chat.changes.rooms import SetTopic
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.names import room_name
from chatstore.chat.model.room_events import MemberJoined, MemberLeft, MemberQuit, RoomEvent
from chatstore.storage.postgresql.bus import Bus
from tests.postgres import Cluster
from tests.storage.database import Database

NODES = 3
ROOMS = [f"room{n}" for n in range(6)]
TALKERS = 2
"""Of each node; beside one who joins and quits."""
MOST_DEADLOCKS = 3
"""Beyond that, locks are not taken in one order."""
SECONDS = 40
"""The longest that anything may take in the end."""


@dataclass
class Told:
    """What one node has answered: bodies that are stored, with where; and that are not."""

    stored: dict[str, tuple[int, int]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)


class LostCommits:
    """Sometimes the connection is lost just before a COMMIT arrives, or before its answer comes."""

    def __init__(self, dialect: Any, dice: random.Random) -> None:
        real = dialect.do_commit

        def do_commit(connection: Any) -> None:
            lost = threading.current_thread().name == "writer" and dice.random() < 0.03
            if not lost or dice.random() < 0.5:
                real(connection)
            if lost:
                connection.dbapi_connection.close()
                raise psycopg.OperationalError("the connection is lost")

        dialect.do_commit = do_commit


class Chaos:
    def __init__(self, cluster: Cluster, seed: int) -> None:
        self._cluster = cluster
        self._url = cluster.database()
        self._dice = random.Random(seed)
        self._over = threading.Event()
        self._ended = threading.Event()
        self.nodes = [Database(self._url, on_fatal=self._ended.set) for _ in range(NODES)]
        self.told = [Told() for _ in self.nodes]
        self.faults: Counter[str] = Counter()
        for database in self.nodes:
            database.writing.clock = None
        self.rooms = [self.nodes[0].room(name) for name in ROOMS]

    def run(self, seconds: float, pause: float) -> None:
        """Let everybody talk for so long, with a fault after each `pause` (seconds, on average)."""
        threads = []
        for n in range(NODES):
            for who in range(TALKERS):
                threads.append(threading.Thread(target=self._talk, args=(n, f"{n}.{who}"), daemon=True))
            threads.append(threading.Thread(target=self._come_and_go, args=(n,), daemon=True))
            LostCommits(self.nodes[n].store._engine.dialect, random.Random(n))
        for thread in threads:
            thread.start()
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._ended.is_set():
            time.sleep(min(left, self._dice.uniform(0.2, 1.8) * pause))
            self._fault()
        self._over.set()
        assert not self._ended.is_set(), "a node has ended"
        for thread in threads:
            thread.join(SECONDS)
            assert not thread.is_alive(), "somebody was never answered"

    def _fault(self) -> None:
        if self.faults.total() % 12 == 6:
            self.faults["kill"] += 1
            self._cluster.stop()
            self._cluster.start()
            return
        self.faults["cut"] += 1
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.5"
            )

    def _talk(self, node: int, who: str) -> None:
        dice, n = random.Random(who), 0
        actor = Actor(f"talker{who}", guest=f"g{who}")
        while not self._over.is_set():
            units: list[Any] = []
            for _ in range(dice.randint(1, 4)):
                n += 1
                body, chance = f"{who}:{n}", dice.random()
                if chance < 0.8:
                    units.append(Draft(dice.choice(self.rooms).id, actor, "message", body))
                elif chance < 0.9:
                    units.append(SetTopic(SERVER, dice.choice(self.rooms).id, body))
                else:
                    other = dice.randrange(NODES * TALKERS)
                    key = f"{other % NODES}.{other // NODES}"
                    units.append(PostDirect(actor, Actor(f"talker{key}", guest=f"g{key}"), "message", body))
            outcomes = self.nodes[node].store.submit(units).wait()
            for unit, outcome in zip(units, outcomes, strict=True):
                body = unit.topic if isinstance(unit, SetTopic) else unit.body
                if isinstance(outcome, RoomEvent):
                    self.told[node].stored[body] = outcome.room, outcome.seq
                else:
                    assert isinstance(outcome, ChatError), outcome
                    assert outcome.code is Code.NOT_STORED, outcome
                    self.told[node].refused.add(body)
                    self._over.wait(0.02)

    def _come_and_go(self, node: int) -> None:
        """Somebody who touches many rooms at once, in an order of their own."""
        dice, n = random.Random(node), 0
        store = self.nodes[node].store
        while not self._over.is_set():
            n += 1
            actor = Actor(f"guest{node}.{n}", guest=f"gg{node}.{n}")
            names = dice.sample(ROOMS, len(ROOMS))
            store.submit([JoinRoom(actor, room_name(name), "", 100) for name in names]).wait()
            store.submit([LeaveRoom(actor, dice.choice(self.rooms).id, "")]).wait()
            store.submit([QuitRooms(actor, "")]).wait()

    def check(self) -> None:
        """Raises AssertionError."""
        rows = self._rows()
        last = {room: len(events) for room, events in rows.items()}
        for room, events in rows.items():
            assert [seq for seq, _, _ in events] == [*range(1, len(events) + 1)], f"room {room} is not numbered 1…n"
        for n, database in enumerate(self.nodes):
            self._check_published(f"node {n}", database, rows, last)
        where = {body: (room, seq) for room, events in rows.items() for seq, _, body in events if body}
        assert len(where) == sum(1 for events in rows.values() for _, _, body in events if body), "stored twice"
        for told in self.told:
            assert told.stored, "nothing was stored"
            for body, place in told.stored.items():
                assert where.get(body) == place, f"{body!r} was acknowledged as {place}, and is {where.get(body)}"
            for body in told.refused:
                assert body not in where, f"{body!r} was refused, and is stored"
        self._check_members(rows)
        assert self.deadlocks <= MOST_DEADLOCKS, f"{self.deadlocks} deadlocks"

    def _check_published(
        self, who: str, database: Database, rows: dict[int, list[Any]], last: dict[int, int]
    ) -> None:
        def heard(events: list[Any]) -> bool:
            reached = {event.room: event.seq for event in events if isinstance(event, RoomEvent) and event.seq}
            return all(reached.get(room, 0) >= seq for room, seq in last.items() if seq)

        end = time.monotonic() + SECONDS
        while not heard(database.bus.events):
            assert time.monotonic() < end, f"{who} has not published everything"
            time.sleep(0.05)
        published: dict[int, list[Any]] = {}
        for event in database.bus.room_events:
            if event.seq:
                published.setdefault(event.room, []).append((event.seq, event.kind, event.body))
        for room, events in rows.items():
            found = published.get(room, [])
            seqs = [seq for seq, _, _ in found]
            assert seqs == [*range(1, len(events) + 1)], (
                f"{who} has published room {room} out of order: {_wrong(seqs)}"
            )
            assert found == events, f"{who} has published in room {room} what is not stored"

    def _rows(self) -> dict[int, list[Any]]:
        with self.nodes[0].store._engine.connect() as connection:
            rooms = connection.execute(text("SELECT id, last_seq FROM rooms")).all()
            rows: dict[int, list[Any]] = {room: [] for room, _ in rooms}
            query = "SELECT room_id, seq, kind, body FROM messages ORDER BY room_id, seq"
            for room, *event in connection.execute(text(query)).all():
                rows[room].append(tuple(event))
            assert {room: len(events) for room, events in rows.items()} == dict(rooms)
        return rows

    def _check_members(self, rows: dict[int, list[Any]]) -> None:
        """Who has joined and not left is a member, and nobody else is."""
        change = {MemberJoined.kind: 1, MemberLeft.kind: -1, MemberQuit.kind: -1}
        with self.nodes[0].store._engine.connect() as connection:
            query = (
                "SELECT room_id, count(*) FROM memberships m JOIN rooms r ON r.id = m.room_id"
                " WHERE r.kind = 'room' GROUP BY room_id"
            )
            members: dict[Any, Any] = dict(connection.execute(text(query)).all())
        for room in self.rooms:
            here = sum(change.get(kind, 0) for _, kind, _ in rows[room.id])
            assert here == members.get(room.id, 0), f"the members of room {room.id} are not those of its events"

    @property
    def deadlocks(self) -> int:
        with psycopg.connect(self._url, autocommit=True) as connection:
            row = connection.execute(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            ).fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        for database in self.nodes:
            database.close()


def _wrong(seqs: list[int]) -> str:
    """The first place at which seqs are not 1…n."""
    for place, seq in enumerate(seqs, 1):
        if seq != place:
            return f"{seqs[max(0, place - 3) : place + 2]}"
    return f"{len(seqs)} of them"


@contextmanager
def chaos(seed: int) -> Iterator[Chaos]:
    with ExitStack() as stack:
        cluster = Cluster()
        stack.callback(cluster.close)
        running = Chaos(cluster, seed)
        stack.callback(running.close)
        yield running


def drop_some(monkeypatch: pytest.MonkeyPatch, part: float) -> None:
    """Of what comes by the bus, so much is lost."""
    came: Callable[[Bus, str], Any] = Bus.came
    dice = random.Random(1)
    monkeypatch.setattr(Bus, "came", lambda self, payload: [] if dice.random() < part else came(self, payload))
