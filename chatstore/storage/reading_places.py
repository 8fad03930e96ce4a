"""Which conversations an export has, and from where on: all of them, or those that one account may read now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.model.rooms import Role, Room
from chatstore.chat.rules import permissions
from chatstore.storage.exporting import Scope, Snapshot
from chatstore.storage.messages import Messages
from chatstore.storage.rooms import Rooms


@dataclass(frozen=True)
class Place:
    """A conversation as one account may read it: events from the seq `first` on, for these `audiences` (None: all).
    `first` is None if it may read none; its own events it may always have."""

    room: Room
    first: int | None
    audiences: Sequence[str] | None


_PAGE = 1_000
"""Events that are in memory at once."""
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
    return [_place(snapshot, rooms[id_], actor, role, joined) for id_, role, joined in found]


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


def _place(snapshot: Snapshot, room: Room, actor: Actor, stored: int | None, joined: int | None) -> Place:
    role = Role(stored) if stored is not None else None
    if not permissions.may_read(room, role, actor):
        if not room.direct and not permissions.may_see(room, role):
            if room.id not in snapshot.called:
                snapshot.called[room.id] = _last_name(snapshot, room, actor)
            room = replace(room, name=snapshot.called[room.id])
        return Place(room, None, ())
    audiences = None if room.direct else permissions.readable_audiences(role)
    return Place(room, permissions.readable_from(room, joined), audiences)


def _last_name(snapshot: Snapshot, room: Room, actor: Actor) -> str:
    """The name of a room when somebody who has left it did something there last: what it is called now is for those
    who are there."""
    here = {"room": room.id, "me": actor.account_id}
    after = snapshot.run(
        "SELECT seq FROM messages WHERE room_id = :room AND account_id = :me ORDER BY seq DESC LIMIT 1", here
    )
    renamed = snapshot.run(
        "SELECT tags FROM messages WHERE room_id = :room AND seq > :after AND kind = 'rename' ORDER BY seq LIMIT 1",
        {**here, "after": after[0][0] if after else 0},
    )
    return str(json.loads(renamed[0][0])["before"]) if renamed else room.name
