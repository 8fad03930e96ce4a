"""Pins: messages that the operators of a room keep at hand for everybody."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.chat.changes.posting import readable_message
from chatstore.chat.changes.required import required_active
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.messages import MAX_PINS
from chatstore.chat.model.room_events import MESSAGE_KINDS, MessagePinned, MessageUnpinned, RoomEvent
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions


@dataclass
class PinMessage(Change):
    """Pin the message with this id, or take it from the list (`pinned` is False). Returns the event; None if it
    is so already. Raises NO_SUCH_ROOM, NO_SUCH_MESSAGE, OPERATOR_REQUIRED, LIST_FULL."""

    actor: Actor
    room: int
    id: str
    pinned: bool = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> RoomEvent | None:
        required_active(tx, self.actor)
        role, message = readable_message(tx, self.room, self.actor, self.id)
        room = tx.rooms.by_id(self.room)
        if room is None or room.direct or message.audience or message.kind not in MESSAGE_KINDS:
            raise ChatError(Code.NO_SUCH_MESSAGE, "there is no such message here")
        if not permissions.may_pin(role):
            raise ChatError(Code.OPERATOR_REQUIRED, "only operators pin messages of this room", room.name)
        known = tx.pins.of(room.id)
        if (message.seq in known) is self.pinned:
            return None
        if self.pinned and len(known) >= MAX_PINS:
            raise ChatError(Code.LIST_FULL, f"{MAX_PINS} messages are pinned already: unpin one first", room.name)
        tags = {"seq": str(message.seq), "time": str(message.time), "nick": message.actor.nick}
        kind = MessagePinned if self.pinned else MessageUnpinned
        event = tx.record(kind, room.id, self.actor, "", tags)
        if self.pinned:
            tx.pins.add(room.id, message.seq, event.time)
        else:
            tx.pins.remove(room.id, message.seq)
        return event
