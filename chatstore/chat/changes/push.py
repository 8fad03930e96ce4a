"""Changes to push: the server's key, and the subscriptions of accounts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from chatstore.chat.changes.required import required_epoch, required_own_account
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.push import PushKey, Subscription
from chatstore.chat.model.scopes import CONNECTION
from chatstore.chat.model.tokens import CERTIFICATE_REMOVED, REMOVED
from chatstore.chat.ports import Change, Touched, Transaction


@dataclass
class EnsurePushKey(Change):
    """Keep this key if there is none yet. Returns the PushKey that there is: all nodes have the same."""

    key: PushKey

    def apply(self, tx: Transaction) -> PushKey:
        tx.nodes.lock()  # two nodes may start at once
        found = tx.push.key()
        if found is None:
            tx.push.put_key(self.key)
        return found or self.key


@dataclass
class RegisterPush(Change):
    """Register a push subscription for an account, in place of any of the same endpoint. `login`: the device
    token, the certificate and the epoch that its session had logged in by. Returns the Subscription. Raises
    WRONG_CREDENTIALS if one of them is gone meanwhile, SUSPENDED."""

    account_id: int
    endpoint: str
    service: str
    keys: tuple[str, str]
    switches: str
    login: tuple[int | None, str, int]
    address: str

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> Subscription:
        account = required_own_account(tx, self.account_id)
        token, certificate, epoch = self.login
        required_epoch(account, epoch)
        if token is not None and all(each.id != token for each in tx.tokens.of_account(account.id)):
            raise ChatError(Code.WRONG_CREDENTIALS, REMOVED, account.name)
        if certificate:
            owner = tx.accounts.with_certificate(certificate)
            if owner is None or owner.id != account.id:
                raise ChatError(Code.WRONG_CREDENTIALS, CERTIFICATE_REMOVED, account.name)
        return tx.push.put(
            account.id, self.endpoint, self.service, self.keys, self.switches, self.login, self.address
        )


@dataclass
class UnregisterPush(Change):
    """Remove the subscription of an account with this endpoint. Returns whether there was one."""

    account_id: int
    endpoint: str

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> bool:
        return tx.push.remove_endpoint(self.account_id, digest_of(self.endpoint))


@dataclass
class RemovePush(Change):
    """Remove subscriptions that have ended: their push service knows them no more, or their person is
    banned."""

    ids: Collection[int]
    deferrable = True

    def apply(self, tx: Transaction) -> None:
        tx.push.remove_ids(self.ids)


@dataclass
class NoteActive(Change):
    """Note, for the other servers of the database, that these accounts are in use now."""

    accounts: Collection[int]
    needs = CONNECTION
    deferrable = True

    def apply(self, tx: Transaction) -> None:
        tx.push.note_active(self.accounts)
