"""Changes to a room itself: make and remove it, its topic, name, settings and founder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chatstore.chat.changes.peace import required_heeded
from chatstore.chat.changes.required import (
    acting_member,
    operator_required,
    required_active,
    required_room,
)
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import RoomOffered, RoomOpened, RoomRemoved
from chatstore.chat.model.names import Name
from chatstore.chat.model.room_events import (
    FounderChanged,
    ModesChanged,
    RoomConfigured,
    RoomEvent,
    RoomRenamed,
    TopicChanged,
)
from chatstore.chat.model.room_settings import DEFAULTS, STORED, RoomSettings, Value, encode
from chatstore.chat.model.rooms import (
    OFFER_DAYS,
    ModeChange,
    Offer,
    Room,
    room_key,
    spell_modes,
)
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions


@dataclass
class AddRoom(Change):
    """Make a room that nobody is in yet. Returns the Room. Raises ROOM_EXISTS.

    If it has no founder, all of its members may set its topic, because nobody else could. A topic is the
    server's.
    """

    name: Name
    founder_id: int | None = None
    settings: RoomSettings = DEFAULTS
    topic: str = ""

    def apply(self, tx: Transaction) -> Room:
        if tx.rooms.keyed(room_key(self.name.folded)) is not None:
            raise ChatError(Code.ROOM_EXISTS, "that room exists already", self.name.shown)
        room = tx.rooms.add("room", room_key(self.name.folded), self.name.shown, self.founder_id, self.settings)
        if self.founder_id is None:
            room = replace(room, flags=room.flags.replace("t", ""))
            tx.rooms.update(room.id, flags=room.flags)
        tx.announce(RoomOpened(room))
        if self.topic:
            SetTopic(SERVER, room.id, self.topic).apply(tx)
        return room


@dataclass
class RemoveRoom(Change):
    """Delete the room for good, with its members and all of its history."""

    room: int
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> None:
        room = tx.rooms.by_id(self.room)
        tx.rooms.remove(self.room)
        tx.announce(RoomRemoved(self.room))
        if room is not None:
            tx.audit.note("room.remove", SERVER, f"#{room.name}")


@dataclass
class SetTopic(Change):
    """Set the topic. Returns the TopicChanged; None if the topic is the same. The server itself may set any
    topic."""

    actor: Actor
    room: int
    topic: str

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> RoomEvent | None:
        room, role = acting_member(tx, self.room, self.actor)
        if not permissions.may_set_topic(room, role):
            raise ChatError(Code.OPERATOR_REQUIRED, "only operators set the topic of this room", room.name)
        if room.topic == self.topic:
            return None
        changed = tx.record(TopicChanged, self.room, self.actor, self.topic)
        tx.rooms.update(self.room, topic=self.topic, topic_by=self.actor.nick, topic_at=changed.time)
        return changed


@dataclass
class RenameRoom(Change):
    """Rename a room; its members, modes and history stay. Returns the RoomRenamed.

    Raises ROOM_EXISTS; INVALID_NAME if the room has exactly that name. A change of case alone counts as a
    rename.
    """

    actor: Actor
    room: int
    name: Name
    reason: str = ""
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room], keys=[room_key(self.name.folded)])

    def apply(self, tx: Transaction) -> RoomEvent:
        room, role = acting_member(tx, self.room, self.actor)
        if not permissions.may_rename(role):
            raise operator_required(room)
        if self.name.shown == room.name:
            raise ChatError(Code.INVALID_NAME, "that is the room's name already", room.name)
        key = room_key(self.name.folded)
        other = tx.rooms.keyed(key)
        if other is not None and other.id != room.id:
            raise ChatError(Code.ROOM_EXISTS, "that room exists already", self.name.shown)
        tags = {"before": room.name} | ({"reason": self.reason} if self.reason else {})
        renamed = tx.record(RoomRenamed, room.id, self.actor, self.name.shown, tags)
        tx.rooms.update(room.id, key=key, name=self.name.shown)
        tx.audit.note("room.rename", self.actor, f"#{room.name}", f"to #{self.name.shown}")
        return renamed


@dataclass
class ConfigureRoom(Change):
    """Change settings; `values` are by field of RoomSettings. Returns the RoomConfigured; None if nothing
    changes. Raises OPERATOR_REQUIRED; INVALID_TEXT for a value out of bounds."""

    actor: Actor
    room: int
    values: Mapping[str, Value]
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> RoomEvent | None:
        room, role = acting_member(tx, self.room, self.actor)
        given = [row for row in STORED if row.field in self.values]
        for row in given:
            if not permissions.may_configure(role, row.by):
                raise operator_required(room)
            row.check(self.values[row.field])
        values = {
            row.field: self.values[row.field] for row in given if self.values[row.field] != getattr(room, row.field)
        }
        if not values:
            return None
        body, tags = encode(values)
        configured = tx.record(RoomConfigured, room.id, self.actor, body, tags or None)
        tx.rooms.update(room.id, **values)
        changed = (
            row.name if row.kind == "text" else f"{row.name}={values[row.field]}"
            for row in given
            if row.field in values
        )
        tx.audit.note("room.settings", self.actor, f"#{room.name}", ", ".join(changed))
        return configured


@dataclass
class TransferRoom(Change):
    """Give the room to an account, which becomes an operator there if it is a member. Returns the
    FounderChanged; None if the account owns the room already. Raises NO_SUCH_PERSON, FOUNDER_REQUIRED.

    Nobody gets a room against their will: a founder's gift is an offer (the RoomOffered is returned) until
    the account itself asks for the room, within OFFER_DAYS. A founder who gives the room to themselves
    withdraws the offer. The server's administrator gives rooms at once, on the command line.
    """

    actor: Actor
    room: int
    account: Name
    most_founded: int = 0
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        account = tx.accounts.named(self.account.folded)
        return Touched([account.id] if account is not None else [], [self.room])

    def apply(self, tx: Transaction) -> RoomEvent | RoomOffered | None:
        room = required_room(tx, self.room)
        offer = tx.offers.of_room(room.id)
        if self.actor is not SERVER:
            own = required_active(tx, self.actor)
            accepts = own is not None and own.folded == self.account.folded and _is_for(tx, offer, room, own)
            if not accepts and not self._allowed(tx, room, own):
                raise ChatError(Code.FOUNDER_REQUIRED, "only the founder can give this room away", room.name)
        account = tx.accounts.named(self.account.folded)
        if account is None or not account.active(tx.now):
            raise ChatError(Code.NO_SUCH_PERSON, "there is no account of that name", self.account.shown)
        if room.founder_id == account.id:
            tx.offers.remove(room.id)
            return None
        if self.actor is not SERVER and self.actor.account_id != account.id:
            return self._offer(tx, room, account, offer)
        if self.most_founded and tx.rooms.count_founded(account.id) >= self.most_founded:
            raise ChatError(Code.TOO_MANY_ROOMS, f"{account.name} has {self.most_founded} rooms already", room.name)
        changed = tx.record(FounderChanged, room.id, self.actor, account.name, {"founder-id": str(account.id)})
        tx.rooms.update(room.id, founder_id=account.id)
        tx.audit.note("room.founder", self.actor, f"#{room.name}", f"to {account.name}")
        tx.offers.remove(room.id)
        member = tx.members.get(room.id, Actor(account.nick, account.name, account.id))
        if member is not None and not member.role.operator:
            tx.members.put(room.id, member.actor, member.role.changed("o", True), member.joined_seq)
            modes = spell_modes([ModeChange(True, "o", member.actor.nick)])
            tx.record(ModesChanged, room.id, self.actor, modes, {"target-keys": str(account.id)})
        return changed

    def _offer(self, tx: Transaction, room: Room, to: Account, before: Offer | None) -> RoomOffered:
        assert self.actor.account_id is not None, "a founder has an account"
        required_heeded(tx, self.actor, to.actor)
        offered = RoomOffered(room.id, self.actor, Actor(to.nick, to.name, to.id), tx.now)
        if before is None or before.account != to.id:  # tell nobody twice of the same offer
            tx.announce(offered)
        tx.offers.put(room.id, to.id, self.actor.account_id)
        return offered

    def _allowed(self, tx: Transaction, room: Room, own: Account | None) -> bool:
        if permissions.may_transfer(room, self.actor, admin=own is not None and own.admin):
            return True
        member = tx.members.get(room.id, self.actor)
        claims = own is not None and own.folded == self.account.folded
        return claims and permissions.may_claim(room, member.role if member is not None else None)


@dataclass
class DeclineRoom(Change):
    """Decline an offered room. Raises NO_SUCH_ROOM if it was not offered."""

    actor: Actor
    room: int

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> None:
        offer = tx.offers.of_room(self.room)
        if offer is None or offer.account != self.actor.account_id:
            raise ChatError(Code.NO_SUCH_ROOM, "nobody has offered you that room")
        tx.offers.remove(self.room)


def _is_for(tx: Transaction, offer: Offer | None, room: Room, account: Account) -> bool:
    """Whether the room was offered to this account, the offer is not too old, and its sender may still give
    the room."""
    if offer is None or offer.account != account.id or tx.now - offer.at > OFFER_DAYS * 24 * 60 * 60 * 1000:
        return False
    giver = tx.accounts.by_id(offer.by)
    return giver is not None and giver.active(tx.now) and (room.founder_id == giver.id or giver.admin)
