"""Passing on what was said elsewhere: a bridge lets its author be seen, and answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chatstore.chat.changes.required import required_active, required_member
from chatstore.chat.model.actors import Actor, relayed_actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.room_events import NO_TAGS, MessagePosted, RoomEvent
from chatstore.chat.model.scopes import WRITE
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions


@dataclass
class PostRelayed(Change):
    """Pass on, as `by`, what somebody said elsewhere, whose `nick` is there (see relayed_nick). Returns the event.
    Raises RELAY_FORBIDDEN, NOT_A_MEMBER, CANNOT_POST."""

    by: Actor
    room: int
    nick: str
    body: str
    tags: Mapping[str, str] = field(default_factory=lambda: NO_TAGS)
    needs = WRITE

    def place(self) -> int | str | None:
        return self.room

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> RoomEvent:
        required_active(tx, self.by)
        room, role = required_member(tx, self.room, self.by)
        if not permissions.may_relay(role, self.by):
            raise relay_forbidden(room.name)
        if not permissions.may_post(room, role, self.by):
            raise permissions.post_refusal(room, self.by, role)
        member = tx.members.get(room.id, self.by)
        by = replace(self.by, nick=member.actor.nick) if member is not None else self.by
        return tx.record(MessagePosted, room.id, relayed_actor(by, self.nick), self.body, self.tags)


def relay_forbidden(room: str) -> ChatError:
    text = "only operators of this room, and bots that have voice there, pass on what others say"
    return ChatError(Code.RELAY_FORBIDDEN, text, room)
