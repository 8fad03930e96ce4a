"""Changes to invitations to the server: make and revoke them. CreateAccount uses them up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from chatstore.chat.changes.administration import password_required, required_admin
from chatstore.chat.changes.required import required_account, required_no_bot, required_own_name, touching_account
from chatstore.chat.model.accounts import AccountRole, said_time
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.invitations import FIRST_ADMINS_LIFE, RESET_LIFE, USUAL_LIFE, AccountInvitation
from chatstore.chat.model.names import Name
from chatstore.chat.model.tokens import REMOVED
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.ports.accounts import AccountsReader
from chatstore.chat.rules import permissions

ADMINS_ONLY = "only administrators invite people to the server"


@dataclass
class InviteToServer(Change):
    """Make an invitation. `digest` is the digest of its code; `name` the account that it is for, None for
    any; `life` is in milliseconds; `made_by` is an account, None for the command line; `token` is the device
    token of the session that makes it, so that the invitation ends with a stolen token. Returns the
    AccountInvitation. Raises NAME_TAKEN, ADMIN_REQUIRED, NO_SUCH_TOKEN."""

    digest: str
    name: Name | None = None
    role: AccountRole = "user"
    life: int = USUAL_LIFE
    made_by: int | None = None
    token: int | None = None

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.made_by] if self.made_by is not None else [])

    def apply(self, tx: Transaction) -> AccountInvitation:
        maker = tx.accounts.by_id(self.made_by) if self.made_by is not None else None
        if self.made_by is not None and not permissions.may_invite_to_server(maker, tx.now):
            raise ChatError(Code.ADMIN_REQUIRED, ADMINS_ONLY)
        if self.token is not None and self.token not in {
            each.id for each in tx.tokens.of_account(self.made_by or 0)
        }:
            raise ChatError(Code.NO_SUCH_TOKEN, REMOVED)
        if self.name is not None:
            required_own_name(tx, self.name)
        shown, end = self.name.shown if self.name is not None else "", tx.now + self.life
        made = tx.invitations.add(self.digest, shown, self.role, end, self.made_by, token=self.token)
        detail = (
            f"invitation {made.id}, {'an administrator, ' if self.role == 'admin' else ''}until {said_time(end)}"
        )
        tx.audit.note("account.invite", maker.actor if maker is not None else SERVER, shown, detail)
        return made


class FirstInvitation(NamedTuple):
    """The code of an invitation for the first admin, or the other server that has printed one, which is still good.
    Both are empty if there is an admin, or if nobody may create an account."""

    code: str = ""
    printed_by: str = ""


@dataclass
class InviteFirstAdmin(Change):
    """Make an invitation for the first admin, if there is no admin. It replaces earlier ones of this kind, unless
    another server runs that has printed it. Returns a FirstInvitation."""

    code: str

    def apply(self, tx: Transaction) -> FirstInvitation:
        tx.nodes.lock()  # several servers may start at once
        if tx.accounts.has_admin():
            tx.invitations.remove_first()
            return FirstInvitation()
        node = tx.presences.node
        if printed_by := tx.nodes.first_inviter(node):
            return FirstInvitation(printed_by=printed_by)
        tx.invitations.remove_first()
        made = tx.invitations.add(digest_of(self.code), "", "admin", tx.now + FIRST_ADMINS_LIFE, None, first=True)
        tx.nodes.note_invited(node, made.id)
        return FirstInvitation(self.code)


@dataclass
class InviteToReset(Change):
    """Make a one-use link for an account that exists: whoever has its code sets a new password of that
    account, which logs it out everywhere. A placeholder becomes an account by it. It replaces earlier links
    for the account. `by`: an administrator's account, None for the command line; `by_password`: whether that
    session has shown its password; `token`: see InviteToServer. Returns the AccountInvitation. Raises
    NO_SUCH_PERSON, ADMIN_REQUIRED, PASSWORD_REQUIRED, ACCOUNT_WAITING."""

    digest: str
    name: Name
    life: int = RESET_LIFE
    by: Actor = SERVER
    by_password: bool = True
    token: int | None = None

    def touches(self, tx: Transaction) -> Touched:
        return touching_account(tx, self.name)

    def apply(self, tx: Transaction) -> AccountInvitation:
        if self.by is not SERVER:
            required_admin(tx, self.by)
        account = required_no_bot(required_account(tx, self.name))
        if account.status == "waiting":
            raise ChatError(
                Code.ACCOUNT_WAITING, f"{account.name} waits for approval: approve it first", account.name
            )
        if not permissions.may_manage(account, None, by_password=self.by_password):
            raise password_required(account)
        tx.invitations.remove_for_account(account.id)
        end = tx.now + self.life
        made = tx.invitations.add(
            self.digest,
            account.name,
            account.role,
            end,
            self.by.account_id,
            token=self.token,
            account_id=account.id,
        )
        tx.audit.note("account.reset", self.by, account.name, f"until {said_time(end)}")
        return made


@dataclass
class RevokeInvitation(Change):
    """Revoke an unused invitation. Returns whether there was one."""

    invitation_id: int

    def apply(self, tx: Transaction) -> bool:
        removed = tx.invitations.remove(self.invitation_id)
        if removed:
            tx.audit.note("account.revoke-invitation", SERVER, str(self.invitation_id))
        return removed


def required_invitation(tx: Transaction, digest: str) -> AccountInvitation:
    """The invitation, if it can make an account now. Raises INVALID_CODE."""
    found = tx.invitations.by_digest(digest)
    if found is None or not still_works(found, tx.accounts, tx.now) or (found.first and tx.accounts.has_admin()):
        raise no_invitation()
    return found


def still_works(invitation: AccountInvitation, accounts: AccountsReader, now: int) -> bool:
    """See permissions.may_use_invitation."""
    maker, target = (
        accounts.by_id(each) if each is not None else None for each in (invitation.made_by, invitation.account_id)
    )
    return permissions.may_use_invitation(invitation, maker, target, now)


def required_new(invitation: AccountInvitation) -> AccountInvitation:
    """The invitation, if it makes an account. Raises INVALID_CODE."""
    if invitation.account_id is not None:
        raise no_invitation()
    return invitation


def no_invitation() -> ChatError:
    """The error for an invitation that is unknown, expired, used or revoked; the text is always the same."""
    return ChatError(Code.INVALID_CODE, "this invitation is not valid")
