"""Read markers: what a person has read, as their clients report it."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.chat.changes.posting import conversation_with
from chatstore.chat.changes.required import required_person
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import ReadMarked, RoomOpened
from chatstore.chat.model.rooms import Room, direct_key
from chatstore.chat.model.scopes import READ
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions


@dataclass
class MarkRead(Change):
    """Mark everything up to a time (ms since 1970 UTC) as read: in the room with this id, or in the direct
    conversation with a person (somebody here, or the folded name of an account). The marker never goes back.
    It never passes now, or the newest message if that is later because the clock was ahead once. Returns the
    marker; None if nothing was said with that person, since a marker must not create a conversation."""

    actor: Actor
    target: int | Actor | str
    time: int
    needs = READ

    def place(self) -> int | str | None:
        return self.target if isinstance(self.target, int) else None

    def touches(self, tx: Transaction) -> Touched:
        if isinstance(self.target, int):
            return Touched(rooms=[self.target])
        return conversation_with(tx, self.actor, self.target)

    def apply(self, tx: Transaction) -> int | None:
        other: Actor | None = None
        if isinstance(self.target, int):
            room, member = tx.rooms.by_id(self.target), tx.members.get(self.target, self.actor)
            if room is None or not permissions.may_read(room, member.role if member else None, self.actor):
                raise ChatError(Code.NO_SUCH_ROOM, "there is no such room")
        else:
            other = required_person(tx, self.target)
            room = tx.rooms.keyed(direct_key(self.actor.key, other.key))
            if room is None:
                return None
            tx.announce(RoomOpened(room, (self.actor, other)))
        before, time = tx.markers.read_at(room.id, self.actor), max(0, min(self.time, _latest(tx, room, self.time)))
        if before is not None and time <= before:
            return before
        tx.markers.put(room.id, self.actor, time)
        tx.announce(ReadMarked(room.id, self.actor, time, other))
        return time


def _latest(tx: Transaction, room: Room, time: int) -> int:
    """The latest time up to which something can have been read, in ms since 1970 UTC."""
    newest = tx.messages.at(room.id, room.last_seq) if time > tx.now else None
    return max(tx.now, newest.time) if newest is not None else tx.now
