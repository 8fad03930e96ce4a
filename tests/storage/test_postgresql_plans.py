"""What is asked often never makes PostgreSQL read a whole table: by the plans that it really has, for the first
execution of a statement and for the prepared one that later executions share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.messages import Draft, HistoryQuery, Search
from chatstore.chat.model.rooms import Role
from chatstore.storage import posting
from chatstore.storage.last_said import LastSaid
from chatstore.storage.postgresql import driver, writing
from chatstore.storage.retention import DAY
from chatstore.storage.store import DatabaseStore
from chatstore.storage.transaction import Transaction
from tests.postgres import Cluster
from tests.storage.plans import Plans, leading_columns, read_whole

ROOMS, EACH, ACCOUNTS = 300, 100, 1500
TIMES = 12
"""PostgreSQL may take one plan for all parameters from the eleventh execution on."""
LARGE = {"messages", "memberships", "message_words", "reactions", "read_markers"}
ALICE, GUEST = Actor("p40", "p40", 40), Actor("g1", guest="g1x3")
ROOM = 150
NAMED = {
    "id": "",
    "policy": "",
    "batch": 1,
    "connections": 0,
    "lag": 0,
    "accounts": [40],
    "rooms": [ROOM],
    "keys": ["#r7"],
    "guests": ["g1x3"],
    "members": [40],
}
FILL = (
    "INSERT INTO accounts (name, folded, nick, role, status, status_reason, password, created_at)"
    f" SELECT 'p' || n, 'p' || n, 'p' || n, 'member', 'active', '', '', 1 FROM generate_series(1, {ACCOUNTS}) n",
    "INSERT INTO rooms (kind, key, name, topic, topic_by, topic_at, flags, password, member_limit, created_at,"
    " last_seq, last_sent_at)"
    " SELECT CASE WHEN n % 10 = 0 THEN 'direct' ELSE 'room' END, '#r' || n, 'r' || n, '', '',"
    f" 0, 'nt', '', 0, 1, {EACH}, {EACH} * 1000 FROM generate_series(1, {ROOMS}) n",
    "INSERT INTO memberships (room_id, account_id, nick, role, joined_seq, joined_at, seen_seq)"
    f" SELECT r, a, 'p' || a, 0, 1, 1, 1 FROM generate_series(1, {ROOMS}) r, generate_series(1, {ACCOUNTS}) a"
    " WHERE (a + r) % 50 = 0",
    "INSERT INTO memberships (room_id, guest, nick, role, joined_seq, joined_at, seen_seq)"
    " SELECT r, 'g' || g || 'x' || (r / 10), 'g' || g, 0, 1, 1, 1"
    f" FROM generate_series(1, {ROOMS}) r, generate_series(1, 20) g",
    "INSERT INTO messages (room_id, seq, sent_at, account_id, nick, kind, body, audience)"
    f" SELECT r, s, s * 1000, 1 + (s * r) % {ACCOUNTS}, 'p', CASE WHEN s % 30 = 0 THEN 'join' ELSE 'message' END,"
    f" 'what people say ' || s, '' FROM generate_series(1, {EACH}) s, generate_series(1, {ROOMS}) r",
    "INSERT INTO read_markers (room_id, person, read_at)"
    f" SELECT r, a, 1 FROM generate_series(1, {ROOMS}) r, generate_series(1, 50) a",
    "INSERT INTO reactions (room_id, seq, person, value)"
    f" SELECT r, s, '7', 'x' FROM generate_series(1, {ROOMS}) r, generate_series(1, 20) s",
)


class Filled:
    """A database with enough rows that it matters, and its plans."""

    def __init__(self, url: str) -> None:
        self.store = DatabaseStore(url)
        engine = self.store._engine
        with engine.begin() as connection:
            for statement in FILL:
                connection.execute(text(statement))
        self.store._words.filler.catch_up()  # type: ignore[attr-defined]
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        self.leading = leading_columns(engine)
        self.plans = Plans(engine)

    def read_whole(self, act: Callable[[], Any]) -> set[str]:
        """The large tables and the indexes that are read whole if this is done again and again."""
        with self.plans.of() as found:
            for _ in range(TIMES):
                act()
        assert len(found) >= TIMES
        whole = read_whole(found, self.leading)
        return {name for name in whole if name in LARGE or name in self.leading}

    def change(self, act: Callable[[Transaction], Any]) -> Callable[[], None]:
        """Something in a transaction of the writer, which is rolled back."""

        def again() -> None:
            engine = self.store._engine.execution_options(isolation_level="READ COMMITTED")
            with engine.connect() as connection, connection.begin() as transaction:
                act(Transaction(connection, EACH * 1000, LastSaid(), lambda *_: False))
                driver.flush(connection)
                transaction.rollback()

        return again


@pytest.fixture(scope="module")
def filled(cluster: Cluster) -> Iterator[Filled]:
    filled = Filled(cluster.database())
    yield filled
    filled.store.close()


READ: dict[str, Callable[[DatabaseStore], Any]] = {
    "the newest page": lambda store: store.messages.page(HistoryQuery(ROOM, 20)),
    "a page before": lambda store: store.messages.page(HistoryQuery(ROOM, 20, before=50)),
    "a page after": lambda store: store.messages.page(HistoryQuery(ROOM, 20, after=50, newest=False)),
    "a page of kinds": lambda store: store.messages.page(HistoryQuery(ROOM, 20, kinds=("message", "notice"))),
    "a page of somebody": lambda store: store.messages.page(HistoryQuery(ROOM, 5, author=40)),
    "a page of a guest": lambda store: store.messages.page(HistoryQuery(ROOM, 5, author="g77")),
    "a page for operators": lambda store: store.messages.page(HistoryQuery(ROOM, 20, audiences=("", "@"))),
    "a page of some bytes": lambda store: store.messages.page(HistoryQuery(ROOM, 20, most_bytes=100)),
    "one message": lambda store: store.messages.at(ROOM, 7),
    "the messages since": lambda store: store.messages.after(ROOM, 90),
    "a time": lambda store: store.messages.first_seq_from(ROOM, 50_000),
    "conversations": lambda store: store.messages.conversations(ALICE, 0, 2**60, 50),
    "conversations of a guest": lambda store: store.messages.conversations(GUEST, 0, 2**60, 50),
    "conversations, oldest first": lambda store: store.messages.conversations(ALICE, 0, 2**60, 50, newest=False),
    "unseen": lambda store: store.messages.unseen(40),
    "a membership": lambda store: store.members.get(ROOM, ALICE),
    "a guest's membership": lambda store: store.members.get(ROOM, GUEST),
    "memberships": lambda store: store.members.of_person(ALICE),
    "a guest's memberships": lambda store: store.members.of_person(GUEST),
    "persons": lambda store: store.members.persons_of(ROOM),
    "a read marker": lambda store: store.markers.read_at(ROOM, ALICE),
    "a search in a room": lambda store: store.search(Search({ROOM: 1}, 5, "people"), lambda: True),
    "a search for a rare word": lambda store: store.search(Search({3: 1, 4: 1}, 5, "7"), lambda: True),
    "a search from a time": lambda store: store.search(Search({ROOM: 1}, 5, "say", after=50_000), lambda: True),
}
CHANGED: dict[str, Callable[[Transaction], Any]] = {
    "messages": lambda tx: posting.post(tx._connection, tx.now, [Draft(ROOM, ALICE, "message", "hello")] * 3),  # type: ignore[attr-defined]
    "no retention": lambda tx: tx.retention.prune(1000, EACH * 1000),
    "retention": lambda tx: (tx.rooms.update(ROOM, retention_days=1), tx.retention.prune(5, 50_000 + DAY)),
    "a redaction": lambda tx: tx.erase(tx.messages.at(ROOM, 7), ALICE, ""),  # type: ignore[arg-type]
    "reactions": lambda tx: (tx.reactions.about(ROOM, 7, ALICE, "x"), tx.reactions.remove_all(ROOM, 7)),
    "slow mode": lambda tx: tx.last_said(ROOM, ALICE, 90_000),
    "a marker": lambda tx: tx.markers.put(ROOM, ALICE, 77),
    "somebody joins": lambda tx: tx.members.put(ROOM, Actor("p3", "p3", 3), Role.MEMBER, 7),
    "a guest joins": lambda tx: tx.members.put(ROOM, Actor("g3", guest="g3y"), Role.MEMBER, 7),
    "a room is found": lambda tx: tx.rooms.keyed("#r7"),
    "what a batch locks": lambda tx: driver.run(tx._connection, writing._LOCK_NAMED, NAMED),  # type: ignore[attr-defined]
    "somebody leaves": lambda tx: tx.members.remove(ROOM, ALICE),
    "a guest leaves": lambda tx: tx.members.remove(ROOM, GUEST),
    "a guest's nick": lambda tx: tx.members.rename_guest(GUEST, "z"),
    "a guest's conversations": lambda tx: tx.rooms.of_guests(GUEST),
    "what was seen": lambda tx: tx.members.mark_seen(40, {ROOM: 70, 10: 9}),
    "a room is removed": lambda tx: tx.rooms.remove(ROOM),
}


@pytest.mark.parametrize("what", READ)
def test_readers(filled: Filled, what: str) -> None:
    assert filled.read_whole(lambda: READ[what](filled.store)) == set()


@pytest.mark.parametrize("what", CHANGED)
def test_changes(filled: Filled, what: str) -> None:
    assert filled.read_whole(filled.change(CHANGED[what])) == set()


def test_what_reads_a_whole_table_is_noticed(filled: Filled) -> None:
    def all_() -> None:
        filled.store.messages.stats(ROOM)
        with filled.store._reading() as connection:
            connection.execute(text("SELECT count(*) FROM messages WHERE body = 'x'"))

    assert filled.read_whole(all_) == {"messages"}
