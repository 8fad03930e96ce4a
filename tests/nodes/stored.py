"""What a database of PostgreSQL holds, for the checks of tests/faults/journal.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import text

from chatstore.storage.engine import open_engine
from tests.faults.journal import Contents, Heard, Room

SHOWN = ("message", "notice", "redacted", "join", "part", "topic", "redact", "kick")
"""The kinds of events that everybody in a room is shown with their id, by clients with all capabilities."""


class Stored(NamedTuple):
    """One state: the messages, the places of all that is shown in each room, and the tables of the nodes."""

    contents: Contents
    shown: dict[int, list[int]]
    kinds: dict[tuple[int, int], str]
    nicks: dict[str, str]
    presence: list[tuple[str, str, str]]
    members: dict[str, set[str]]
    nodes: set[str]


def read(url: str) -> Stored:
    """One state of all of it."""
    engine = open_engine(url, 1, create=False, read_only=True)
    with engine.connect() as connection, connection.begin():

        def rows(query: str) -> Sequence[Any]:
            return [tuple(row) for row in connection.execute(text(query))]

        rooms = rows("SELECT id, name, first_seq, last_seq FROM rooms")
        events = rows("SELECT room_id, seq, sent_at, nick, kind, body FROM messages ORDER BY room_id, seq")
        nicks = rows("SELECT folded, person FROM nicks")
        presence = rows("SELECT person, node, nick FROM presence")
        members = rows("SELECT rooms.name, memberships.nick FROM memberships JOIN rooms ON rooms.id = room_id")
        nodes = rows("SELECT id FROM nodes WHERE kind = 'server'")
    engine.dispose()
    return Stored(
        _contents(rooms, events),
        _by_first((room, seq) for room, seq, _, _, kind, _ in events if kind in SHOWN),
        {(room, seq): f"{kind} of {nick}" for room, seq, _, nick, kind, _ in events},
        dict(nicks),
        presence,
        {name: {person for room, person in members if room == name} for name, _ in members},
        {str(node) for (node,) in nodes},
    )


def _contents(rooms: Sequence[Any], events: list[tuple[object, ...]]) -> Contents:
    by_id = {row[0]: Room(*row) for row in rooms}
    numbers: dict[int, list[tuple[int, int]]] = {room.id: [] for room in by_id.values()}
    for room, seq, sent_at, *_ in events:
        numbers[room].append((seq, sent_at))
    return Contents(
        by_id,
        numbers,
        [
            Heard(room, seq, nick, body, sent_at)
            for room, seq, sent_at, nick, kind, body in events
            if kind in ("message", "redacted")
        ],
        frozenset((room, seq) for room, seq, _, _, kind, _ in events if kind == "redacted"),
    )


def _by_first(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for first, second in pairs:
        found.setdefault(first, []).append(second)
    return found
