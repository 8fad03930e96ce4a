"""Read markers, as functions of a connection."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from chatstore.chat.model.actors import Actor
from chatstore.storage.schema import read_markers


def read_at(connection: Connection, room_id: int, actor: Actor) -> int | None:
    """Up to when somebody has read a conversation, in ms since 1970 UTC; None when they never said."""
    query = select(read_markers.c.read_at).where(_of(room_id, actor))
    return connection.execute(query).scalar_one_or_none()


def put(connection: Connection, room_id: int, actor: Actor, time: int) -> None:
    changed = connection.execute(update(read_markers).where(_of(room_id, actor)).values(read_at=time))
    if changed.rowcount == 0:
        connection.execute(insert(read_markers).values(room_id=room_id, person=str(actor.key), read_at=time))


def forget_guests(connection: Connection) -> None:
    """Those of guests, who never come back; an account's person begins with a digit."""
    connection.execute(delete(read_markers).where(read_markers.c.person >= ":"))


def _of(room_id: int, actor: Actor) -> ColumnElement[bool]:
    return and_(read_markers.c.room_id == room_id, read_markers.c.person == str(actor.key))
