"""The database as records: what an export has, and what it leaves out. docs/exporting.md describes the format.

A record is a row of a table by the names of its columns, with its `type` (a word for the table) first. What is null
is left out. Times are `2026-11-22T17:52:38.123Z`, tags are objects. A few fields are not of the row (EXTRA): they
are for people and programs that read one line alone.

Secrets never leave: the columns of SECRETS, and with them the rows of WITHOUT_SECRET, which are nothing without
(an export has them, because people may know of their devices; loading.py skips them).

Everything is read in one transaction, so it is of one moment, whatever a server does meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Table

import chatstore
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.room_events import ModesChanged
from chatstore.chat.model.rooms import HIDDEN_KEY, direct_persons, with_key
from chatstore.storage import copying, drivers, schema
from chatstore.storage.migrate import newest_revision
from chatstore.storage.sql import Integer

FORMAT = 1
"""The version of the format. Programs of a later one still load this one."""
HEAD, END = "export", "end"
"""The types of the first line and of the last one, which are no rows."""
TABLES = copying.TABLES
"""What is exported, each table after those that it refers to."""
SECRETS = {
    "accounts": {"password"},
    "rooms": {"password"},
    "device_tokens": {"digest"},
    "account_invitations": {"digest"},
    "known_networks": {"digest"},
    "hooks": {"digest", "secret", "url"},
    "push_keys": {"private_key"},
    "push_subscriptions": {"endpoint", "digest", "p256dh", "auth"},
}
WITHOUT_SECRET = {
    "device_tokens",
    "account_invitations",
    "known_networks",
    "hooks",
    "hook_deliveries",
    "hook_retries",
    "push_keys",
    "push_subscriptions",
}
"""Tables whose rows mean nothing without their secret."""
FIELDS: Mapping[str, Mapping[str, str]] = {"files": {"id": "number", "token": "id"}}
"""Columns that have another name in a record, by their tables. A file is known by the `id` that its URL has, as in
the HTTP API; so is the file of a `file reference`, by `file_id`."""
EXTRA = {"name_of_room", "account", "msgid", "has_password", "people"}
_TYPES = {
    "accounts": "account",
    "rooms": "room",
    "memberships": "member",
    "messages": "message",
    "read_markers": "read marker",
    "masks": "mask",
    "invitations": "invite",
    "room_offers": "offer",
    "reactions": "reaction",
    "pins": "pin",
    "metadata_items": "metadata",
    "retention_time": "retention",
    "certificates": "certificate",
    "known_networks": "network",
    "device_tokens": "device",
    "account_invitations": "invitation",
    "push_keys": "push key",
    "push_subscriptions": "push subscription",
    "notifications": "notifications",
    "conversation_notifications": "notifications here",
    "favourites": "favourite",
    "ignores": "ignored",
    "peace": "direct messages",
    "account_requests": "request",
    "answered_requests": "answered request",
    "server_bans": "ban",
    "reports": "report",
    "audit": "audit",
    "hooks": "webhook",
    "hook_deliveries": "webhook delivery",
    "hook_retries": "webhook retry",
    "imports": "import",
    "imported_people": "imported person",
    "imported_rooms": "imported room",
    "imported_members": "imported member",
    "imported_messages": "imported message",
    "imported_spans": "imported span",
    "blobs": "blob",
    "files": "file",
    "file_references": "file reference",
}
_IDS = 500
"""The most ids in one statement."""
_PAGE = 2_000
"""Rows that are in memory at once."""
_TIMES = ("_at", "_until", "_since")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LAST_TIME = 253_402_300_799_999
"""The end of the year 9999, in ms: later times stay numbers."""

Record = dict[str, Any]
Row = tuple[Any, ...]
Report = Callable[[int, int], None]
_encode = msgspec.json.Encoder().encode


def type_of(table: Table) -> str:
    """The `type` of the records of a table: a word for it, or else its name."""
    return _TYPES.get(table.name, str(table.name))


def is_time(column: Column[Any]) -> bool:
    return column.type is Integer and f"_{column.name}".endswith(_TIMES)


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def time_text(ms: int) -> str | int:
    """`2026-11-22T17:52:38.123Z`; a number stays one if it is no time of the years 1970 to 9999."""
    return f"{_second(ms // 1000)}.{ms % 1000:03}Z" if 0 <= ms <= _LAST_TIME else ms


def parse_time(text: str) -> int:
    """The reverse of time_text(). Raises ValueError."""
    if not text.endswith("Z") or len(text) != 24:
        raise ValueError(f"{text!r} is not a time such as 2026-11-22T17:52:38.123Z")
    moment = datetime.fromisoformat(text[:-1]).replace(tzinfo=timezone.utc)
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


@dataclass(frozen=True)
class Scope:
    """What to export. `rooms`: only these (ids); None for all, and for what belongs to no room. `since`: only
    events from this time on (ms since 1970 UTC). `account`: only what is about this account, and what it may read
    (own_data.py)."""

    rooms: Collection[int] | None = None
    since: int | None = None
    account: int | None = None

    @property
    def whole(self) -> bool:
        return self.rooms is None and self.since is None and self.account is None


@dataclass
class Snapshot:
    """The database at one moment, for as long as its transaction is open."""

    connection: Connection
    called: dict[int, str] = field(default_factory=dict)
    """Rooms that have another name in this export; see reading_places.py."""
    known: Collection[int] | None = None
    """The only rooms that may be named although they are private; None for all."""
    _names: dict[int, str] = field(default_factory=dict)
    _rooms: dict[int, str] = field(default_factory=dict)
    """The names of accounts and rooms that were looked up."""
    _files: dict[int, str] = field(default_factory=dict)
    """The ids that files have in URLs, of the page before us."""

    def __post_init__(self) -> None:
        drivers.of(self.connection).allow_long_statements(self.connection)

    def _look_up(self, table: Table, rows: Sequence[Row]) -> None:
        """Look up the names that the records of these rows need, in a few statements."""
        wanted = {name: {row[place] for row in rows} - {None} for place, name in enumerate(table.c.keys())
                  if name in ("room_id", "account_id")}  # fmt: skip
        rooms = sorted(wanted.get("room_id", set()) - self._rooms.keys())
        for first in range(0, len(rooms), _IDS):
            ids = ", ".join(map(str, rooms[first : first + _IDS]))
            for id_, kind, key, name, flags in self.run(
                f"SELECT id, kind, key, name, flags FROM rooms WHERE id IN ({ids})"
            ):
                hidden = self.known is not None and id_ not in self.known and (kind == "direct" or "s" in flags)
                shown = " and ".join(self.people(key)) if kind == "direct" else name
                self._rooms[id_] = "" if hidden else self.called.get(id_, shown)
        self._look_up_accounts(wanted.get("account_id", set()))
        if table is schema.file_references:
            self._look_up_files({row[_FILE] for row in rows})

    def _look_up_files(self, wanted: Collection[int]) -> None:
        numbers = sorted(wanted)
        self._files.clear()
        for first in range(0, len(numbers), _IDS):
            ids = ", ".join(map(str, numbers[first : first + _IDS]))
            self._files.update(self.run(f"SELECT id, token FROM files WHERE id IN ({ids})"))

    def _look_up_accounts(self, wanted: Collection[int]) -> None:
        accounts = sorted(set(wanted) - self._names.keys())
        for first in range(0, len(accounts), _IDS):
            ids = ", ".join(map(str, accounts[first : first + _IDS]))
            self._names.update(self.run(f"SELECT id, name FROM accounts WHERE id IN ({ids})"))

    def run(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        return drivers.of(self.connection).run(self.connection, sql, parameters)

    def people(self, key: str) -> list[str]:
        """The two people of a direct conversation."""
        return [self.account_name(person) or f"account {person}" if isinstance(person, int) else f"guest {person}"
                for person in direct_persons(key)]  # fmt: skip

    def account_name(self, account_id: int) -> str | None:
        self._look_up_accounts([account_id])
        return self._names.get(account_id)

    def pages(
        self, table: Table, where: str = "", values: Mapping[str, Any] | None = None, key: Sequence[str] = ()
    ) -> Iterator[Sequence[Row]]:
        """The rows of a table in the order of their primary keys, or of `key`, a page at a time."""
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        select = f'SELECT {columns} FROM "{table.name}"'
        key = key or [column.name for column in table.primary_key.columns]
        if not key:
            if rows := self.run(f"{select} WHERE {where}" if where else select, values or {}):
                yield rows
            return
        places = [[*table.c.keys()].index(name) for name in key]
        names = ", ".join(f'"{name}"' for name in key)
        order = f"ORDER BY {names} LIMIT {_PAGE}"
        rows = self.run(f"{select} WHERE {where} {order}" if where else f"{select} {order}", values or {})
        behind = f"({names}) > ({', '.join(f':after{number}' for number in range(len(key)))})"
        condition = f"({where}) AND {behind}" if where else behind
        while rows:
            yield rows
            last = {f"after{number}": rows[-1][place] for number, place in enumerate(places)}
            rows = self.run(f"{select} WHERE {condition} {order}", {**(values or {}), **last})

    def firsts(self, scope: Scope) -> Mapping[int, int]:
        """The first seq to export of each room; empty if all are."""
        if scope.since is None:
            return {}
        firsts: dict[int, int] = dict(
            self.run("SELECT room_id, min(seq) FROM messages WHERE sent_at >= ? GROUP BY room_id", (scope.since,))
        )
        return {id_: firsts.get(id_, last + 1) for id_, last in self.run("SELECT id, last_seq FROM rooms")}

    def count(self, table: Table, where: str, values: Mapping[str, Any]) -> int:
        """How many rows of a table a condition leaves."""
        found = self.run(f'SELECT count(*) FROM "{table.name}"' + (f" WHERE {where}" if where else ""), values)
        return int(found[0][0])

    def conditions(self, scope: Scope) -> list[tuple[Table, str, Mapping[str, Any]]]:
        """Which rows of each table to export, in SQL."""
        ids = ", ".join(map(str, scope.rooms or ())) or "NULL"
        found: list[tuple[Table, str, Mapping[str, Any]]] = []
        kept: set[Any] = set()
        """The tables that others may refer to."""
        for table in TABLES:
            parts: list[str] = []
            values: dict[str, Any] = {}
            if scope.rooms is not None:
                column = "id" if table is schema.rooms else "room_id"
                if table is schema.accounts:
                    parts.append(f"id IN ({_accounts_of(ids)})")
                elif column in table.c and {key.column.table for key in table.foreign_keys} <= kept:
                    parts.append(f"{column} IN ({ids})")
                else:
                    continue
            if scope.since is not None and table is schema.messages:
                parts.append("sent_at >= :since")
                values["since"] = scope.since
            kept.add(table)
            found.append((table, " AND ".join(parts), values))
        return found

    # Records.

    def records(self, table: Table, rows: Sequence[Row]) -> list[Record]:
        """Rows as records, without their secrets."""
        self._look_up(table, rows)
        return [self._record(table, row) for row in rows]

    def _record(self, table: Table, row: Row) -> Record:
        secrets = SECRETS.get(table.name, ())
        record: Record = {"type": type_of(table)}
        fields = FIELDS.get(table.name, {})
        for column, value in zip(table.columns, row, strict=True):
            if value is None or column.name in secrets:
                continue
            if is_time(column):
                value = time_text(value)
            elif column.name == "tags" and table is schema.messages:
                value = _tags(value)
            elif column.name == "body" and row[_KIND] == ModesChanged.kind and table is schema.messages:
                value = with_key(value, HIDDEN_KEY)  # earlier versions stored it
            elif table is schema.file_references and column.name == "file_id":
                value = self._files[value]
            record[fields.get(column.name, column.name)] = value
        self._add(table, record, row)
        return record

    def _add(self, table: Table, record: Record, row: Row) -> None:
        """What is not in the row, and said for who reads one line alone."""
        if table is schema.rooms:
            if record["kind"] == "direct":
                record["people"] = self.people(record["key"])
            if row[_PASSWORD]:
                record["has_password"] = True
            return
        if "room_id" in record:
            record["name_of_room"] = self._rooms.get(record["room_id"], "")
        if "account_id" in record:
            record["account"] = self._names.get(record["account_id"], "")
        if table is schema.messages:
            record["msgid"] = msgid(record["room_id"], record["seq"], row[_SENT_AT])

    def last_ids(self) -> Mapping[str, int]:
        found = drivers.of(self.connection).last_ids(self.connection, TABLES)
        return {table.name: found.get(table.name, 0) for table in copying.COUNTED}


_KIND = [column.name for column in schema.messages.columns].index("kind")
_FILE = [column.name for column in schema.file_references.columns].index("file_id")
_PASSWORD = [column.name for column in schema.rooms.columns].index("password")
_SENT_AT = [column.name for column in schema.messages.columns].index("sent_at")


def _tags(stored: str) -> Any:
    """Tags as an object; as they are, if the object would not be stored as the same text."""
    tags = json.loads(stored)
    return tags if stored_tags(tags) == stored else stored


def _accounts_of(ids: str) -> str:
    """The accounts that the rows of some rooms refer to, in SQL."""
    return " UNION ".join(
        f'SELECT {key.parent.name} FROM "{table.name}"'
        f" WHERE {'id' if table is schema.rooms else 'room_id'} IN ({ids})"
        for table in TABLES
        if table is schema.rooms or "room_id" in table.c
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name)
        if key.column is schema.accounts.c.id
    )


def stored_tags(tags: Any) -> Any:
    """The reverse."""
    return tags if isinstance(tags, str) else json.dumps(tags, ensure_ascii=False)


def head(made_at: int, **about: Any) -> Record:
    """The first line. `made_at`: ms since 1970 UTC."""
    return {
        "type": HEAD,
        "format": FORMAT,
        "chatstore": chatstore.__version__,
        "schema": newest_revision(),
        "made_at": time_text(made_at),
        **about,
    }


def everything(snapshot: Snapshot, scope: Scope, made_at: int, done: Report) -> Iterator[bytes]:
    """The lines of an export, in parts. `done` is told how many rows there were so far, and how many there are."""
    about: Record = {"of": "everything" if scope.whole else "a part"}
    if scope.since is not None:
        about["since"] = time_text(scope.since)
    conditions, firsts = snapshot.conditions(scope), snapshot.firsts(scope)
    total, rows = sum(snapshot.count(*each) for each in conditions), 0

    def records() -> Iterator[tuple[str, list[Record]]]:
        nonlocal rows
        for table, where, values in conditions:
            for page in snapshot.pages(table, where, values):
                found = snapshot.records(table, page)
                yield type_of(table), [record for record in found if not firsts or _kept(table, record, firsts)]
                rows += len(page)
                done(rows, total)

    yield from lines(head(made_at, **about), records(), last_ids=dict(snapshot.last_ids()))


def lines(first: Record, records: Iterable[tuple[str, list[Record]]], **last: Any) -> Iterator[bytes]:
    """The lines of an export that begins with `first`, in parts. `records`: by type, a page at a time. `last` is
    for the last line."""
    yield line(first)
    counts: dict[str, int] = {}
    for kind, page in records:
        counts[kind] = counts.get(kind, 0) + len(page)
        yield b"".join(map(line, page))
    yield line({"type": END, "records": counts, **last})


def _kept(table: Table, record: Record, firsts: Mapping[int, int]) -> bool:
    """Whether a record belongs into an export of the events since a time. A room begins with its first event in
    it, as after retention."""
    if table is schema.rooms:
        record["first_seq"] = max(record["first_seq"], firsts.get(record["id"], 1))
    elif table in (schema.reactions, schema.pins):
        return bool(record["seq"] >= firsts.get(record["room_id"], 1))
    return True


def line(record: Record) -> bytes:
    return _encode(record) + b"\n"
