"""Accounts come, change and go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from chatstore.chat import permissions
from chatstore.chat.account_events import AccountEnded, PersistenceChanged, ReplayChanged
from chatstore.chat.accounts import Account, AccountRole, Persistence, Replay, ended_because
from chatstore.chat.changes.invitations import required_invitation
from chatstore.chat.changes.tokens import remove_tokens
from chatstore.chat.errors import ChatError, Code
from chatstore.chat.events import Actor, MemberLeft
from chatstore.chat.metadata import Subject
from chatstore.chat.names import Name, required_free
from chatstore.chat.ports import Transaction


@dataclass
class CreateAccount:
    """`password` is hashed already. `invitation`: the digest of the code that it is made by, which is used up and
    gives the role; empty for none. Returns the Account; NAME_TAKEN, also by an account that was removed;
    INVALID_CODE."""

    name: Name
    password: str
    role: AccountRole = "user"
    invitation: str = ""
    origin: object = None
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> Account:
        required_free(self.name)
        if tx.account_named(self.name.folded) is not None:
            raise ChatError(Code.NAME_TAKEN, "that name is taken", self.name.shown)
        if not self.invitation:
            return tx.add_account(self.name.shown, self.name.folded, self.password, self.role)
        invitation = required_invitation(tx, self.invitation)
        account = tx.add_account(self.name.shown, self.name.folded, self.password, invitation.role)
        tx.use_account_invitation(invitation.id, account.id)
        return account


@dataclass
class SetPassword:
    """`password` is hashed already. The account's device tokens go with the old one, but for `keep`, by which the
    session came that asks."""

    name: Name
    password: str
    keep: int | None = None
    origin: object = None
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> Account:
        account = _existing(tx, self.name)
        tx.update_account(account.id, password=self.password)
        remove_tokens(tx, account.id, but=self.keep)
        return account


@dataclass
class SuspendAccount:
    """The account's sessions end and it can't log in; its memberships and messages stay."""

    name: Name
    reason: str
    origin: object = None
    ends_batch: ClassVar[bool] = True

    def apply(self, tx: Transaction) -> Account:
        account = _existing(tx, self.name)
        tx.update_account(account.id, status="suspended", status_reason=self.reason)
        tx.announce(AccountEnded(account.id, ended_because("suspended", self.reason)))
        return account


@dataclass
class SetPersistence:
    """What the account wants to happen when its last connection goes. Returns whether that is new."""

    account_id: int
    persistence: Persistence
    always_on: bool
    origin: object = None
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> bool:
        account = tx.account(self.account_id)
        if account is None or not permissions.may_log_in(account):
            raise ChatError(Code.SUSPENDED, "this account is not active")
        if account.persistence == self.persistence:
            return False
        tx.update_account(account.id, persistence=self.persistence)
        stays = permissions.stays(replace(account, persistence=self.persistence), always_on=self.always_on)
        tx.announce(PersistenceChanged(account.id, self.persistence, stays))
        return True


@dataclass
class SetReplay:
    """What the account wants to be shown of the past; see Account.replay. Returns whether that is new."""

    account_id: int
    replay: Replay
    origin: object = None
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> bool:
        account = tx.account(self.account_id)
        if account is None or not permissions.may_log_in(account):
            raise ChatError(Code.SUSPENDED, "this account is not active")
        if account.replay == self.replay:
            return False
        tx.update_account(account.id, replay=self.replay)
        tx.announce(ReplayChanged(account.id, self.replay))
        return True


@dataclass
class RestoreAccount:
    """Undo a suspension."""

    name: Name
    origin: object = None
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> Account:
        account = _existing(tx, self.name)
        tx.update_account(account.id, status="active", status_reason="")
        return account


@dataclass
class RemoveAccount:
    """For good: it leaves its rooms, its password is gone. What it wrote stays, and so does its name, taken."""

    name: Name
    origin: object = None
    ends_batch: ClassVar[bool] = True

    def apply(self, tx: Transaction) -> Account:
        account = _existing(tx, self.name)
        actor = Actor(account.nick, account.name, account.id)
        for member in tx.memberships(actor):
            tx.remove_member(member.room, actor)
            tx.record(MemberLeft, member.room, actor, "account removed")
        subject = Subject(account.nick, actor=actor)
        for key in tx.metadata(subject):
            tx.put_metadata(subject, key, "")
        tx.remove_certificates(account.id)
        tx.remove_tokens(account.id, only=None, but=None)
        tx.update_account(account.id, status="removed", status_reason="", password="")
        tx.announce(AccountEnded(account.id, ended_because("removed")))
        return account


@dataclass
class AddCertificate:
    """A client certificate logs in to the account from now on. `fingerprint`: SHA-256 of its DER form, lower-case
    hex. NAME_TAKEN when it logs in to some account already."""

    name: Name
    fingerprint: str
    origin: object = None
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> Account:
        account = _existing(tx, self.name)
        owner = tx.certificate_owner(self.fingerprint)
        if owner is not None:
            raise ChatError(Code.NAME_TAKEN, f"that certificate logs in to {owner.name} already", owner.name)
        tx.add_certificate(account.id, self.fingerprint)
        return account


@dataclass
class RemoveCertificate:
    """It logs in no more. Returns whether it did."""

    name: Name
    fingerprint: str
    origin: object = None
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> bool:
        return tx.remove_certificates(_existing(tx, self.name).id, self.fingerprint) > 0


@dataclass
class MarkSeen:
    """The account's last connection went, or a first one came. `seen`: what was delivered to it, by room."""

    account_id: int
    seen: Mapping[int, int] = field(default_factory=dict)
    origin: object = field(default=None)
    ends_batch: ClassVar[bool] = False

    def apply(self, tx: Transaction) -> None:
        tx.update_account(self.account_id, last_seen_at=tx.now)
        tx.mark_seen(self.account_id, self.seen)


def _existing(tx: Transaction, name: Name) -> Account:
    account = tx.account_named(name.folded)
    if account is None or account.status == "removed":
        raise ChatError(Code.NO_SUCH_PERSON, f"there is no account {name.shown}", name.shown)
    return account
