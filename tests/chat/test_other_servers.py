"""What a hub knows of people at another server of the database, and whom it tells of them.

There are two hubs, each with its delivery; every event goes to both, to the other without an origin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatstore.chat.live.delivery import Delivery
from chatstore.chat.live.hub import Hub
from chatstore.chat.live.listener import NOBODY_THERE, NOT_CONNECTED
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import (
    AccountEnded,
    Event,
    LoggedIn,
    MetadataChanged,
    OperatorsTold,
    PasswordChanged,
    PersistenceChanged,
    PersonInvited,
    PersonKilled,
    PersonRenamed,
    PresenceMoved,
    PresencesAre,
    ReadMarked,
    RealnameChanged,
    ReplayChanged,
    RoomOffered,
    RoomOpened,
    TagsSent,
    TokensRemoved,
    UserModesChanged,
    WrongGuess,
)
from chatstore.chat.model.presence import Presence
from chatstore.chat.model.room_events import MemberJoined, MemberQuit, MessagePosted, RoomEvent
from chatstore.chat.model.rooms import Role, Room, direct_key
from chatstore.chat.ports import Others, StoredMember
from chatstore.chat.session.views import PersonView
from tests.chat.listening import ALICE, BOB, EVE, GUEST, FakeSession, RecordingRenderer

NOW = 1_000.0


class Node:
    """A server: its hub and its delivery."""

    def __init__(self, name: str, *members: Actor) -> None:
        self.name, self.hub = name, Hub()
        self.delivery = Delivery(self.hub)
        room = Room(1, "room", "#main", "main", 0, last_seq=len(members))
        stored = [StoredMember(1, actor, Role.MEMBER, seq) for seq, actor in enumerate(members, 1)]
        self.hub.load([room], stored, Others(name))

    def person(self, actor: Actor) -> Any:
        return self.hub.person_keyed(actor.key)

    def names(self) -> set[str]:
        live = self.hub.room(1)
        assert live is not None
        return {member.person.nick for member in live.members.values()}

    def monitors(self, session: FakeSession, nick: str) -> None:
        listener: Any = session
        watch = self.hub.monitor.add(listener, nick, nick, 10)
        assert watch is not None
        self.hub.monitor.begin(listener, [watch])


class Two:
    """Two servers of one database, `a` and `b`."""

    def __init__(self, *members: Actor) -> None:
        self.a, self.b = Node("a", *members), Node("b", *members)
        self.seq = len(members)

    def happens(self, event: Event, at: Node | None = None, origin: object = None) -> None:
        for node in (self.a, self.b):
            node.delivery.publish([(event, origin if node is at else None)])

    def stored(
        self, kind: type[RoomEvent], actor: Actor, body: str = "", at: Node | None = None, **tags: str
    ) -> None:
        self.seq += 1
        self.happens(kind(1, self.seq, self.seq * 1000, actor, body, tags), at)

    def moved(self, node: Node, actor: Actor, origin: object = None) -> None:
        """What NotePresence announces."""
        presence = node.hub.presence(actor.key)
        now = presence.actor if presence is not None else actor
        self.happens(PresenceMoved(now, 0, node.name, presence), node, origin)

    def comes(
        self, node: Node, actor: Actor, renderer: RecordingRenderer | None = None, **values: Any
    ) -> FakeSession:
        session: Any = FakeSession(renderer)
        for name, value in values.items():
            setattr(session, name, value)
        node.hub.attach(session, actor, f"{actor.nick}'s name", NOW)
        node.hub.release(session, 1, self.seq)
        node.hub.release_direct_conversations(session, {})
        self.moved(node, actor, session)
        return session  # type: ignore[no-any-return]

    def goes(self, node: Node, session: Any, *, stays: bool = True) -> None:
        actor = session.person.actor
        node.hub.detach(session, stays=stays)
        self.moved(node, actor)


def place(node: Node, actor: Actor, at: str) -> None:
    """Somebody is at a third server."""
    presence = Presence(at, actor)
    node.delivery.publish([(PresenceMoved(actor, 0, at, presence), None)])


def away_lines(session: FakeSession) -> int:
    return sum(line.startswith("AwayChanged") for line in session.lines)


class TestWhoIsHere:
    def test_somebody_elsewhere_is_online_and_no_connection_of_this_server(self) -> None:
        two = Two(ALICE, BOB)
        two.comes(two.a, ALICE, secure=True, operator=True)
        there = two.b.person(ALICE)
        assert there.online
        assert not there.sessions
        assert not there.away_message
        assert there.operator
        assert there.secure
        assert there.signed_on == NOW
        view = PersonView.of(there, NOW + 9)
        assert (view.online, view.operator, view.secure, view.away, view.signed_on) == (True, True, True, "", NOW)
        two.comes(two.a, GUEST)
        assert two.b.person(GUEST).realname == "visitor's name"
        assert [person.nick for person in two.b.hub.online()] == ["alice", "visitor"]

    def test_counts_are_of_all_and_of_this_server(self) -> None:
        two = Two(ALICE, BOB)
        two.comes(two.a, ALICE, operator=True)
        two.comes(two.b, BOB)
        two.comes(two.b, GUEST)
        a, b = two.a.hub.user_counts.counts(), two.b.hub.user_counts.counts()
        assert (a.online, a.here, a.operators) == (3, 1, 1)
        assert (b.online, b.here, b.operators) == (3, 2, 1)
        two.happens(UserModesChanged(ALICE, 0, "Bi"))
        assert two.b.hub.user_counts.counts().invisible == 1

    def test_a_guest_elsewhere_is_forgotten_with_the_last_presence_and_remembered_by_whowas(self) -> None:
        two = Two()
        session = two.comes(two.a, GUEST)
        assert two.b.hub.person("visitor") is two.b.person(GUEST)
        two.goes(two.a, session, stays=False)
        assert two.b.hub.person("visitor") is None
        assert two.b.person(GUEST) is None
        assert [was.nick for was in two.b.hub.whowas.of("visitor")] == ["visitor"]
        assert two.b.hub.user_counts.counts().online == 0

    def test_presences_of_others_are_loaded_at_the_start(self) -> None:
        two = Two(ALICE)
        two.comes(two.a, ALICE, away="lunch", away_at=NOW)
        two.comes(two.a, GUEST)
        late = Hub()
        presences = [two.a.hub.presence(actor.key) for actor in (ALICE, GUEST)]
        late.load([], [], Others("c", [each for each in presences if each is not None]))
        assert {person.nick for person in late.online()} == {"alice", "visitor"}
        alice = late.person("alice")
        assert alice is not None
        assert alice.away_message == alice.told_away == "lunch"

    def test_idle_is_since_the_last_message_that_was_heard(self) -> None:
        two = Two(ALICE)
        two.comes(two.a, ALICE)
        assert two.b.person(ALICE).idle(NOW + 50) == 50
        two.seq = int(NOW) + 19
        two.stored(MessagePosted, ALICE, "hi", at=two.a)
        assert two.b.person(ALICE).idle(NOW + 50) == 30

    def test_monitor_tells_of_people_elsewhere_and_once_for_two_servers(self) -> None:
        two = Two(ALICE, BOB)
        bob = two.comes(two.b, BOB)
        two.b.monitors(bob, "alice")
        first = two.comes(two.a, ALICE)
        second = two.comes(two.b, ALICE)
        two.goes(two.a, first)
        two.goes(two.b, second)
        assert [line.split(" ")[0] for line in bob.lines if line.startswith("Person")] == [
            "PersonOnline",
            "PersonOffline",
        ]


class TestNicksInAnotherOrder:
    """What two servers tell may come in another order than it was stored."""

    FIRST, SECOND = Actor("x", guest="g1"), Actor("x", guest="g2")

    @pytest.fixture
    def two(self) -> Two:
        two = Two(self.FIRST)
        two.comes(two.a, self.FIRST)
        place(two.b, self.SECOND, "c")
        assert two.b.hub.person("x") is two.b.person(self.FIRST)
        return two

    def test_the_first_is_renamed(self, two: Two) -> None:
        two.b.delivery.publish([(PersonRenamed(self.FIRST, "y", 9_000), None)])
        assert two.b.hub.person("x") is two.b.person(self.SECOND)
        assert two.b.hub.person("y") is two.b.person(self.FIRST)

    def test_the_first_has_gone(self, two: Two) -> None:
        two.stored(MemberQuit, self.FIRST, "bye")
        two.b.delivery.publish([(PresenceMoved(self.FIRST, 0, "a", None), None)])
        assert two.b.person(self.FIRST) is None
        assert two.b.hub.person("x") is two.b.person(self.SECOND)

    def test_the_second_has_gone_before(self, two: Two) -> None:
        two.b.delivery.publish([(PresenceMoved(self.SECOND, 0, "c", None), None)])
        two.b.delivery.publish([(PersonRenamed(self.FIRST, "y", 9_000), None)])
        assert two.b.hub.person("x") is None

    def test_one_who_was_renamed_to_it(self, two: Two) -> None:
        third = Actor("z", guest="g3")
        place(two.b, third, "c")
        two.b.delivery.publish([(PersonRenamed(third, "x", 8_000), None)])
        two.b.delivery.publish([(PersonRenamed(replace(third, nick="x"), "z", 8_500), None)])
        assert two.b.hub.person("z") is two.b.person(third)
        two.b.delivery.publish([(PersonRenamed(self.FIRST, "y", 9_000), None)])
        assert two.b.hub.person("x") is two.b.person(self.SECOND)


class TestAway:
    def test_here_on_one_server_is_here(self) -> None:
        two = Two(ALICE, BOB)
        bob = two.comes(two.b, BOB)
        first = two.comes(two.a, ALICE)
        told = away_lines(bob)
        second = two.comes(two.b, ALICE)
        first.away, first.away_at = "lunch", 1.0
        two.moved(two.a, ALICE, first)
        assert two.a.person(ALICE).away_message == two.b.person(ALICE).away_message == ""
        assert away_lines(bob) == told
        second.away, second.away_at = "dinner", 2.0
        two.moved(two.b, ALICE, second)
        assert two.a.person(ALICE).away_message == two.b.person(ALICE).away_message == "dinner"
        second.away = ""
        two.moved(two.b, ALICE, second)
        assert two.a.person(ALICE).away_message == ""
        assert away_lines(bob) == told + 2

    def test_a_connection_that_nobody_uses_does_not_count_elsewhere_either(self) -> None:
        two = Two(ALICE)
        two.comes(two.a, ALICE, away=NOBODY_THERE)
        assert two.b.person(ALICE).away_message == NOT_CONNECTED
        two.comes(two.b, ALICE, away="lunch", away_at=1.0)
        assert two.a.person(ALICE).away_message == "lunch"

    def test_the_same_presence_twice_is_told_once(self) -> None:
        two = Two(ALICE, BOB)
        bob, alice = two.comes(two.b, BOB), two.comes(two.a, ALICE)
        alice.away = "lunch"
        told = away_lines(bob)
        for _ in range(2):
            two.moved(two.a, ALICE, alice)
        assert away_lines(bob) == told + 1


class TestTwoServersOfOnePerson:
    def test_only_the_last_connection_of_all_makes_a_member_absent(self) -> None:
        two = Two(ALICE, BOB)
        bob = two.comes(two.b, BOB)
        first, second = two.comes(two.a, ALICE), two.comes(two.b, ALICE)
        told = away_lines(bob)
        two.goes(two.a, first, stays=False)
        assert two.a.person(ALICE).online
        assert two.b.person(ALICE).online
        assert two.a.names() == {"alice", "bob"}
        assert two.a.hub.person("alice") is two.a.person(ALICE)
        assert away_lines(bob) == told
        two.goes(two.b, second)
        assert not two.a.person(ALICE).online
        assert two.a.person(ALICE).away_message == NOT_CONNECTED
        assert away_lines(bob) == told + 1

    def test_a_presence_that_is_heard_late_finds_the_person_in_their_rooms(self) -> None:
        two = Two(ALICE, BOB)
        first: Any = FakeSession()
        two.a.hub.attach(first, ALICE, "", NOW)
        elsewhere: Any = FakeSession()
        two.b.hub.attach(elsewhere, ALICE, "", NOW)
        two.a.hub.detach(first, stays=False)  # a has not heard of b, and believes that they are gone
        assert two.a.hub.person("alice") is None
        two.moved(two.b, ALICE)
        two.moved(two.a, ALICE)
        alice = two.a.person(ALICE)
        live = two.a.hub.room(1)
        assert live is not None
        assert live.members[1].person is alice
        assert alice.rooms == {1}
        assert alice.online

    def test_whoever_did_not_quit_is_a_member_also_before_it_is_heard_where_they_are(self) -> None:
        two = Two(ALICE, BOB)
        first: Any = FakeSession()
        two.a.hub.attach(first, ALICE, "", NOW)
        two.a.hub.detach(first, stays=False)
        two.moved(two.a, ALICE)  # as QuitRooms does if it finds a presence elsewhere
        alice, live = two.a.person(ALICE), two.a.hub.room(1)
        assert live is not None
        assert live.members[1].person is alice
        assert alice.rooms == {1}
        two.stored(MemberQuit, ALICE)
        assert two.a.person(ALICE) is None
        assert two.a.hub.person("alice") is None

    def test_whoever_quits_is_kept_nowhere(self) -> None:
        two = Two(ALICE, BOB)
        first: Any = FakeSession()
        two.a.hub.attach(first, ALICE, "", NOW)
        two.a.hub.detach(first, stays=False)
        two.stored(MemberQuit, ALICE)
        two.moved(two.a, ALICE)
        assert two.a.person(ALICE) is None
        assert not two.a.hub._going
        assert two.a.names() == {"bob"}

    def test_modes_hold_on_every_connection(self) -> None:
        two = Two(ALICE)
        first, second = two.comes(two.a, ALICE), two.comes(two.b, ALICE)
        two.a.hub.change_modes(two.a.person(ALICE), "iB")
        two.happens(UserModesChanged(ALICE, 0, "Bi"), two.a, first)
        assert two.b.person(ALICE).modes == {"i", "B"}
        assert two.b.person(ALICE).actor.bot
        two.goes(two.a, first)
        assert two.a.person(ALICE).modes == {"i", "B"}
        two.goes(two.b, second)
        assert not two.a.person(ALICE).modes
        assert not two.b.person(ALICE).modes

    def test_a_message_is_shown_to_the_senders_own_connections_elsewhere(self) -> None:
        two = Two(ALICE, BOB)
        first, second = two.comes(two.a, ALICE), two.comes(two.b, ALICE)
        room = Room(2, "direct", direct_key(1, 2), "", 0)

        two.happens(RoomOpened(room, (ALICE, BOB)))
        said = MessagePosted(2, 1, 10, ALICE, "psst", {})
        two.happens(said, two.a, first)
        assert [line for line in second.lines if line.startswith("message")] == ["message >bob 1 psst"]
        assert [line for line in first.lines if line.startswith("message")] == ["message >bob 1 psst"]


class TestWhatIsTold:
    def test_a_guest_elsewhere_who_joins_is_not_away(self) -> None:
        two = Two(BOB)
        bob = two.comes(two.b, BOB)
        told = away_lines(bob)
        guest: Any = FakeSession()
        two.a.hub.attach(guest, GUEST, "", NOW)
        two.stored(MemberJoined, GUEST, at=two.a)  # before their presence is heard
        two.moved(two.a, GUEST)
        assert away_lines(bob) == told
        assert two.b.names() == {"bob", "visitor"}

    def test_nick_realname_and_metadata(self) -> None:
        two = Two(ALICE, BOB)
        bob = two.comes(two.b, BOB)
        two.comes(two.a, ALICE)
        two.comes(two.a, GUEST)
        two.happens(PersonRenamed(GUEST, "tourist"))
        assert two.b.hub.person("tourist") is two.b.person(GUEST)
        assert two.b.hub.person("visitor") is None
        two.happens(RealnameChanged(ALICE, 0, "Alice A."))
        assert two.b.person(ALICE).realname == "Alice A."
        assert bob.lines[-1].startswith("RealnameChanged")
        two.happens(MetadataChanged(None, GUEST, GUEST, 0, "url", "x"))
        assert two.b.person(GUEST).metadata == {"url": "x"}
        two.b.hub.subscriptions.add(bob, "color", 5)  # type: ignore[arg-type]
        two.happens(MetadataChanged(None, ALICE, ALICE, 0, "color", "red"))
        assert bob.lines[-1].startswith("MetadataChanged")

    def test_typing_and_read_markers(self) -> None:
        two = Two(ALICE, BOB)
        bob, alice, also = two.comes(two.b, BOB), two.comes(two.a, ALICE), two.comes(two.b, ALICE)
        two.happens(TagsSent(1, ALICE, 0, {"+typing": "active"}, "t1"), two.a, alice)
        assert bob.lines[-1] == "TagsSent main - "
        two.happens(TagsSent(0, ALICE, 0, {"+typing": "active"}, "t2", BOB), two.a, alice)
        assert bob.lines[-1] == also.lines[-1] == "TagsSent >bob - "
        two.happens(ReadMarked(1, ALICE, 5), two.a, alice)
        assert also.lines[-1] == "ReadMarked main - "
        assert not any("ReadMarked" in line for line in alice.lines)

    def test_invitations_and_offers(self) -> None:
        two = Two(ALICE, BOB)
        two.comes(two.a, ALICE)
        eve = two.comes(two.b, EVE)
        two.happens(PersonInvited(1, ALICE, EVE))
        assert eve.lines[-1] == "PersonInvited main - "
        two.happens(RoomOffered(1, ALICE, EVE))
        assert eve.lines[-1] == "RoomOffered main - "

    def test_wallops_reach_the_operators_of_every_server(self) -> None:
        two = Two(ALICE, BOB)
        first, second = two.comes(two.a, ALICE, operator=True), two.comes(two.b, BOB, operator=True)
        two.happens(OperatorsTold(ALICE, 0, "all hands"), two.a, first)
        assert first.lines[-1].startswith("OperatorsTold")
        assert second.lines[-1].startswith("OperatorsTold")

    def test_wrong_guesses_are_counted_by_the_others_only(self) -> None:
        two = Two()
        counted: list[tuple[str, str]] = []
        two.a.hub.guessed = lambda *guess: counted.append(("a", *guess))  # type: ignore[arg-type]
        two.b.hub.guessed = lambda *guess: counted.append(("b", *guess))  # type: ignore[arg-type]
        two.happens(WrongGuess("a", "alice", "10.0.0.1"))
        assert counted == [("b", "alice", "10.0.0.1")]


class TestWhatEndsSessions:
    def test_at_every_server(self) -> None:
        for event in (
            PersonKilled(BOB, 0, ALICE, "spam"),
            AccountEnded(1, "suspended"),
            TokensRemoved(1, frozenset({7})),
        ):
            two = Two(ALICE, BOB)
            first, second = two.comes(two.a, ALICE), two.comes(two.b, ALICE)
            for session in (first, second):
                session.token = 7  # type: ignore[attr-defined]
            two.happens(event)
            assert len(first.ends) == len(second.ends) == 1, event

    def test_a_password_change_ends_older_sessions_elsewhere(self) -> None:
        two = Two(ALICE)
        session: Any = two.comes(two.b, ALICE)

        class Of:
            id, epoch, admin = 1, 0, False

        session.account = Of()
        two.happens(PasswordChanged(1, 1, None), two.a, object())
        assert len(session.ends) == 1

    def test_settings_of_an_account_are_the_same_everywhere(self) -> None:
        two = Two(ALICE)
        session: Any = two.comes(two.b, ALICE)
        session.account = Account(1, "alice", "alice", "alice", "user", "active", "", "", 0, None)
        two.happens(PersistenceChanged(1, "off", stays=False))
        two.happens(ReplayChanged(1, "off"))
        assert (session.account.persistence, session.account.replay) == ("off", "off")


class TestLogin:
    def test_a_guest_elsewhere_who_logs_in_is_the_account_everywhere(self) -> None:
        two = Two(BOB)
        session = two.comes(two.a, GUEST)
        two.stored(MemberJoined, GUEST, at=two.a)
        after = replace(ALICE, nick="visitor")
        two.happens(LoggedIn(GUEST, 0, after, merged=False), two.a, session)
        two.moved(two.a, after)
        alice = two.b.person(ALICE)
        assert alice.online
        assert alice.nick == "visitor"
        assert alice.rooms == {1}
        assert two.b.person(GUEST) is None
        assert set(alice.elsewhere) == {"a"}

    def test_the_presence_may_be_heard_before_the_login(self) -> None:
        two = Two(BOB)
        session = two.comes(two.a, GUEST)
        two.stored(MemberJoined, GUEST, at=two.a)
        after = replace(ALICE, nick="visitor")
        login = LoggedIn(GUEST, 0, after, merged=False)
        two.a.delivery.publish([(login, session)])
        two.moved(two.a, after)
        two.b.delivery.publish([(login, None)])
        alice = two.b.person(ALICE)
        assert alice.online
        assert alice.rooms == {1}
        assert two.b.hub.person("visitor") is alice
        assert len(two.b.hub.online()) == 1


class TestResync:
    def are(self, node: Node, *presences: Any, **killed: str) -> PresencesAre:
        return PresencesAre(5, tuple(each for each in presences if each is not None), killed)

    def test_it_tells_who_has_come_and_gone(self) -> None:
        two = Two(ALICE, BOB)
        bob = two.comes(two.b, BOB)
        two.b.monitors(bob, "alice")
        two.b.monitors(bob, "visitor")
        two.comes(two.a, GUEST)
        alice: Any = FakeSession()
        two.a.hub.attach(alice, ALICE, "", NOW)
        before = len(bob.lines)
        two.b.delivery.publish([(self.are(two.b, two.a.hub.presence(1)), None)])
        told = [line.split(" ")[0] for line in bob.lines[before:]]
        assert sorted(told) == ["AwayChanged", "PersonOffline", "PersonOnline"]
        assert two.b.person(GUEST) is None
        assert two.b.person(ALICE).online
        two.b.delivery.publish([(self.are(two.b, two.a.hub.presence(1)), None)])
        assert len(bob.lines) == before + 3

    def test_it_finds_another_nick_realname_and_modes(self) -> None:
        two = Two(BOB)
        two.comes(two.a, GUEST)
        presence = two.a.hub.presence("g1")
        assert presence is not None
        now = replace(presence, actor=replace(GUEST, nick="tourist"), realname="T", modes="i")
        two.b.delivery.publish([(self.are(two.b, now), None)])
        guest = two.b.person(GUEST)
        assert (guest.nick, guest.realname, guest.modes) == ("tourist", "T", {"i"})
        assert two.b.hub.person("tourist") is guest
        assert two.b.hub.person("visitor") is None

    def test_whoever_was_killed_here_is_ended(self) -> None:
        two = Two(ALICE, BOB)
        alice, bob = two.comes(two.b, ALICE), two.comes(two.b, BOB)
        two.b.delivery.publish([(PresencesAre(5, (), {"1": "Killed (bob (spam))"}), None)])
        assert alice.ends == ["Killed (bob (spam))"]
        assert not bob.ends
