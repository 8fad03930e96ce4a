"""What an administrator does to the server's people over a connection. Everything here blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from chatstore.chat.changes.accounts import (
    ApproveAccount,
    RefuseAccount,
    RemoveAccount,
    RestoreAccount,
    SetRole,
    SuspendAccount,
)
from chatstore.chat.changes.administration import ADMINS_ONLY, Administer
from chatstore.chat.changes.files import RemoveFile
from chatstore.chat.changes.invitations import InviteToReset
from chatstore.chat.changes.reports import CloseReport
from chatstore.chat.changes.server_bans import BanFromServer, EndServerBan
from chatstore.chat.changes.tokens import RemoveTokens
from chatstore.chat.live.listener import Person
from chatstore.chat.long_work import Pace, erase
from chatstore.chat.model.accounts import Account, PeopleQuery
from chatstore.chat.model.audit import AuditEntry, AuditQuery
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import WaitingForAdmins
from chatstore.chat.model.invitations import AccountInvitation, new_code
from chatstore.chat.model.names import Name, person_name
from chatstore.chat.model.reports import Report
from chatstore.chat.model.rooms import Role
from chatstore.chat.model.server_bans import ServerBan
from chatstore.chat.model.text import one_line
from chatstore.chat.model.tokens import DeviceToken
from chatstore.chat.ports import Change
from chatstore.chat.rules import permissions
from chatstore.chat.session.state import SessionState
from chatstore.chat.ticket import Ticket


class Found(NamedTuple):
    """An account, with what else an administrator sees of it. `rooms`: by name, with the role, and whether it
    is the founder. `asked_from`: the address from which it was asked for, while it waits for approval."""

    account: Account
    devices: int
    certificates: int
    rooms: Sequence[tuple[str, Role, bool]]
    asked_from: str


class Erased(NamedTuple):
    """How much of what was erased of an account, and the names of the copies of the database that may still have
    it."""

    counts: Mapping[str, int]
    copies: Sequence[str]


class Administration:
    """`session.administration`: for sessions that are logged in to an administrator's account, or have become an
    operator by one. Every call raises LOGIN_REQUIRED or ADMIN_REQUIRED otherwise. The writer judges again what
    changes something."""

    __slots__ = ("_session",)

    def __init__(self, session: SessionState) -> None:
        self._session = session

    def acting(self) -> Account:
        """The administrator's account by which this session acts, as it is stored now."""
        session = self._session
        session.need("manage")
        shown = session.operator_account if session.operator else session.account
        if shown is None:
            raise ChatError(Code.LOGIN_REQUIRED, "log in first")
        account = session.chat.store.accounts.by_id(shown.id)
        if account is None or not permissions.may_administer(account, session.now):
            raise ChatError(Code.ADMIN_REQUIRED, ADMINS_ONLY)
        return account

    def shown_password(self, account: Account) -> bool:
        """Whether this session has shown the password of the account by which it acts: at its login, or by OPER."""
        session = self._session
        by_oper = (
            session.operator and session.operator_account is not None and session.operator_account.id == account.id
        )
        return by_oper or (session.by_password and session.account is not None and session.account.id == account.id)

    def submit(self, change: Change, action: str = "", about: str = "", detail: str = "") -> Ticket:
        """Have a change applied for this administrator; see Administer."""
        return self._session.submit(
            [Administer(self.acting().actor, change, action, about, detail, origin=self._session)]
        )

    def _manage(
        self, name: Name, change: Change, action: str = "", detail: str = "", *, locks_out: bool = False
    ) -> Ticket:
        """Have a change applied to the account `name`; see Administer. Raises PASSWORD_REQUIRED, OWN_ACCOUNT."""
        own = self.acting()
        act = Administer(own.actor, change, action, name.shown, detail, name, locks_out, origin=self._session)
        act.by_password = self.shown_password(own)
        return self._session.submit([act])

    # The audit log.

    def audit(self, query: AuditQuery) -> Sequence[AuditEntry]:
        self.acting()
        return self._session.chat.store.audit.entries(query)

    # People.

    def accounts(self, query: PeopleQuery) -> Sequence[Account]:
        self.acting()
        after = person_name(query.after).folded if query.after else ""
        return self._session.chat.store.accounts.chosen(replace(query, after=after))

    def online(self, account: Account) -> bool:
        """Whether the account has a connection, here or elsewhere."""
        person = self._person(account)
        return person is not None and person.online

    def account(self, name: str) -> Found:
        """Raises NO_SUCH_PERSON."""
        self.acting()
        store, account = self._session.chat.store, self._named(name)
        person, hub = self._person(account), self._session.chat.hub
        found = [live for live in map(hub.room, [*person.rooms] if person is not None else []) if live is not None]
        rooms = [
            (live.name, live.role(account.id) or Role.MEMBER, live.room.founder_id == account.id) for live in found
        ]
        asked_from = store.accounts.asked_from([account.id]).get(account.id, "")
        devices = len(store.tokens.of_account(account.id))
        return Found(account, devices, len(store.accounts.certificates(account.id)), sorted(rooms), asked_from)

    def suspend(self, name: str, until: int | None, reason: str) -> Ticket:
        """Raises NO_SUCH_PERSON, OWN_ACCOUNT, ACCOUNT_WAITING, PASSWORD_REQUIRED."""
        valid, most = person_name(name), self._session.chat.policy.limits.reason_length
        return self._manage(valid, SuspendAccount(valid, one_line(reason)[:most], until), locks_out=True)

    def restore(self, name: str) -> Ticket:
        """Raises NO_SUCH_PERSON, NOT_SUSPENDED, ACCOUNT_WAITING, PASSWORD_REQUIRED."""

        def restored(was_suspended: bool) -> None:
            if not was_suspended:
                raise ChatError(Code.NOT_SUSPENDED, f"{name} is not suspended", name)

        valid = person_name(name)
        return self._manage(valid, RestoreAccount(valid)).giving(restored)

    def reset(self, name: str) -> Ticket:
        """Make a one-use link. The result is its code, which is never shown again, and the AccountInvitation.
        Raises NO_SUCH_PERSON, PASSWORD_REQUIRED, ENCRYPTION_REQUIRED, ACCOUNT_WAITING."""
        session, account, code = self._session, self.acting(), new_code()
        session.need_encryption()
        change = InviteToReset(digest_of(code), person_name(name), by=account.actor, origin=session)
        change.by_password, change.token = self.shown_password(account), session.token

        def made(link: AccountInvitation) -> tuple[str, AccountInvitation]:
            return code, link

        return session.submit([change]).giving(made)

    def set_admin(self, name: str, *, admin: bool) -> Ticket:
        """Raises NO_SUCH_PERSON, OWN_ACCOUNT, PASSWORD_REQUIRED."""
        valid = person_name(name)
        self.need_own_password(permissions.may_set_role)
        return self._manage(valid, SetRole(valid, "admin" if admin else "user"), locks_out=not admin)

    def need_own_password(self, may: Callable[..., bool]) -> None:
        """Raise PASSWORD_REQUIRED unless `may` allows it to a session that has shown, or has not shown, the
        password of the account by which it acts."""
        if not may(by_password=self.shown_password(self.acting())):
            raise ChatError(Code.PASSWORD_REQUIRED, "this needs your password: send OPER with it, and try again")

    def devices(self, name: str) -> Sequence[tuple[DeviceToken, bool]]:
        """The account's device tokens, and whether each is in use here."""
        self.acting()
        account = self._named(name)
        person = self._person(account)
        used = {each.token for each in person.sessions} if person is not None else set()
        return [(token, token.id in used) for token in self._session.chat.store.tokens.of_account(account.id)]

    def sign_out(self, name: str, token: int | None) -> Ticket:
        """Remove one device token of an account, or all. Raises NO_SUCH_PERSON, NO_SUCH_TOKEN,
        PASSWORD_REQUIRED."""
        self.acting()
        account = self._named(name)

        def removed(gone: Sequence[int]) -> Sequence[int]:
            if not gone and token is not None:
                raise ChatError(Code.NO_SUCH_TOKEN, f"{account.name} has no such token", str(token))
            return gone

        which = f"token {token}" if token is not None else "all tokens"
        change = RemoveTokens(account.id, only=token)
        return self._manage(person_name(account.name), change, "account.signout", which).giving(removed)

    def remove(self, name: str) -> Ticket:
        """Remove an account for good. Raises NO_SUCH_PERSON, OWN_ACCOUNT, PASSWORD_REQUIRED."""
        valid = person_name(name)
        self.need_own_password(permissions.may_destroy)
        return self._manage(valid, RemoveAccount(valid), locks_out=True)

    def erase(self, name: str, told: Callable[[Erased | None], None]) -> str:
        """Remove an account, if that was not done before, and begin to erase what it said, which may take hours.
        Returns its name. `told` hears in another thread that it is done, or with None that it was interrupted.
        Raises what `remove` raises, and BUSY while another one is erased."""
        self.need_own_password(permissions.may_destroy)
        by, account, chat = self.acting(), self._named(name), self._session.chat
        busy = ChatError(Code.BUSY, "an account is being erased already: try again when that is done")
        if chat.long_work.busy:
            raise busy
        if account.status != "removed":
            self.remove(name).result()

        def work(pace: Pace) -> None:
            erased = None
            try:
                counts = erase(chat.store, account, lambda _done, _total: None, by.actor, pace)
                erased = Erased(counts, chat.store.copies_with_erased())
            finally:
                told(erased)

        if not chat.long_work.begin(f"erasing {account.name}", work):
            raise busy
        return account.name

    # Accounts that wait for approval.

    def waiting(self) -> tuple[WaitingForAdmins, int]:
        """How much waits for an administrator, and the number of warnings that stand."""
        self.acting()
        store = self._session.chat.store
        waiting = WaitingForAdmins(len(store.accounts.asked_from()), store.reports.count_open())
        return waiting, len(self._session.chat.warnings.list())

    def waiting_accounts(self) -> Sequence[tuple[Account, str]]:
        """The accounts that wait for approval, the oldest first, with the addresses from which they were
        asked for."""
        self.acting()
        accounts = self._session.chat.store.accounts
        asked = accounts.asked_from()
        waiting = accounts.chosen(PeopleQuery(self._session.now, "waiting"))
        return [(each, asked.get(each.id, "")) for each in sorted(waiting, key=lambda each: each.id)]

    def approve(self, name: str) -> Ticket:
        return self.submit(ApproveAccount(person_name(name)))

    def refuse(self, name: str) -> Ticket:
        return self.submit(RefuseAccount(person_name(name)))

    # Reports.

    def open_reports(self, after: int, limit: int) -> Sequence[Report]:
        """Those with larger ids, the oldest first."""
        self.acting()
        return self._session.chat.store.reports.open(after, limit)

    def closed_reports(self, before: int | None, limit: int) -> Sequence[Report]:
        """Those with smaller ids, the latest first."""
        self.acting()
        return self._session.chat.store.reports.closed(before, limit)

    def close_report(self, report: int, decision: str, *, erase: bool) -> Ticket:
        """Close a report; with `erase`, erase its message first. Raises NO_SUCH_REPORT, NO_SUCH_MESSAGE,
        REDACT_FORBIDDEN."""
        session, most = self._session, self._session.chat.policy.limits.reason_length
        return session.submit([CloseReport(report, one_line(decision)[:most], self.acting().actor, erase)])

    # Files.

    def remove_file(self, token: str) -> Ticket:
        """Remove anybody's file. The result is the StoredFile. Raises NO_SUCH_FILE."""
        return self.submit(RemoveFile(token, None))

    # Server-wide bans.

    def bans(self) -> Sequence[tuple[ServerBan, int]]:
        """The bans that hold, and how many connections each has refused or closed at this server since its
        start."""
        self.acting()
        bans = self._session.chat.hub.bans
        return [(ban, bans.hits[ban.id]) for ban in bans.all if ban.holds(self._session.now)]

    def ban(self, mask: str, until: int | None, reason: str) -> Ticket:
        """Ban a network or people from the server. The result is the ServerBan. Raises INVALID_MASK,
        TOO_WIDE, OWN_BAN, LIST_FULL."""
        session, most = self._session, self._session.chat.policy.limits.reason_length
        shown = session.person.actor if session.person is not None else None
        change = BanFromServer(mask, one_line(reason)[:most], until, self.acting().actor, session.address, shown)
        return session.submit([change])

    def end_ban(self, ban: str) -> Ticket:
        """End a ban, by its id or mask. The result is the ServerBan. Raises NO_SUCH_BAN."""
        return self._session.submit([EndServerBan(ban, self.acting().actor)])

    def _named(self, name: str) -> Account:
        account = self._session.chat.store.accounts.named(person_name(name).folded)
        if account is None:
            raise ChatError(Code.NO_SUCH_PERSON, f"there is no account {name}", name)
        return account

    def _person(self, account: Account) -> Person | None:
        return self._session.chat.hub.person_keyed(account.id)
