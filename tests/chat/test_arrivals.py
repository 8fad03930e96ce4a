"""Joins that are stored together are told together: everybody in the room hears of each that came after them, in
order, in one piece."""

from __future__ import annotations

from typing import Any

import pytest

from chatstore.chat.live.hub import Hub
from chatstore.chat.live.listener import Origin
from chatstore.chat.live.room import LiveRoom
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import PersonRenamed, RoomOpened
from chatstore.chat.model.room_events import MemberJoined, MemberLeft, MessagePosted, ModesChanged
from chatstore.chat.model.rooms import Room
from tests.chat.listening import ALICE, BOB, EVE, FakeSession, Life, RecordingRenderer

CAROL, DAVE = Actor("carol", "carol", 4), Actor("dave", "dave", 5)


def joins(life: Life, *people: Actor, origin: object = None, room: int = 1) -> list[Any]:
    return [life.event(MemberJoined, actor, origin=origin, room=room) for actor in people]


def release(life: Life, session: FakeSession, after: int) -> None:
    life.hub.release(session, 1, after)  # type: ignore[arg-type]


def test_a_member_is_sent_one_piece_which_is_rendered_once() -> None:
    life = Life(ALICE, BOB)
    renderer = RecordingRenderer()
    alice, bob = life.listen(ALICE, renderer), life.listen(BOB, renderer)
    life.delivery.publish(joins(life, EVE, CAROL, DAVE))
    told = (
        b"join main 3 \nAwayChanged main - \njoin main 4 \nAwayChanged main - \njoin main 5 \nAwayChanged main - \n"
    )
    assert alice.sent == bob.sent == [told.replace(b"AwayChanged main", b"AwayChanged >")]
    assert [type(event).__name__ for event in renderer.rendered] == ["MemberJoined", "AwayChanged"] * 3
    assert life.names() == {"alice", "bob", "eve", "carol", "dave"}


def test_a_newcomer_hears_of_those_who_came_later() -> None:
    life = Life(ALICE)
    people = [life.attach(actor) for actor in (BOB, EVE, CAROL)]
    first, second = joins(life, BOB, EVE), joins(life, CAROL)
    life.delivery.publish(first + second)
    assert [session.sent for session in people] == [[], [], []]
    assert [[event.seq for event in session.events] for session in people] == [[2], [3], [4]]
    for seq, session in enumerate(people, 2):
        release(life, session, seq)
    assert [session.lines for session in people] == [["join main 3 ", "join main 4 "], ["join main 4 "], []]
    life.say(ALICE, "hello")
    assert [session.seqs for session in people] == [[5], [5], [5]]


def test_the_connection_that_asked_is_not_shown_the_room_twice_and_the_others_are() -> None:
    life = Life(ALICE)
    one, other = life.attach(BOB), life.attach(BOB)
    life.delivery.publish(joins(life, BOB, origin=Origin(one, one.send)) + joins(life, EVE))  # type: ignore[arg-type]
    assert (one.events, [event.seq for event in other.events]) == ([], [2])
    for session in (one, other):
        release(life, session, 2)
    assert one.lines == other.lines == ["join main 3 ", "AwayChanged > - "]


@pytest.mark.pure
def test_a_connection_that_comes_meanwhile_is_not_told_of_its_own_person(monkeypatch: Any) -> None:
    """It is shown the room because its person is a member already; another JOIN would empty its list of names."""
    life, late, add = Life(ALICE), [], Hub.add_member

    def add_member(hub: Hub, live: LiveRoom, event: MemberJoined) -> Any:
        found = add(hub, live, event)
        if event.actor is EVE:
            late.extend(life.attach(BOB) for _ in range(2))
            release(life, late[0], 0)  # it listens already, the other is held
        return found

    monkeypatch.setattr(Hub, "add_member", add_member)
    life.attach(BOB)
    life.delivery.publish(joins(life, BOB, EVE))
    release(life, late[1], 0)
    for session in late:
        assert [line for line in session.lines if line.startswith("join")] == ["join main 3 "]


def test_who_was_shown_the_room_meanwhile_misses_nobody() -> None:
    life = Life(ALICE, BOB)
    alice = life.attach(ALICE)  # held
    events = joins(life, EVE, CAROL)
    release(life, alice, life.seq)  # it was shown what is committed and not delivered yet
    life.delivery.publish(events)
    assert [line for line in alice.lines if line.startswith("join")] == ["join main 3 ", "join main 4 "]
    life.say(BOB, "hello")
    assert alice.seqs == [5]


def test_whoever_was_there_already_is_not_told_of_themselves() -> None:
    life = Life(ALICE, BOB)
    alice, bob = life.listen(ALICE), life.listen(BOB)
    life.delivery.publish(joins(life, EVE, ALICE, CAROL))  # learned once more
    assert [line for line in alice.lines if line.startswith("join")] == ["join main 3 ", "join main 5 "]
    assert [line for line in bob.lines if line.startswith("join")] == [
        "join main 3 ",
        "join main 4 ",
        "join main 5 ",
    ]


def test_what_happens_between_joins_keeps_its_place() -> None:
    life = Life(ALICE)
    alice = life.listen(ALICE)
    events = joins(life, BOB)
    events.append(life.event(MessagePosted, BOB, "hi"))
    events += joins(life, EVE)
    events.append(life.event(MemberLeft, BOB))
    events += joins(life, BOB)
    life.delivery.publish(events)
    assert [line for line in alice.lines if "Away" not in line] == [
        "join main 2 ", "message main 3 hi", "join main 4 ", "part main 5 ", "join main 6 ",
    ]  # fmt: skip
    assert life.names() == {"alice", "bob", "eve"}


def test_rooms_that_are_made_on_the_way_part_nobody() -> None:
    life = Life(ALICE)
    alice = life.listen(ALICE)
    events = joins(life, BOB)
    events.append((RoomOpened(Room(2, "room", "#new", "new", 0)), None))
    events += joins(life, CAROL, room=2)
    events += joins(life, EVE)
    life.delivery.publish(events)
    assert len(alice.sent) == 1
    new = life.hub.room(2)
    assert new is not None
    assert [member.person.nick for member in new.members.values()] == ["carol"]


def test_too_much_for_one_who_is_held_ends_it(monkeypatch: Any) -> None:
    monkeypatch.setattr("chatstore.chat.live.room.MAX_KEPT", 60)
    life = Life(ALICE)
    alice = life.attach(ALICE)
    life.delivery.publish(joins(life, BOB, EVE, CAROL))
    assert alice.ends == ["too much was said while you were shown what was said before"]
    release(life, alice, life.seq)
    assert alice.lines == []


def test_a_room_is_silent_before_a_join_while_every_event_up_to_there_is_known_to_be_no_message() -> None:
    life = Life()
    live = life.hub.room(1)
    assert live is not None
    life.delivery.publish(joins(life, ALICE, BOB))
    life.happens(MemberLeft, BOB)
    life.join(BOB)
    assert [live.is_silent(seq) for seq in (1, 4, 5, 6)] == [True, True, True, False]
    life.say(ALICE, "hello")
    life.join(EVE)
    assert [live.is_silent(seq) for seq in (5, 6, 7)] == [True, False, False]


def test_what_was_never_delivered_counts_as_said() -> None:
    life = Life()
    live = life.hub.room(1)
    assert live is not None
    life.seq += 1
    life.delivery.publish(joins(life, ALICE, BOB))
    assert [live.is_silent(seq) for seq in (1, 2, 3)] == [True, False, False]
    life.open(Room(2, "room", "#old", "old", created_at=0, last_seq=7))
    old = life.hub.room(2)
    assert old is not None
    assert not old.is_silent(8)


def test_a_list_of_members_is_made_again_when_they_have_changed() -> None:
    life = Life(ALICE, BOB)
    live = life.hub.room(1)
    assert live is not None
    before = life.hub.member_list(live)
    assert life.hub.member_list(live) is before
    for change in (
        lambda: life.join(EVE),
        lambda: life.happens(ModesChanged, ALICE, "+o bob", **{"target-keys": "2"}),
        lambda: life.delivery.publish([(PersonRenamed(BOB, "bert", 1), None)]),
        lambda: life.happens(MemberLeft, EVE),
    ):
        change()
        now = life.hub.member_list(live)
        assert now is not before
        expected = sorted((member.person.nick, member.role) for member in live.members.values())
        assert [(member.nick, member.role) for member in now.members] == expected
        assert life.hub.member_list(live) is now
        before = now
