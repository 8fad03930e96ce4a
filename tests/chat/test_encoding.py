"""Events as JSON, between servers."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.chat.model import encoding
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.encoding import UNSTORED, decoded, encoded
from chatstore.chat.model.events import Event, PersonEvent, PersonInvited, RoomOpened, TagsSent
from chatstore.chat.model.room_events import NO_TAGS, RoomEvent
from chatstore.chat.model.rooms import Ban, Room

ALICE = Actor("alice", guest="g1")
INTEGERS = st.integers(-(2**63), 2**63 - 1)
st.register_type_strategy(int, INTEGERS)


def filled(kind: type) -> st.SearchStrategy[Any]:
    """Any instance, with every field drawn, those that have a default, too."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: values(hints[field.name]) for field in fields(kind)})


def values(hint: Any) -> st.SearchStrategy[Any]:
    if is_dataclass(hint):
        return filled(hint)  # type: ignore[arg-type]
    if any(is_dataclass(each) for each in get_args(hint)) and type(None) in get_args(hint):
        return st.none() | filled(next(each for each in get_args(hint) if is_dataclass(each)))
    return st.from_type(hint)


@pytest.mark.parametrize("name", sorted(UNSTORED))
@given(data=st.data())
def test_every_event_comes_back_as_it_was(name: str, data: st.DataObject) -> None:
    event = data.draw(filled(UNSTORED[name]))
    text = encoded(event)
    assert "\n" not in text
    found = decoded(text)
    assert type(found) is type(event)
    assert found == event


def test_every_class_of_events_is_of_a_room_or_encoded() -> None:
    known = {*UNSTORED.values()}
    assert {*get_args(Event)} - {RoomEvent} <= known
    assert {kind for each in known for kind in each.__subclasses__()} <= known
    assert {PersonInvited, PersonEvent} <= known
    assert not any(issubclass(kind, RoomEvent) for kind in known)


def test_parts_of_parts_come_back() -> None:
    room = Room(
        id=1, kind="room", key="#a", name="a", created_at=5, bans=(Ban("*!*@x", "bob", 3),), motd="zwei\nZeilen"
    )
    opened = RoomOpened(room, (ALICE, Actor("bob", "bob", 7, bot=True, called="~b")))
    found = decoded(encoded(opened))
    assert found == opened
    assert isinstance(found, RoomOpened)
    assert found.room.bans[0].mask == "*!*@x"
    assert found.persons[1].called == "~b"  # which is no part of being equal
    assert decoded(encoded(TagsSent(1, ALICE, 5, NO_TAGS, "x"))) == TagsSent(1, ALICE, 5, {}, "x")


def test_what_a_newer_server_tells() -> None:
    assert decoded('["SomethingNew", {"room": 5}]') is None
    assert decoded('["RoomRemoved", {"room": 5, "why": "it was empty"}]') == UNSTORED["RoomRemoved"](5)
    for known in ('["RoomRemoved", {"room": "five"}]', '["RoomRemoved", {}]', "[]", "nonsense", '{"v": 2}'):
        with pytest.raises(msgspec.DecodeError):
            decoded(known)
    assert decoded('["MessagePosted", {"room": 1, "seq": 1, "time": 1, "actor": {"nick": "a"}}]') is None


def test_what_an_older_server_tells() -> None:
    name, told = json.loads(encoded(TagsSent(1, ALICE, 5, {}, "x", audience="+")))
    del told["audience"]
    assert decoded(json.dumps([name, told])) == TagsSent(1, ALICE, 5, {}, "x")


def test_an_event_that_has_what_json_has_not_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Bad:
        of: object

    monkeypatch.setitem(UNSTORED, "Bad", Bad)  # type: ignore[arg-type]
    with pytest.raises(NotImplementedError, match="object can't be encoded"):
        encoded(Bad(object()))  # type: ignore[arg-type]
    assert encoding.VERSION == 1
