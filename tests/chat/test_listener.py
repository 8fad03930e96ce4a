"""Where the answer to an event goes: to its Origin's `tell`, and only for the session that caused it."""

from __future__ import annotations

from typing import Any

import pytest

from chatstore.chat.live.listener import Origin, send, session_of
from chatstore.chat.model.events import PersonRenamed, PresenceMoved
from chatstore.chat.model.room_events import (
    MemberKicked,
    MemberLeft,
    MessagePosted,
    NickChanged,
    RoomRenamed,
    TopicChanged,
)
from tests.chat.listening import ALICE, BOB, FakeSession, Life


class Told(list[bytes]):
    """What an answer received, while another thread tells the session something."""

    def __init__(self, session: FakeSession) -> None:
        self.session = session

    def __call__(self, data: bytes) -> None:
        self.append(data)
        self.session.send(b"from elsewhere\n")


@pytest.fixture
def life() -> Life:
    return Life(ALICE, BOB)


@pytest.fixture
def alice(life: Life) -> FakeSession:
    return life.listen(ALICE)


@pytest.fixture
def bob(life: Life) -> FakeSession:
    return life.listen(BOB)


def answered(session: FakeSession) -> tuple[Any, Told]:
    told = Told(session)
    return Origin(session, told), told  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [MessagePosted, TopicChanged, MemberLeft])
def test_answers_to_room_events(life: Life, alice: FakeSession, bob: FakeSession, kind: Any) -> None:
    phone = life.listen(ALICE)
    origin, told = answered(alice)
    life.happens(kind, ALICE, "tea", origin)
    line = f"{kind.kind} main {life.seq} tea"
    assert b"".join(told).decode().splitlines() == [line]
    assert alice.lines == ["from elsewhere"]
    assert bob.lines == phone.lines == [line]


def test_of_a_kick_a_new_nick_and_a_new_name_of_the_room(life: Life, alice: FakeSession, bob: FakeSession) -> None:
    origin, told = answered(alice)
    life.happens(MemberKicked, ALICE, "", origin, **{"target": "bob", "target-key": "2"})
    life.happens(NickChanged, ALICE, "al", origin)
    life.delivery.publish([(PersonRenamed(ALICE, "al"), origin)])
    life.happens(RoomRenamed, ALICE, "lounge", origin, before="main")
    kinds = [line.split()[0] for line in b"".join(told).decode().splitlines()]
    assert kinds == ["kick", "nick", "rename"]
    assert set(alice.lines) == {"from elsewhere"}
    assert [line.split()[0] for line in bob.lines] == ["kick"]


def test_answers_to_events_about_people(life: Life, alice: FakeSession, bob: FakeSession) -> None:
    """Away is answered by the person's own command; the others hear of it as always."""
    origin, told = answered(alice)
    alice.away = "lunch"
    life.delivery.publish([(PresenceMoved(ALICE, 0), origin)])
    assert (told, alice.lines) == ([], [])
    assert bob.lines == ["AwayChanged > - "]


def test_the_session_behind_an_origin(alice: FakeSession, bob: FakeSession) -> None:
    origin, told = answered(alice)
    assert session_of(origin) is session_of(alice) is alice
    assert session_of(None) is None
    listener: Any = bob
    send(listener, b"to bob\n", origin)
    assert (told, bob.lines) == ([], ["to bob"])
