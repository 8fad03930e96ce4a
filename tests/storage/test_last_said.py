"""When somebody last said something in a room, as slow mode asks it: what the memory must not miss or keep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.rooms import Room
from chatstore.storage import last_said
from chatstore.storage.sqlite import driver as sqlite
from tests.storage.database import ALICE, Database, Do, said

BOB = Actor("bob", guest="g2")
START = 1_000_000_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "chat.db")
    yield database
    database.close()


def asked(database: Database, room: Room, actor: Actor = ALICE, *, since: int = START) -> int | None:
    at = database.do(Do(lambda tx: tx.last_said(room.id, actor, since)))
    assert at is None or isinstance(at, int)
    return at


def test_the_last_message_of_each_person_in_each_room(database: Database) -> None:
    tea, main = database.room("tea"), database.room("main")
    assert asked(database, tea) is None
    for _ in range(3):
        database.now += 1
        [event] = database.say(tea, "hello")
        assert asked(database, tea) == event.time
    assert asked(database, tea, BOB) is None
    assert asked(database, main) is None
    assert asked(database, tea, since=event.time + 1) is None
    assert asked(database, Room(99, "room", "#no", "no", 0)) is None


def test_behind_many_other_events(database: Database) -> None:
    tea = database.room("tea")
    [event] = database.say(tea, "hello")
    database.store.submit(said(tea, *("x" for _ in range(6_000)), actor=BOB)).wait()
    assert asked(database, tea) == event.time


def test_a_longer_pause_reaches_farther_back(database: Database) -> None:
    tea = database.room("tea")
    [event] = database.say(tea, "hello")
    database.now += 60
    [late] = database.say(tea, "hello")
    assert asked(database, tea, BOB, since=event.time + 30_000) is None
    database.store.submit([Draft(tea.id, BOB, "message", "hello")]).wait()
    assert asked(database, tea, since=late.time + 1) is None
    assert asked(database, tea, since=event.time) == late.time


def test_what_another_process_stores_counts(database: Database, tmp_path: Path) -> None:
    tea = database.room("tea")
    assert asked(database, tea) is None
    other = Database(tmp_path / "chat.db")
    [event] = other.say(tea, "from the command line")
    other.close()
    assert asked(database, tea) == event.time


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    before = Database(tmp_path / "chat.db")
    tea = before.room("tea")
    [event] = before.say(tea, "hello")
    before.close()
    after = Database(tmp_path / "chat.db")
    assert asked(after, tea) == event.time
    after.close()


def test_what_was_rolled_back_does_not_count(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seqs of a batch that failed are given again, to others."""
    tea = database.room("tea")
    assert asked(database, tea) is None

    def fail(_tx: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(sqlite, "out_of_space", lambda error: isinstance(error, OSError))
    with database.blocked():
        database.store.submit([Draft(tea.id, ALICE, "message", "lost")])
        asked_there = database.store.submit([Do(lambda tx: tx.last_said(tea.id, ALICE, START))])
        failed = database.store.submit([Do(fail)])
    assert isinstance(failed.wait()[0], ChatError)
    assert isinstance(asked_there.wait()[0], ChatError)
    monkeypatch.undo()
    database.store.submit(said(tea, "kept", actor=BOB)).wait()
    assert "lost" not in database.bodies(tea)
    assert asked(database, tea) is None
    assert asked(database, tea, BOB) is not None


@pytest.mark.parametrize(
    ("tags", "counts"),
    [
        ({"+draft/persist": "1"}, True),
        ({"+draft/react": "x", "+draft/reply": "1-1"}, False),
        ({"+draft/unreact": "x", "+reply": "1-1"}, False),
        ({"+draft/react": "x"}, True),
        ({"+draft/react": "x", "+draft/reply": "no place"}, True),
        ({"+draft/persist": '"+draft/react": "+reply":', "+reply": "1-1"}, True),
    ],
)
def test_tags_that_are_stored_count_unless_they_are_a_reaction(
    database: Database, tags: dict[str, str], counts: bool
) -> None:
    tea = database.room("tea")
    [event] = database.store.submit([Draft(tea.id, ALICE, "tags", "", tags)]).wait()
    assert asked(database, tea) == (event.time if counts else None)


def test_it_remembers_no_longer_than_it_must(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_said, "MAX_ROOMS", 2)
    rooms = [database.room(name) for name in ("one", "two", "three")]
    for room in rooms:
        [event] = database.say(room, "hello")
        assert asked(database, room) == event.time
    writer = database.store._writer
    assert writer is not None
    known = writer._last_said._rooms
    assert [*known] == [rooms[2].id]
    assert asked(database, rooms[2], since=event.time + 1) is None
    assert known[rooms[2].id].said == {}
