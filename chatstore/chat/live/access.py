"""Ends sessions when what they logged in with is no longer valid: a password, a device token, a certificate,
or the account itself.

The writer calls it, in commit order. A session that has logged in but not entered yet ends like the others. A
session whose password is being checked finds out when it enters (Session.enter).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from chatstore.chat.live.bans import Bans
from chatstore.chat.live.hub import Hub
from chatstore.chat.live.listener import Listener
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.events import (
    AccessLeft,
    AccountEnded,
    CertificatesRemoved,
    PasswordChanged,
    RoleChanged,
    ServerBansAre,
    TokensRemoved,
)
from chatstore.chat.model.server_bans import ServerBan
from chatstore.chat.model.tokens import CERTIFICATE_REMOVED, PASSWORD_CHANGED, REMOVED
from chatstore.chat.ports import Clock

log = logging.getLogger(__name__)

AccessEvent = (
    AccountEnded | TokensRemoved | CertificatesRemoved | PasswordChanged | RoleChanged | AccessLeft | ServerBansAre
)


class Access:
    def __init__(self, hub: Hub, clock: Clock = time.time) -> None:
        self._hub = hub
        self._clock = clock

    def changed(self, event: AccessEvent, origin: object) -> None:
        """Apply an event. `origin` is the session that caused it: if that concerns itself, it ends behind the
        answer to its command."""
        match event:
            case AccountEnded(account_id, reason):
                for session in self._sessions(account_id):
                    session.end(reason)
            case TokensRemoved(account_id, tokens):
                for session in self._sessions(account_id):
                    if session.token in tokens:
                        _end(session, REMOVED, origin)
            case CertificatesRemoved(account_id, fingerprints):
                for session in self._sessions(account_id):
                    if session.came_by_certificate in fingerprints:
                        _end(session, CERTIFICATE_REMOVED, origin)
            case PasswordChanged():
                self._password_changed(event, origin)
            case RoleChanged(account_id, admin):
                for session in [*self._sessions(account_id), *self._operators()]:
                    self._change_role(session, account_id, admin=admin)
            case AccessLeft():
                self._another_process(event)
            case ServerBansAre(bans, version):
                self._close_banned(self._hub.bans.put(bans, version))

    def _password_changed(self, event: PasswordChanged, origin: object) -> None:
        epochs = {event.account_id: event.epoch}
        for session in [*self._sessions(event.account_id), *self._operators()]:
            if session is not origin:
                _ended_as_older(session, epochs)
            elif session.account is not None and session.account.id == event.account_id:
                # Here, because the next look at another process's commits would miss its old token.
                session.account = replace(session.account, epoch=event.epoch)
                session.token = event.token
                operator = session.operator_account
                if operator is not None and operator.id == event.account_id:
                    session.operator_account = replace(operator, epoch=event.epoch)

    def _another_process(self, left: AccessLeft) -> None:
        for session in self._everybody():
            accounts = [each.id for each in (session.account, _operator_account(session)) if each is not None]
            if left.accounts is not None and not left.accounts.issuperset(accounts):
                continue  # it has just logged in, by what was valid after this was read
            if _ended_as_older(session, left.epochs):
                continue
            if session.token is not None and session.token not in left.tokens:
                session.end(REMOVED)
            elif session.came_by_certificate and session.came_by_certificate not in left.certificates:
                session.end(CERTIFICATE_REMOVED)
            for account in (session.account, _operator_account(session)):
                if account is not None and account.admin != (account.id in left.admins):
                    self._change_role(session, account.id, admin=account.id in left.admins)

    def _close_banned(self, new: Sequence[ServerBan]) -> None:
        """Close the connections of those whom these new bans cover: nobody is here whom an earlier one does."""
        if new:
            bans = Bans()
            bans.put(new)
            self._close(self._everybody(), bans)

    def look_at(self, key: int | str) -> None:
        """Somebody has another nick or account: close their connections if a ban covers that. It may have been set
        after they had asked."""
        person = self._hub.person_keyed(self._hub.key_now(key)) if self._hub.bans.all else None
        if person is not None:
            self._close(person.sessions, self._hub.bans)

    def _close(self, sessions: Iterable[Listener], bans: Bans) -> None:
        now = int(self._clock() * 1000)
        for session in sessions:
            ban = bans.of_address(session.address, now) if not session.local else None
            if ban is None:
                ban = _of_person(bans, session, now)
            if ban is not None:
                self._hub.bans.hits[ban.id] += 1
                session.end(ban.sentence)

    def _change_role(self, session: Listener, account_id: int, *, admin: bool) -> None:
        """Note that the account is an admin's or no longer is. An operator by this account loses the role
        with it."""
        if session.account is not None and session.account.id == account_id:
            session.account = replace(session.account, role="admin" if admin else "user")
        operator = _operator_account(session)
        if not admin and operator is not None and operator.id == account_id:
            session.operator, session.operator_account = False, None
            if session.person is not None:
                self._hub.user_counts.changed(session.person)
                self._hub.refresh(session.person.actor)
            log.info(
                "%(person)s is no longer an operator, because %(admin)s is no longer an administrator",
                {"event": "operator-ended", "person": _who(session), "admin": operator.name},
            )

    def _everybody(self) -> Iterator[Listener]:
        for person in self._hub.user_counts.online():
            yield from person.sessions
        yield from self._hub.user_counts.strangers()

    def _sessions(self, account_id: int) -> Iterator[Listener]:
        """The sessions that are logged in to the account, including those that have not entered yet."""
        person = self._hub.person_keyed(account_id)
        if person is not None:
            yield from person.sessions
        for session in self._hub.user_counts.strangers():
            if session.account is not None and session.account.id == account_id:
                yield session

    def _operators(self) -> Iterator[Listener]:
        for person in self._hub.user_counts.operators():
            yield from (session for session in person.sessions if session.operator)


def _end(session: Listener, why: str, origin: object) -> None:
    """End a session; the one that caused it ends behind its answer."""
    if session is origin:
        session.lost = why
    else:
        session.end(why)


def _ended_as_older(session: Listener, epochs: Mapping[int, int]) -> bool:
    """End the session if it logged in, or became an operator, by a password that has changed. Returns whether
    it did."""
    for account in (session.account, _operator_account(session)):
        if account is not None and account.epoch < epochs.get(account.id, 0):
            session.end(PASSWORD_CHANGED)
            return True
    return False


def _of_person(bans: Bans, session: Listener, now: int) -> ServerBan | None:
    actor = session.person.actor if session.person is not None else None
    if actor is None and session.account is not None:
        actor = session.account.actor
    return bans.of_person(actor, now) if actor is not None else None


def _operator_account(session: Listener) -> Account | None:
    """The account that makes it an operator of the server; None if it is not an operator."""
    return session.operator_account if session.operator else None


def _who(session: Listener) -> str:
    return session.person.nick if session.person is not None else "somebody"
