"""The table of room settings: every row is complete, and what is stored can be read back."""

from __future__ import annotations

from dataclasses import fields

import pytest

from chatstore.chat.model import room_settings
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.room_settings import DEFAULTS, FLAGS, SETTINGS, STORED, RoomSettings, Setting, Value
from chatstore.chat.model.rooms import FLAGS as MODES
from chatstore.chat.model.rooms import Room
from chatstore.storage.schema import rooms

ROWS = pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.name)
STORED_ROWS = pytest.mark.parametrize("row", STORED, ids=lambda row: row.name)


def values(row: Setting) -> list[Value]:
    """Some values within the setting's bounds."""
    if row.kind == "number":
        return [row.minimum, row.maximum]
    return list(row.choices) if row.kind == "choice" else ["", "a b; c=d \\ e"]


@ROWS
def test_every_row_is_for_people(row: Setting) -> None:
    assert row.name == row.name.lower()
    assert row.name.isidentifier()
    assert row.about[0].isupper()
    assert not row.about.endswith(".")
    assert row.usage
    assert room_settings.named(row.name.upper()) is row


@STORED_ROWS
def test_a_row_is_a_field_a_column_and_sentences(row: Setting) -> None:
    assert getattr(DEFAULTS, row.field) == row.default
    column = rooms.c[row.field]
    assert not column.nullable
    assert column.server_default.arg.text == f"'{row.default}'"  # type: ignore[union-attr]
    row.check(row.default)
    for value in values(row):
        said = row.sentence(value)
        assert said
        assert "{}" not in said
        assert not said.endswith(".")


def test_a_room_has_them_all() -> None:
    assert [row.field for row in STORED] == [each.name for each in fields(RoomSettings)]
    assert issubclass(Room, RoomSettings)
    assert {row.mode for row in FLAGS} <= set(MODES)


@STORED_ROWS
def test_a_stored_change_is_read_back(row: Setting) -> None:
    for value in values(row):
        body, tags = room_settings.encode({row.field: value})
        assert room_settings.decode(body, tags) == {row.field: value}


def test_of_a_newer_version_the_unknown_is_left_out() -> None:
    assert room_settings.decode("history=members colour=red motd", {"motd": "hi"}) == {
        "history": "members",
        "motd": "hi",
    }


@STORED_ROWS
def test_typed_values(row: Setting) -> None:
    for value in values(row):
        assert row.read(str(value)) == value
    if row.kind == "number":
        for text in ("", "x", "-1", "1.5", "9999999", "\N{SUPERSCRIPT TWO}"):
            with pytest.raises(ValueError, match=row.name):
                row.read(text)
    if row.kind == "choice":
        assert row.read(row.choices[0].upper()) == row.choices[0]
        with pytest.raises(ValueError, match=row.name):
            row.read("")


@STORED_ROWS
def test_bounds(row: Setting) -> None:
    beyond = {"number": [row.minimum - 1, row.maximum + 1], "choice": ["neither"]}
    for value in beyond.get(row.kind, ()):
        with pytest.raises(ChatError, match=row.name) as refused:
            row.check(value)
        assert refused.value.code is Code.INVALID_TEXT


def test_help_in_one_line() -> None:
    assert room_settings.usage().startswith("TOPIC|MOTD TEXT, HISTORY EVERYONE|MEMBERS, RETENTION DAYS, ")
    assert room_settings.usage().endswith("KEY KEY|OFF, FOUNDER ACCOUNT")
    assert "PRIVATE|INVITEONLY|MODERATED|TOPICLOCK ON|OFF" in room_settings.usage()
    assert room_settings.named("secret") is room_settings.named("private")
    assert room_settings.named("colour") is None
