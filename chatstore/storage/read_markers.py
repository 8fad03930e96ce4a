"""Read markers in the database."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, delete, exists, insert, select, update

from chatstore.chat.model.actors import Actor
from chatstore.storage.rows import Rows, one_statement
from chatstore.storage.schema import presence, read_markers


class ReadMarkers(Rows):
    """The times up to which people have read rooms and direct conversations."""

    @one_statement
    def read_at(self, room_id: int, actor: Actor) -> int | None:
        """The person's read marker for a conversation, in ms since 1970 UTC; None if they have none."""
        query = select(read_markers.c.read_at).where(_of(room_id, actor))
        return self._connection.execute(query).scalar_one_or_none()

    def put(self, room_id: int, actor: Actor, time: int) -> None:
        changed = self._connection.execute(update(read_markers).where(_of(room_id, actor)).values(read_at=time))
        if changed.rowcount == 0:
            self._connection.execute(
                insert(read_markers).values(room_id=room_id, person=str(actor.key), read_at=time)
            )

    def forget_guests(self) -> None:
        """Remove the markers of guests who are not here: they never come back. Their keys begin with `g`, the ids
        of accounts with a digit."""
        here = exists().where(presence.c.person == read_markers.c.person)
        self._connection.execute(delete(read_markers).where(read_markers.c.person.like("g%"), ~here))


def _of(room_id: int, actor: Actor) -> ColumnElement[bool]:
    return and_(read_markers.c.room_id == room_id, read_markers.c.person == str(actor.key))
