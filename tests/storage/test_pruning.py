"""Retention: what a room no longer keeps is erased from the beginning on, a little at a time."""

from __future__ import annotations

import logging

import pytest

from chatstore.chat.changes import pruning
from chatstore.chat.changes.accounts import CreateAccount, SuspendAccount
from chatstore.chat.changes.pruning import PruneHistory, Retention
from chatstore.chat.changes.rooms import ConfigureRoom, SetTopic
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.audit import AuditQuery
from chatstore.chat.model.events import RoomPruned
from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.names import person_name
from chatstore.chat.model.rooms import Room
from chatstore.chat.rules.policy import History
from chatstore.chat.rules.retention import Kept
from tests.storage.database import ALICE, Database, Do

DAY = 24 * 60 * 60


def keeps(database: Database, room: Room, days: int) -> None:
    database.do(ConfigureRoom(SERVER, room.id, {"retention_days": days}))


def stored(database: Database, room: Room) -> Room:
    found = database.store.rooms.keyed(room.key)
    assert found is not None
    return found


def test_old_events_are_erased_and_the_rest_has_no_gaps(database: Database) -> None:
    room, other = database.room(), database.room("other")
    for day in range(10):
        database.say(room, f"day {day}")
        database.say(other, f"day {day}")
        database.now += DAY
    keeps(database, room, 3)
    assert database.do(PruneHistory()) == (7, 1, False, None)
    assert database.bodies(room) == ["day 7", "day 8", "day 9", "retention_days=3"]
    assert [event.seq for event in database.events(room)] == [8, 9, 10, 11]
    assert stored(database, room).first_seq == 8
    assert RoomPruned(room.id, 8) in database.bus.events
    assert len(database.bodies(other)) == 10  # which keeps everything
    assert stored(database, other).first_seq == 1


def test_a_little_at_a_time(database: Database) -> None:
    room = database.room()
    database.say(room, *(str(n) for n in range(25)))
    keeps(database, room, 1)
    database.now += 2 * DAY
    rounds, more = 0, True
    while more:
        more = database.do(PruneHistory(most=10)).more
        rounds += 1
        assert len(database.bodies(room)) == max(0, 26 - 10 * rounds)
    assert rounds == 3
    assert stored(database, room).first_seq == 27
    assert database.do(PruneHistory(most=10)).more is False


def test_an_empty_history_continues_with_the_next_seq(database: Database) -> None:
    room = database.room()
    database.say(room, "old")
    keeps(database, room, 1)
    database.now += 2 * DAY
    database.do(PruneHistory())
    assert database.bodies(room) == []
    (event,) = database.say(room, "new")
    assert event.seq == 3
    assert database.bodies(room) == ["new"]


def test_pages_and_times_before_the_mark(database: Database) -> None:
    """The id of an erased message still says where it was."""
    room = database.room()
    for n in range(6):
        database.say(room, str(n))
        database.now += DAY
    keeps(database, room, 3)
    database.do(PruneHistory())
    page = database.store.messages.page

    def bodies(**query: object) -> list[str]:
        return [event.body for event in page(HistoryQuery(room.id, 10, **query)).events]  # type: ignore[arg-type]

    assert bodies(before=2) == []
    assert bodies(after=2, before=5, newest=False) == ["3"]
    assert bodies(before=5) == ["3"]
    assert database.store.messages.first_seq_from(room.id, 0) <= 4
    assert database.store.messages.first_seq_from(room.id, int((1_000_000 + 4 * DAY) * 1000)) == 5


def test_a_clock_that_was_set_back_erases_nothing_early(database: Database) -> None:
    room = database.room()
    keeps(database, room, 1)
    database.say(room, "one")
    database.now -= 400 * DAY
    database.do(SetTopic(SERVER, room.id, "two"))
    database.do(PruneHistory())
    assert database.bodies(room) == ["retention_days=1", "one", "two"]


def test_the_bound_is_one_for_all_rooms(database: Database) -> None:
    """No message waits until thousands of rooms have been pruned."""
    rooms = [database.room(f"room{number}") for number in range(4)]
    for room in rooms:
        database.say(room, *(str(n) for n in range(5)))
        keeps(database, room, 1)
    database.now += 2 * DAY
    left, more = 24, True
    while more:
        more = database.do(PruneHistory(most=10)).more
        now = sum(len(database.bodies(room)) for room in rooms)
        assert 0 <= left - now <= 10
        left = now
    assert left == 0
    assert [stored(database, room).first_seq for room in rooms] == [7] * 4


def test_a_clock_that_is_ahead_erases_nothing_until_it_has_stood_for_a_day(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    room = database.room()
    database.say(room, "recent")
    keeps(database, room, 30)
    steady = 0.0
    retention = Retention(lambda: steady)

    def passes() -> list[str]:
        while retention.done(database.do(retention.next_pass())):
            pass
        said = [record.getMessage() for record in caplog.records if "retention" in record.getMessage()]
        caplog.clear()
        return said

    assert passes() == []
    database.now += 60 * DAY
    steady += 600
    (warning,) = passes()
    assert warning.startswith("retention waits: the clock is 60.0 days ahead of its last pass")
    steady += DAY - 1
    database.now += DAY - 1
    assert passes() == []  # it is said once
    assert database.bodies(room)[0] == "recent"
    database.now += 1
    steady += 1
    assert passes() == ["retention trusts the clock again", "retention erased 2 events of 1 rooms"]
    assert database.bodies(room) == []


def test_a_start_with_a_wrong_clock_erases_nothing(database: Database) -> None:
    room = database.room()
    database.say(room, "recent")
    keeps(database, room, 30)
    database.do(Retention(lambda: 0.0).next_pass())
    database.now += 60 * DAY
    assert database.do(Retention(lambda: 0.0).next_pass()) == (0, 0, False, 60 * DAY * 1000)
    assert database.bodies(room)[0] == "recent"
    database.now -= 60 * DAY  # somebody has put it right
    assert database.do(Retention(lambda: 0.0).next_pass()) == (0, 0, False, None)


KEPT = {
    "nothing is erased": (Kept(), {"room": 10, "short": 3, "direct": 10}),
    "everywhere": (Kept(everything=5), {"room": 5, "short": 3, "direct": 5}),
    "direct messages alone": (Kept(direct=4), {"room": 10, "short": 3, "direct": 4}),
    "direct messages for less long": (Kept(everything=5, direct=2), {"room": 5, "short": 3, "direct": 2}),
    "direct messages for longer than anything": (
        Kept(everything=5, direct=8),
        {"room": 5, "short": 3, "direct": 5},
    ),
}


@pytest.mark.parametrize("case", KEPT)
def test_the_server_keeps_less_than_rooms_ask_for(database: Database, case: str) -> None:
    """The shortest of the settings counts; rooms that are being imported are left alone."""
    kept, wanted = KEPT[case]
    rooms = {name: database.room(name) for name in ("room", "short", "importing")}
    rooms["direct"] = database.do(Do(lambda tx: tx.rooms.add("direct", "@1,2", "", None)))
    database.do(Do(lambda tx: tx.rooms.update(rooms["short"].id, retention_days=3)))
    database.do(Do(lambda tx: tx.rooms.update(rooms["importing"].id, kind="import")))
    for day in range(10):
        for room in rooms.values():
            database.say(room, f"day {day}")
        database.now += DAY
    pruned = database.do(PruneHistory(kept=kept))
    assert {name: len(database.bodies(rooms[name])) for name in wanted} == wanted
    assert len(database.bodies(rooms["importing"])) == 10
    assert pruned.events == sum(10 - left for left in wanted.values())
    assert database.do(PruneHistory(kept=kept)).events == 0


def test_the_audit_log_is_kept_as_long_as_it_is_set(database: Database) -> None:
    bob = database.do(CreateAccount(person_name("bob"), "x"))
    database.do(SuspendAccount(person_name(bob.name), "one"))
    database.now += 10 * DAY
    database.do(SuspendAccount(person_name(bob.name), "two"))
    for kept, left in ((Kept(), ["two", "one"]), (Kept(audit=30), ["two", "one"]), (Kept(audit=5), ["two"])):
        database.do(PruneHistory(kept=kept))
        assert [entry.detail for entry in database.store.audit.entries(AuditQuery())] == left


def test_the_audit_log_is_pruned_a_little_at_a_time(database: Database) -> None:
    bob = database.do(CreateAccount(person_name("bob"), "x"))
    for number in range(5):
        database.do(SuspendAccount(person_name(bob.name), str(number)))
    database.now += 10 * DAY
    passes = [database.do(PruneHistory(most=2, kept=Kept(audit=5))).more for _ in range(4)]
    assert passes == [True, True, False, False]
    assert database.store.audit.entries(AuditQuery()) == []


def test_what_members_did_in_rooms_is_kept_for_a_shorter_time(database: Database) -> None:
    """What administrators did, there and elsewhere, stays."""
    bob = database.do(CreateAccount(person_name("bob"), "x"))
    ann = database.do(CreateAccount(person_name("ann"), "x", "admin"))
    notes = [
        ("room.kick", bob.actor),
        ("room.kick", ALICE),
        ("room.kick", ann.actor),
        ("account.suspend", bob.actor),
    ]
    database.do(Do(lambda tx: [tx.audit.note(action, by, "#tea") for action, by in notes]))

    def kept() -> list[str]:
        return [entry.actor for entry in database.store.audit.entries(AuditQuery(rooms=True))]

    database.now += 29 * DAY
    database.do(PruneHistory(kept=History().kept))
    assert kept() == ["bob", "ann", "alice", "bob"]
    database.now += 2 * DAY
    database.do(PruneHistory(kept=History().kept))
    assert kept() == ["bob", "ann"]


def test_the_server_looks_at_a_few_rooms_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """So no message waits until the first messages of 100,000 conversations are looked up."""
    monkeypatch.setattr(pruning, "ROOMS_AT_ONCE", 2)
    rooms = [database.room(f"room{number}") for number in range(5)]
    for room in rooms:
        database.say(room, "old", "older")
    database.now += 2 * DAY
    retention, kept = Retention(lambda: database.now), Kept(everything=1)
    looked, more = [], True
    while more:
        change = retention.next_pass(kept)
        change.most = 3
        pruned = database.do(change)
        looked.append((change.behind, pruned.events))
        more = retention.done(pruned)
    first = rooms[0].id
    assert all(database.bodies(room) == [] for room in rooms)
    assert max(events for _, events in looked) == 3
    assert [behind for behind, _ in looked] == sorted(behind or 0 for behind, _ in looked)
    assert len({behind for behind, _ in looked}) == -(-(first + 4) // 2)
    assert retention.next_pass(kept).behind == 0
