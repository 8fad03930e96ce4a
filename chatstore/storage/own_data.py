"""What a database has of one account: all that it may read, all that it ever said, and all that is about it.

Who asks for their own data gets this, from the operator (`chatstore export --account`) or by themselves (the IRC
command EXPORT). What others said comes with it as far as the account may read it now, as permissions.py has it; in
rooms that it has left, its own words alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Table

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import RoomEvent
from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.rooms import Role, Room
from chatstore.chat.rules import permissions
from chatstore.storage import schema
from chatstore.storage.backend import Reading
from chatstore.storage.exporting import (
    END,
    TABLES,
    Record,
    Report,
    Scope,
    Snapshot,
    head,
    line,
    lines,
    time_text,
    type_of,
)
from chatstore.storage.messages import Messages
from chatstore.storage.rooms import Rooms

_OWN: Mapping[str, str] = {
    "accounts": "id = :me",
    "memberships": "account_id = :me",
    "read_markers": "person = :key",
    "invitations": "person = :key OR inviter = :key",
    "room_offers": "account_id = :me OR offered_by = :me",
    "reactions": "person = :key",
    "metadata_items": "account_id = :me",
    "certificates": "account_id = :me",
    "known_networks": "account_id = :me",
    "device_tokens": "account_id = :me",
    "account_invitations": "made_by = :me OR used_by = :me OR account_id = :me",
    "account_requests": "account_id = :me",
    "reports": "account_id = :me",
    "audit": "account_id = :me",
    "imported_people": "account_id = :me",
    "imported_members": "account_id = :me",
}
"""Which rows of each table are about an account: `:me` is its id, `:key` the same as text. Rooms and messages
follow from Place."""
NOT_OWN = {
    "masks",
    "retention_time",
    "server_bans",
    "imports",
    "imported_rooms",
    "imported_messages",
    "imported_spans",
}
"""Tables that are about no account by its id."""


@dataclass(frozen=True)
class Place:
    """A conversation as one account may read it: events from the seq `first` on, for these `audiences` (None: all).
    `first` is None if it may read none; its own events it may always have."""

    room: Room
    first: int | None
    audiences: Sequence[str] | None


_PAGE = 1_000
"""Events that are in memory at once."""
_PART, _PART_SIZE = 500, 100_000
"""The most events of one part of an OwnExport, and about how many characters people wrote there."""
_BODY = [*schema.messages.c.keys()].index("body")
_BY_SEQ = ("seq",)
"""The events of one room: there is an index."""


_PLACES = """
    SELECT rooms.id, max(role), max(joined_seq) FROM rooms
    LEFT JOIN memberships ON room_id = rooms.id AND account_id = :me
    WHERE {} GROUP BY rooms.id ORDER BY rooms.id
"""
_ALL = """
    account_id IS NOT NULL OR founder_id = :me
    OR rooms.id IN (SELECT DISTINCT messages.room_id FROM messages WHERE messages.account_id = :me)
"""


def places(snapshot: Snapshot, scope: Scope, among: Sequence[int] | None = None) -> list[Place]:
    """The conversations that an account is in, and those where it has ever said or done something, by their ids.
    That reads every event; `among`: these rooms instead."""
    which = _ALL if among is None else f"rooms.id IN ({', '.join(map(str, among)) or 'NULL'})"
    found = snapshot.run(_PLACES.format(which), {"me": scope.account})
    found = [row for row in found if scope.rooms is None or row[0] in scope.rooms]
    rooms = Rooms(snapshot.connection).by_ids([row[0] for row in found])
    actor = Actor("", account_id=scope.account)
    return [_place(rooms[id_], actor, role, joined) for id_, role, joined in found]


def all_places(snapshot: Snapshot, scope: Scope) -> list[Place]:
    """Every conversation of an export that is for no account."""
    ids = [row[0] for row in snapshot.run("SELECT id FROM rooms WHERE kind IN ('room', 'direct')")]
    rooms = Rooms(snapshot.connection).by_ids([id_ for id_ in ids if scope.rooms is None or id_ in scope.rooms])
    return [Place(room, room.first_seq, None) for _, room in sorted(rooms.items())]


def read(snapshot: Snapshot, place: Place, scope: Scope, kinds: tuple[str, ...]) -> Iterator[Sequence[RoomEvent]]:
    """The events of these kinds that an export has of a place, oldest first, a page at a time."""
    messages = Messages(snapshot.connection)
    after = 0 if place.first is None else place.first - 1
    if scope.since is not None:
        after = max(after, messages.first_seq_from(place.room.id, scope.since) - 1)
    author = scope.account if place.first is None else None
    query = HistoryQuery(
        place.room.id, _PAGE, after, newest=False, kinds=kinds, author=author,
        audiences=tuple(place.audiences) if place.audiences is not None and author is None else None,
    )  # fmt: skip
    while page := messages.page(query).events:
        yield page
        query = replace(query, after=page[-1].seq)


def members(snapshot: Snapshot, room_id: int) -> list[str]:
    """The nicks of a room's members."""
    return [
        row[0]
        for row in snapshot.run(
            "SELECT coalesce(accounts.nick, memberships.nick) FROM memberships"
            " LEFT JOIN accounts ON accounts.id = account_id WHERE room_id = ? ORDER BY memberships.id",
            (room_id,),
        )
    ]


def reactions(snapshot: Snapshot, room_id: int, first: int, last: int) -> dict[int, dict[str, list[str]]]:
    """Who has reacted to the events from `first` to `last`: names by value by seq."""
    found: dict[int, dict[str, list[str]]] = {}
    for seq, person, value in snapshot.run(
        "SELECT seq, person, value FROM reactions WHERE room_id = ? AND seq BETWEEN ? AND ? ORDER BY id",
        (room_id, first, last),
    ):
        name = snapshot.account_name(int(person)) if person.isdecimal() else None
        found.setdefault(seq, {}).setdefault(value, []).append(name or "a guest")
    return found


def _place(room: Room, actor: Actor, stored: int | None, joined: int | None) -> Place:
    role = Role(stored) if stored is not None else None
    if not permissions.may_read(room, role, actor):
        return Place(room, None, ())
    audiences = None if room.direct else permissions.readable_audiences(role)
    return Place(room, permissions.readable_from(room, joined), audiences)


def everything(snapshot: Snapshot, scope: Scope, made_at: int, done: Report) -> Iterator[bytes]:
    """The lines of the export of one account, in parts."""
    assert scope.account is not None
    about: Record = {"of": "an account", "account": snapshot.account_name(scope.account)}
    if scope.since is not None:
        about["since"] = time_text(scope.since)
    there, count = places(snapshot, scope), 0
    wanted = _wanted(scope, there)
    total = sum(snapshot.count(*each) for each in wanted)

    def counted() -> Iterator[tuple[str, list[Record]]]:
        nonlocal count
        for kind, page in _records(snapshot, there, wanted):
            yield kind, page
            count += len(page)
            done(count, total)

    yield from lines(head(made_at, **about), counted())


def _wanted(scope: Scope, there: Sequence[Place]) -> list[tuple[Table, str, Mapping[str, Any]]]:
    """The rows to export, in SQL."""
    ids = ", ".join(str(place.room.id) for place in there) or "NULL"
    me = {"me": scope.account, "key": str(scope.account)}
    found: list[tuple[Table, str, Mapping[str, Any]]] = []
    for table in TABLES:
        if table is schema.messages:
            found += [(table, *_messages(place, scope)) for place in there]
        elif table is schema.rooms:
            found.append((table, f"id IN ({ids})", {}))
        elif table.name in _OWN and (scope.rooms is None or table is schema.accounts or "room_id" in table.c):
            here = f" AND room_id IN ({ids})" if scope.rooms is not None and "room_id" in table.c else ""
            found.append((table, f"({_OWN[table.name]}){here}", me))
    return found


def _records(
    snapshot: Snapshot, there: Sequence[Place], wanted: Sequence[tuple[Table, str, Mapping[str, Any]]]
) -> Iterator[tuple[str, list[Record]]]:
    """The records by type, a page at a time."""
    readable = {place.room.id for place in there if place.first is not None}
    for table, where, values in wanted:
        for page in snapshot.pages(table, where, values, _BY_SEQ if table is schema.messages else ()):
            found = [snapshot.record(table, row) for row in page]
            if table is schema.rooms:
                found = [one if one["id"] in readable else _left(one) for one in found]
            yield type_of(table), found


class OwnExport:
    """The export of one account in parts, each read at its own moment: for whoever fetches it part by part. What
    the account may read is judged anew for each part. `reading` opens a connection."""

    def __init__(self, reading: Reading, account_id: int, made_at: int) -> None:
        self._reading, self._scope = reading, Scope(account=account_id)
        self._made_at = made_at
        self._names: Snapshot | None = None
        self._rooms: list[int] = []
        self._left: list[tuple[Table, int]] = []
        """What is left to read: tables, and of messages one room after the other."""
        self._after = 0
        """The last seq of the part before, in the first of these."""
        self._counts: Counter[str] = Counter()
        self._ended = False

    def part(self) -> Sequence[bytes]:
        """The next lines; none if everything was read."""
        with self._reading() as connection:
            if self._names is None:
                return [self._first(Snapshot(connection))]
            snapshot = self._names.at(connection)
            while self._left:
                if found := self._next(snapshot):
                    return found
        if self._ended:
            return ()
        self._ended = True
        return [line({"type": END, "records": dict(self._counts)})]

    def _first(self, snapshot: Snapshot) -> bytes:
        self._names = snapshot
        self._rooms = [place.room.id for place in places(snapshot, self._scope)]
        for table in TABLES:
            self._left += [(table, room) for room in (self._rooms if table is schema.messages else [0])]
        account = snapshot.account_name(self._scope.account or 0)
        return line(head(self._made_at, of="an account", account=account))

    def _next(self, snapshot: Snapshot) -> Sequence[bytes]:
        table, room = self._left[0]
        if table is schema.messages and (found := self._events(snapshot, room)):
            return found
        self._left.pop(0)
        self._after = 0
        if table is schema.messages:
            return ()
        there = places(snapshot, self._scope, self._rooms) if table is schema.rooms else []
        wanted = [each for each in _wanted(self._scope, there) if each[0] is table]
        return [each for kind, page in _records(snapshot, there, wanted) for each in self._lines(kind, page)]

    def _events(self, snapshot: Snapshot, room: int) -> Sequence[bytes]:
        """The next events of a room; none if these were all."""
        for place in places(snapshot, self._scope, [room]):
            where, values = _messages(place, self._scope)
            seen = {**values, "behind": self._after}
            for rows in snapshot.pages(schema.messages, f"{where} AND seq > :behind", seen, _BY_SEQ):
                records: list[Record] = []
                size = 0
                for row in rows:
                    records.append(snapshot.record(schema.messages, row))
                    size += len(row[_BODY])
                    if len(records) == _PART or size > _PART_SIZE:
                        break
                self._after = records[-1]["seq"]
                return self._lines(type_of(schema.messages), records)
        return ()

    def _lines(self, kind: str, records: Sequence[Record]) -> list[bytes]:
        self._counts[kind] += len(records)
        return [line(record) for record in records]


def _messages(place: Place, scope: Scope) -> tuple[str, Mapping[str, Any]]:
    """Which events of a place to export, in SQL."""
    condition = "account_id = :me"
    values: dict[str, Any] = {"me": scope.account, "room": place.room.id}
    if place.first is not None:
        readable, values["first"] = "seq >= :first", place.first
        if place.audiences is not None:
            names = {f"audience{number}": audience for number, audience in enumerate(place.audiences)}
            readable += f" AND audience IN ({', '.join(f':{name}' for name in names)})"
            values |= names
        condition = f"({condition} OR ({readable}))"
    if scope.since is not None:
        condition += " AND sent_at >= :since"
        values["since"] = scope.since
    return f"room_id = :room AND {condition}", values


def _left(record: Record) -> Record:
    """A room that the account can't read any more: its name, and no more."""
    return {key: value for key, value in record.items() if key in ("type", "id", "kind", "key", "name", "people")}
