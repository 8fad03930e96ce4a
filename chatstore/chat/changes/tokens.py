"""Device tokens come, are used and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatstore.chat.changes.required import required_epoch, required_own_account
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import TokensRemoved
from chatstore.chat.model.tokens import MAX_TOKENS, DeviceToken
from chatstore.chat.ports import Change, Transaction


@dataclass
class AddToken(Change):
    """`digest`: of the token; `epoch`: of the password that was shown for it, None for the administrator. Returns
    the DeviceToken; LIST_FULL, SUSPENDED, WRONG_CREDENTIALS when the password was changed meanwhile."""

    account_id: int
    digest: str
    label: str
    epoch: int | None = None

    def apply(self, tx: Transaction) -> DeviceToken:
        account = required_own_account(tx, self.account_id)
        if self.epoch is not None:
            required_epoch(account, self.epoch)
        if tx.tokens.count(self.account_id) >= MAX_TOKENS:
            raise ChatError(Code.LIST_FULL, f"there are {MAX_TOKENS} tokens already: remove one first")
        return tx.tokens.add(self.account_id, self.digest, self.label)


@dataclass
class UseToken(Change):
    """Somebody has come by it. Returns whether it is still there."""

    token_id: int

    def apply(self, tx: Transaction) -> bool:
        return tx.tokens.use(self.token_id)


@dataclass
class RemoveTokens(Change):
    """`only` that one, or all of the account's `but` one (None: all of them). Who came by them is put out, but
    for the session that asks. Invitations to the server that were made by them, and that nobody has used, are void,
    unless a session signs out: removes the token by which it came itself. Returns the ids of those that there
    were."""

    account_id: int
    only: int | None = None
    but: int | None = None
    signs_out: bool = False

    def apply(self, tx: Transaction) -> Sequence[int]:
        removed = tx.tokens.remove(self.account_id, only=self.only, but=self.but)
        if removed and not self.signs_out:
            tx.invitations.remove_made_by_tokens(self.account_id, only=removed)
        if removed:
            tx.announce(TokensRemoved(self.account_id, frozenset(removed)))
        return removed
