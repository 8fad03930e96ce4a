"""Any name of elsewhere becomes one that can be had here, and any text messages that can be sent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatstore.chat.model.names import new_person_name, person_name, room_name
from chatstore.importing.names import person_names, room_names
from chatstore.importing.source import Message, person_mark, room_mark
from chatstore.importing.texts import Longest, bodies_of, divided

LONGEST = Longest(50, 120, 4)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ada", "ada"),
        ("Ada Lovelace", "Ada_Lovelace"),
        (".hidden..name.", "hidden_name"),
        ("@ada", "ada"),
        ("Zoë 🦄", "Zoë"),
        ("-", "U1"),
        ("🦄", "U1"),
        ("", "U1"),
        ("аda", "da"),
        ("NickServ", "U1"),
        ("x" * 100, "x" * 32),
        ("李明", "李明"),
    ],
)
def test_names_of_people(text: str, name: str) -> None:
    found = person_names([text, "U1"], "slack")
    assert found[0].shown == name
    assert found[-1].shown.endswith("-slack")


@given(st.text(max_size=80))
@settings(max_examples=25, deadline=None)
def test_every_text_gives_names(text: str) -> None:
    for name in person_names([text], "mattermost"):
        assert new_person_name(name.shown, 32) == person_name(name.shown) == name
    for room in room_names([text], "mattermost"):
        assert room_name(room.shown) == room


@given(st.text(max_size=400))
@settings(max_examples=50, deadline=None)
def test_what_is_divided_fits_and_loses_no_word(text: str) -> None:
    text = text.replace("\x00", "").encode(errors="ignore").decode()
    bodies = divided(text, LONGEST)
    for body in bodies:
        assert len(body.encode()) <= LONGEST.bytes
        assert len(body.split("\n")) <= LONGEST.lines
        assert all(len(line.encode()) <= LONGEST.line for line in body.split("\n"))


def test_marks_become_names_and_nobody_can_forge_one() -> None:
    text = f"{person_mark('U1')} in {room_mark('C1')}, \ufdd0U2 \ufdd2"
    message = Message("1", "C1", "U1", 0, text)
    [body] = bodies_of(message, lambda who: f"<{who}>", lambda room: f"#{room}", Longest(400, 400, 4))
    assert body == "<U1> in #C1, <U2 >"
