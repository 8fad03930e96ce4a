"""Who hears what of a person: once each, held sessions too, whatever else happens meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import LoggedIn, PersonRenamed, PresenceMoved, RealnameChanged
from chatstore.chat.model.room_events import MemberJoined, MemberQuit, MessagePosted
from chatstore.chat.model.rooms import Role, Room
from tests.chat.listening import ALICE, BOB, EVE, GUEST, FakeSession, Life, RecordingRenderer


@dataclass(frozen=True)
class Follower(RecordingRenderer):
    follows: bool = True


def moved(life: Life, actor: Actor, origin: object = None) -> None:
    life.delivery.publish([(PresenceMoved(actor, 0), origin)])


def goes(life: Life, session: FakeSession, *, stays: bool = True) -> None:
    life.hub.detach(session, stays=stays)  # type: ignore[arg-type]


def second_room(life: Life, *members: Actor) -> None:
    life.open(Room(2, "room", "#two", "two", 0))
    for actor in members:
        life.delivery.publish([life.event(MemberJoined, actor, room=2)])


def heard(session: FakeSession, what: str = "AwayChanged") -> int:
    return sum(line.startswith(what) for line in session.lines)


class TestPresence:
    def test_rendered_once_for_a_view_and_told_once_however_many_rooms(self) -> None:
        life = Life(ALICE, BOB, EVE)
        renderer = RecordingRenderer()
        alice, bob, eve = (life.listen(actor, renderer) for actor in (ALICE, BOB, EVE))
        second_room(life, ALICE, BOB, EVE)
        for session in (alice, bob, eve):
            life.hub.release(session, 2, life.seq)  # type: ignore[arg-type]
        for actor in (ALICE, BOB, EVE):
            moved(life, actor)
        renderer.rendered.clear()
        before = [heard(session) for session in (alice, bob, eve)]
        alice.away = "lunch"
        moved(life, ALICE, alice)
        assert len(renderer.rendered) == 1
        assert [heard(session) for session in (alice, bob, eve)] == [before[0], before[1] + 1, before[2] + 1]

    def test_nothing_is_told_twice(self) -> None:
        life = Life(ALICE, BOB)
        bob = life.listen(BOB)
        alice = life.listen(ALICE)
        moved(life, ALICE)
        assert heard(bob) == 1  # she was not connected at the start
        moved(life, ALICE)
        goes(life, alice)
        life.attach(ALICE)
        moved(life, ALICE)  # of the going …
        moved(life, ALICE)  # … and the coming: nobody has seen her gone
        assert heard(bob) == 1

    def test_late_looks_tell_the_current_state(self) -> None:
        life = Life(ALICE, BOB)
        bob, alice = life.listen(BOB), life.listen(ALICE)
        moved(life, ALICE)
        alice.away = "one"
        goes(life, alice)
        moved(life, ALICE)
        moved(life, ALICE)
        assert heard(bob) == 2
        assert life.hub.person("alice").told_away == "not connected"  # type: ignore[union-attr]

    def test_a_held_session_hears_it_when_it_is_released(self) -> None:
        life = Life(ALICE, BOB)
        alice = life.listen(ALICE)
        moved(life, ALICE)
        bob = life.attach(BOB)
        alice.away = "lunch"
        moved(life, ALICE)
        assert bob.lines == []
        life.hub.release(bob, 1, life.seq)  # type: ignore[arg-type]
        assert heard(bob) == 1

    def test_a_session_that_comes_hears_of_itself_after_its_welcome(self) -> None:
        life = Life(ALICE, BOB)
        phone = life.listen(ALICE)
        moved(life, ALICE)
        desk = life.attach(ALICE)
        life.delivery.publish([(RealnameChanged(ALICE, 0, "Alice!"), phone)])
        assert heard(phone, "RealnameChanged") == 1
        assert desk.lines == []
        life.hub.release(desk, 1, life.seq)  # type: ignore[arg-type]
        assert desk.lines == []
        life.hub.release_direct_conversations(desk, {})  # type: ignore[arg-type]
        assert heard(desk, "RealnameChanged") == 1

    def test_a_person_who_left_for_good_is_told_nothing(self) -> None:
        life = Life(ALICE, GUEST)
        alice, guest = life.listen(ALICE), life.listen(GUEST)
        moved(life, GUEST)
        before = len(alice.lines)
        goes(life, guest, stays=False)
        moved(life, GUEST)
        assert len(alice.lines) == before


class TestWatching:
    def watch(self, life: Life, session: FakeSession, nick: str, *, begin: bool = True) -> Any:
        watching: Any = life.hub.monitor
        watch = watching.add(session, nick, nick, 100)
        if begin:
            watching.begin(session, [watch])
        return watch

    def test_changes_before_the_answer_are_told_after_it(self) -> None:
        life = Life(ALICE)
        alice = life.listen(ALICE)
        watch = self.watch(life, alice, "bob", begin=False)
        assert watch.told is None
        life.attach(BOB)
        moved(life, BOB)
        assert alice.lines == []
        life.hub.monitor.begin(alice, [watch])  # type: ignore[arg-type]
        assert heard(alice, "PersonOnline") == 1
        moved(life, BOB)
        assert heard(alice, "PersonOnline") == 1

    def test_a_watch_that_was_removed_before_it_began_stays_removed(self) -> None:
        life = Life(ALICE)
        alice = life.listen(ALICE)
        watch = self.watch(life, alice, "bob", begin=False)
        life.hub.monitor.remove(alice, "bob")  # type: ignore[arg-type]
        life.hub.monitor.begin(alice, [watch])  # type: ignore[arg-type]
        life.attach(BOB)
        moved(life, BOB)
        assert alice.lines == []

    def test_another_person_by_the_same_nick(self) -> None:
        life = Life(ALICE)
        alice, guest = life.listen(ALICE), life.attach(GUEST)
        self.watch(life, alice, "visitor")
        goes(life, guest, stays=False)
        life.attach(replace(GUEST, guest="g2"))
        moved(life, GUEST)
        moved(life, GUEST)
        assert [line.split()[0] for line in alice.lines] == ["PersonOffline", "PersonOnline"]

    def test_followers_hear_without_a_shared_room_and_once_with_one(self) -> None:
        life = Life(ALICE, BOB)
        bob = life.listen(BOB)
        both, apart, deaf = life.listen(ALICE, Follower()), life.attach(EVE, Follower()), life.attach(GUEST)
        moved(life, BOB)
        for session in (both, apart, deaf):
            self.watch(life, session, "bob")
        bob.away = "lunch"
        before = heard(both)
        moved(life, BOB, bob)
        assert (heard(both) - before, heard(apart), heard(deaf)) == (1, 1, 0)


class TestLoggingIn:
    """GUEST logs in to ALICE's account."""

    AFTER = Actor("visitor", "alice", 1)

    def logged_in(self, life: Life, session: FakeSession, after: Actor = AFTER, *, merged: bool = False) -> None:
        life.delivery.publish([(LoggedIn(GUEST, 0, after, merged), session)])

    def test_the_person_stays_by_another_key(self) -> None:
        life = Life(BOB, GUEST, roles={GUEST: Role.VOICE})
        guest, bob = life.listen(GUEST), life.listen(BOB)
        person = guest.person
        self.logged_in(life, guest)
        assert life.hub.person_keyed(1) is person is life.hub.person("visitor") is guest.person
        assert life.hub.person_keyed("g1") is None
        live = life.hub.room(1)
        assert live is not None
        assert (live.role(1), live.role("g1")) == (Role.VOICE, None)
        life.say(BOB, "still here?")
        assert guest.lines[-1].endswith("still here?")
        kinds = [line.split()[0] for line in bob.lines]
        assert kinds[-6:-1] == ["AccountChanged", "HostChanged", "SeenToQuit", "SeenToJoin", "SeenToBePromoted"]

    def test_a_held_session_hears_all_of_it(self) -> None:
        life = Life(BOB, GUEST)
        guest, bob = life.listen(GUEST), life.attach(BOB)
        self.logged_in(life, guest)
        assert bob.lines == []
        life.hub.release(bob, 1, life.seq)  # type: ignore[arg-type]
        assert [line.split()[0] for line in bob.lines] == [
            "AccountChanged", "HostChanged", "SeenToQuit", "SeenToJoin",
        ]  # fmt: skip

    def test_a_connection_of_the_account_that_came_a_moment_ago(self) -> None:
        """It has joined nothing, and nobody has heard of it: it becomes the same person's."""
        life = Life(BOB, GUEST)
        guest, fresh = life.listen(GUEST), life.attach(ALICE)
        self.logged_in(life, guest)
        life.delivery.publish([(PersonRenamed(self.AFTER, "alice"), guest)])
        assert fresh.person is guest.person is life.hub.person("alice")
        assert life.hub.person("visitor") is None
        assert [event.room for event in fresh.events] == [1]
        life.hub.release(fresh, 1, life.seq)  # type: ignore[arg-type]
        life.say(BOB, "hello, both")
        assert [session.lines[-1].endswith("hello, both") for session in (guest, fresh)] == [True, True]
        goes(life, guest)
        assert life.names() == {"bob", "alice"}

    def test_the_session_joins_a_person_who_is_here(self) -> None:
        life = Life(BOB, GUEST, ALICE)
        second_room(life, ALICE)
        guest, phone = life.listen(GUEST), life.listen(ALICE)
        bob = life.listen(BOB)
        self.logged_in(life, guest, ALICE, merged=True)
        life.happens(MemberQuit, GUEST, "logged in as alice", guest)
        assert guest.person is phone.person
        assert [event.room for event in guest.events] == [2]
        assert heard(bob, "quit") == heard(phone, "quit") == 1
        assert heard(guest, "quit") == 0
        life.say(BOB, "once")
        assert [line.endswith(" once") for line in guest.lines].count(True) == 1
        assert life.hub.person("visitor") is None
        assert life.names() == {"bob", "alice"}

    def test_new_messages_wait_until_missed_ones_are_shown(self) -> None:
        life = Life(BOB, GUEST)
        guest = life.listen(GUEST)
        self.logged_in(life, guest)
        life.open(Room(7, "direct", "@1,2", "", 0), ALICE, BOB)
        life.delivery.publish([life.event(MessagePosted, BOB, "hi", room=7)])
        assert not any(line.endswith(" hi") for line in guest.lines)
        life.hub.release_direct_conversations(guest, {})  # type: ignore[arg-type]
        assert guest.lines[-1].endswith(" hi")
