"""The hub: events change the roster, an event is rendered once for each renderer, and everybody hears what
they should."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import AccountEnded, PersonInvited, PersonRenamed, RoomRemoved, TagsSent
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.room_events import (
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberQuit,
    MessagePosted,
    ModesChanged,
    NickChanged,
    NoticePosted,
    RoomEvent,
    TopicChanged,
)
from chatstore.chat.model.rooms import Role, Room, direct_key
from tests.chat.listening import ALICE, BOB, EVE, GUEST, Life, RecordingRenderer, bodies

# Delivery.


def test_a_batch_is_rendered_once_for_each_view_and_sent_once_to_each_member() -> None:
    life = Life(ALICE, BOB, EVE, GUEST)
    plain, tagged = RecordingRenderer("plain"), RecordingRenderer("tagged")
    sessions = [life.listen(actor, plain) for actor in (ALICE, BOB, EVE) for _ in range(5)]
    other = life.listen(GUEST, tagged)
    life.say(ALICE, "one", "two", "three")
    assert [event.body for event in plain.rendered] == ["one", "two", "three"]  # type: ignore[union-attr]
    assert len(tagged.rendered) == 3
    for session in [*sessions, other]:
        assert len(session.sent) == 1
        assert bodies(session.lines) == ["one", "two", "three"]


def test_equal_views_are_one_view() -> None:
    life = Life(ALICE, BOB)
    one, same = RecordingRenderer("plain"), RecordingRenderer("plain")
    life.listen(ALICE, one)
    life.listen(BOB, same)
    life.say(ALICE, "hello")
    assert len(one.rendered) + len(same.rendered) == 1


def test_without_echo_a_session_is_not_sent_its_own() -> None:
    life = Life(ALICE, BOB)
    silent = RecordingRenderer("silent", echo=False)
    sender, second, bob = life.listen(ALICE, silent), life.listen(ALICE, silent), life.listen(BOB, silent)
    life.delivery.publish(
        [
            life.event(MessagePosted, ALICE, "mine", sender),
            life.event(MessagePosted, BOB, "bob's", bob),
            life.event(NoticePosted, ALICE, "mine too", sender),
        ]
    )
    assert bodies(sender.lines) == ["bob's"]
    assert bodies(second.lines) == ["mine", "bob's", "mine too"]
    assert bodies(bob.lines) == ["mine", "mine too"]


def test_with_echo_a_session_is_sent_its_own_in_the_common_order() -> None:
    life = Life(ALICE, BOB)
    alice, bob = life.listen(ALICE), life.listen(BOB)
    life.delivery.publish(
        [life.event(MessagePosted, ALICE, "a", alice), life.event(MessagePosted, BOB, "b", bob)],
    )
    assert alice.lines == bob.lines
    assert bodies(alice.lines) == ["a", "b"]


def test_only_members_hear() -> None:
    life = Life(ALICE)
    alice, eve = life.listen(ALICE), life.listen(EVE)
    life.say(ALICE, "secret")
    assert bodies(alice.lines) == ["secret"]
    assert eve.lines == []


def test_events_between_messages_keep_their_place() -> None:
    life = Life(ALICE, BOB)
    alice = life.listen(ALICE)
    life.delivery.publish(
        [
            life.event(MessagePosted, ALICE, "before"),
            life.event(TopicChanged, BOB, "topic"),
            life.event(MessagePosted, ALICE, "after"),
        ]
    )
    assert bodies(alice.lines) == ["before", "topic", "after"]
    live = life.hub.room(1)
    assert live is not None
    assert (live.room.topic, live.room.topic_by, live.room.topic_at) == ("topic", "bob", 40)


def test_a_session_changes_its_view() -> None:
    life = Life(ALICE, BOB)
    old, new = RecordingRenderer("old"), RecordingRenderer("new")
    alice = life.listen(ALICE, old)
    life.say(BOB, "one")
    life.hub.change_renderer(alice, new)  # type: ignore[arg-type]
    life.say(BOB, "two")
    assert (len(old.rendered), len(new.rendered)) == (1, 1)
    assert bodies(alice.lines) == ["one", "two"]
    life.hub.detach(alice, stays=True)  # type: ignore[arg-type]
    life.say(BOB, "three")
    assert bodies(alice.lines) == ["one", "two"]


def test_tags_are_told_and_not_to_their_sender() -> None:
    life = Life(ALICE, BOB)
    alice, bob = life.listen(ALICE, RecordingRenderer(echo=False)), life.listen(BOB)
    life.delivery.publish([(TagsSent(1, ALICE, 5, {"+typing": "active"}, "t1"), alice)])
    assert alice.lines == []
    assert len(bob.lines) == 1


# Persons.


def test_two_sessions_are_one_person() -> None:
    life = Life(ALICE, BOB)
    one, two = life.listen(ALICE), life.listen(ALICE)
    assert one.person is two.person
    assert life.names() == {"alice", "bob"}
    life.say(BOB, "hello")
    assert bodies(one.lines) == bodies(two.lines) == ["hello"]
    gone = life.hub.detach(one, stays=True)  # type: ignore[arg-type]
    assert gone is not None
    assert not gone.last
    life.say(BOB, "still here?")
    assert bodies(one.lines) == ["hello"]
    assert bodies(two.lines) == ["hello", "still here?"]
    gone = life.hub.detach(two, stays=True)  # type: ignore[arg-type]
    assert gone is not None
    assert gone.last
    assert life.hub.detach(two, stays=True) is None  # type: ignore[arg-type]
    assert life.names() == {"alice", "bob"}


def test_a_person_who_stays_is_away_until_they_come_back() -> None:
    life = Life(ALICE, BOB)
    alice = life.listen(ALICE)
    person = life.hub.person("alice")
    assert person is not None
    assert person.away_message == ""
    alice.away = "lunch"
    assert person.away_message == "lunch"
    life.hub.detach(alice, stays=True)  # type: ignore[arg-type]
    assert person.away_message == "not connected"
    life.listen(ALICE)
    assert life.hub.person("alice") is person
    assert person.away_message == ""


def test_a_leaving_person_frees_the_nick_at_once_and_quits_at_the_commit() -> None:
    life = Life(ALICE, GUEST)
    guest, alice = life.listen(GUEST), life.listen(ALICE)
    life.hub.detach(guest, stays=False)  # type: ignore[arg-type]
    assert life.hub.person("visitor") is None
    assert life.names() == {"alice", "visitor"}
    life.happens(MemberQuit, GUEST, "gone")
    assert life.names() == {"alice"}
    assert bodies(alice.lines) == ["gone"]


def test_a_name_in_use_is_taken() -> None:
    life = Life(ALICE)
    life.listen(ALICE)
    with pytest.raises(ChatError) as refused:
        life.attach(Actor("Alice", guest="g7"))
    assert refused.value.code is Code.NAME_TAKEN


def test_claiming_a_nick() -> None:
    life = Life(ALICE, BOB)
    alice, bob = life.listen(ALICE).person, life.listen(BOB).person
    assert alice is not None
    assert bob is not None
    assert life.hub.claim("new", alice)
    assert life.hub.claim("new", alice)
    assert not life.hub.claim("new", bob)
    assert not life.hub.claim("alice", bob)
    life.hub.unclaim("new", bob)
    assert not life.hub.claim("new", bob)
    life.hub.unclaim("new", alice)
    assert life.hub.claim("new", bob)
    life.hub.unclaim("alice", alice)  # a person's own nick is not given up
    assert life.hub.person("alice") is alice


def test_a_new_nick_is_told_once_however_many_rooms_are_shared() -> None:
    life = Life(ALICE, BOB)
    other = Room(2, "room", "#other", "other", 0)
    life.open(other)
    alice, bob = life.listen(ALICE), life.listen(BOB)
    for actor, session in ((ALICE, alice), (BOB, bob)):
        life.delivery.publish([life.event(MemberJoined, actor, room=2)])
        life.hub.release(session, 2, life.seq)  # type: ignore[arg-type]
    alice.sent, bob.sent = [], []
    life.delivery.publish(
        [
            life.event(NickChanged, ALICE, "Alicia"),
            life.event(NickChanged, ALICE, "Alicia", room=2),
            (PersonRenamed(ALICE, "Alicia"), alice),
        ]
    )
    assert bodies(alice.lines) == bodies(bob.lines) == ["Alicia"]
    assert life.hub.person("alicia") is alice.person
    assert life.hub.person("alice") is None
    assert life.names() == {"Alicia", "bob"}
    bob.sent = []
    life.delivery.publish([life.event(MemberQuit, ALICE, "bye"), life.event(MemberQuit, ALICE, "bye", room=2)])
    assert bodies(bob.lines) == ["bye"]


def test_what_is_read_of_one_room_after_the_other_is_told_once() -> None:
    life = Life(ALICE, BOB)
    life.hub.node = "one of several"
    life.open(Room(2, "room", "#other", "other", 0))
    bob = life.listen(BOB)
    life.delivery.publish([life.event(MemberJoined, BOB, room=2)])
    life.hub.release(bob, 2, life.seq)  # type: ignore[arg-type]

    def in_both(kind: type[RoomEvent], actor: Actor, body: str = "") -> list[str]:
        bob.sent = []
        for room in (1, 2):
            life.delivery.publish([life.event(kind, actor, body, room=room)])
        return bodies(bob.lines)

    assert in_both(NickChanged, ALICE, "Alicia") == ["Alicia"]
    assert in_both(NickChanged, replace(ALICE, nick="Alicia"), "alice") == ["alice"]
    assert in_both(NickChanged, ALICE, "Alicia") == ["Alicia"]
    assert in_both(MemberQuit, ALICE, "bye") == ["bye"]
    in_both(MemberJoined, ALICE)
    assert in_both(MemberQuit, ALICE, "bye") == ["bye"]


def test_a_quit_that_is_read_after_a_later_join_is_told_of_its_room_alone() -> None:
    """A client would take who quits out of every room."""
    life = Life(ALICE, BOB)
    life.hub.node = "one of several"
    life.open(Room(2, "room", "#other", "other", 0))
    bob = life.listen(BOB)
    life.delivery.publish([life.event(MemberJoined, each, room=2) for each in (BOB, ALICE)])
    life.hub.release(bob, 2, life.seq)  # type: ignore[arg-type]
    (quit_here, _), (quit_there, _) = (life.event(MemberQuit, ALICE, "bye", room=room) for room in (1, 2))
    later, _ = life.event(MemberJoined, ALICE, room=2)
    bob.sent = []
    later = MemberJoined(2, later.seq, quit_here.time + 1, ALICE)
    life.delivery.publish([(quit_there, None), (later, None)])
    life.delivery.publish([(quit_here, None)])
    told = [line.rsplit(" ", 2)[0] for line in bob.lines if not line.startswith("AwayChanged")]
    assert told == ["quit other", "join other", "part main"]
    assert ALICE.key not in life.hub.room(1).members  # type: ignore[union-attr]
    assert ALICE.key in life.hub.room(2).members  # type: ignore[union-attr]


def test_a_new_nick_without_a_room_is_told_to_its_person() -> None:
    life = Life(ALICE)
    eve = life.listen(EVE)
    life.delivery.publish([(PersonRenamed(EVE, "Eva"), eve)])
    assert len(eve.lines) == 1
    assert life.hub.person("eva") is eve.person


def test_an_ended_account_ends_its_sessions_and_no_others() -> None:
    life = Life(ALICE, BOB)
    one, two, bob = life.listen(ALICE), life.listen(ALICE), life.listen(BOB)
    life.delivery.publish([(AccountEnded(1, "spam"), None), (AccountEnded(99, "nobody"), None)])
    assert (one.ends, two.ends, bob.ends) == (["spam"], ["spam"], [])


# Members.


def test_joining_and_leaving() -> None:
    life = Life(ALICE)
    alice, bob = life.listen(ALICE), life.listen(BOB)
    life.join(BOB)
    assert life.names() == {"alice", "bob"}
    assert [event.seq for event in bob.events] == [2]
    assert len(alice.lines) == 1
    assert bob.lines == []  # bob's own command shows him the room, and then releases it
    life.hub.release(bob, 1, 2)  # type: ignore[arg-type]
    life.say(ALICE, "hello")
    assert bodies(bob.lines) == ["hello"]
    life.happens(MemberLeft, BOB, "bye")
    assert bodies(bob.lines) == ["hello", "bye"]
    life.say(ALICE, "gone?")
    assert bodies(bob.lines) == ["hello", "bye"]
    assert life.names() == {"alice"}


def test_every_session_of_a_newcomer_enters() -> None:
    life = Life(ALICE)
    one, two = life.listen(BOB), life.listen(BOB)
    life.join(BOB)
    assert len(one.events) == len(two.events) == 1


def test_a_kicked_member_is_told_and_hears_nothing_more() -> None:
    life = Life(ALICE, BOB)
    alice, bob = life.listen(ALICE), life.listen(BOB)
    life.happens(MemberKicked, ALICE, "out", **{"target": "bob", "target-key": "2"})
    life.say(ALICE, "he is gone")
    assert bodies(bob.lines) == ["out"]
    assert bodies(alice.lines) == ["out", "he is gone"]
    assert life.names() == {"alice"}


@pytest.mark.parametrize("kind", [MemberLeft, MemberQuit, MemberKicked])
def test_who_is_told_of_a_leaver_does_not_find_them_any_more(kind: type[RoomEvent]) -> None:
    life = Life(ALICE, BOB)
    alice, bob = life.listen(ALICE), life.listen(BOB)
    found: list[set[str]] = []
    alice.send = lambda _data: found.append(life.names())  # type: ignore[method-assign, assignment]
    life.happens(kind, ALICE if kind is MemberKicked else BOB, **{"target": "bob", "target-key": "2"})
    assert found == [{"alice"}]
    assert len(bob.lines) == 1


@pytest.mark.parametrize(("kind", "body"), [(TopicChanged, "new"), (ModesChanged, "+m")])
def test_who_is_told_of_a_change_finds_it(kind: type[RoomEvent], body: str) -> None:
    life = Life(ALICE, BOB)
    alice, live = life.listen(ALICE), life.hub.room(1)
    assert live is not None
    found: list[bool] = []
    alice.send = lambda _data: found.append(  # type: ignore[method-assign]
        live.room.topic == "new" or live.room.has("m")
    )
    life.happens(kind, BOB, body)
    assert found == [True]


@pytest.mark.parametrize("leaving", [MemberLeft, MemberKicked])
def test_leaving_a_held_room_is_told_at_the_release(leaving: type[MemberLeft]) -> None:
    life = Life(ALICE, BOB)
    bob = life.attach(BOB)
    life.say(ALICE, "one")
    life.happens(leaving, BOB if leaving is MemberLeft else ALICE, "out", **{"target": "bob", "target-key": "2"})
    life.say(ALICE, "not for bob")
    assert bob.lines == []
    life.hub.release(bob, 1, 2)  # type: ignore[arg-type]
    assert bodies(bob.lines) == ["one", "out"]
    life.say(ALICE, "nor this")
    assert bodies(bob.lines) == ["one", "out"]


def test_rejoining_a_held_room_takes_two_releases() -> None:
    life = Life(ALICE, BOB)
    bob = life.attach(BOB)
    life.happens(MemberLeft, BOB, "out")
    life.say(ALICE, "missed")
    life.join(BOB)
    life.say(ALICE, "back")
    life.hub.release(bob, 1, 2)  # type: ignore[arg-type]
    assert bodies(bob.lines) == ["out"]
    life.hub.release(bob, 1, bob.events[0].seq)  # type: ignore[arg-type]
    life.say(ALICE, "live")
    assert bodies(bob.lines) == ["out", "back", "live"]


def test_roles_follow_the_events() -> None:
    life = Life(ALICE, BOB)
    live = life.hub.room(1)
    assert live is not None
    life.happens(ModesChanged, ALICE, "+o-t bob", **{"target-keys": "2"})
    assert live.role(2) is Role.OPERATOR
    assert live.room.flags == "n"
    life.happens(ModesChanged, ALICE, "-o+v bob bob", **{"target-keys": "2,2"})
    assert live.role(2) is Role.VOICE
    life.happens(ModesChanged, ALICE, "-v bob", **{"target-keys": "2"})
    assert live.role(2) is Role.MEMBER
    assert live.role(99) is None
    life.happens(MemberJoined, EVE, role="operator")
    assert live.role(3) is Role.OPERATOR


def test_a_removed_room_is_left_by_everybody() -> None:
    life = Life(ALICE, BOB)
    alice, held = life.listen(ALICE), life.attach(BOB)
    life.delivery.publish([(RoomRemoved(1), None)])
    assert [line.split()[0] for line in alice.lines] == ["part"]
    life.hub.release(held, 1, 2)  # type: ignore[arg-type]
    assert [line.split()[0] for line in held.lines] == ["part"]
    assert life.hub.room(1) is None
    assert life.hub.room_keyed("#main") is None
    life.say(ALICE, "into nothing")
    life.delivery.publish([(RoomRemoved(1), None)])
    life.hub.detach(alice, stays=True)  # type: ignore[arg-type]
    assert life.hub.person("alice") is None


def test_an_invite_is_told_to_the_invited_person() -> None:
    life = Life(ALICE)
    alice, eve = life.listen(ALICE), life.listen(EVE)
    life.delivery.publish([(PersonInvited(1, ALICE, EVE), alice)])
    assert alice.lines == []
    assert len(eve.lines) == 1


# The last question before a message is stored.


def test_refusal() -> None:
    life = Life(ALICE, BOB)
    ask = life.hub.refusal
    assert ask(Draft(1, ALICE, "message", "x")) is None
    outsider = ask(Draft(1, EVE, "message", "x"))
    assert outsider is not None
    assert outsider.code is Code.CANNOT_POST
    unknown = ask(Draft(77, ALICE, "message", "x"))
    assert unknown is not None
    assert unknown.code is Code.NO_SUCH_ROOM
    life.happens(MemberKicked, ALICE, "", **{"target": "bob", "target-key": "2"})
    assert ask(Draft(1, BOB, "message", "x")) is not None


def test_a_message_carries_the_nick_of_its_moment() -> None:
    life = Life(ALICE)
    alice = life.listen(ALICE)
    draft = Draft(1, ALICE, "message", "x")
    life.delivery.publish([life.event(NickChanged, ALICE, "Alicia"), (PersonRenamed(ALICE, "Alicia"), alice)])
    assert life.hub.refusal(draft) is None
    assert draft.actor.nick == "Alicia"


# Direct conversations.

DIRECT = Room(9, "direct", direct_key(1, 2), "", 0, flags="")


def test_direct_messages_reach_both_persons_and_nobody_else() -> None:
    life = Life(ALICE, BOB, EVE)
    alice, second, bob, eve = (life.listen(actor) for actor in (ALICE, ALICE, BOB, EVE))
    life.open(DIRECT, ALICE, BOB)
    assert life.hub.direct(DIRECT.key) == 9
    life.delivery.publish([life.event(MessagePosted, ALICE, "psst", alice, room=9)])
    for session in (alice, second, bob):
        assert session.lines == ["message >bob 4 psst"]
    assert eve.lines == []
    assert life.hub.refusal(Draft(9, ALICE, "message", "x")) is None


def test_an_absent_person_keeps_the_last_nick() -> None:
    life = Life(ALICE)
    alice = life.listen(ALICE)
    life.open(DIRECT, ALICE, BOB)
    life.delivery.publish([life.event(MessagePosted, ALICE, "for later", alice, room=9)])
    assert alice.lines == ["message >bob 2 for later"]


def test_a_message_to_oneself_comes_once_plus_an_echo_if_wanted() -> None:
    life = Life(ALICE)
    alice, other = life.listen(ALICE), life.listen(ALICE)
    life.open(Room(9, "direct", direct_key(1, 1), "", 0, flags=""), ALICE)
    life.delivery.publish([life.event(MessagePosted, ALICE, "milk", alice, room=9)])
    assert bodies(alice.lines) == ["milk", "milk"]
    assert bodies(other.lines) == ["milk"]


def test_direct_conversations_are_held_until_missed_messages_are_shown() -> None:
    life = Life(ALICE, BOB)
    life.open(DIRECT, ALICE, BOB)
    alice = life.attach(ALICE)
    for body in ("one", "two", "three"):
        life.delivery.publish([life.event(MessagePosted, BOB, body, room=9)])
    assert alice.lines == []
    committed = life.event(MessagePosted, BOB, "shown, not delivered yet", room=9)
    life.hub.release_direct_conversations(alice, {9: committed[0].seq})  # type: ignore[union-attr, arg-type]
    life.delivery.publish([committed])
    assert alice.lines == []
    life.delivery.publish([life.event(MessagePosted, BOB, "live", room=9)])
    assert bodies(alice.lines) == ["live"]
