"""The export of one account in parts, for whoever fetches it part by part: the IRC command EXPORT."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from sqlalchemy import Table

from chatstore.storage import schema
from chatstore.storage.backend import Reading
from chatstore.storage.exporting import END, TABLES, Record, Scope, Snapshot, head, line, type_of
from chatstore.storage.own_data import BY_SEQ, own_records, wanted_events, wanted_rows
from chatstore.storage.reading_places import places

_PART, _PART_SIZE = 500, 100_000
"""The most events of one part, and about how many characters people wrote there."""
_BODY = [*schema.messages.c.keys()].index("body")
_LOOKED_AT = 50_000
"""Events that are looked at in one statement."""
_MEMBER = "SELECT room_id FROM memberships WHERE account_id = :me"
_FOUNDER = "SELECT id FROM rooms WHERE founder_id = :me"
_SPOKEN = "SELECT DISTINCT room_id FROM messages WHERE id > :after AND id <= :upto AND account_id = :me"


class OwnExport:
    """The export of one account in parts, each read at its own moment: for whoever fetches it part by part. What
    the account may read is judged anew for each part. `reading` opens a connection."""

    def __init__(self, reading: Reading, account_id: int, made_at: int) -> None:
        self._reading, self._scope = reading, Scope(account=account_id)
        self._made_at = made_at
        self._called: dict[int, str] = {}
        """The last names of rooms that the account can't see any more."""
        self._began = False
        self._rooms: list[int] = []
        self._left: list[tuple[Table, int]] = []
        """What is left to read: tables, and of messages one room after the other."""
        self._after = 0
        """The last seq of the part before, in the first of these."""
        self._counts: Counter[str] = Counter()
        self._ended = False

    def part(self) -> Sequence[bytes]:
        """The next lines; none if everything was read."""
        if not self._began:
            self._began = True
            self._find_rooms()
            return [self._first()]
        while self._left:
            with self._reading() as connection:
                if found := self._next(Snapshot(connection, self._called, self._rooms)):
                    return found
        if self._ended:
            return ()
        self._ended = True
        return [line({"type": END, "records": dict(self._counts)})]

    def _find_rooms(self) -> None:
        """Find the rooms of the account, and those where it has ever said or done something. No index has that: all
        events are looked through, in slices, each by a statement of its own."""
        me = {"me": self._scope.account}
        with self._reading() as connection:
            snapshot = Snapshot(connection)
            found = {row[0] for row in snapshot.run(_MEMBER, me) + snapshot.run(_FOUNDER, me)}
            [(last,)] = snapshot.run("SELECT coalesce(max(id), 0) FROM messages")
        for after in range(0, last, _LOOKED_AT):
            with self._reading() as connection:
                rows = Snapshot(connection).run(_SPOKEN, {**me, "after": after, "upto": after + _LOOKED_AT})
            found.update(row[0] for row in rows)
        self._rooms = sorted(found)

    def _first(self) -> bytes:
        for table in TABLES:
            self._left += [(table, room) for room in (self._rooms if table is schema.messages else [0])]
        with self._reading() as connection:
            account = Snapshot(connection).account_name(self._scope.account or 0)
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
        wanted = [each for each in wanted_rows(self._scope, there) if each[0] is table]
        return [each for kind, page in own_records(snapshot, there, wanted) for each in self._lines(kind, page)]

    def _events(self, snapshot: Snapshot, room: int) -> Sequence[bytes]:
        """The next events of a room; none if these were all."""
        for place in places(snapshot, self._scope, [room]):
            where, values = wanted_events(place, self._scope)
            seen = {**values, "behind": self._after}
            for rows in snapshot.pages(schema.messages, f"{where} AND seq > :behind", seen, BY_SEQ):
                sizes = accumulate(len(row[_BODY]) for row in rows)
                few = 1 + sum(size <= _PART_SIZE for size in sizes)
                records = snapshot.records(schema.messages, rows[: min(few, _PART)])
                self._after = records[-1]["seq"]
                return self._lines(type_of(schema.messages), records)
        return ()

    def _lines(self, kind: str, records: Sequence[Record]) -> list[bytes]:
        self._counts[kind] += len(records)
        return [line(record) for record in records]
