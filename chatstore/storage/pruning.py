"""What rooms keep no longer, erased from the beginning on: time rises with seq, so what is too old is what comes
first, and the rest stays without gaps.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, func, select, update

from chatstore.storage.schema import messages, rooms

DAY = 24 * 60 * 60 * 1000
"""Milliseconds."""

_WITH_RETENTION = select(rooms.c.id, rooms.c.first_seq, rooms.c.retention_days).where(rooms.c.retention_days > 0)
_OLD_AMONG_THE_FIRST = select(func.max(messages.c.seq)).where(
    messages.c.room_id == bindparam("room"),
    messages.c.seq.between(bindparam("first"), bindparam("last")),
    messages.c.sent_at < bindparam("before"),
)
_ERASE = delete(messages).where(messages.c.room_id == bindparam("room"), messages.c.seq <= bindparam("last"))


def prune(connection: Connection, now: int, most: int) -> tuple[dict[int, int], bool]:
    """Erase at most so many facts of each room; the new first seqs by room, and whether any has more to erase.
    Looks at no more rows than it might erase. `now`: ms since 1970 UTC."""
    moved: dict[int, int] = {}
    more = False
    for room in connection.execute(_WITH_RETENTION).all():
        place = {"room": room.id, "first": room.first_seq, "last": room.first_seq + most - 1}
        before = now - room.retention_days * DAY
        last = connection.execute(_OLD_AMONG_THE_FIRST, {**place, "before": before}).scalar_one()
        if last is None:
            continue
        connection.execute(_ERASE, {"room": room.id, "last": last})
        connection.execute(update(rooms).where(rooms.c.id == room.id).values(first_seq=last + 1))
        moved[room.id] = last + 1
        more = more or last == place["last"]
    return moved, more
