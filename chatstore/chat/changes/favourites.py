"""Changes to the favourite conversations of accounts."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.chat.changes.required import required_conversation, required_own_account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import FavouriteChanged
from chatstore.chat.ports import Change, Touched, Transaction

MOST = 100
"""The most favourites of an account."""


@dataclass
class SetFavourite(Change):
    """Add a conversation to an account's favourites, or remove it: the room with this id, or the direct
    conversation with a person (somebody here, or the folded name of an account). `shown`: the conversation as the
    account sees it. Returns whether that changed. Raises NO_SUCH_ROOM, NO_SUCH_PERSON, LIST_FULL."""

    actor: Actor
    target: int | Actor | str
    shown: str
    favourite: bool

    def touches(self, tx: Transaction) -> Touched:
        own = self.actor.account_id
        return Touched([own] if own is not None else [], [self.target] if isinstance(self.target, int) else [])

    def apply(self, tx: Transaction) -> bool:
        assert self.actor.account_id is not None
        account = required_own_account(tx, self.actor.account_id)
        room_id = required_conversation(tx, self.actor, self.target, self.shown)
        before = tx.favourites.of(account.id)
        if (room_id in before) == self.favourite:
            return False
        if self.favourite and len(before) >= MOST:
            raise ChatError(Code.LIST_FULL, f"there can be {MOST} favourites at most")
        tx.favourites.put(account.id, room_id, favourite=self.favourite)
        tx.announce(FavouriteChanged(account.id, self.shown, self.favourite))
        return True
