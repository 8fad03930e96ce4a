"""Reading history: every kind of query, against a model that filters a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.membership import ChangeNick, JoinRoom, LeaveRoom
from chatstore.chat.changes.posting import PostDirect
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.messages import Draft, HistoryQuery
from chatstore.chat.model.names import person_name
from chatstore.chat.model.room_events import MESSAGE_KINDS, MemberJoined, RoomEvent, TopicChanged
from chatstore.chat.model.rooms import Room
from chatstore.storage.messages import Messages
from chatstore.storage.schema import messages
from tests.storage.database import Database, Do, said

ROWS = 24


class RoomHistory:
    """A room with a known history: messages of two accounts and a guest, notices, topics; 3 ms to 1 s apart."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.room = database.room("history")
        self.other = database.room("other")
        self.actors = [
            *(self.account(name) for name in ("alice", "bob")),
            Actor("visitor", guest="g1"),
        ]
        for n in range(ROWS):
            database.now += (0, 0.003, 1)[n % 3]
            actor = self.actors[n % 3]
            if n % 4 == 3:
                database.do(Do(lambda tx, n=n, actor=actor: tx.record(TopicChanged, self.room.id, actor, str(n))))
            else:
                kind = "notice" if n % 5 == 4 else "message"
                database.store.submit([Draft(self.room.id, actor, kind, str(n), {"+n": str(n)})]).wait()
            if n % 2:
                database.say(self.other, "elsewhere")
        self.events = list(database.events(self.room))

    def account(self, name: str) -> Actor:
        account = self.database.do(CreateAccount(person_name(name), "x"))
        return Actor(account.nick, account.name, account.id)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomHistory]:
    database = Database(tmp_path_factory.mktemp("history") / "chat.db")
    yield RoomHistory(database)
    database.close()


def model(events: list[RoomEvent], query: HistoryQuery) -> list[RoomEvent]:
    found = [
        event
        for event in events
        if event.seq > query.after
        and (query.before is None or event.seq < query.before)
        and (query.kinds is None or event.kind in query.kinds)
        and (query.author is None or event.actor.key == query.author)
    ]
    if query.limit == 0:
        return []
    return found[-query.limit :] if query.newest else found[: query.limit]


def test_stored_events_are_read_back(history: RoomHistory) -> None:
    assert [event.seq for event in history.events] == list(range(1, ROWS + 1))
    assert [event.body for event in history.events] == [str(n) for n in range(ROWS)]
    for n, event in enumerate(history.events):
        actor = history.actors[n % 3]
        assert (event.actor.nick, event.actor.account, event.actor.account_id) == (
            actor.nick,
            actor.account,
            actor.account_id,
        )
        if event.kind in MESSAGE_KINDS:
            assert event.tags == {"+n": str(n)}
        else:
            assert event.tags == {}
    live = [event for event in history.database.bus.room_events if event.room == history.room.id]
    assert [(e.seq, e.time, e.kind, e.body, dict(e.tags)) for e in live] == [
        (e.seq, e.time, e.kind, e.body, dict(e.tags)) for e in history.events
    ]


places = st.integers(0, ROWS + 3)
kinds = st.sampled_from([None, MESSAGE_KINDS, ("message",), ("topic",), ("join", "topic", "notice"), ()])


@given(
    limit=st.integers(0, ROWS + 2),
    after=places,
    before=st.none() | places,
    newest=st.booleans(),
    kinds=kinds,
    author=st.sampled_from([None, 0, 1, 2, 99]),
)
def test_every_question_against_the_model(
    history: RoomHistory,
    limit: int,
    after: int,
    before: int | None,
    newest: bool,
    kinds: tuple[str, ...] | None,
    author: int | None,
) -> None:
    by = history.actors[author].key if author in (0, 1, 2) else author
    query = HistoryQuery(history.room.id, limit, after, before, newest, kinds, by)
    page = history.database.store.messages.page(query)
    assert list(page.events) == model(history.events, query)
    assert page.last_seq == ROWS


@given(st.integers(1, 7), st.booleans())
def test_paging_shows_everything_once(history: RoomHistory, size: int, forward: bool) -> None:
    seen: list[RoomEvent] = []
    while True:
        if forward:
            query = HistoryQuery(history.room.id, size, after=seen[-1].seq if seen else 0, newest=False)
        else:
            query = HistoryQuery(history.room.id, size, before=seen[0].seq if seen else None)
        events = list(history.database.store.messages.page(query).events)
        if not events:
            break
        seen = [*seen, *events] if forward else [*events, *seen]
    assert seen == history.events


def test_a_room_that_is_not_there(history: RoomHistory) -> None:
    page = history.database.store.messages.page(HistoryQuery(99, 10))
    assert (list(page.events), page.last_seq) == ([], 0)
    assert history.database.store.messages.first_seq_from(99, 0) == 1


def first_seq_from(events: list[RoomEvent], time: int) -> int:
    return next((event.seq for event in events if event.time >= time), ROWS + 1)


@given(st.data())
def test_a_time_becomes_a_seq(history: RoomHistory, data: st.DataObject) -> None:
    times = [event.time for event in history.events]
    time = data.draw(
        st.sampled_from(times) | st.sampled_from([t + 1 for t in times]) | st.integers(times[0] - 9, times[-1] + 9)
    )
    assert history.database.store.messages.first_seq_from(history.room.id, time) == first_seq_from(
        history.events, time
    )


@given(absent=st.sets(st.integers(1, ROWS)), data=st.data())
def test_a_time_becomes_a_seq_where_rows_are_missing(
    history: RoomHistory, absent: set[int], data: st.DataObject
) -> None:
    """A page from there on shows exactly what is that old or younger, whatever was pruned."""
    kept = [event for event in history.events if event.seq not in absent]
    time = data.draw(st.sampled_from([event.time + n for event in history.events for n in (-1, 0, 1)]))
    engine = history.database.store._engine
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(
            delete(messages).where(messages.c.room_id == history.room.id, messages.c.seq.in_(absent))
        )
        rows = Messages(connection)
        seq = rows.first_seq_from(history.room.id, time)
        shown = rows.page(HistoryQuery(history.room.id, 100, after=seq - 1)).events
        transaction.rollback()
    assert 1 <= seq <= ROWS + 1
    assert list(shown) == [event for event in kept if event.time >= time]


def test_rooms_number_by_themselves(history: RoomHistory) -> None:
    others = history.database.events(history.other)
    assert [event.seq for event in others] == list(range(1, ROWS // 2 + 1))
    assert {event.body for event in others} == {"elsewhere"}


# Conversations.


@pytest.fixture
def people(database: Database) -> Callable[[str], Actor]:
    def make(name: str) -> Actor:
        account = database.do(CreateAccount(person_name(name), "x"))
        return Actor(account.nick, account.name, account.id)

    return make


def direct(database: Database, sender: Actor, to: str | Actor, body: str) -> RoomEvent:
    event: RoomEvent = database.do(PostDirect(sender, to, "message", body))
    return event


def join(database: Database, actor: Actor, name: str) -> Room:
    joined = database.do(JoinRoom(actor, person_name(name), "", 10))
    assert isinstance(joined, MemberJoined)
    room = database.store.rooms.keyed(f"#{name}")
    assert room is not None
    return room


def test_a_direct_conversation_is_one_room_for_both(database: Database, people: Any) -> None:
    alice, bob = people("alice"), people("bob")
    first = direct(database, alice, "bob", "hello")
    second = direct(database, bob, alice, "hi")
    third = database.store.submit([Draft(first.room, alice, "message", "how are you?")]).result()
    assert first.room == second.room
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    room = database.store.rooms.keyed(f"@{alice.account_id},{bob.account_id}")
    assert room is not None
    assert room.direct
    assert [event.body for event in database.events(room)] == ["hello", "hi", "how are you?"]
    rooms, members = database.store.roster()
    assert list(rooms) == []  # neither among the rooms nor, with its persons, among the members
    assert list(members) == []
    assert list(database.store.members.of_person(alice)) == []


def test_conversations_of_a_person(database: Database, people: Any) -> None:
    alice, bob, eve = people("alice"), people("bob"), people("eve")
    guest = Actor("visitor", guest="g1")
    work, hall = join(database, alice, "work"), join(database, bob, "hall")
    database.now += 10
    latest: dict[str, int] = {}
    database.say(work, "old")
    for name, post in (
        ("bob", lambda: direct(database, bob, "alice", "psst")),
        ("work", lambda: database.say(work, "newer")[0]),
        ("visitor", lambda: direct(database, guest, alice, "hello")),
        ("alice", lambda: direct(database, alice, "alice", "a note")),
    ):
        database.now += 10
        latest[name] = post().time
    direct(database, bob, "eve", "not alice's")
    database.say(hall, "nor this")
    database.now += 10
    database.do(Do(lambda tx: tx.record(TopicChanged, work.id, bob, "no message")))

    def asked(after: int, before: int, limit: int, *, newest: bool = True) -> list[tuple[str, int]]:
        found = database.store.messages.conversations(alice, after, before, limit, newest=newest)
        return [(conversation.name, conversation.latest) for conversation in found]

    everything = list(latest.items())
    assert asked(0, 2**62, 10) == everything
    assert asked(0, 2**62, 2) == everything[-2:]
    assert asked(0, 2**62, 2, newest=False) == everything[:2]
    assert asked(latest["bob"], latest["alice"], 10) == everything[1:3]  # strictly between
    assert asked(latest["alice"], 2**62, 10) == []
    assert [c.name for c in database.store.messages.conversations(eve, 0, 2**62, 10)] == ["bob"]
    assert [c.name for c in database.store.messages.conversations(guest, 0, 2**62, 10)] == ["alice"]


def test_conversations_of_one_millisecond_come_together(database: Database, people: Any) -> None:
    """A client that pages by the time of the last one would miss the others."""
    alice = people("alice")
    rooms = [join(database, alice, name) for name in ("a", "b", "c", "d", "e")]
    database.now += 10
    for moment in (rooms[:1], rooms[1:4], rooms[4:]):
        database.now += 1
        for room in moment:
            database.store.submit(said(room, "hello", actor=alice)).wait()

    def pages(limit: int, *, newest: bool) -> list[list[str]]:
        found: list[list[str]] = []
        after, before = 0, 2**62
        while page := database.store.messages.conversations(alice, after, before, limit, newest=newest):
            found.append([conversation.name for conversation in page])
            after, before = (after, page[0].latest) if newest else (page[-1].latest, before)
        return found

    assert pages(1, newest=False) == [["a"], ["b", "c", "d"], ["e"]]
    assert pages(2, newest=False) == [["a"], ["b", "c", "d"], ["e"]]
    assert pages(4, newest=False) == [["a", "b", "c", "d"], ["e"]]
    assert pages(3, newest=True) == [["e"], ["b", "c", "d"], ["a"]]
    assert pages(5, newest=True) == [["a", "b", "c", "d", "e"]]
    assert database.store.messages.conversations(alice, 0, 2**62, 0) == []


def test_a_conversation_has_the_name_its_other_person_has_now(database: Database, people: Any) -> None:
    alice, bob = people("alice"), people("bob")
    event = direct(database, bob, "alice", "psst")
    database.do(ChangeNick(bob, person_name("Bobby")))
    [conversation] = database.store.messages.conversations(alice, 0, 2**62, 10)
    assert (conversation.name, conversation.room.id) == ("Bobby", event.room)
    assert database.events(conversation.room)[0].actor.nick == "bob"  # as it was shown then


def test_a_room_that_was_left_is_no_conversation(database: Database, people: Any) -> None:
    alice = people("alice")
    work = join(database, alice, "work")
    database.store.submit(said(work, "hello", actor=alice)).wait()
    assert [c.name for c in database.store.messages.conversations(alice, 0, 2**62, 10)] == ["work"]
    database.do(LeaveRoom(alice, work.id, ""))
    assert list(database.store.messages.conversations(alice, 0, 2**62, 10)) == []
