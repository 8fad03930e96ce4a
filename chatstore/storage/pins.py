"""Pinned messages in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, select

from chatstore.storage.rows import Rows
from chatstore.storage.schema import pins

_OF = select(pins.c.seq).where(pins.c.room_id == bindparam("room")).order_by(pins.c.pinned_at, pins.c.seq)
_REMOVE = delete(pins).where(pins.c.room_id == bindparam("room"), pins.c.seq == bindparam("at"))


class Pins(Rows):
    """Which messages of which rooms are pinned."""

    def of(self, room_id: int) -> Sequence[int]:
        return self._connection.execute(_OF, {"room": room_id}).scalars().all()

    def add(self, room_id: int, seq: int, time: int) -> None:
        self._connection.execute(insert(pins).values(room_id=room_id, seq=seq, pinned_at=time))

    def remove(self, room_id: int, seq: int) -> None:
        self._connection.execute(_REMOVE, {"room": room_id, "at": seq})
