"""What a session may see of rooms and people: frozen values, with nothing that the person may not know."""

from __future__ import annotations

import threading
from dataclasses import FrozenInstanceError, replace
from types import SimpleNamespace

import pytest

from chatstore.chat.live.room import LiveRoom
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import PersonRenamed
from chatstore.chat.model.room_events import MemberJoined, MemberLeft, TopicChanged
from chatstore.chat.model.rooms import Ban, Role
from chatstore.chat.model.scopes import EVERYTHING
from chatstore.chat.session.views import PersonView, RoomView
from chatstore.chat.session.visibility import Visibility
from tests.chat.listening import ALICE, BOB, EVE, Life


@pytest.fixture
def life() -> Life:
    return Life(ALICE, BOB, roles={ALICE: Role.OPERATOR})


@pytest.fixture
def live(life: Life) -> LiveRoom:
    live = life.hub.room(1)
    assert live is not None
    live.room = replace(live.room, password="sesame", motd="be kind", bans=(Ban("*!*@evil", "alice", 1),))
    return live


class TestRooms:
    def test_members_see_all_of_it(self, live: LiveRoom) -> None:
        view = RoomView.of(live, ALICE.key)
        assert (view.name, view.role, view.members, view.inside) == ("main", Role.OPERATOR, 2, True)
        assert (view.password, view.motd, view.settings["motd"]) == ("sesame", "be kind", "be kind")
        assert [ban.mask for ban in view.entries("b")] == ["*!*@evil"]
        assert view.may_set_modes
        assert not RoomView.of(live, BOB.key).may_set_modes

    def test_outsiders_see_no_key_no_message_of_the_day_and_no_bans(self, live: LiveRoom) -> None:
        view = RoomView.of(live, EVE.key)
        assert (view.role, view.inside, view.password, view.motd) == (None, False, "*", "")
        assert view.settings["motd"] == ""
        with pytest.raises(ChatError) as caught:
            view.entries("b")
        assert caught.value.code is Code.NOT_A_MEMBER
        live.room = replace(live.room, password="")
        assert RoomView.of(live, EVE.key).password == ""

    def test_it_stays_as_it_was(self, life: Life, live: LiveRoom) -> None:
        view = RoomView.of(live, ALICE.key)
        life.happens(TopicChanged, ALICE, "tea")
        life.join(EVE)
        assert (view.topic, view.members) == ("", 2)
        after = RoomView.of(live, ALICE.key)
        assert (after.topic, after.members) == ("tea", 3)
        assert view != after
        with pytest.raises(FrozenInstanceError):
            view.role = None  # type: ignore[misc]

    def test_it_does_not_say_more_than_it_should_when_printed(self, live: LiveRoom) -> None:
        assert "sesame" not in repr(RoomView.of(live, EVE.key))

    def test_who_may_not_know_of_a_room_is_told_no_more_than_its_name(self, live: LiveRoom) -> None:
        live.room = replace(live.room, flags="ns", topic="a plan", topic_by="alice", topic_at=5)
        view = RoomView.of(live, EVE.key)
        assert (view.visible, view.id, view.name, view.flags) == (False, 1, "main", "s")
        assert (view.topic, view.topic_by, view.topic_at, view.members, view.created_at) == ("", "", 0, 0, 0)
        assert RoomView.of(live, BOB.key).topic == "a plan"

    @pytest.mark.pure
    def test_a_room_that_becomes_secret_while_an_outsider_looks(
        self, life: Life, live: LiveRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What the view shows is what the rule was asked about, whenever the writer comes between."""
        life.attach(EVE)
        session = SimpleNamespace(chat=SimpleNamespace(hub=life.hub), actor=EVE, grant=EVERYTHING)
        role, secret = LiveRoom.role, replace(live.room, flags="ns", topic="a plan")

        def the_writer_comes_first(self: LiveRoom, key: int | str) -> Role | None:
            live.room = secret
            return role(self, key)

        monkeypatch.setattr(LiveRoom, "role", the_writer_comes_first)
        view = Visibility(session).room("#main")  # type: ignore[arg-type]
        assert (view.visible, view.topic) == (True, "")
        with pytest.raises(ChatError):
            Visibility(session).room("#main")  # type: ignore[arg-type]


class TestPeople:
    def test_it_stays_as_it_was(self, life: Life) -> None:
        session = life.attach(BOB)
        person = session.person
        assert person is not None
        view = PersonView.of(person, 5.0, Role.VOICE)
        session.away = "lunch"
        life.delivery.publish([(PersonRenamed(BOB, "rob"), None)])
        assert (view.nick, view.away, view.online, view.role) == ("bob", "", True, Role.VOICE)
        after = PersonView.of(person, 5.0)
        assert (after.nick, after.away, after.role) == ("rob", "lunch", None)

    def test_who_is_not_connected(self, life: Life) -> None:
        person = life.hub.person_keyed(BOB.key)
        assert person is not None
        view = PersonView.of(person, 5.0)
        assert (view.online, view.connected, view.idle) == (False, False, 0)

    def test_the_members_are_read_while_they_change(self, life: Life, live: LiveRoom) -> None:
        done = threading.Event()

        def come_and_go() -> None:
            for _ in range(300):
                life.happens(MemberJoined, EVE)
                life.happens(MemberLeft, EVE)
            done.set()

        writer = threading.Thread(target=come_and_go)
        writer.start()
        seen = set()
        while not done.is_set():
            seen.add(tuple(member.person.nick for member in life.hub.members(live)))
        writer.join()
        assert seen <= {("alice", "bob"), ("alice", "bob", "eve")}
