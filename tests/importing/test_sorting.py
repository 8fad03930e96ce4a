"""Messages in the order of time, from exports that mix them."""

from __future__ import annotations

import random
import sqlite3

import pytest

from chatstore.importing.reading import sorting
from chatstore.importing.reading.sorting import sorted_messages
from chatstore.importing.source import Message, Place, Room, Skipped, SourceError


def said(number: int, room: str, at: int) -> Message:
    return Message(str(number), room, "a", at, "x")


def test_by_room_and_time_and_otherwise_as_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "_AT_ONCE", 7)
    chance = random.Random(1)
    messages = [said(number, chance.choice("ab"), chance.randrange(20)) for number in range(200)]
    others = [Room("a", "a"), Room("b", "b"), Skipped("x", Place("f"))]
    found = list(sorted_messages([*others[:2], *messages, others[2]]))
    assert found[:3] == others
    first = messages[0].room
    assert found[3:] == sorted(messages, key=lambda message: (message.room != first, message.at, int(message.id)))


def test_a_full_disk_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def small() -> sqlite3.Connection:
        database = sqlite3.connect("", isolation_level=None)
        database.execute("PRAGMA max_page_count = 4")
        return database

    monkeypatch.setattr(sorting, "_temporary", small)
    with pytest.raises(
        SourceError, match=r"can't be sorted in a temporary file: .*full. TMPDIR says in which folder"
    ):
        list(sorted_messages(said(number, "a" * 100, number) for number in range(5000)))
