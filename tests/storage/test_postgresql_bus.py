"""The bus between the nodes of one PostgreSQL database."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Connection

from chatstore.chat.changes.accounts import CreateAccount, SuspendAccount
from chatstore.chat.changes.posting import PostDirect
from chatstore.chat.changes.rooms import AddRoom, RemoveRoom, RenameRoom
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.events import (
    AccessLeft,
    AccountEnded,
    Event,
    MetadataChanged,
    PersonRenamed,
    PresencesAre,
    Published,
    RoomOpened,
    RoomPruned,
    RoomRemoved,
    TagsSent,
)
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.room_events import MessagePosted, NickChanged, RoomEvent
from chatstore.storage.catch_up import CatchUp
from chatstore.storage.postgresql import bus, driver, taking_over
from chatstore.storage.postgresql.bus import Bus, Ear, Heard, Lost, composed, pieces, read
from chatstore.storage.postgresql.writing import PostgresWriter
from tests.postgres import Cluster
from tests.storage.database import ALICE, SECONDS, Database, Do, RecordingBus, said

BOB = Actor("bob", guest="g2")
Open = Callable[..., Database]


@pytest.fixture(autouse=True)
def beat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes with nothing to say are heard more often."""
    monkeypatch.setattr(bus, "_BEAT", 0.1)


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.database()


@pytest.fixture
def open_database(url: str) -> Iterator[Open]:
    opened: list[Database] = []

    def open_(*arguments: Any, **options: Any) -> Database:
        opened.append(Database(url, *arguments, **options))
        return opened[-1]

    yield open_
    for database in reversed(opened):
        database.close()


@pytest.fixture
def one(open_database: Open) -> Database:
    return open_database()


@pytest.fixture
def other(one: Database, open_database: Open) -> Database:
    return open_database()


def bus_of(database: Database) -> Bus:
    writer: Any = database.store._writer
    found: Bus = writer._database._bus
    return found


def bodies(events: Sequence[Event]) -> list[str]:
    return [event.body for event in events if isinstance(event, RoomEvent)]


def shown(database: Database) -> list[Event]:
    """What was published, without what a look at the database tells in addition. A busy machine takes one more,
    when beats come late; what it finds may then be heard as well, and is nothing new to those who are connected."""
    told: dict[object, Event] = {}
    for number, event in enumerate(database.bus.events):
        match event:
            case AccessLeft() | PresencesAre():
                continue
            case RoomOpened(room):
                key: object = (RoomOpened, room.id)
            case AccountEnded() | RoomRemoved() | RoomPruned():
                key = event
            case _:
                key = number
        told.setdefault(key, event)
    return [*told.values()]


def heard(database: Database, body: str) -> list[Event]:
    """What was published, once this was."""
    database.bus.wait(lambda events: body in bodies(events))
    return shown(database)


def announce(*events: Event) -> Do:
    return Do(lambda tx: [tx.announce(event) for event in events])


def tags(text: str, room: int = 0) -> TagsSent:
    return TagsSent(room, ALICE, 5, {"+typing": text}, "id", BOB)


def losing(monkeypatch: pytest.MonkeyPatch, database: Database, lost: Callable[[str], bool]) -> None:
    """This database does not hear some messages."""
    hears = bus_of(database)
    came = hears.came
    monkeypatch.setattr(hears, "came", lambda payload: [] if lost(payload) else came(payload))


# In order.


def test_what_is_not_stored_has_its_place(one: Database, other: Database) -> None:
    room = one.room()
    others = one.room("others")
    with one.blocked():  # so that all of it is one batch, and one message
        for n in range(20):
            one.store.submit([*said(room, f"m{n}"), announce(tags(f"t{n}")), *said(others, f"o{n}")])
        last = one.store.submit(said(room, "end"))
    last.wait()
    found = [event for event in heard(other, "end") if not isinstance(event, RoomOpened)]
    told = [event.body if isinstance(event, RoomEvent) else event.tags["+typing"] for event in found]  # type: ignore[union-attr]
    expected = [text for n in range(20) for text in (f"m{n}", f"t{n}", f"o{n}")]
    assert told == [*expected, "end"]


def test_rooms_and_accounts(one: Database, other: Database) -> None:
    gone, kept = one.room("gone"), one.room("kept")
    one.do(RenameRoom(SERVER, kept.id, room_name("new")))
    one.do(RemoveRoom(gone.id))
    account = one.do(CreateAccount(person_name("eve"), "x"))
    one.do(SuspendAccount(person_name("eve"), "spam"))
    one.say(kept, "end")
    found = heard(other, "end")
    assert [event.room.name for event in found if isinstance(event, RoomOpened)] == ["gone", "kept"]
    assert RoomRemoved(gone.id) in found
    assert [event.account_id for event in found if isinstance(event, AccountEnded)] == [account.id]
    assert bodies(found) == ["new", "end"]


def test_a_direct_conversation(one: Database, other: Database, open_database: Open) -> None:
    one.do(CreateAccount(person_name("eve"), "x"))
    sent = one.do(PostDirect(ALICE, "eve", "message", "psst"))
    opened = next(event for event in heard(other, "psst") if isinstance(event, RoomOpened))
    assert (opened.room.id, [person.nick for person in opened.persons]) == (sent.room, ["alice", "eve"])
    late = open_database()  # which has not heard that it began
    one.store.submit(said(opened.room, "again")).wait()
    events = heard(late, "again")
    [at] = [place for place, event in enumerate(events) if isinstance(event, RoomEvent) and event.seq]
    assert events[at].room == sent.room  # type: ignore[union-attr]
    opened = events[at - 1]  # type: ignore[assignment]
    assert isinstance(opened, RoomOpened)
    assert sorted(person.nick for person in opened.persons) == ["alice", "eve"]


def test_a_nick_that_is_known_by_the_history_only(one: Database, other: Database) -> None:
    rooms = [one.room("a"), one.room("b")]

    def rename(tx: Any) -> None:
        for room in rooms:
            tx.record(NickChanged, room.id, ALICE, "alicia")

    one.do(Do(rename))
    one.say(rooms[0], "end")
    found = [event for event in heard(other, "end") if not isinstance(event, RoomOpened)]
    assert [type(event) for event in found[:-1]] == [NickChanged, NickChanged, PersonRenamed]


def test_nobody_hears_of_a_batch_that_was_not_stored(one: Database, other: Database) -> None:
    room = one.room()

    def fail(tx: Any) -> None:
        tx.announce(tags("never"))
        raise ValueError

    one.store.submit([Do(fail), *said(room, "end")]).wait()
    assert not any(isinstance(event, TagsSent) for event in heard(other, "end"))


def test_two_nodes_tell_of_a_room_in_another_order(one: Database) -> None:
    """What was told last need not be what was committed last."""
    room = one.room()
    catch_up = CatchUp(taking_over.read_spans)
    published: list[Published] = []
    with one.store._engine.connect() as connection:
        catch_up.begin(connection)
        connection.rollback()
        one.say(room, "first", "second", "third")
        told: deque[Heard] = deque([{room.id: 3}, {room.id: 2}])
        taking_over.take_over(connection, catch_up, "", told, published)
    assert not told
    assert bodies([event for event, _ in published]) == ["first", "second", "third"]


def test_a_conversation_that_another_node_goes_on_with_before_its_beginning_is_heard(one: Database) -> None:
    """Each of its messages tells of the conversation, as it was before."""
    published: list[Published] = []
    catch_up = CatchUp(taking_over.read_spans)
    with one.store._engine.connect() as connection:
        catch_up.begin(connection)
        connection.rollback()
        told: deque[Heard] = deque()
        for body in ("first", "second"):
            one.do(PostDirect(ALICE, BOB, "message", body))
            batch = [(event, None) for event in one.bus.events if body in bodies([event])]
            opened = [event for event in one.bus.events if isinstance(event, RoomOpened)][-1]
            told.extendleft(reversed(read(f"[{','.join(composed([(opened, None), *batch]))}]")))
        taking_over.take_over(connection, catch_up, "", told, published)
    assert bodies([event for event, _ in published]) == ["first", "second"]


def test_nothing_comes_back(one: Database, other: Database) -> None:
    room = one.room()
    one.do(announce(tags("x")))
    one.say(room, "one")
    heard(other, "one")
    other.say(room, "two")
    assert bodies(heard(one, "two")) == bodies(heard(other, "two")) == ["one", "two"]
    assert [event for event in shown(one) if isinstance(event, TagsSent)] == [tags("x")]


# Long messages.


def test_a_message_in_pieces(one: Database, other: Database) -> None:
    room = one.room()
    value = "äöü€😀" * 5_000
    one.store.submit([announce(MetadataChanged(room.id, None, ALICE, 5, "key", value)), *said(room, "end")]).wait()
    found = [event for event in heard(other, "end") if isinstance(event, MetadataChanged)]
    assert [event.value for event in found] == [value]


@pytest.mark.parametrize("text", ["", "a", "abc" * 100, "ä" * 100, "a€😀" * 50])
@pytest.mark.parametrize("most", [4, 5, 7, 100])
def test_pieces(text: str, most: int) -> None:
    cut = pieces(text, most)
    assert "".join(cut) == text
    assert all(len(piece.encode()) <= most for piece in cut)


def test_no_message_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = Bus.__new__(Bus)
    monkeypatch.setattr(speaker, "_node", "0123456789abcdef", raising=False)
    monkeypatch.setattr(speaker, "_number", 10**12, raising=False)
    told = composed([(tags("x" * 50_000), None), (tags("€" * 50_000), None)])
    messages = speaker._numbered(told, last=True)
    assert max(len(message.encode()) for message in messages) <= 7_900
    ear = Ear("another")
    found = [heard for message in messages for heard in ear.hear(message)]
    assert found[1:] == [tags("x" * 50_000), tags("€" * 50_000)]


def test_what_is_told_comes_back() -> None:
    published = [
        (RoomEvent(1, 5, 1, ALICE), None),
        (RoomEvent(2, 7, 1, ALICE), None),
        (RoomEvent(1, 6, 1, ALICE), None),
        (tags("x"), object()),
        (RoomEvent(1, 7, 1, ALICE), None),
    ]
    assert read(f"[{','.join(composed(published))}]") == [{1: 6, 2: 7}, tags("x"), {1: 7}]


# What is lost is found.


def message(n: int, text: str = "[]", *, piece: int = 0, left: int = 0, version: int = 1) -> str:
    return f"{version} them {n} {piece} {left} {text}"


@pytest.mark.parametrize(
    ("payloads", "expected"),
    [
        ([message(1, '[{"1":2}]'), message(2, '[{"1":3}]')], [{1: 2}, {1: 3}]),
        ([message(1, '[{"1":2}]'), message(1, '[{"1":2}]')], [{1: 2}]),
        ([message(1), message(3, '[{"1":3}]')], [Lost, {1: 3}]),
        ([message(1, '[{"1"', left=1), message(2, ":3}]", piece=1)], [{1: 3}]),
        ([message(1, '[{"1"', left=2), message(3, "3}]", piece=2)], [Lost, Lost]),
        ([message(2, ":3}]", piece=1), message(3, '[{"1":4}]')], [Lost, Lost, {1: 4}]),
        ([message(1), message(2, '[["NewEvent",{}],{"1":2}]')], [{1: 2}]),
        ([message(1), message(2, "[0]")], [Lost]),
        ([message(1), message(2, "[nonsense")], [Lost]),
        ([message(1, version=2)], [Lost]),
        (["2 something else"], [Lost]),
        (["v2 them 1 0 0 []"], [Lost]),
        ([message(1, '[["RoomRemoved",{"room":"five"}]]')], [Lost]),
        ([message(2, '[{"1":2}]')], [Lost, {1: 2}]),
        ([message(1, left=-1), message(1, '[{"1":2}]')], [{1: 2}]),
        ([message(1, '[{"1":2}]').replace("them", "us")], []),
    ],
)
def test_what_an_ear_makes_of_it(payloads: list[str], expected: list[Any]) -> None:
    ear = Ear("us")
    found: list[Any] = []
    for payload in payloads:
        for each in ear.hear(payload):
            found.append(Lost if isinstance(each, Lost) else each)
    assert found == expected


def resynced(database: Database, other: Database) -> list[Event]:
    """Something is lost, and then other rooms' events come: what `other` has heard then."""
    lost, next_ = database.room("lost"), database.room("next")
    database.say(next_, "before")
    heard(other, "before")
    came = threading.Event()

    def is_it(payload: str) -> bool:
        found = f'"{lost.id}":1' in payload
        if found:
            came.set()
        return found

    with pytest.MonkeyPatch.context() as patch:
        losing(patch, other, is_it)
        database.say(lost, "this was lost")
        assert came.wait(SECONDS)
    database.say(next_, "after")
    return heard(other, "after")


def test_a_gap(one: Database, other: Database) -> None:
    found = resynced(one, other)
    other.bus.wait(lambda events: "this was lost" in bodies(events))
    assert sorted(bodies(found)) == ["after", "before", "this was lost"]


def test_a_gap_at_the_end_is_found_by_the_beat(
    one: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, gone, kept = one.room(), one.room("gone"), one.room("kept")
    one.do(CreateAccount(person_name("eve"), "x"))
    one.say(room, "before")
    heard(other, "before")
    losing(monkeypatch, other, lambda payload: not payload.endswith(" []"))
    one.say(room, "last")
    one.do(RemoveRoom(gone.id))
    one.do(AddRoom(room_name("new")))
    one.do(RenameRoom(SERVER, kept.id, room_name("renamed")))
    one.do(SuspendAccount(person_name("eve"), "spam"))
    other.bus.wait(lambda events: any(isinstance(event, AccountEnded) for event in events))
    found = shown(other)
    assert RoomRemoved(gone.id) in found
    assert [event.room.name for event in found if isinstance(event, RoomOpened)][-1] == "new"
    assert bodies(found)[-2:] == ["last", "renamed"]


def test_what_was_pruned_is_found(one: Database, other: Database, url: str, cluster: Cluster) -> None:
    room = one.room()
    one.say(room, "one", "two")
    heard(other, "two")
    database = url.partition("@/")[2].partition("?")[0]
    cluster.execute("UPDATE rooms SET first_seq = 2", database=database)
    _terminate(cluster, "LISTEN chatstore")
    other.bus.wait(lambda events: RoomPruned(room.id, 2) in events)


def _terminate(cluster: Cluster, query: str) -> None:
    """End connections whose last statement was this."""
    ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '{query}%'"
    assert cluster.execute(ended)


def test_a_connection_that_listens_is_lost(one: Database, other: Database, cluster: Cluster) -> None:
    room = one.room()
    one.say(room, "one")
    heard(other, "one")
    _terminate(cluster, "LISTEN chatstore")
    one.say(room, "two")
    assert bodies(heard(other, "two")) == ["one", "two"]
    one.do(announce(tags("x")))
    other.say(room, "three")
    assert bodies(heard(one, "three")) == ["one", "two", "three"]


def test_a_connection_that_tells_is_lost(one: Database, other: Database, cluster: Cluster) -> None:
    room = one.room()
    one.say(room, "one")
    heard(other, "one")
    _terminate(cluster, "SELECT pg_notify")
    one.do(announce(tags("x")))
    one.say(room, "two")
    found = heard(other, "two")
    assert bodies(found) == ["one", "two"]
    other.bus.wait(lambda events: tags("x") in events)


def test_a_look_may_take_long(
    one: Database, other: Database, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It locks nothing, so PostgreSQL does not end it when nothing is asked for a while."""
    room = one.room()
    one.say(room, "one")
    heard(other, "one")
    find = CatchUp.find

    def slowly(self: CatchUp, connection: Connection) -> Any:
        [(limit,)] = driver.run(connection, "SHOW idle_in_transaction_session_timeout")
        limits.append(limit)
        return find(self, connection)

    limits: list[str] = []
    monkeypatch.setattr(CatchUp, "find", slowly)
    _terminate(cluster, "LISTEN chatstore")
    one.say(room, "two")
    assert bodies(heard(other, "two")) == ["one", "two"]
    other.bus.wait(lambda events: any(isinstance(event, AccessLeft) for event in events))
    assert {*limits} == {"0"}


def test_without_a_bus_each_looks_now_and_then(
    one: Database, open_database: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = Bus._connect

    def deaf(self: Bus, statement: str) -> Any:
        return connect(self, "SELECT nonsense" if statement.startswith("LISTEN") else statement)

    monkeypatch.setattr(Bus, "_connect", deaf)
    other = open_database()
    one.say(one.room(), "one")
    assert bodies(heard(other, "one")) == ["one"]


def missed(ear: Ear, **batches: int) -> int:
    return len(ear.missed({"us": 9, **batches}))


def test_what_a_silent_node_commits_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    ear = Ear("us")
    ear.hear(message(1))
    assert missed(ear, them=4) == 0
    monkeypatch.setattr(bus, "_SILENT", -1.0)
    assert missed(ear, them=4) == 1  # who knows when that was
    assert missed(ear, them=4) == 0
    assert missed(ear, them=5) == 1
    monkeypatch.setattr(bus, "_SILENT", 60.0)
    ear.hear(message(2))
    assert missed(ear, them=6) == 0
    monkeypatch.setattr(bus, "_SILENT", -1.0)
    assert missed(ear, them=6) == 1
    assert missed(ear) == 1  # it has gone
    assert missed(ear) == 0


def test_what_a_node_commits_that_was_never_heard_is_missed() -> None:
    ear = Ear("us")
    assert missed(ear, them=1) == 1
    assert missed(ear, them=1) == 0
    assert missed(ear, them=2) == 1


def test_a_node_that_can_not_tell_is_missed(
    one: Database, open_database: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "_SILENT", 0.2)
    connect = Bus._connect

    def mute(self: Bus, statement: str) -> Any:
        return connect(self, "SELECT nonsense" if statement.startswith("SET") else statement)

    with monkeypatch.context() as patch:
        patch.setattr(Bus, "_connect", mute)
        other = open_database()
        other.say(one.room(), "one")
        assert bodies(heard(one, "one")) == ["one"]
        other.close()


def test_a_stray_message_ends_nothing(one: Database, other: Database, cluster: Cluster, url: str) -> None:
    room = one.room()
    database = url.partition("@/")[2].partition("?")[0]
    for stray in ("", "v2 other 1 0 0 []", "1 other 1 0 0 [", "1 other x 0 0 []", "💣"):
        cluster.execute(f"SELECT pg_notify('chatstore', '{stray}')", database=database)
    one.say(room, "one")
    assert bodies(heard(other, "one")) == ["one"]


def test_what_fails_while_hearing_is_logged_and_hearing_goes_on(
    one: Database, other: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    room = one.room()
    failed = threading.Event()

    def fails(_payload: str) -> list[Heard]:
        failed.set()
        raise RuntimeError("a mistake")

    with monkeypatch.context() as patch:
        patch.setattr(bus_of(other), "came", fails)
        one.say(room, "one")
        assert failed.wait(SECONDS)
    one.say(room, "two")
    assert bodies(heard(other, "two")) == ["one", "two"]
    assert "a mistake" in caplog.text


def test_what_was_heard_before_a_loss_does_not_contradict_what_is_found(one: Database) -> None:
    room = one.room()
    published: list[Published] = []
    heard_: deque[Heard] = deque([Lost("one"), tags("x"), {room.id: 1}, Lost("two"), {room.id: 2}])
    catch_up = CatchUp(taking_over.read_spans)
    with one.store._engine.connect() as connection:
        catch_up.begin(connection)
        connection.rollback()
        one.say(room, "first", "second", "third")
        taking_over.take_over(connection, catch_up, "us", heard_, published)
    events = [event for event, _ in published]
    assert bodies([event for event in events if isinstance(event, RoomEvent)]) == ["first", "second", "third"]
    assert isinstance(events[-1], PresencesAre)
    assert [type(event) for event in events[:2]] == [TagsSent, MessagePosted]


def test_a_node_that_was_declared_dead_tells_nothing(
    one: Database, other: Database, cluster: Cluster, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been frozen between COMMIT and NOTIFY."""
    monkeypatch.setattr(bus, "_SILENT", 0.2)
    room = one.room()
    other.say(room, "before")
    heard(one, "before")
    database = url.partition("@/")[2].partition("?")[0]
    cluster.execute(f"DELETE FROM nodes WHERE id = '{other.store.node}'", database=database)
    bus_of(other).tell([(tags("it is here", room.id), None)])
    one.bus.wait(lambda events: any(isinstance(event, PresencesAre) for event in events[-3:]))
    one.say(room, "after")
    assert tags("it is here", room.id) not in heard(one, "after")


def test_what_was_heard_is_taken_over_once_though_the_database_fails_between(
    one: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = one.room()
    published: list[Published] = []
    heard_: deque[Heard] = deque([tags("x"), {room.id: 1}, tags("y")])
    reads = iter([sqlalchemy.exc.OperationalError("", (), Exception()), None])

    catch_up, read = CatchUp(taking_over.read_spans), CatchUp.read

    def fails(self: CatchUp, *arguments: Any) -> list[Event]:
        if self is catch_up and (error := next(reads, None)):
            raise error
        return read(self, *arguments)

    monkeypatch.setattr(CatchUp, "read", fails)
    with one.store._engine.connect() as connection:
        catch_up.begin(connection)
        connection.rollback()
        one.say(room, "said")
        with pytest.raises(sqlalchemy.exc.OperationalError):
            taking_over.take_over(connection, catch_up, "", heard_, published)
        taking_over.take_over(connection, catch_up, "", heard_, published)
    [first, said, last] = [event for event, _ in published]
    assert (first, bodies([said]), last, len(heard_)) == (tags("x"), ["said"], tags("y"), 0)


def test_a_server_that_stops_says_so(one: Database, open_database: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    other = open_database()
    node = bus_of(other)._node
    other.say(one.room(), "one")
    heard(one, "one")
    assert node in bus_of(one)._ear._speakers
    last = threading.Event()
    hear = bus_of(one)._ear.hear

    def note(payload: str) -> list[Heard]:
        found = hear(payload)
        if payload.startswith(f"1 {node} ") and payload.endswith(" -1 []"):
            last.set()
        return found

    monkeypatch.setattr(bus_of(one)._ear, "hear", note)
    other.close()
    assert last.wait(SECONDS)
    assert node not in bus_of(one)._ear._speakers


def test_one_who_is_slow_reads_all_at_once(
    one: Database, open_database: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()

    class Slow(RecordingBus):
        def publish(self, events: Any) -> None:
            events = list(events)
            if any(isinstance(event, RoomEvent) for event, _ in events):
                begun.set()
                assert go.wait(SECONDS)
            super().publish(events)

    other = open_database(Slow())
    rooms = [one.room(f"r{n}") for n in range(5)]
    one.say(rooms[0], "first")
    assert begun.wait(SECONDS)
    for n in range(50):
        one.say(rooms[n % 5], f"m{n}")
    waits = threading.Event()
    writer: Any = other.store._writer
    last = one.say(rooms[0], "end")
    heard_by_then: Callable[[], list[int]] = lambda: [  # noqa: E731
        seq for told in [*writer._heard] if isinstance(told, dict) for seq in told.values()
    ]
    while last[0].seq not in heard_by_then():
        waits.wait(0.005)
    reads: list[int] = []
    read_spans = taking_over.read_spans

    def counted(connection: Connection, wanted: Any) -> Any:
        reads.append(len(wanted))
        return read_spans(connection, wanted)

    monkeypatch.setattr(taking_over, "read_spans", counted)
    go.set()
    found = heard(other, "end")
    assert [body for body in bodies(found) if body.startswith("m")] == [f"m{n}" for n in range(50)]
    assert reads == [5]


@pytest.mark.parametrize("rooms", [1, 30])
def test_a_few_rows_are_read_by_the_index(one: Database, rooms: int) -> None:
    """PostgreSQL can't know how few there are beyond a seq, and would read the whole table."""
    ids = [one.room(f"r{n}").id for n in range(30)]
    insert = (
        "INSERT INTO messages (room_id, seq, sent_at, nick, kind, body, audience)"
        " SELECT room, seq, seq, 'alice', 'message', 'x', ''"
        f" FROM unnest(ARRAY{ids}) room, generate_series(1, 300) seq"
    )
    values = {"rooms": ids[:rooms], "after": [295] * rooms, "last": [300] * rooms, "most": 5}
    with one.store._engine.connect() as connection:
        driver.run(connection, insert)
        driver.run(connection, "ANALYZE messages")
        plan = driver.run(connection, f"EXPLAIN {taking_over._SPANS}", values)
        assert not [line for (line,) in plan if "Seq Scan on messages" in line]
        assert len(driver.run(connection, taking_over._SPANS, values)) == 5 * rooms


# The checks see what they must see.


def test_a_look_at_the_database_that_finds_nothing_is_noticed(
    one: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CatchUp, "find", lambda self, connection: [])
    assert "this was lost" not in bodies(resynced(one, other))


def test_telling_before_the_commit_is_noticed(
    one: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = one.room()
    one.say(room, "one")
    heard(other, "one")
    commit, take_over = PostgresWriter.commit, PostgresWriter.take_over
    asked = threading.Event()

    def took_over(self: PostgresWriter, heard: deque[Heard]) -> Any:
        told = any(isinstance(each, dict) for each in heard)
        found = take_over(self, heard)
        if told:
            asked.set()
        return found

    def early(self: PostgresWriter, published: Any, *, erased: bool) -> None:
        self._bus.tell(published)
        assert asked.wait(SECONDS)
        commit(self, published, erased=erased)

    with monkeypatch.context() as broken:
        broken.setattr(PostgresWriter, "take_over", took_over)
        broken.setattr(PostgresWriter, "commit", early)
        one.say(room, "two")
    one.say(room, "three")
    assert bodies(heard(other, "three")) == ["one", "three"]
