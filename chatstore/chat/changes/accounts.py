"""Changes to accounts: make, alter, suspend, restore and remove them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chatstore.chat.changes.hooks import STOPPED
from chatstore.chat.changes.invitations import no_invitation, required_invitation, required_new
from chatstore.chat.changes.required import (
    announce_waiting,
    required_account,
    required_epoch,
    required_no_bot,
    required_own_account,
    required_own_name,
    required_owned,
    touching_account,
    touching_with_bots,
)
from chatstore.chat.model.accounts import Account, AccountRole, Persistence, Replay, ended_because, said_time
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import (
    AccountEnded,
    CertificatesRemoved,
    PasswordChanged,
    PersistenceChanged,
    ReplayChanged,
    RoleChanged,
)
from chatstore.chat.model.invitations import DAY
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import Name, person_name
from chatstore.chat.model.networks import network_of
from chatstore.chat.model.room_events import MemberLeft
from chatstore.chat.model.scopes import CONNECTION
from chatstore.chat.model.tokens import DeviceToken
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions

MOST_WAITING, MOST_WAITING_THERE = 200, 5
"""The most accounts that may wait for approval: of all, and of those that were asked for from one network."""
WAITING_DAYS = 30
"""An account for which nobody decides for so long is refused."""
OWNER_SUSPENDED = "its owner was suspended"
"""Why the bots of a suspended account are suspended; they are restored with it."""
LEFT_BECAUSE = "account removed"
"""The reason by which a removed account leaves its rooms."""


@dataclass
class CreateAccount(Change):
    """Make an account. `password` is hashed already. `invitation` is the digest of the code that the account
    is made by, or empty; it is used up, and gives the account its role. `nick_of` is the Actor.key of the
    only person who may have the name as their nick now (empty: nobody may); None allows everybody. Returns
    the Account. Raises NAME_TAKEN (also for a removed account's name), INVALID_NAME, INVALID_CODE; THROTTLED
    if too many accounts wait for approval, or too many of that network."""

    name: Name
    password: str
    role: AccountRole = "user"
    invitation: str = ""
    nick_of: int | str | None = None
    waits_at: str = ""
    """The address from which it was asked for, if it has to wait for an administrator's approval."""

    def apply(self, tx: Transaction) -> Account:
        tx.nicks.reserve(self.name)
        required_own_name(tx, self.name)
        if self.nick_of is not None and tx.nicks.holder(self.name.folded) not in (None, self.nick_of):
            raise ChatError(Code.NAME_TAKEN, "somebody here has that name", self.name.shown)
        if not self.invitation:
            account = tx.accounts.add(self.name, self.password, self.role)
            return self._wait(tx, account) if self.waits_at else account
        invitation = required_new(required_invitation(tx, self.invitation))
        account = tx.accounts.add(self.name, self.password, invitation.role)
        if not tx.invitations.use(invitation.id, account.id):
            raise no_invitation()
        return account

    def _wait(self, tx: Transaction, account: Account) -> Account:
        addresses = [*tx.accounts.asked_from().values()]
        network = network_of(self.waits_at)
        if sum(network_of(each) == network for each in addresses) >= MOST_WAITING_THERE:
            text = "too many accounts that were asked for from your address wait for approval: try again later"
            raise ChatError(Code.THROTTLED, text, account.name)
        if len(addresses) >= MOST_WAITING:
            text = "too many accounts wait for approval: try again later"
            raise ChatError(Code.THROTTLED, text, account.name)
        tx.accounts.update(account.id, status="waiting")
        tx.accounts.ask_for(account.id, self.waits_at)
        announce_waiting(tx)
        return replace(account, status="waiting")


@dataclass
class ApproveAccount(Change):
    """Let an account that waits for approval log in from now on. Returns it. Raises NO_SUCH_PERSON."""

    name: Name

    def touches(self, tx: Transaction) -> Touched:
        return touching_account(tx, self.name)

    def apply(self, tx: Transaction) -> Account:
        account = required_waiting(tx, self.name)
        tx.accounts.update(account.id, status="active")
        tx.accounts.decided(account.id)
        tx.audit.note("account.approve", SERVER, account.name)
        announce_waiting(tx)
        return account


@dataclass
class RefuseAccount(Change):
    """Remove an account that waits for approval; its name is free again. Returns it. Raises NO_SUCH_PERSON."""

    name: Name

    def touches(self, tx: Transaction) -> Touched:
        return touching_account(tx, self.name)

    def apply(self, tx: Transaction) -> Account:
        account = required_waiting(tx, self.name)
        tx.accounts.forget(account.id)
        tx.audit.note("account.refuse", SERVER, account.name)
        announce_waiting(tx)
        return account


@dataclass
class RefuseForgotten(Change):
    """Refuse the accounts that have waited for approval for WAITING_DAYS. Returns them."""

    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched([each.id for each in tx.accounts.asked_before(tx.now - WAITING_DAYS * DAY)])

    def apply(self, tx: Transaction) -> Sequence[Account]:
        forgotten = tx.accounts.asked_before(tx.now - WAITING_DAYS * DAY)
        for account in forgotten:
            tx.accounts.forget(account.id)
            tx.audit.note("account.refuse", SERVER, account.name, f"nobody decided within {WAITING_DAYS} days")
        if forgotten:
            announce_waiting(tx)
        return forgotten


def required_waiting(tx: Transaction, name: Name) -> Account:
    account = tx.accounts.named(name.folded)
    if account is None or account.status != "waiting":
        raise ChatError(Code.NO_SUCH_PERSON, f"no account {name.shown} waits for approval", name.shown)
    return account


def required_decided(tx: Transaction, name: Name) -> Account:
    """The account of this name, if it does not wait for approval. Raises NO_SUCH_PERSON, ACCOUNT_WAITING."""
    account = required_owned(tx, name)
    if account.status == "waiting":
        text = f"{account.name} waits for approval: approve or refuse it"
        raise ChatError(Code.ACCOUNT_WAITING, text, account.name)
    return account


@dataclass
class SetPassword(Change):
    """Change an account's password. `password` is hashed already. The old password's holders lose access: the
    account's device tokens and push subscriptions are removed, and all its sessions end except the one that
    asks.

    `epoch` is the epoch of the password that was shown; if it has changed meanwhile, the change raises
    WRONG_CREDENTIALS. `renewed` is the digest of a token that replaces `token`, by which the asking session
    logged in. `certificates` removes the certificates too, voids all of the account's invitations, and
    forgets the networks that it logged in from. Invitations to the server made by any token but the renewed
    one become void in any case, and webhooks are switched off. Returns the new token, or None.
    """

    name: Name
    password: str
    epoch: int | None = None
    token: int | None = None
    renewed: str = ""
    certificates: bool = False
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return touching_account(tx, self.name)

    def apply(self, tx: Transaction) -> DeviceToken | None:
        account = required_no_bot(required_owned(tx, self.name))
        if self.epoch is not None:
            required_epoch(account, self.epoch)
        epoch = account.epoch + 1
        tx.accounts.update(account.id, password=self.password, epoch=epoch)
        tx.push.remove(account.id)
        before = {token.id: token for token in tx.tokens.of_account(account.id)}
        # Not announced: PasswordChanged ends the sessions that logged in by them.
        tx.tokens.remove(account.id, only=None, but=None)
        new = None
        if self.renewed and self.token is not None and self.token in before:
            own = before[self.token]
            new = tx.tokens.add(account.id, self.renewed, own.label, own.grant)
            tx.invitations.renew_token(self.token, new.id)
            tx.hooks.renew_token(self.token, new.id)
        tx.invitations.remove_for_account(account.id)
        kept = new.id if new is not None else None
        tx.invitations.remove_made_by_tokens(account.id, but=kept)
        tx.hooks.stop_made_by_tokens(account.id, STOPPED, but=kept)
        if self.certificates:
            tx.accounts.remove_certificates(account.id)
            tx.invitations.remove_made_by(account.id)
            tx.accounts.forget_networks(account.id)
            tx.audit.note("account.password", SERVER, account.name)
        tx.announce(PasswordChanged(account.id, epoch, new.id if new is not None else None))
        return new


@dataclass
class ResetPassword(Change):
    """Set an account's password by the code of a one-use link (`digest`), which is used up. `password` is hashed
    already. As with SetPassword, all that logged in before is void. A placeholder becomes an account. Returns the
    Account. Raises INVALID_CODE."""

    digest: str
    password: str
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        found = tx.invitations.by_digest(self.digest)
        return Touched([found.account_id] if found is not None and found.account_id is not None else [])

    def apply(self, tx: Transaction) -> Account:
        link = required_invitation(tx, self.digest)
        account = tx.accounts.by_id(link.account_id) if link.account_id is not None else None
        if account is None or account.status == "removed" or not tx.invitations.use(link.id, account.id):
            raise no_invitation()
        if account.status == "placeholder":
            tx.accounts.update(account.id, status="active")
        tx.audit.act_for(account.actor)
        SetPassword(person_name(account.name), self.password, certificates=True).apply(tx)
        after = tx.accounts.by_id(account.id)
        assert after is not None
        return after


@dataclass
class SetRole(Change):
    """Make an account an admin's, or an admin's account an ordinary one. Links that set the password of a new
    admin become void, and so do the unused invitations and links that a former one has made. Returns whether that
    is a change."""

    name: Name
    role: AccountRole
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return touching_account(tx, self.name)

    def apply(self, tx: Transaction) -> bool:
        account = required_no_bot(required_owned(tx, self.name))
        if account.role == self.role:
            return False
        tx.accounts.update(account.id, role=self.role)
        if self.role == "admin":
            tx.invitations.remove_for_account(account.id)
        else:
            tx.invitations.remove_made_by(account.id)
        tx.audit.note("account.admin" if self.role == "admin" else "account.unadmin", SERVER, account.name)
        tx.announce(RoleChanged(account.id, self.role == "admin"))
        return True


@dataclass
class SuspendAccount(Change):
    """Suspend an account, and its bots, until a time (ms since 1970 UTC), or until it is restored. Its sessions and
    its push subscriptions end and it can't log in; its memberships and messages stay. Unused invitations that it
    has made become void. Returns the Account. Raises NO_SUCH_PERSON, ACCOUNT_WAITING."""

    name: Name
    reason: str
    until: int | None = None
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return touching_with_bots(tx, self.name)

    def apply(self, tx: Transaction) -> Account:
        account = required_decided(tx, self.name)
        tx.invitations.remove_made_by(account.id)
        tx.push.remove(account.id)
        tx.accounts.update(account.id, status="suspended", status_reason=self.reason, suspended_until=self.until)
        self._suspend_bots(tx, account)
        until = f"until {said_time(self.until)}: " if self.until is not None else ""
        tx.audit.note("account.suspend", SERVER, account.name, until + self.reason)
        tx.announce(AccountEnded(account.id, ended_because("suspended", self.reason, self.until)))
        return account

    def _suspend_bots(self, tx: Transaction, owner: Account) -> None:
        for bot in tx.accounts.bots_of(owner.id):
            if bot.active(tx.now):
                values = {"status_reason": OWNER_SUSPENDED, "suspended_until": self.until}
                tx.accounts.update(bot.id, status="suspended", **values)
                tx.announce(AccountEnded(bot.id, ended_because("suspended", OWNER_SUSPENDED, self.until)))


@dataclass
class SetPersistence(Change):
    """Choose whether the person stays in their rooms after their last connection ends. Returns whether that
    is a change."""

    account_id: int
    persistence: Persistence
    always_on: bool

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> bool:
        account = required_own_account(tx, self.account_id)
        if account.persistence == self.persistence:
            return False
        tx.accounts.update(account.id, persistence=self.persistence)
        stays = permissions.stays(replace(account, persistence=self.persistence), always_on=self.always_on)
        tx.announce(PersistenceChanged(account.id, self.persistence, stays))
        return True


@dataclass
class SetReplay(Change):
    """Choose what of the history the account is shown; see Account.replay. Returns whether that is a change."""

    account_id: int
    replay: Replay

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> bool:
        account = required_own_account(tx, self.account_id)
        if account.replay == self.replay:
            return False
        tx.accounts.update(account.id, replay=self.replay)
        tx.announce(ReplayChanged(account.id, self.replay))
        return True


@dataclass
class RestoreAccount(Change):
    """End a suspension. Returns whether the account was suspended. Raises NO_SUCH_PERSON, ACCOUNT_WAITING."""

    name: Name

    def touches(self, tx: Transaction) -> Touched:
        return touching_with_bots(tx, self.name)

    def apply(self, tx: Transaction) -> bool:
        account = required_decided(tx, self.name)
        if account.active(tx.now):
            return False
        tx.accounts.update(account.id, status="active", status_reason="", suspended_until=None)
        for bot in tx.accounts.bots_of(account.id):
            if bot.status == "suspended" and bot.status_reason == OWNER_SUSPENDED:
                tx.accounts.update(bot.id, status="active", status_reason="", suspended_until=None)
        tx.audit.note("account.restore", SERVER, account.name)
        return True


@dataclass
class RemoveAccount(Change):
    """Remove an account for good, and its bots with it. It leaves its rooms, and its password is deleted. Its
    messages stay, and its name stays taken. `by`: who does it, for the audit log."""

    name: Name
    by: Actor = SERVER
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        touched = touching_with_bots(tx, self.name)
        people = [Actor("", account=None, account_id=account_id) for account_id in touched.accounts]
        return touched._replace(people=people)

    def apply(self, tx: Transaction) -> Account:
        account = required_account(tx, self.name)
        for bot in tx.accounts.bots_of(account.id):
            self._remove(tx, bot)
        self._remove(tx, account)
        return account

    def _remove(self, tx: Transaction, account: Account) -> None:
        actor = Actor(account.nick, account.name, account.id)
        for member in tx.members.of_person(actor):
            tx.members.remove(member.room, actor)
            tx.record(MemberLeft, member.room, actor, LEFT_BECAUSE)
        subject = Subject(account.nick, actor=actor)
        for key in tx.metadata.of(subject):
            tx.metadata.put(subject, key, "")
        tx.accounts.remove_certificates(account.id)
        tx.tokens.remove(account.id, only=None, but=None)
        tx.push.remove(account.id)
        tx.notifications.forget(account.id)
        tx.favourites.forget(account.id)
        tx.peace.forget(account.id)
        tx.invitations.remove_for_account(account.id)
        tx.invitations.remove_made_by(account.id)
        tx.accounts.forget_networks(account.id)
        tx.answered.forget(account.id)
        tx.accounts.decided(account.id)
        tx.accounts.update(account.id, status="removed", status_reason="", suspended_until=None, password="")
        tx.announce(AccountEnded(account.id, ended_because("removed")))
        tx.audit.note("account.remove", self.by, account.name)


@dataclass
class AddCertificate(Change):
    """Let a client certificate log in to the account. `fingerprint` is the SHA-256 of its DER form in
    lower-case hex. `epoch` is the epoch of the password that was shown. Raises NAME_TAKEN if the certificate
    logs in to an account already; WRONG_CREDENTIALS if the password was changed meanwhile."""

    name: Name
    fingerprint: str
    epoch: int | None = None

    def touches(self, tx: Transaction) -> Touched:
        return touching_account(tx, self.name)

    def apply(self, tx: Transaction) -> Account:
        account = required_no_bot(required_owned(tx, self.name))
        if self.epoch is not None:
            required_epoch(account, self.epoch)
        owner = tx.accounts.with_certificate(self.fingerprint)
        if owner is not None:
            raise ChatError(Code.NAME_TAKEN, f"that certificate logs in to {owner.name} already", owner.name)
        tx.accounts.add_certificate(account.id, self.fingerprint)
        return account


@dataclass
class RemoveCertificate(Change):
    """Remove a certificate from the account. Sessions that logged in by it end, except the one that asks.
    Returns whether the account had it."""

    name: Name
    fingerprint: str

    def touches(self, tx: Transaction) -> Touched:
        return touching_account(tx, self.name)

    def apply(self, tx: Transaction) -> bool:
        account = required_owned(tx, self.name)
        removed = tx.accounts.remove_certificates(account.id, self.fingerprint)
        if removed:
            tx.push.remove(account.id, certificates=removed)
            tx.announce(CertificatesRemoved(account.id, frozenset(removed)))
        return bool(removed)


@dataclass
class NoteNetwork(Change):
    """Remember a network that the account has logged in from; see chat/session/logins.py."""

    account_id: int
    digest: str
    needs = CONNECTION

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> None:
        tx.accounts.note_network(self.account_id, self.digest)


@dataclass
class MarkSeen(Change):
    """Note what was delivered to an account when its last connection ends or its first one begins. `seen` has
    the last seq by room."""

    account_id: int
    seen: Mapping[int, int] = field(default_factory=dict)
    leaves = True
    needs = CONNECTION

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> None:
        tx.accounts.update(self.account_id, last_seen_at=tx.now)
        tx.members.mark_seen(self.account_id, self.seen)


@dataclass
class MarkPresent(Change):
    """Note that accounts are here now: some clients stay connected for months, and are not unused."""

    accounts: Collection[int]
    deferrable = True
    needs = CONNECTION

    def touches(self, tx: Transaction) -> Touched:
        return Touched(self.accounts)

    def apply(self, tx: Transaction) -> None:
        tx.accounts.mark_seen(self.accounts)
