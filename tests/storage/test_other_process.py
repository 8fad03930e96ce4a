"""The server's writer also delivers what another process commits, such as a command line beside the server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from chatstore.chat.changes.accounts import CreateAccount, RemoveAccount, RestoreAccount, SuspendAccount
from chatstore.chat.changes.posting import PostDirect
from chatstore.chat.changes.rooms import AddRoom, RemoveRoom, SetTopic
from chatstore.chat.changes.server_bans import BanFromServer, EndServerBan
from chatstore.chat.live.bans import Bans
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.events import AccessLeft, AccountEnded, RoomOpened, RoomRemoved, ServerBansAre
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.room_events import RoomEvent
from chatstore.storage import writer as writer_module
from tests.storage.database import SECONDS, Database, Do, pragma, said

Open = Callable[..., Database]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer with nothing to do looks for other commits at once."""
    monkeypatch.setattr(writer_module, "_LOOK_AROUND", 0.02)


@pytest.fixture
def server(open_database: Open) -> Database:
    return open_database()


@pytest.fixture
def other(server: Database, open_database: Open) -> Database:
    """The database as the command line opens it: with its own writer, which leaves checkpoints to the
    server's."""
    return open_database(checkpoints=False)


def bodies(events: list[Any]) -> list[str]:
    return [event.body for event in events if isinstance(event, RoomEvent)]


def test_events_come_in_order_while_the_server_is_idle(server: Database, other: Database) -> None:
    room = server.room()
    other.say(room, "one", "two")
    other.do(SetTopic(SERVER, room.id, "three"))
    events = server.bus.wait(lambda events: len(bodies(events)) == 3)
    assert bodies(events) == ["one", "two", "three"]
    assert [event.seq for event in server.bus.room_events] == [1, 2, 3]


def test_one_order_when_both_write(server: Database, other: Database) -> None:
    rooms = [server.room("one"), server.room("two")]
    start = threading.Barrier(2)

    def write(database: Database, name: str) -> None:
        start.wait(SECONDS)
        for n in range(40):
            database.say(rooms[n % 2], f"{name}{n}")

    threads = [threading.Thread(target=write, args=pair) for pair in ((server, "s"), (other, "o"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    for database in (server, other):
        database.bus.wait(lambda events: len(bodies(events)) == 80)
        for room in rooms:
            live = [(event.seq, event.body) for event in database.bus.room_events if event.room == room.id]
            assert live == [(event.seq, event.body) for event in server.events(room)]
            assert [seq for seq, _ in live] == list(range(1, 41))


def test_commits_of_the_other_process_come_first(server: Database, other: Database) -> None:
    room = server.room()
    with server.blocked():
        mine = server.store.submit(said(room, "mine"))
        # The blocked batch holds the write lock; the other one's commit waits for it, and may come after "mine".
        theirs = other.store.submit(said(room, "theirs"))
    mine.wait()
    theirs.wait()
    server.bus.wait(lambda events: len(bodies(events)) == 2)
    assert server.bus.bodies == server.bodies(room)


def test_rooms_that_come_and_go(server: Database, other: Database) -> None:
    kept, gone = server.room("kept"), server.room("gone")
    new = other.do(AddRoom(room_name("new")))
    other.say(new, "hello")
    other.do(RemoveRoom(gone.id))
    events = server.bus.wait(
        lambda events: (
            any(isinstance(event, RoomRemoved) for event in events)
            and any(isinstance(event, RoomEvent) for event in events)
        )
    )
    found = [
        event for event in events if not (isinstance(event, RoomOpened) and event.room.id in (kept.id, gone.id))
    ]
    assert RoomRemoved(gone.id) in found
    opened = next(event for event in found if isinstance(event, RoomOpened))
    assert (opened.room.id, opened.room.name) == (new.id, "new")
    assert [event for event in found if not isinstance(event, (RoomRemoved, AccessLeft))][:1] == [opened]
    assert bodies(found) == ["hello"]
    again = other.do(AddRoom(room_name("gone")))  # the same name is another room
    assert again.id != gone.id
    server.bus.wait(lambda events: any(isinstance(e, RoomOpened) and e.room.id == again.id for e in events))


def test_accounts_that_end_are_told_once_each_time(server: Database, other: Database) -> None:
    bob, eve = person_name("bob"), person_name("eve")
    ids = {name.folded: other.do(CreateAccount(name, "x")).id for name in (bob, eve)}

    def ended(events: list[Any]) -> list[int]:
        return [event.account_id for event in events if isinstance(event, AccountEnded)]

    other.do(SuspendAccount(bob, "spam"))
    server.bus.wait(lambda events: ended(events) == [ids["bob"]])
    other.do(RemoveAccount(eve))
    server.bus.wait(lambda events: ended(events) == [ids["bob"], ids["eve"]])
    other.do(RestoreAccount(bob))
    room = server.room()
    server.say(room, "the restoring was seen")
    other.do(SuspendAccount(bob, "again"))
    server.bus.wait(lambda events: ended(events) == [ids["bob"], ids["eve"], ids["bob"]])


def test_server_wide_bans_are_told_whoever_sets_them(server: Database, other: Database) -> None:
    """To both, and also what ended them. What the other server has told may come late, and then it is not taken."""
    other.do(BanFromServer("192.0.2.0/24", "spam"))
    server.do(BanFromServer("eve", "rude"))
    other.do(EndServerBan("192.0.2.0/24"))
    for database in (server, other):
        told = database.bus.wait(lambda events: held(events) == ["eve!*@*"])
        late = Bans()
        for event in reversed(bans(told)):
            late.put(event.bans, event.version)
        assert [ban.mask for ban in late.all] == ["eve!*@*"]
        assert [ban.mask for ban in database.store.server_bans.all()] == ["eve!*@*"]


def test_the_version_of_the_bans_is_their_own(server: Database) -> None:
    """It rises with each change, whatever becomes of the audit log."""
    versions = []
    for change in (
        BanFromServer("eve", "x"),
        BanFromServer("eve", "y"),
        BanFromServer("bob", "x"),
        EndServerBan("eve"),
    ):
        server.do(change)
        server.do(Do(lambda tx: tx.audit.forget(tx.now + 1, 9)))
        versions.append(server.store.server_bans.state().version)
    assert versions == [1, 2, 3, 4]


def bans(events: list[Any]) -> list[ServerBansAre]:
    return [event for event in events if isinstance(event, ServerBansAre)]


def held(events: list[Any]) -> list[str]:
    """The masks of the bans that a hub holds after these events."""
    holds = Bans()
    for event in bans(events):
        holds.put(event.bans, event.version)
    return [ban.mask for ban in holds.all]


def test_an_account_that_ended_before_the_start_is_not_told(open_database: Open) -> None:
    first = open_database()
    first.do(CreateAccount(person_name("bob"), "x"))
    first.do(SuspendAccount(person_name("bob"), ""))
    first.close()
    second = open_database()
    other = open_database(checkpoints=False)
    room = second.room()
    other.say(room, "hello")
    second.bus.wait(lambda events: bodies(events) == ["hello"])
    assert not any(isinstance(event, AccountEnded) for event in second.bus.events)


@pytest.mark.sqlite
def test_events_of_a_rolled_back_batch_are_told_later(server: Database, other: Database) -> None:
    """The batch that finds the other process's commits may itself be rolled back."""
    room, bob = server.room(), person_name("bob")
    bob_id = other.do(CreateAccount(bob, "x")).id
    server.say(room, "the account was seen")

    def fill(tx: Any) -> None:
        pages = tx._connection.exec_driver_sql("PRAGMA page_count").scalar()
        tx._connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    with server.blocked():
        suspended = other.store.submit([SuspendAccount(bob, "spam"), *said(room, "foreign")])
        server.store.submit([Do(fill, ends_batch=True)])
        refused = server.store.submit(said(room, "x" * 100_000))
    suspended.wait()
    refused.wait()
    server.do(pragma("max_page_count=100000"))
    events = server.bus.wait(lambda events: any(isinstance(event, AccountEnded) for event in events))
    assert [event.account_id for event in events if isinstance(event, AccountEnded)] == [bob_id]
    server.bus.wait(lambda events: "foreign" in bodies(events))
    assert server.bus.bodies.count("foreign") == 1


def test_a_direct_conversation_begun_elsewhere_is_known(server: Database, other: Database) -> None:
    bob, eve = (other.do(CreateAccount(person_name(name), "x")) for name in ("bob", "eve"))
    actor = Actor("bob", "bob", bob.id)
    for n, body in enumerate(("psst", "again"), 1):
        sent = other.do(PostDirect(actor, "eve", "message", body))
        server.bus.wait(lambda events, n=n: len(bodies(events)) == n)
        opened = next(event for event in server.bus.events if isinstance(event, RoomOpened))
        said_ = server.bus.events[-1]
        assert (opened.room.id, opened.room.key) == (sent.room, f"@{bob.id},{eve.id}")
        assert [person.nick for person in opened.persons] == ["bob", "eve"]
        assert (said_.room, said_.body) == (sent.room, body)
