"""What rooms keep no longer, erased from the beginning on: time rises with seq, so what is too old is what comes
first, and the rest stays without gaps.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, func, select, update

from chatstore.storage.schema import messages, reactions, rooms

DAY = 24 * 60 * 60 * 1000
"""Milliseconds."""

_WITH_OLD_FACTS = (
    select(rooms.c.id, rooms.c.first_seq, rooms.c.retention_days)
    .join(messages, (messages.c.room_id == rooms.c.id) & (messages.c.seq == rooms.c.first_seq))
    .where(rooms.c.retention_days > 0, messages.c.sent_at < bindparam("now") - rooms.c.retention_days * DAY)
    .order_by(rooms.c.id)
    .limit(bindparam("most"))
)
"""A room's oldest fact says whether there is anything to erase in it."""
_OLD_AMONG_THE_FIRST = select(func.max(messages.c.seq)).where(
    messages.c.room_id == bindparam("room"),
    messages.c.seq.between(bindparam("first"), bindparam("last")),
    messages.c.sent_at < bindparam("before"),
)
_ERASE = delete(messages).where(messages.c.room_id == bindparam("room"), messages.c.seq <= bindparam("last"))
_FORGET_REACTIONS = delete(reactions).where(
    reactions.c.room_id == bindparam("room"), reactions.c.seq <= bindparam("last")
)


def prune(connection: Connection, now: int, most: int) -> tuple[dict[int, int], bool]:
    """Erase at most so many facts of all rooms together; the new first seqs by room, and whether there is more to
    erase. Looks at no more rows than it might erase. `now`: ms since 1970 UTC."""
    moved: dict[int, int] = {}
    for room in connection.execute(_WITH_OLD_FACTS, {"now": now, "most": most}).all():
        place = {"room": room.id, "first": room.first_seq, "last": room.first_seq + most - 1}
        before = now - room.retention_days * DAY
        last = connection.execute(_OLD_AMONG_THE_FIRST, {**place, "before": before}).scalar_one()
        connection.execute(_ERASE, {"room": room.id, "last": last})
        connection.execute(_FORGET_REACTIONS, {"room": room.id, "last": last})
        connection.execute(update(rooms).where(rooms.c.id == room.id).values(first_seq=last + 1))
        moved[room.id] = last + 1
        most -= last + 1 - room.first_seq
        if most <= 0:
            return moved, True
    return moved, False
