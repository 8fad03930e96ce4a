"""What live streams read: the events of all rooms by their number.

In each room, it rises with the events. Where one process writes, a higher number was not committed earlier. Several
transactions of PostgreSQL may commit in another order than they took their numbers; so the horizon says when
nothing can come below a number any more.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, or_, select

from chatstore.chat.model.room_events import MemberKicked, MemberLeft, MemberQuit
from chatstore.chat.ports.feed import Fed, Horizon
from chatstore.storage import drivers
from chatstore.storage.messages import event_of
from chatstore.storage.rows import Rows, one_statement
from chatstore.storage.schema import MESSAGE_COLUMNS, accounts, imported_spans, memberships, messages, rooms

_LEAVING = (MemberLeft.kind, MemberQuit.kind, MemberKicked.kind)
_EVENT = len(MESSAGE_COLUMNS) + 1
"""Columns that event_of() takes."""
_NEWEST = select(func.coalesce(func.max(messages.c.id), 0))
_NUMBER = select(messages.c.id, messages.c.sent_at).where(
    messages.c.room_id == bindparam("room"), messages.c.seq == bindparam("seq")
)
_DIRECT = (
    select(rooms.c.id)
    .join(memberships, memberships.c.room_id == rooms.c.id)
    .where(rooms.c.kind == "direct", memberships.c.account_id == bindparam("account"))
)


class FeedRows(Rows):
    """Stored events in one order."""

    @one_statement
    def horizon(self) -> Horizon:
        """See chat.ports.feed.Horizon."""
        if not drivers.of(self._connection).REMOTE:
            return Horizon(int(self._connection.execute(_NEWEST).scalar_one()), 0, 0)
        row = self._connection.execute(_SNAPSHOT).one()
        return Horizon(int(row[0]), int(row[1]), int(row[2]))

    @one_statement
    def between(self, after: int, upto: int, most: int, rooms: Collection[int] | None = None) -> list[Fed]:
        """See chat.ports.feed.FeedReader."""
        values: dict[str, Any] = {"after": after, "upto": upto, "most": most}
        if rooms is not None:
            values["rooms"] = [*rooms]
        rows = self._connection.execute(_between(rooms is not None), values).all()
        return [Fed(row.id, event_of(row[:_EVENT]), row.key, row.room_kind == "direct") for row in rows]

    @one_statement
    def number_at(self, room: int, seq: int) -> tuple[int, int] | None:
        row = self._connection.execute(_NUMBER, {"room": room, "seq": seq}).one_or_none()
        return (row.id, row.sent_at) if row is not None else None

    @one_statement
    def direct_rooms(self, account_id: int) -> list[int]:
        return [row.id for row in self._connection.execute(_DIRECT, {"account": account_id}).all()]


@lru_cache(maxsize=2)
def _between(chosen: bool) -> Select[Any]:
    spans = imported_spans.c
    imported = exists().where(
        spans.room_id == messages.c.room_id,
        spans.first_seq <= messages.c.seq,
        spans.last_seq >= messages.c.seq,
    )
    query = (
        select(
            *(messages.c[column] for column in MESSAGE_COLUMNS),
            accounts.c.name.label("account"),
            messages.c.id,
            rooms.c.key,
            rooms.c.kind.label("room_kind"),
        )
        .select_from(
            messages.join(rooms, rooms.c.id == messages.c.room_id).outerjoin(
                accounts, accounts.c.id == messages.c.account_id
            )
        )
        .where(messages.c.id > bindparam("after"), messages.c.id <= bindparam("upto"))
        .where(rooms.c.kind != "import", ~imported)
        .order_by(messages.c.id)
        .limit(bindparam("most"))
    )
    if chosen:
        here = messages.c.room_id.in_(bindparam("rooms", expanding=True))
        query = query.where(or_(here, messages.c.kind.in_(_LEAVING)))
    return query


_snapshot = select(func.pg_current_snapshot().label("now")).subquery()
_SNAPSHOT = select(
    _NEWEST.scalar_subquery(), func.pg_snapshot_xmax(_snapshot.c.now), func.pg_snapshot_xmin(_snapshot.c.now)
)
