"""What a database has of one account: all that it may read, all that it ever said, and all that is about it.

Who asks for their own data gets this, from the operator (`chatstore export --account`) or by themselves (the IRC
command EXPORT: own_export.py). What others said comes with it as far as the account may read it now, as
permissions.py has it; in rooms that it has left, its own words alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Table

from chatstore.storage import schema
from chatstore.storage.exporting import (
    TABLES,
    Record,
    Report,
    Scope,
    Snapshot,
    head,
    lines,
    time_text,
    type_of,
)
from chatstore.storage.reading_places import Place, places

_OWN: Mapping[str, str] = {
    "accounts": "id = :me OR owner_id = :me",
    "memberships": "account_id = :me",
    "read_markers": "person = :key",
    "invitations": "person = :key OR inviter = :key",
    "room_offers": "account_id = :me OR offered_by = :me",
    "reactions": "person = :key",
    "metadata_items": "account_id = :me",
    "certificates": "account_id = :me",
    "known_networks": "account_id = :me",
    "device_tokens": "account_id = :me",
    "push_subscriptions": "account_id = :me",
    "notifications": "account_id = :me",
    "conversation_notifications": "account_id = :me",
    "favourites": "account_id = :me",
    "ignores": "account_id = :me",
    "peace": "account_id = :me",
    "account_invitations": "made_by = :me OR used_by = :me OR account_id = :me",
    "account_requests": "account_id = :me",
    "reports": "account_id = :me",
    "audit": "account_id = :me",
    "hooks": "account_id = :me",
    "answered_requests": "account_id = :me",
    "imported_people": "account_id = :me",
    "imported_members": "account_id = :me",
    "files": "account_id = :me",
    "file_references": "file_id IN (SELECT id FROM files WHERE account_id = :me)",
}
"""Which rows of each table are about an account: `:me` is its id, `:key` the same as text. Rooms and messages
follow from Place."""
NOT_OWN = {
    "masks",
    "pins",
    "push_keys",
    "retention_time",
    "server_bans",
    "hook_deliveries",
    "hook_retries",
    "imports",
    "imported_rooms",
    "imported_messages",
    "imported_spans",
    "blobs",
}
"""Tables that are about no account by its id."""
BY_SEQ = ("seq",)
"""The events of one room: there is an index."""


def everything(snapshot: Snapshot, scope: Scope, made_at: int, done: Report) -> Iterator[bytes]:
    """The lines of the export of one account, in parts."""
    assert scope.account is not None
    about: Record = {"of": "an account", "account": snapshot.account_name(scope.account)}
    if scope.since is not None:
        about["since"] = time_text(scope.since)
    there, count = places(snapshot, scope), 0
    snapshot.known = {place.room.id for place in there}
    wanted = wanted_rows(scope, there)
    total = sum(snapshot.count(*each) for each in wanted)

    def counted() -> Iterator[tuple[str, list[Record]]]:
        nonlocal count
        for kind, page in own_records(snapshot, there, wanted):
            yield kind, page
            count += len(page)
            done(count, total)

    yield from lines(head(made_at, **about), counted())


def wanted_rows(scope: Scope, there: Sequence[Place]) -> list[tuple[Table, str, Mapping[str, Any]]]:
    """The rows to export, in SQL."""
    ids = ", ".join(str(place.room.id) for place in there) or "NULL"
    me = {"me": scope.account, "key": str(scope.account)}
    found: list[tuple[Table, str, Mapping[str, Any]]] = []
    for table in TABLES:
        if table is schema.messages:
            found += [(table, *wanted_events(place, scope)) for place in there]
        elif table is schema.rooms:
            found.append((table, f"id IN ({ids})", {}))
        elif table.name in _OWN and (scope.rooms is None or table is schema.accounts or "room_id" in table.c):
            here = f" AND room_id IN ({ids})" if scope.rooms is not None and "room_id" in table.c else ""
            found.append((table, f"({_OWN[table.name]}){here}", me))
    return found


def own_records(
    snapshot: Snapshot, there: Sequence[Place], wanted: Sequence[tuple[Table, str, Mapping[str, Any]]]
) -> Iterator[tuple[str, list[Record]]]:
    """The records by type, a page at a time."""
    readable = {place.room.id for place in there if place.first is not None}
    for table, where, values in wanted:
        for page in snapshot.pages(table, where, values, BY_SEQ if table is schema.messages else ()):
            found = snapshot.records(table, page)
            if table is schema.rooms:
                found = [one if one["id"] in readable else _left(one, snapshot.called) for one in found]
            yield type_of(table), found


def wanted_events(place: Place, scope: Scope) -> tuple[str, Mapping[str, Any]]:
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


def _left(record: Record, called: Mapping[int, str]) -> Record:
    """A room that the account can't read any more: the name that it knew, and no more."""
    kept = {key: value for key, value in record.items() if key in ("type", "id", "kind", "key", "name", "people")}
    if record["id"] in called:
        kept["name"] = called[record["id"]]
        del kept["key"]
    return kept
