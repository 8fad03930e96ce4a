"""What administrators do that others may do for themselves: a change, judged and noted as an administrator's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import Name
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions

ADMINS_ONLY = "only administrators may do that"


@dataclass
class Administer(Change):
    """Apply a change for an administrator: what it does as SERVER is noted as done by `by`. SERVER as `by` is
    the administrator on the command line. `action`, `about`, `detail`: the entry of the audit log, for a
    change that writes none itself and returns something. Returns what the change returns. Raises
    ADMIN_REQUIRED.

    `target`: the account that it is about; `locks_out`: whether that account loses something by it, so that it
    can't be one's own (OWN_ACCOUNT). `by_password`: whether the session has shown the password of `by`; acts on
    other administrators raise PASSWORD_REQUIRED otherwise."""

    by: Actor
    change: Change
    action: str = ""
    about: str = ""
    detail: str = ""
    target: Name | None = None
    locks_out: bool = False
    by_password: bool = True
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        touched = self.change.touches(tx)
        own = [self.by.account_id] if self.by.account_id is not None else []
        return touched._replace(accounts=[*touched.accounts, *own])

    def apply(self, tx: Transaction) -> Any:
        if self.by is not SERVER:
            required_admin(tx, self.by)
        target = tx.accounts.named(self.target.folded) if self.target is not None else None
        if target is not None:
            self._check(target)
        tx.audit.act_for(self.by)
        result = self.change.apply(tx)
        if self.action and result:
            tx.audit.note(self.action, self.by, self.about, self.detail)
        return result

    def _check(self, target: Account) -> None:
        if self.locks_out and not permissions.may_lock_out(target, self.by.account_id):
            text = "that is your own account: another administrator has to do it"
            raise ChatError(Code.OWN_ACCOUNT, text, target.name)
        if not permissions.may_manage(target, self.by.account_id, by_password=self.by_password):
            raise password_required(target)


@dataclass
class NoteAct(Change):
    """Note an act in the audit log that changes nothing else in the database, such as an export. `by`: an
    administrator, or SERVER on the command line. Raises ADMIN_REQUIRED."""

    by: Actor
    action: str
    about: str = ""
    detail: str = ""

    def apply(self, tx: Transaction) -> None:
        if self.by is not SERVER:
            required_admin(tx, self.by)
        tx.audit.note(self.action, self.by, self.about, self.detail)


def password_required(target: Account) -> ChatError:
    text = f"{target.name} is an administrator, so this needs your password: send OPER with it, and try again"
    return ChatError(Code.PASSWORD_REQUIRED, text, target.name)


def required_admin(tx: Transaction, by: Actor) -> Account:
    """The administrator's account. Raises ADMIN_REQUIRED if it is none, or not any more."""
    account = tx.accounts.by_id(by.account_id) if by.account_id is not None else None
    if account is None or not permissions.may_administer(account, tx.now):
        raise ChatError(Code.ADMIN_REQUIRED, ADMINS_ONLY)
    return account
