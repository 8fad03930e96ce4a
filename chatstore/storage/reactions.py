"""Reactions in the database, for counting them; the events themselves are messages."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, insert, select

from chatstore.chat.model.actors import Actor
from chatstore.chat.ports import ReactionCounts
from chatstore.storage.rows import Rows
from chatstore.storage.schema import reactions

_TO_MESSAGE = (reactions.c.room_id == bindparam("room")) & (reactions.c.seq == bindparam("seq"))
_BY_PERSON = _TO_MESSAGE & (reactions.c.person == bindparam("person"))
_BY_VALUE = _BY_PERSON & (reactions.c.value == bindparam("reaction"))
_SAME = select(reactions.c.id).where(_BY_VALUE)
_OWN = select(func.count()).select_from(reactions).where(_BY_PERSON)
_VALUES = select(reactions.c.value).where(_TO_MESSAGE).distinct()
_REMOVE = delete(reactions).where(_BY_VALUE)
_REMOVE_ALL = delete(reactions).where(_TO_MESSAGE)


class Reactions(Rows):
    """Who reacted to which message, and by what. It is stored beside the events for counting."""

    def about(self, room_id: int, seq: int, actor: Actor, value: str) -> ReactionCounts:
        whose = _values(room_id, seq, actor, value)
        if self._connection.execute(_SAME, whose).first() is not None:
            return ReactionCounts(True, 0, True, 0)
        own = self._connection.execute(_OWN, whose).scalar_one()
        values = {row.value for row in self._connection.execute(_VALUES, whose).all()}
        return ReactionCounts(False, own, value in values, len(values))

    def add(self, room_id: int, seq: int, actor: Actor, value: str) -> None:
        self._connection.execute(
            insert(reactions).values(room_id=room_id, seq=seq, person=str(actor.key), value=value)
        )

    def remove(self, room_id: int, seq: int, actor: Actor, value: str) -> None:
        self._connection.execute(_REMOVE, _values(room_id, seq, actor, value))

    def remove_all(self, room_id: int, seq: int) -> None:
        self._connection.execute(_REMOVE_ALL, {"room": room_id, "seq": seq})


def _values(room_id: int, seq: int, actor: Actor, value: str) -> dict[str, int | str]:
    return {"room": room_id, "seq": seq, "person": str(actor.key), "reaction": value}
