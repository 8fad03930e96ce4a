"""Retention in the database: erases what rooms no longer keep, and remembers the time of the last pass.

Time rises with seq, so the events that are too old are the first of a room, and the rest stays without gaps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, case, delete, func, insert, select, update

from chatstore.chat.rules.retention import FOREVER, Kept, TrustedTime
from chatstore.storage.file_references import lose_old
from chatstore.storage.rows import Rows
from chatstore.storage.schema import messages, pins, reactions, retention_time, rooms

_ENDLESS = 2**62
DAY = 24 * 60 * 60 * 1000
"""One day in milliseconds."""


@lru_cache(maxsize=8)
def _with_old_events(kept: Kept) -> Select[Any]:
    """The rooms with something to erase, each with the days that it keeps. The oldest event of a room says whether
    there is any."""
    days: ColumnElement[int] = rooms.c.retention_days
    which = rooms.c.retention_days > 0
    if kept.everything:
        longer = (rooms.c.retention_days == 0) | (rooms.c.retention_days > kept.everything)
        days, which = case((longer, kept.everything), else_=days), rooms.c.kind != "import"
    if direct := kept.days(0, direct=True):
        days = case((rooms.c.kind == "direct", direct), else_=days)
        which = which | (rooms.c.kind == "direct")
    return (
        select(rooms.c.id, rooms.c.first_seq, days.label("days"))
        .join(messages, (messages.c.room_id == rooms.c.id) & (messages.c.seq == rooms.c.first_seq))
        .where(rooms.c.id > bindparam("after"), rooms.c.id <= bindparam("upto"))
        .where(which, messages.c.sent_at < bindparam("now") - days * DAY)
        .order_by(rooms.c.id)
        .limit(bindparam("most"))
    )


_OLD_AMONG_THE_FIRST = select(func.max(messages.c.seq)).where(
    messages.c.room_id == bindparam("room"),
    messages.c.seq.between(bindparam("first"), bindparam("last")),
    messages.c.sent_at < bindparam("before"),
)
_ERASE = delete(messages).where(messages.c.room_id == bindparam("room"), messages.c.seq <= bindparam("last"))
_FORGET_PINS = delete(pins).where(pins.c.room_id == bindparam("room"), pins.c.seq <= bindparam("last"))
_FORGET_REACTIONS = delete(reactions).where(
    reactions.c.room_id == bindparam("room"), reactions.c.seq <= bindparam("last")
)


class _Old(NamedTuple):
    """Of one room: the events that a pass erases."""

    room: int
    first: int
    last: int


class Retention(Rows):
    """Erases what rooms no longer keep, and stores the time that the last pass used."""

    def last_room(self) -> int:
        return int(self._connection.execute(select(func.coalesce(func.max(rooms.c.id), 0))).scalar_one())

    def due(
        self, most: int, now: int, kept: Kept = FOREVER, span: tuple[int, int] | None = None
    ) -> Collection[int]:
        return [old.room for old in self._old(most, now, None, kept, span)]

    def prune(
        self,
        most: int,
        now: int,
        among: Collection[int] | None = None,
        kept: Kept = FOREVER,
        span: tuple[int, int] | None = None,
    ) -> tuple[Mapping[int, int], int, bool]:
        """It reads no more rows than it may erase."""
        moved: dict[int, int] = {}
        erased = 0
        for room, first, last in self._old(most, now, among, kept, span):
            self._connection.execute(_ERASE, {"room": room, "last": last})
            self._connection.execute(_FORGET_REACTIONS, {"room": room, "last": last})
            self._connection.execute(_FORGET_PINS, {"room": room, "last": last})
            lose_old(self._connection, self._now, room, last)
            self._connection.execute(update(rooms).where(rooms.c.id == room).values(first_seq=last + 1))
            moved[room] = last + 1
            erased += last + 1 - first
        return moved, erased, erased >= most

    def _old(
        self, most: int, now: int, among: Collection[int] | None, kept: Kept, span: tuple[int, int] | None
    ) -> Iterator[_Old]:
        """What a pass erases, room by room."""
        query = _with_old_events(kept)
        query = query if among is None else query.where(rooms.c.id.in_(among))
        after, upto = span if span is not None else (0, _ENDLESS)
        left, values = most, {"now": now, "most": most, "after": after, "upto": upto}
        for room in self._connection.execute(query, values).all():
            place = {"room": room.id, "first": room.first_seq, "last": room.first_seq + left - 1}
            before = now - room.days * DAY
            last = self._connection.execute(_OLD_AMONG_THE_FIRST, {**place, "before": before}).scalar_one()
            yield _Old(room.id, room.first_seq, last)
            left -= last + 1 - room.first_seq
            if left <= 0:
                return

    def time(self) -> TrustedTime | None:
        """The time that the last pass used; None before the first pass."""
        row = self._connection.execute(
            select(retention_time.c.trusted_at, retention_time.c.doubted_since)
        ).one_or_none()
        return None if row is None else TrustedTime(row.trusted_at, row.doubted_since)

    def put_time(self, trusted: TrustedTime) -> None:
        values = {"trusted_at": trusted.at, "doubted_since": trusted.doubted_since}
        if self._connection.execute(update(retention_time).values(values)).rowcount == 0:
            self._connection.execute(insert(retention_time).values(values))
