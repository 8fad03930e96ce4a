"""Changes to the metadata of people and rooms."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.chat.changes.required import required_active
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import MetadataChanged
from chatstore.chat.model.metadata import Subject
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions


@dataclass
class SetMetadata(Change):
    """Set one key; an empty value removes it. Returns the value before, or None. A guest's metadata is told
    but not stored.

    Raises OPERATOR_REQUIRED; LIST_FULL for a key beyond the `most` that one person or room may have.
    """

    actor: Actor
    subject: Subject
    key: str
    value: str
    most: int

    def touches(self, tx: Transaction) -> Touched:
        return _touched(self.subject)

    def apply(self, tx: Transaction) -> str | None:
        _required_right(tx, self.actor, self.subject)
        if self.subject.guest:
            assert self.subject.actor is not None
            tx.presences.put_metadata(self.subject.actor, self.key, self.value)
            tx.announce(_changed(tx, self.actor, self.subject, self.key, self.value))
            return None
        items = tx.metadata.of(self.subject)
        before = items.get(self.key)
        if self.value and before is None and len(items) >= self.most:
            raise ChatError(Code.LIST_FULL, f"there are {self.most} keys already", self.key)
        if (before or "") != self.value:
            tx.metadata.put(self.subject, self.key, self.value)
            tx.announce(_changed(tx, self.actor, self.subject, self.key, self.value))
            _note(tx, self.actor, self.subject, self.key)
        return before


@dataclass
class ClearMetadata(Change):
    """Remove every key. Returns the keys that there were. A guest's keys are removed one by one by the
    caller."""

    actor: Actor
    subject: Subject

    def touches(self, tx: Transaction) -> Touched:
        return _touched(self.subject)

    def apply(self, tx: Transaction) -> list[str]:
        _required_right(tx, self.actor, self.subject)
        if self.subject.guest:
            return []
        keys = sorted(tx.metadata.of(self.subject))
        for key in keys:
            tx.metadata.put(self.subject, key, "")
            tx.announce(_changed(tx, self.actor, self.subject, key, ""))
        if keys:
            _note(tx, self.actor, self.subject, "all keys")
        return keys


def _touched(subject: Subject) -> Touched:
    if subject.room is not None:
        return Touched(rooms=[subject.room])
    account_id = subject.actor.account_id if subject.actor is not None else None
    return Touched([account_id] if account_id is not None else [])


def _required_right(tx: Transaction, actor: Actor, subject: Subject) -> None:
    account = required_active(tx, actor)
    admin = account is not None and account.admin
    if subject.room is not None:
        if tx.rooms.by_id(subject.room) is None:
            raise ChatError(Code.NO_SUCH_ROOM, "there is no such room", subject.name)
        member = tx.members.get(subject.room, actor)
        allowed = permissions.may_set_room_metadata(member.role if member is not None else None, admin=admin)
    else:
        assert subject.actor is not None
        allowed = permissions.may_set_metadata_of(subject.actor, actor, admin=admin)
    if not allowed:
        raise ChatError(Code.OPERATOR_REQUIRED, "you may not change that", subject.name)


def _note(tx: Transaction, actor: Actor, subject: Subject, what: str) -> None:
    """Note in the audit log what was set of a room, or of another person."""
    if subject.room is not None:
        tx.audit.note("room.settings", actor, f"#{subject.name}", f"metadata: {what}")
    elif subject.account_id != actor.account_id:
        tx.audit.note("account.profile", actor, subject.name, what)


def _changed(tx: Transaction, by: Actor, subject: Subject, key: str, value: str) -> MetadataChanged:
    return MetadataChanged(subject.room, subject.actor, by, tx.now, key, value)
