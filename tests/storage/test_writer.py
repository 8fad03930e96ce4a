"""The writer: one dense rising number for each room, each unit with its own outcome, and nothing delivered
before it is stored."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from chatstore.chat.changes.membership import KickMember
from chatstore.chat.changes.people import NotePresence, TakePart
from chatstore.chat.changes.rooms import RemoveRoom
from chatstore.chat.live.delivery import Delivery
from chatstore.chat.live.hub import Hub
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import Published, RoomOpened, RoomRemoved
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.room_events import MemberJoined, MessagePosted, RoomEvent, TopicChanged
from chatstore.chat.model.rooms import Role
from chatstore.chat.ports import Change, Transaction
from chatstore.storage import writer as writer_module
from chatstore.storage.engine import open_engine
from chatstore.storage.schema import masks
from chatstore.storage.writer import MAX_LEAVING, MAX_LEAVING_TOGETHER
from tests.storage.database import ALICE, SECONDS, Database, Do, RecordingBus, said
from tests.waiting import until

Open = Callable[..., Database]
BOB = Actor("bob", guest="g2")


def codes(outcomes: Iterable[Any]) -> list[Any]:
    """The outcome of each unit: the code that it was refused with, or `stored`."""
    return [outcome.code if isinstance(outcome, ChatError) else "stored" for outcome in outcomes]


# Order.


def test_seq_is_dense_and_time_rises_for_all_writers_and_clocks(database: Database) -> None:
    rooms = [database.room(name) for name in ("one", "two", "three")]
    threads, jobs = 6, 40
    start = threading.Barrier(threads)

    def write(who: int) -> None:
        start.wait(SECONDS)
        tickets = []
        for n in range(jobs):
            database.now += (-7, 0, 0.0004, 3)[n % 4]
            room = rooms[(who + n) % 3]
            if n % 5 == 4:
                tickets.append(database.store.submit([Do(lambda tx, r=room: tx.record(TopicChanged, r.id, ALICE))]))
            tickets.append(database.store.submit(said(room, f"{who}:{n}:a", f"{who}:{n}:b")))
        for ticket in tickets:
            assert codes(ticket.wait()) == ["stored"] * len(ticket.wait())

    writers = [threading.Thread(target=write, args=(who,)) for who in range(threads)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join(SECONDS)

    published = database.bus.room_events
    total = 0
    for room in rooms:
        events = database.events(room)
        total += len(events)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        times = [event.time for event in events]
        assert all(earlier < later for earlier, later in pairwise(times))
        live = [event for event in published if event.room == room.id]
        assert [(event.seq, event.time, event.body) for event in live] == [(f.seq, f.time, f.body) for f in events]
    assert total == threads * (jobs * 2 + jobs // 5)
    for who in range(threads):  # each one's own order is kept
        mine = [body for body in database.bus.bodies if body.startswith(f"{who}:")]
        by_room = {room.id: [body for body in database.bodies(room) if body in mine] for room in rooms}
        assert sorted(mine) == sorted(body for bodies in by_room.values() for body in bodies)
        for bodies in by_room.values():
            assert bodies == sorted(bodies, key=lambda body: (int(body.split(":")[1]), body))


def test_the_clock_is_followed_where_it_can_be(database: Database) -> None:
    room = database.room()
    database.now = 5000.0
    [first] = database.say(room, "first")
    database.now = 4000.0
    second, third = database.say(room, "second", "third")
    database.now = 6000.5
    [fourth] = database.say(room, "fourth")
    assert [event.time for event in (first, second, third, fourth)] == [5_000_000, 5_000_001, 5_000_002, 6_000_500]


def test_a_number_is_not_used_twice_after_a_restart(open_database: Open) -> None:
    first = open_database()
    room = first.room()
    first.say(room, "one", "two")
    first.close()
    second = open_database()
    second.now = 5.0
    [event] = second.say(room, "three")
    assert event.seq == 3
    assert [event.seq for event in second.events(room)] == [1, 2, 3]


def test_the_id_rises_from_commit_to_commit_and_in_each_room(database: Database) -> None:
    """As long as one writer writes. Inside one commit it may follow the rooms; everybody is told, and answered, in
    the order of submission."""
    one, two = database.room("one"), database.room("two")
    with database.blocked():
        tickets = [database.store.submit(said(one if n % 3 else two, str(n))) for n in range(10)]
    outcomes = [ticket.result() for ticket in tickets]
    database.say(two, "10")
    database.say(one, "11")
    with database.store._engine.connect() as connection:
        rows = [*connection.execute(text("SELECT room_id, seq, body FROM messages ORDER BY id"))]
    bodies = [body for _, _, body in rows]
    assert sorted(bodies[:10]) == [str(n) for n in range(10)]
    assert bodies[10:] == ["10", "11"]
    for room, count in ((one, 7), (two, 5)):
        assert [seq for where, seq, _ in rows if where == room.id] == list(range(1, count + 1))
    assert [event.body for event in outcomes] == database.bus.bodies[:10] == [str(n) for n in range(10)]


@pytest.mark.sqlite
def test_the_rows_of_a_batch_are_inserted_room_by_room(database: Database) -> None:
    """A third of an INSERT's processor time where many rooms have messages; see docs/decisions/0042."""
    rooms = [database.room(name) for name in ("one", "two", "three")]
    with database.blocked():
        tickets = [database.store.submit(said(rooms[2 - n % 3], str(n))) for n in range(9)]
    tickets[-1].wait()
    database.say(rooms[0], "9")
    with database.store._engine.connect() as connection:
        rows = [*connection.execute(text("SELECT room_id, body FROM messages ORDER BY id"))]
    assert [body for _, body in rows] == ["2", "5", "8", "1", "4", "7", "0", "3", "6", "9"]


# Units.


def test_a_job_is_stored_in_its_order_with_an_outcome_for_each(database: Database) -> None:
    room = database.room()
    outcomes = database.store.submit(
        [*said(room, "one"), Do(lambda tx: tx.record(TopicChanged, room.id, ALICE, "two")), *said(room, "three")]
    ).wait()
    assert [outcome.seq for outcome in outcomes] == [1, 2, 3]
    assert [type(outcome) for outcome in outcomes] == [MessagePosted, TopicChanged, MessagePosted]
    assert database.bodies(room) == database.bus.bodies == ["one", "two", "three"]


def refused_ban(tx: Any, room_id: int) -> None:
    """Store something, then break a constraint."""
    tx.record(TopicChanged, room_id, ALICE, "must not stay")
    for _ in range(2):
        row = {"room_id": room_id, "kind": "b", "mask": "same", "set_by": "x", "set_at": 0}
        tx._connection.execute(insert(masks).values(row))


def fail(tx: Any, room_id: int, error: Exception) -> None:
    tx.record(TopicChanged, room_id, ALICE, "must not stay")
    raise error


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (refused_ban, Code.NOT_STORED),
        (lambda tx, room: fail(tx, room, ValueError("a bug")), Code.INTERNAL),
        (lambda tx, room: fail(tx, room, ChatError(Code.BANNED, "no")), Code.BANNED),
    ],
    ids=["constraint", "exception", "refusal"],
)
def test_a_change_that_fails_fails_alone(database: Database, act: Callable[[Any, int], None], code: Code) -> None:
    room = database.room()
    with database.blocked():
        before = database.store.submit(said(room, "before"))
        mixed = database.store.submit([*said(room, "with"), Do(lambda tx: act(tx, room.id)), *said(room, "it")])
        after = database.store.submit(said(room, "after"))
    assert codes(before.wait()) == ["stored"]
    assert codes(mixed.wait()) == ["stored", code, "stored"]
    assert codes(after.wait()) == ["stored"]
    assert database.bodies(room) == database.bus.bodies == ["before", "with", "it", "after"]
    assert [event.seq for event in database.events(room)] == [1, 2, 3, 4]
    if code is not Code.BANNED:  # what went wrong inside is not for the client
        text = mixed.wait()[1].text
        assert "bug" not in text
        assert "INSERT" not in text


def test_a_guest_who_cannot_come_is_refused_alone(database: Database) -> None:
    """Though that is done without a savepoint, where a database has one server."""
    room = database.room()

    def come() -> None:
        raise ValueError("a bug")

    def stay_away() -> None:
        raise ChatError(Code.NAME_TAKEN, "no")

    with database.blocked():
        before = database.store.submit(said(room, "before"))
        comings = [[TakePart(BOB, come=each)] for each in (come, stay_away, lambda: None)]
        tickets = [database.store.submit(coming) for coming in comings]
        after = database.store.submit(said(room, "after"))
    assert codes(outcome for ticket in tickets for outcome in ticket.wait()) == [
        Code.INTERNAL,
        Code.NAME_TAKEN,
        "stored",
    ]
    assert codes([*before.wait(), *after.wait()]) == ["stored", "stored"]
    assert database.bodies(room) == database.bus.bodies == ["before", "after"]


@pytest.mark.sqlite
def test_what_is_of_presence_writes_nothing(database: Database) -> None:
    """That is why it needs no savepoint."""

    def written(tx: Any) -> int:
        return int(tx._connection.connection.dbapi_connection.total_changes)

    changes = [NotePresence(BOB), TakePart(BOB, come=lambda: None), TakePart(BOB, rooms=True)]
    assert {type(change) for change in changes} == {each for each in every_kind(Change) if each.of_presence}
    [before, *_, after] = database.store.submit([Do(written), *changes, Do(written)]).wait()
    assert before == after


def every_kind(kind: type[Change]) -> set[type[Change]]:
    """All kinds of changes of the server's."""
    below = [each for each in kind.__subclasses__() if each.__module__.startswith("chatstore.")]
    return {*below, *(each for one in below for each in every_kind(one))}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (
            lambda room: Draft(room.id, Actor("ghost", "ghost", 12345), "message", "no account"),
            Code.NOT_STORED,
        ),
        (lambda room: Draft(room.id, ALICE, "message", "no text: \ud800"), Code.NOT_STORED),
        (lambda _room: Draft(99, ALICE, "message", "no such room"), Code.NO_SUCH_ROOM),
    ],
    ids=["constraint", "exception", "room"],
)
def test_a_message_that_fails_fails_alone(database: Database, wrong: Callable[[Any], Draft], code: Code) -> None:
    room = database.room()
    with database.blocked():
        tickets = [database.store.submit(said(room, str(n))) for n in range(3)]
        tickets.append(database.store.submit([wrong(room)]))
        tickets += [database.store.submit(said(room, str(n))) for n in range(3, 6)]
    assert codes(ticket.wait()[0] for ticket in tickets) == [*["stored"] * 3, code, *["stored"] * 3]
    assert database.bodies(room) == database.bus.bodies == ["0", "1", "2", "3", "4", "5"]
    assert [event.seq for event in database.events(room)] == [1, 2, 3, 4, 5, 6]
    if code is Code.NOT_STORED:
        assert tickets[3].wait()[0].text == "the message could not be stored"


def test_queued_jobs_are_one_batch_up_to_a_bound(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "MAX_BATCH", 10)
    room = database.room()
    count = len(database.bus.batches)
    with database.blocked():
        tickets = [database.store.submit(said(room, str(n))) for n in range(25)]
    for ticket in tickets:
        ticket.wait()
    sizes = [len(batch) for batch in database.bus.batches[count:]]
    assert sizes == [0, 10, 10, 5]
    assert database.bodies(room) == [str(n) for n in range(25)]


# What was published decides who may still post.


def test_a_message_queued_behind_its_senders_kick_is_refused(open_database: Open) -> None:
    hub = Hub()
    database = open_database(bus=Delivery(hub), refusal=hub.refusal)
    room = database.room()
    bob = Actor("bob", guest="g2")
    for actor, role in ((ALICE, Role.OPERATOR), (bob, Role.MEMBER)):

        def join(tx: Any, actor: Actor = actor, role: Role = role) -> None:
            joined = tx.record(MemberJoined, room.id, actor, tags={"role": role.name.lower()})
            tx.members.put(room.id, actor, role, joined.seq)

        database.do(Do(join))
    with database.blocked():
        before = database.store.submit(said(room, "before", actor=bob))
        kick = database.store.submit([KickMember(ALICE, room.id, bob, "out"), *said(room, "same job", actor=bob)])
        after = database.store.submit(said(room, "after", actor=bob))
        others = database.store.submit(said(room, "alice", actor=ALICE))
    assert codes(before.wait()) == ["stored"]
    assert codes(kick.wait())[0] == "stored"
    assert codes(after.wait()) == [Code.CANNOT_POST]
    assert codes(others.wait()) == ["stored"]
    assert "after" not in database.bodies(room)


def test_a_change_that_ends_its_batch_is_published_before_the_next_unit(database: Database) -> None:
    room = database.room()
    count = len(database.bus.batches)
    with database.blocked():
        database.store.submit(said(room, "one"))
        database.store.submit([Do(lambda tx: tx.record(TopicChanged, room.id, ALICE, "end"), ends_batch=True)])
        last = database.store.submit(said(room, "two"))
    last.wait()
    batches = [[event.body for event, _ in batch] for batch in database.bus.batches[count:]]  # type: ignore[union-attr]
    assert batches == [[], ["one", "end"], ["two"]]


@dataclass
class Note(Change):
    """A change that can be deferred."""

    number: int
    deferrable = True

    def apply(self, tx: Transaction) -> int:
        tx.announce(RoomRemoved(-self.number))
        return self.number


@dataclass
class Leave(Note):
    """Somebody who has gone leaves."""

    ends_batch = True
    leaves = True
    deferrable = False


def told(database: Database, count: int) -> list[list[object]]:
    """What each batch has told from the count-th on: the texts of messages, and the numbers of notes."""
    return [
        [-event.room if isinstance(event, RoomRemoved) else event.body for event, _ in batch]  # type: ignore[union-attr]
        for batch in database.bus.batches[count:]
    ]


def test_people_who_leave_one_after_the_other_share_a_batch_and_nothing_overtakes(database: Database) -> None:
    room = database.room()
    count = len(database.bus.batches)
    with database.blocked():
        tickets = [
            database.store.submit(units)
            for units in (
                said(room, "one"),
                [Leave(1)],
                [Leave(2), Note(3)],
                [Leave(4)],
                said(room, "two"),
                said(room, "three"),
                [Leave(5)],
                [Do(lambda tx: tx.announce(RoomRemoved(-6)), ends_batch=True)],
                [Leave(7)],
                [Leave(8)],
                [Leave(9), *said(room, "four")],
            )
        ]
    assert all(codes(ticket.wait()) for ticket in tickets)
    assert told(database, count) == [
        [], ["one", 1], [2, 3], [4], ["two", "three", 5], [6], [7, 8], [9, "four"],
    ]  # fmt: skip


def test_a_message_waits_for_few_of_those_who_leave(database: Database) -> None:
    room = database.room()
    count = len(database.bus.batches)
    with database.blocked():
        for number in range(1, 251):
            database.store.submit([Leave(number)])
        last = database.store.submit(said(room, "now"))
    assert codes(last.wait()) == ["stored"]
    batches = told(database, count)
    most = MAX_LEAVING_TOGETHER if database.store._writer._driver.REMOTE else MAX_LEAVING
    assert [len(batch) for batch in batches] == [0, *[most] * (250 // most), 250 % most, 1]
    assert [number for batch in batches for number in batch] == [*range(1, 251), "now"]


def test_what_was_put_off_may_be_refused_a_moment_before_it_is_taken(database: Database) -> None:
    class Emptied(deque[Any]):
        """It had something when the writer looked."""

        def __len__(self) -> int:
            return 1

    database.store._writer._put_off = Emptied()
    assert database.store.submit([Note(1)]).wait() == [1]


@pytest.mark.parametrize("behind", [[], [Note(3)], [Do(lambda tx: None, ends_batch=True)]])
def test_a_stop_stores_those_who_leave_and_what_is_behind_them(open_database: Open, behind: list[Any]) -> None:
    database = open_database()
    writer = database.store._writer
    assert writer is not None
    stopping = threading.Thread(target=writer.stop)
    with database.blocked():
        tickets = [database.store.submit(units) for units in ([Leave(1)], [Leave(2)], behind) if units]
        stopping.start()
        until(lambda: not writer.alive)
    stopping.join(SECONDS)
    assert [codes(ticket.outcomes or ()) for ticket in tickets] == [["stored"]] * len(tickets)


def test_a_message_waits_for_few_of_thousands_of_deferred_changes(open_database: Open) -> None:
    database = open_database()
    room = database.room()
    count = len(database.bus.batches)
    with database.blocked():
        notes = [database.store.submit([Note(n)]) for n in range(250)]
        words = database.store.submit(said(room, "now"))
    assert codes(words.wait()) == ["stored"]
    assert [note.wait()[0] for note in notes] == list(range(250))
    batches = [[event for event, _ in batch] for batch in database.bus.batches[count:]]
    spoken = next(place for place, batch in enumerate(batches) if any(isinstance(e, RoomEvent) for e in batch))
    before = [event for batch in batches[: spoken + 1] for event in batch if isinstance(event, RoomRemoved)]
    assert len(before) <= 2 * writer_module.MAX_DEFERRED  # a batch of them may have been begun when it was blocked
    told = [-event.room for batch in batches for event in batch if isinstance(event, RoomRemoved)]
    assert told == list(range(250))


def test_deferred_changes_are_done_before_the_stop(open_database: Open) -> None:
    database = open_database()
    with database.blocked():
        notes = [database.store.submit([Note(n)]) for n in range(250)]
        stopping = threading.Thread(target=database.store.close)
        stopping.start()
    stopping.join(SECONDS)
    assert [note.wait()[0] for note in notes] == list(range(250))


def test_the_refusal_holds_for_a_run_of_ones_messages_to_a_room_and_no_further(open_database: Open) -> None:
    asked: list[tuple[int, str, str]] = []

    def refusal(draft: Draft) -> ChatError | None:
        asked.append((draft.room, draft.actor.nick, draft.kind))
        refused = draft.room == bad.id or draft.actor == BOB or draft.kind == "notice"
        draft.actor = replace(draft.actor, nick=draft.actor.nick.upper())
        return ChatError(Code.CANNOT_POST, "no") if refused else None

    def drafts() -> list[Draft]:
        return [
            *(Draft(room.id, ALICE, "message", "x") for room in (good, good, bad, bad, good)),
            Draft(good.id, BOB, "message", "x"),
            Draft(good.id, ALICE, "message", "x"),
            Draft(good.id, ALICE, "notice", "x"),
        ]

    database = open_database(refusal=refusal)
    good, bad = database.room(), database.room("bad")
    no = Code.CANNOT_POST
    assert codes(database.store.submit(drafts()).wait()) == [*["stored"] * 2, no, no, "stored", no, "stored", no]
    assert asked == [
        *((room.id, "alice", "message") for room in (good, bad, good)),
        (good.id, "bob", "message"),
        (good.id, "alice", "message"),
        (good.id, "alice", "notice"),
    ]
    assert [(event.seq, event.actor.nick) for event in database.events(good)] == [(n, "ALICE") for n in range(1, 5)]
    assert database.events(bad) == []
    assert codes(database.store.submit(drafts()[:1]).wait()) == ["stored"]
    assert len(asked) == 7  # another batch asks again


# Nothing is delivered before it is stored, and nobody is answered before it is delivered.


class LookingBus(RecordingBus):
    """Reads the database on a connection of its own before it takes what is published."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.engine = open_engine(url, 1)
        self.stored: list[bool] = []
        self.tickets_done: list[bool] = []
        self.tickets: list[Any] = []

    def publish(self, events: Iterable[Published]) -> None:
        events = list(events)
        with self.engine.connect() as connection:
            for event, _ in events:
                if isinstance(event, MessagePosted):
                    query = text("SELECT body FROM messages WHERE room_id = :room AND seq = :seq")
                    found = connection.execute(query, {"room": event.room, "seq": event.seq}).scalar()
                    self.stored.append(found == event.body)
        self.tickets_done += [ticket.done for ticket in self.tickets]
        super().publish(events)


def test_published_after_the_commit_and_resolved_after_that(open_database: Open, database_url: str) -> None:
    bus = LookingBus(database_url)
    database = open_database(bus=bus)
    room = database.room()
    published_at_resolve: list[bool] = []
    with database.blocked():
        for n in range(20):
            ticket = database.store.submit(said(room, str(n)))
            ticket.when_done(lambda n=n: published_at_resolve.append(str(n) in bus.bodies))  # type: ignore[misc]
            bus.tickets.append(ticket)
    bus.tickets[-1].wait()
    assert bus.stored == [True] * 20
    assert bus.tickets_done
    assert not any(bus.tickets_done)
    assert published_at_resolve == [True] * 20
    bus.engine.dispose()


def test_a_delivery_or_a_waiter_that_fails_stops_nobody(open_database: Open) -> None:
    class FailingBus(RecordingBus):
        def publish(self, events: Iterable[Published]) -> None:
            super().publish(events)
            raise ValueError("on purpose")

    database = open_database(bus=FailingBus())
    room = database.room()
    ticket = database.store.submit(said(room, "one"))
    ticket.when_done(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    assert codes(database.say(room, "two")) == ["stored"]
    assert database.bodies(room) == ["one", "two"]


def test_the_origin_travels_with_the_event(database: Database) -> None:
    room, session = database.room(), object()
    [draft] = said(room, "mine")
    draft.origin = session
    database.store.submit([draft]).wait()
    assert database.bus.batches[-1][0][1] is session


# The queue.


def test_a_full_queue_refuses_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    room = database.room()
    monkeypatch.setattr(writer_module, "MAX_QUEUED", 3)
    with database.blocked():
        taken = [database.store.submit(said(room, str(n))) for n in range(3)]
        refused = database.store.submit(said(room, "too", "many"))
        assert refused.done
    assert codes(refused.wait()) == [Code.BUSY, Code.BUSY]
    for ticket in taken:
        assert codes(ticket.wait()) == ["stored"]
    assert codes(database.say(room, "room again")) == ["stored"]


def test_a_stop_stores_the_queue_and_refuses_later_work(open_database: Open, tmp_path: Path) -> None:
    database = open_database()
    room = database.room()
    with database.blocked():
        tickets = [database.store.submit(said(room, str(n))) for n in range(50)]
        stopper = threading.Thread(target=database.close)
        stopper.start()
        while not (late := database.store.submit([RemoveRoom(99)])).done:  # until the stop is known
            tickets.append(late)
    stopper.join(SECONDS)
    assert codes(late.wait()) == [Code.BUSY]
    for ticket in tickets:
        assert ticket.done
    assert open_database().bodies(room) == [str(n) for n in range(50)]


def test_every_submitter_learns_something_though_the_writer_stops_under_them(open_database: Open) -> None:
    begun = threading.Event()
    for _ in range(5):
        begun.clear()
        database = open_database()
        room = database.room()
        tickets: list[Any] = []

        def submit(database: Database = database, tickets: list[Any] = tickets, room: Any = room) -> None:
            for n in range(300):
                tickets.append(database.store.submit(said(room, str(n))))
                begun.set()

        thread = threading.Thread(target=submit)
        thread.start()
        assert begun.wait(SECONDS)
        database.close()
        thread.join(SECONDS)
        assert all(ticket.done for ticket in tickets)


def test_a_new_room_is_told_before_its_messages(database: Database) -> None:
    room = database.room("new")
    database.say(room, "first")
    opened, said_ = database.bus.events
    assert isinstance(opened, RoomOpened)
    assert (opened.room.name, said_.room) == ("new", room.id)  # type: ignore[union-attr]


def test_a_server_that_is_alone_is_ready(database: Database) -> None:
    """Nobody else tells it anything."""
    assert database.store.ready
