"""Changes by which an account gets what was imported for a placeholder: messages in slices, then the rest at once.

The placeholder stays until the end, so a claim that was stopped can be made once more, and goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from chatstore.chat.changes.importing import announce_opened, first_room_name, free_room_name, let_in
from chatstore.chat.changes.required import required_owned
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.imports import PLACEHOLDER
from chatstore.chat.model.names import Name
from chatstore.chat.model.rooms import Role, Room, direct_key, direct_persons, room_key
from chatstore.chat.ports import Change, Touched, Transaction

_CLAIMED = "what was imported for it belongs to "
SLICE = 10_000
"""Messages that are looked at in one transaction."""


class Claim(NamedTuple):
    """The two accounts, and the id of the newest message when the claim began."""

    placeholder: Account
    account: Account
    last: int


@dataclass
class BeginClaim(Change):
    """Check that a claim is possible. Returns a Claim. Raises NO_SUCH_PERSON."""

    name: Name
    imported: Name

    def apply(self, tx: Transaction) -> Claim:
        placeholder = tx.accounts.named(self.imported.folded)
        if placeholder is None or placeholder.status != PLACEHOLDER:
            if placeholder is not None and placeholder.status_reason.startswith(_CLAIMED):
                to = placeholder.status_reason.removeprefix(_CLAIMED)
                text = f"what was imported as {self.imported.shown} was given to {to} already"
                raise ChatError(Code.NO_SUCH_PERSON, text, self.imported.shown)
            text = f"{self.imported.shown} is not the name of somebody whose messages were imported"
            raise ChatError(Code.NO_SUCH_PERSON, text, self.imported.shown)
        return Claim(placeholder, required_owned(tx, self.name), tx.imports.last_message())


@dataclass
class ClaimMessages(Change):
    """Give the account the placeholder's messages with ids from after `after` up to `upto`. Returns how many."""

    claim: Claim
    after: int
    upto: int

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.claim.placeholder.id, self.claim.account.id])

    def apply(self, tx: Transaction) -> int:
        return tx.imports.hand_over(self.claim.placeholder.id, self.claim.account.id, self.after, self.upto)


class Claimed(NamedTuple):
    messages: int
    reactions: int
    conversations: int
    files: int


@dataclass
class FinishClaim(Change):
    """Give the account everything else of the placeholder: messages that were imported meanwhile, reactions, files,
    direct conversations, and the right to join private rooms. The placeholder is a removed account then. A direct
    conversation that the account has already, under its own name, stays; the imported one becomes a private room of
    the two. Returns a Claimed."""

    claim: Claim

    def touches(self, tx: Transaction) -> Touched:
        old, new = self.claim.placeholder, self.claim.account
        ids = tx.imports.conversations(old.id)
        rooms = [room for id_ in ids if (room := tx.rooms.by_id(id_)) is not None]
        pairs = [self._persons(room) for room in rooms]
        beside = [room_key(first_room_name(self._title(tx, pair)).folded) for pair in pairs]
        return Touched([old.id, new.id], ids, [*(direct_key(*pair) for pair in pairs), *beside])

    def _persons(self, room: Room) -> tuple[int | str, int | str]:
        """The persons of a direct conversation from now on."""
        one, other = direct_persons(room.key)
        old, new = self.claim.placeholder.id, self.claim.account.id
        return new if one == old else one, new if other == old else other

    def _accounts(self, tx: Transaction, persons: tuple[int | str, int | str]) -> list[Account]:
        found = [tx.accounts.by_id(id_) for id_ in dict.fromkeys(persons) if isinstance(id_, int)]
        return [account for account in found if account is not None]

    def _title(self, tx: Transaction, persons: tuple[int | str, int | str]) -> str:
        """What the room of the two is called, if their conversation becomes one."""
        return "-".join(account.name for account in self._accounts(tx, persons))

    def apply(self, tx: Transaction) -> Claimed:
        old, new = self.claim.placeholder, self.claim.account
        before, to = (Actor(each.nick, each.name, each.id) for each in (old, new))
        messages = tx.imports.hand_over(old.id, new.id, self.claim.last, tx.imports.last_message())
        reactions = tx.imports.hand_over_rest(old.id, to)
        files = tx.files.hand_over(old.id, new.id)
        tx.invites.move(before, to)
        conversations = [tx.rooms.by_id(id_) for id_ in tx.imports.conversations(old.id)]
        for room in conversations:
            if room is not None:
                self._hand_over(tx, room, to)
        text = f"{_CLAIMED}{new.name}"
        tx.accounts.update(old.id, status="removed", status_reason=text)
        tx.audit.note("account.claim", SERVER, new.name, f"imported as {old.name}")
        return Claimed(messages, reactions, len(conversations), files)

    def _hand_over(self, tx: Transaction, room: Room, to: Actor) -> None:
        one, other = self._persons(room)
        key = direct_key(one, other)
        if tx.rooms.keyed(key) is None:
            tx.imports.hand_over_conversation(room.id, self.claim.placeholder.id, to, key)
            return
        name = free_room_name(tx, self._title(tx, (one, other)))
        tx.imports.make_room(room.id, room_key(name.folded), name.shown, "ins")
        let_in(tx, room, {account.id: Role.MEMBER for account in self._accounts(tx, (one, other))})
        made = tx.rooms.by_id(room.id)
        if made is not None:
            announce_opened(tx, made)
