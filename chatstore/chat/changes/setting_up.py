"""Several settings of a room at once, as an administrator gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chatstore.chat.changes.modes import SetModes
from chatstore.chat.changes.required import required_room
from chatstore.chat.changes.rooms import ConfigureRoom, SetTopic
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.room_settings import Value
from chatstore.chat.model.rooms import ModeChange, Room
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions


@dataclass
class SetUpRoom(Change):
    """Change settings (`values` are by field of RoomSettings), modes and the topic: all, or none if one is refused.
    `topic` is None if it stays. `by_password`: see Administer. Raises what ConfigureRoom, SetModes and SetTopic
    raise; PASSWORD_REQUIRED."""

    actor: Actor
    room: int
    values: Mapping[str, Value] = field(default_factory=dict)
    modes: Sequence[ModeChange] = ()
    topic: str | None = None
    by_password: bool = True
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> None:
        room = required_room(tx, self.room)
        if self._erases(room) and not permissions.may_destroy(by_password=self.by_password):
            text = "fewer messages would be kept, so this needs your password: send OPER with it, and try again"
            raise ChatError(Code.PASSWORD_REQUIRED, text, room.name)
        if self.values:
            ConfigureRoom(self.actor, self.room, self.values).apply(tx)
        for error in SetModes(self.actor, self.room, self.modes).apply(tx) if self.modes else ():
            raise error
        if self.topic is not None and SetTopic(self.actor, self.room, self.topic).apply(tx) is not None:
            tx.audit.note("room.topic", self.actor, f"#{room.name}")

    def _erases(self, room: Room) -> bool:
        """Whether messages may be older than what is kept then. 0 days keep them forever."""
        days = int(self.values.get("retention_days", room.retention_days))
        return days != 0 and (room.retention_days == 0 or days < room.retention_days)
