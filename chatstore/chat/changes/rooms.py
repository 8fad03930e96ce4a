"""What a room is: its topic, its modes, and (from the command line) whether it exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from chatstore.chat import permissions
from chatstore.chat.changes.membership import required_member
from chatstore.chat.errors import ChatError, Code
from chatstore.chat.events import (
    SERVER,
    Actor,
    ModesChanged,
    RoomEvent,
    RoomOpened,
    RoomRemoved,
    TopicChanged,
)
from chatstore.chat.names import Name
from chatstore.chat.ports import Transaction
from chatstore.chat.rooms import FLAGS, Ban, ModeChange, Role, Room, room_key, spell_modes, with_modes

_ROLE_MODES = {"o": Role.OPERATOR, "v": Role.VOICE}


@dataclass
class AddRoom:
    """Make a room that nobody is in yet. Returns the Room; ROOM_EXISTS.

    Without a founder it has nobody who could set its topic, so all its members may.
    """

    name: Name
    founder_id: int | None = None
    origin: object = None
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> Room:
        if tx.room_keyed(room_key(self.name.folded)) is not None:
            raise ChatError(Code.ROOM_EXISTS, "that room exists already", self.name.shown)
        room = tx.add_room("room", room_key(self.name.folded), self.name.shown, self.founder_id)
        if self.founder_id is None:
            room = replace(room, flags=room.flags.replace("t", ""))
            tx.update_room(room.id, flags=room.flags)
        tx.announce(RoomOpened(room))
        return room


@dataclass
class RemoveRoom:
    """The room, its members and everything that was said in it are gone for good."""

    room: int
    origin: object = None
    ends_batch: ClassVar[bool] = True

    def apply(self, tx: Transaction) -> None:
        tx.remove_room(self.room)
        tx.announce(RoomRemoved(self.room))


@dataclass
class SetTopic:
    """Returns the TopicChanged; None when that is the topic already. The server itself may set any."""

    actor: Actor
    room: int
    topic: str
    origin: object = None
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> RoomEvent | None:
        if self.actor is SERVER:
            room = tx.room(self.room)
            if room is None:
                raise ChatError(Code.NO_SUCH_ROOM, "there is no such room")
        else:
            room, role = required_member(tx, self.room, self.actor)
            if not permissions.may_set_topic(room, role):
                raise ChatError(Code.OPERATOR_REQUIRED, "only operators set the topic of this room", room.name)
        if room.topic == self.topic:
            return None
        changed = tx.record(TopicChanged, self.room, self.actor, self.topic)
        tx.update_room(self.room, topic=self.topic, topic_by=self.actor.nick, topic_at=changed.time)
        return changed


@dataclass
class SetModes:
    """Apply what can be applied of the changes, in order, as one fact; what can't comes back as errors.

    `targets` are the persons behind the arguments of `o` and `v`, by the argument; unknown ones are missing.
    """

    actor: Actor
    room: int
    changes: Sequence[ModeChange]
    targets: Mapping[str, Actor] = field(default_factory=dict)
    most_bans: int = 100
    origin: object = None
    ends_batch: ClassVar[bool] = True

    def apply(self, tx: Transaction) -> list[ChatError]:
        room, role = required_member(tx, self.room, self.actor)
        if not permissions.may_set_modes(role):
            raise ChatError(Code.OPERATOR_REQUIRED, "you are not an operator of this room", room.name)
        done: list[ModeChange] = []
        keys: list[str] = []
        errors: list[ChatError] = []
        for change in self.changes:
            try:
                room, effective = self._one(tx, room, change)
            except ChatError as error:
                errors.append(error)
            else:
                done += effective
                if effective and change.mode in _ROLE_MODES:
                    keys.append(str(self.targets[change.argument].key))
        if done:
            tags = {"target-keys": ",".join(keys)} if keys else None
            tx.record(ModesChanged, self.room, self.actor, spell_modes(done), tags)
        return errors

    def _one(self, tx: Transaction, room: Room, change: ModeChange) -> tuple[Room, list[ModeChange]]:
        """The room after one change, and the change if it changes anything."""
        if change.mode in _ROLE_MODES:
            return room, self._role(tx, room, change)
        if change.mode == "b" and change.adding and len(room.bans) >= self.most_bans:
            raise ChatError(Code.LIST_FULL, "the list of bans is full", change.argument)
        after = with_modes(room, [change], self.actor.nick, tx.now)
        if after == room:
            return room, []
        if change.mode in FLAGS:
            tx.update_room(room.id, flags=after.flags)
        elif change.mode == "k":
            tx.update_room(room.id, password=after.password)
            change = change if change.adding else change._replace(argument="*")
        elif change.mode == "l":
            tx.update_room(room.id, member_limit=after.member_limit)
        elif any(ban.mask == change.argument for ban in room.bans) and change.adding:
            return room, []
        elif change.adding:
            tx.add_ban(room.id, Ban(change.argument, self.actor.nick, tx.now))
        else:
            tx.remove_ban(room.id, change.argument)
        return after, [change]

    def _role(self, tx: Transaction, room: Room, change: ModeChange) -> list[ModeChange]:
        target = self.targets.get(change.argument)
        if target is None:
            raise ChatError(Code.NO_SUCH_PERSON, "there is nobody of that name", change.argument)
        member = tx.member(room.id, target)
        if member is None:
            raise ChatError(Code.TARGET_NOT_A_MEMBER, "they are not in this room", target.nick)
        role = _ROLE_MODES[change.mode]
        if change.adding and member.role < role:
            wanted = role
        elif not change.adding and member.role == role:
            wanted = Role.MEMBER
        else:
            return []
        tx.put_member(room.id, target, wanted, member.joined_seq)
        return [change._replace(argument=member.actor.nick)]
