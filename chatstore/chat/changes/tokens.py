"""Changes to device tokens: add, use and remove them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatstore.chat.changes.hooks import STOPPED
from chatstore.chat.changes.required import required_epoch, required_own_account
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import TokensRemoved
from chatstore.chat.model.scopes import CONNECTION, EVERYTHING, Grant
from chatstore.chat.model.tokens import MAX_TOKENS, DeviceToken
from chatstore.chat.ports import Change, Touched, Transaction


@dataclass
class AddToken(Change):
    """Add a token that allows `allows`. `digest` is the token's; `epoch` that of the password that was shown, None
    for the administrator. Returns the DeviceToken. Raises LIST_FULL, SUSPENDED; WRONG_CREDENTIALS if the password
    was changed meanwhile."""

    account_id: int
    digest: str
    label: str
    epoch: int | None = None
    allows: Grant = EVERYTHING

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> DeviceToken:
        account = required_own_account(tx, self.account_id)
        if self.epoch is not None:
            required_epoch(account, self.epoch)
        if tx.tokens.count(self.account_id) >= MAX_TOKENS:
            raise ChatError(Code.LIST_FULL, f"there are {MAX_TOKENS} tokens already: remove one first")
        return tx.tokens.add(self.account_id, self.digest, self.label, self.allows)


@dataclass
class UseToken(Change):
    """Note that somebody has logged in by a token. Returns whether the token still exists."""

    token_id: int
    needs = CONNECTION

    def apply(self, tx: Transaction) -> bool:
        return tx.tokens.use(self.token_id)


@dataclass
class RemoveTokens(Change):
    """Remove the token `only`, or all of the account's tokens except `but` (None: no exception). Sessions
    that logged in by them end. Unused invitations to the server that were made by
    them become void, and webhooks are switched off, unless a session signs out, that is, removes its own token.
    Returns the ids of the removed tokens."""

    account_id: int
    only: int | None = None
    but: int | None = None
    signs_out: bool = False
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> Sequence[int]:
        removed = tx.tokens.remove(self.account_id, only=self.only, but=self.but)
        if removed and not self.signs_out:
            tx.invitations.remove_made_by_tokens(self.account_id, only=removed)
            tx.hooks.stop_made_by_tokens(self.account_id, STOPPED, only=removed)
        if removed:
            tx.announce(TokensRemoved(self.account_id, frozenset(removed)))
        return removed
