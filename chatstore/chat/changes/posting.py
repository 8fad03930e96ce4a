"""What is said outside the fast path of a Draft: the first words of a direct conversation, tags alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from chatstore.chat import permissions
from chatstore.chat.changes.membership import required_active
from chatstore.chat.errors import ChatError, Code
from chatstore.chat.events import EVENT_KINDS, NO_TAGS, Actor, RoomEvent, RoomOpened, TagsSent
from chatstore.chat.ports import Transaction
from chatstore.chat.rooms import Role, direct_key


@dataclass
class PostDirect:
    """A direct message by names: opens the conversation where there is none. Waits for whoever is offline.

    `target` is the person where they are known to be here, otherwise the folded name of an account.
    """

    actor: Actor
    target: Actor | str
    kind: str
    body: str
    tags: Mapping[str, str] = field(default_factory=lambda: NO_TAGS)
    origin: object = None
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> RoomEvent:
        required_active(tx, self.actor)
        target = self._person(tx)
        key = direct_key(self.actor.key, target.key)
        room = tx.room_keyed(key)
        if room is None:
            room = tx.add_room("direct", key, "", None)
            for person in {self.actor.key: self.actor, target.key: target}.values():
                tx.put_member(room.id, person, Role.MEMBER, 0)
        tx.announce(RoomOpened(room, (self.actor, target)))
        return tx.record(EVENT_KINDS[self.kind], room.id, self.actor, self.body, self.tags)

    def _person(self, tx: Transaction) -> Actor:
        if isinstance(self.target, Actor):
            return self.target
        account = tx.account_named(self.target)
        if account is None or not account.active:
            raise ChatError(Code.NO_SUCH_PERSON, "there is nobody of that name", self.target)
        return Actor(account.nick, account.name, account.id)


@dataclass
class SendTags:
    """Tags without a message, told in their place among the messages and not stored."""

    actor: Actor
    room: int
    tags: Mapping[str, str]
    origin: object = None
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> None:
        room, member = tx.room(self.room), tx.member(self.room, self.actor)
        if room is None or not permissions.may_post(room, member.role if member else None, self.actor):
            raise ChatError(Code.CANNOT_POST, "you may not speak in this room", room.name if room else "")
        tx.announce(TagsSent(self.room, self.actor, tx.now, self.tags))
