"""What a session by a limited token hears besides: nothing of what its token does not cover."""

from __future__ import annotations

from typing import Any

import pytest

from chatstore.chat.model.events import (
    Event,
    FavouriteChanged,
    LinkPreviewed,
    NotificationsChanged,
    OperatorsTold,
    PersonInvited,
    ReadMarked,
    RoomOffered,
    RoomOpened,
    WaitingForAdmins,
)
from chatstore.chat.model.metadata import PINNED
from chatstore.chat.model.notifications import AccountNotifications
from chatstore.chat.model.previews import Preview
from chatstore.chat.model.room_events import MessagePosted
from chatstore.chat.model.rooms import Room, direct_key
from chatstore.chat.model.scopes import EVERYTHING, Grant
from tests.chat.listening import ALICE, BOB, FakeSession, Life

ELSEWHERE = Room(2, "room", "#secret", "secret", 0)
DIRECT = Room(3, "direct", direct_key(1, 2), "", 0)
PREVIEW = Preview("https://example.org/")
HEARD: list[Event] = [
    MessagePosted(3, 1, 1, BOB, "psst"),
    LinkPreviewed(3, 1, 1, PREVIEW, ALICE),
    NotificationsChanged(1, "#secret", account=AccountNotifications()),
    FavouriteChanged(1, "#secret", favourite=True),
    OperatorsTold(BOB, 1, "to all operators"),
    PersonInvited(2, BOB, ALICE, 1),
    RoomOffered(2, BOB, ALICE, 1),
    ReadMarked(2, ALICE, 1),
    ReadMarked(3, ALICE, 1, BOB),
    WaitingForAdmins(1, 1),
]
"""What happens elsewhere, and is told to a person's sessions."""


def session_with(life: Life, grant: Grant) -> FakeSession:
    session: Any = FakeSession()
    session.grant = grant
    session.account = type("Admin", (), {"admin": True, "bot": False})()
    session.person, _ = life.hub.attach(session, ALICE, "", 0.0)
    life.hub.change_modes(session.person, "w")
    life.hub.subscriptions.add(session, PINNED, 1)
    life.hub.release(session, 1, life.seq)
    life.hub.release_direct_conversations(session, {})
    return session  # type: ignore[no-any-return]


@pytest.fixture
def life() -> Life:
    made = Life(ALICE, BOB)
    made.delivery.publish([(RoomOpened(ELSEWHERE), None), (RoomOpened(DIRECT, (ALICE, BOB)), None)])
    return made


@pytest.mark.parametrize("event", HEARD, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("scopes", [{"read", "write"}, {"read", "write", "files", "manage"}])
def test_a_session_limited_to_a_room_hears_nothing_else(life: Life, event: Event, scopes: set[Any]) -> None:
    limited = session_with(life, Grant(frozenset(scopes), frozenset({1})))
    unlimited = session_with(life, EVERYTHING)
    limited.sent.clear()
    unlimited.sent.clear()
    life.delivery.publish([(event, None)])
    assert unlimited.sent, "it is told to a person's sessions"
    assert limited.sent == []
    life.say(BOB, "in the room")
    assert limited.sent


def test_a_session_limited_to_another_room_hears_nothing_here(life: Life) -> None:
    limited = session_with(life, Grant(frozenset({"read", "write"}), frozenset({2})))
    life.say(BOB, "in the room")
    life.hub.close_room(1)
    assert limited.sent == []
