"""Changes to a room's modes and to the roles in it, as MODE makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chatstore.chat.changes.required import acting_member, operator_required
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.room_events import ModesChanged
from chatstore.chat.model.rooms import (
    FLAGS,
    HIDDEN_KEY,
    LISTS,
    ROLE_MODES,
    Ban,
    ModeChange,
    Role,
    Room,
    spell_modes,
    with_key,
    with_modes,
)
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions


@dataclass
class SetModes(Change):
    """Apply the changes in order, as one event. Changes that can't be applied come back as errors.

    `targets` has the persons for the arguments of `o` and `v`, by argument; unknown ones are missing.
    `most_masks` limits all lists of a room together.
    """

    actor: Actor
    room: int
    changes: Sequence[ModeChange]
    targets: Mapping[str, Actor] = field(default_factory=dict)
    most_masks: int = 100
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> list[ChatError]:
        room, role = acting_member(tx, self.room, self.actor)
        self._check(room, role)
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
                if effective and change.mode in ROLE_MODES:
                    keys.append(str(self.targets[change.argument].key))
        if done:
            tags = {"target-keys": ",".join(keys)} if keys else None
            said = spell_modes(done)
            tx.record(ModesChanged, self.room, self.actor, with_key(said, HIDDEN_KEY), tags, told=said)
            self._note(tx, room, done)
        return errors

    def _note(self, tx: Transaction, room: Room, done: Sequence[ModeChange]) -> None:
        """Note bans, roles and other modes apart. A key lets people in, so it is not written down."""
        for action, kinds in (("room.ban", LISTS), ("room.role", ROLE_MODES), ("room.mode", None)):
            chosen = [each for each in done if _kind_of(each) is kinds]
            if chosen:
                tx.audit.note(action, self.actor, f"#{room.name}", with_key(spell_modes(chosen), HIDDEN_KEY))

    def _check(self, room: Room, role: Role) -> None:
        """Raise OPERATOR_REQUIRED unless the actor may set modes. A founder may make themselves an operator."""
        if permissions.may_set_modes(role):
            return
        self_made = all(
            change.adding and change.mode == "o" and self.targets.get(change.argument) == self.actor
            for change in self.changes
        )
        if not (self_made and permissions.may_become_operator(room, role, self.actor)):
            raise operator_required(room)

    def _one(self, tx: Transaction, room: Room, change: ModeChange) -> tuple[Room, list[ModeChange]]:
        """The room after one change, with the change if it had an effect."""
        if change.mode in ROLE_MODES:
            return room, self._role(tx, room, change)
        if change.mode in LISTS:
            return self._listed(tx, room, change)
        after = with_modes(room, [change], self.actor.nick, tx.now)
        if after == room:
            return room, []
        if change.mode in FLAGS:
            tx.rooms.update(room.id, flags=after.flags)
        elif change.mode == "k":
            tx.rooms.update(room.id, password=after.password)
            change = change if change.adding else change._replace(argument="*")
        elif change.mode == "l":
            tx.rooms.update(room.id, member_limit=after.member_limit)
        return after, [change]

    def _listed(self, tx: Transaction, room: Room, change: ModeChange) -> tuple[Room, list[ModeChange]]:
        """Put a mask on a list, or take it off. A mask is on a list once, whatever its case, and is taken off
        in the spelling that was put on."""
        entry = room.entry(change.mode, change.argument)
        if change.adding is (entry is not None):
            return room, []
        if entry is not None:
            change = change._replace(argument=entry.mask)
            tx.rooms.remove_mask(room.id, change.mode, entry.mask)
        elif sum(len(room.list(mode)) for mode in LISTS) >= self.most_masks:
            raise ChatError(Code.LIST_FULL, "the lists of this room are full", change.mode)
        else:
            tx.rooms.add_mask(room.id, change.mode, Ban(change.argument, self.actor.nick, tx.now))
            if change.mode == "b":
                tx.invites.date_back(room.id)  # no earlier invite overrides this ban, whatever the clock says
        return with_modes(room, [change], self.actor.nick, tx.now), [change]

    def _role(self, tx: Transaction, room: Room, change: ModeChange) -> list[ModeChange]:
        target = self._target(change)
        member = tx.members.get(room.id, target)
        if member is None:
            raise ChatError(Code.TARGET_NOT_A_MEMBER, "they are not in this room", target.nick)
        taken = change.mode == "o" and not change.adding and member.role.operator
        if taken and not permissions.may_take_operator(room, self.actor, target):
            raise ChatError(
                Code.OPERATOR_REQUIRED, "only the founder can take this role from the founder", room.name
            )
        wanted = member.role.changed(change.mode, change.adding)
        if wanted is member.role:
            return []
        tx.members.put(room.id, target, wanted, member.joined_seq)
        if taken:
            tx.invites.remove_by(room.id, target)
        return [change._replace(argument=member.actor.nick)]

    def _target(self, change: ModeChange) -> Actor:
        target = self.targets.get(change.argument)
        if target is None:
            raise ChatError(Code.NO_SUCH_PERSON, "there is nobody of that name", change.argument)
        return target


def _kind_of(change: ModeChange) -> object:
    """LISTS, ROLE_MODES, or None for the others."""
    return LISTS if change.mode in LISTS else ROLE_MODES if change.mode in ROLE_MODES else None
