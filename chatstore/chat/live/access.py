"""Sessions end when what they came by is gone: a password, a device token, a certificate, the account itself.

Called by the writer, in commit order. A session that has not come in yet (its login is done, its welcome is not)
ends like the others; one that is just being checked finds out as it enters (Session.enter).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from chatstore.chat.live.hub import Hub
from chatstore.chat.model.account_events import (
    AccessLeft,
    AccountEnded,
    CertificatesRemoved,
    PasswordChanged,
    RoleChanged,
    TokensRemoved,
)
from chatstore.chat.model.tokens import CERTIFICATE_REMOVED, PASSWORD_CHANGED, REMOVED

if TYPE_CHECKING:
    from chatstore.chat.session import Session

AccessEvent = AccountEnded | TokensRemoved | CertificatesRemoved | PasswordChanged | RoleChanged | AccessLeft


class Access:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def changed(self, event: AccessEvent, origin: object) -> None:
        """`origin`: the session whose doing it is, which has its own answer and stays."""
        match event:
            case AccountEnded(account_id, reason):
                for session in self._sessions(account_id):
                    session.end(reason)
            case TokensRemoved(account_id, tokens):
                for session in self._sessions(account_id):
                    if session.token in tokens and session is not origin:
                        session.end(REMOVED)
            case CertificatesRemoved(account_id, fingerprints):
                for session in self._sessions(account_id):
                    if session.came_by_certificate in fingerprints and session is not origin:
                        session.end(CERTIFICATE_REMOVED)
            case PasswordChanged():
                self._password_changed(event, origin)
            case RoleChanged(account_id, admin):
                for session in [*self._sessions(account_id), *self._operators()]:
                    _obey_role(session, account_id, admin=admin)
            case AccessLeft():
                self._another_process(event)

    def _password_changed(self, event: PasswordChanged, origin: object) -> None:
        epochs = {event.account_id: event.epoch}
        for session in [*self._sessions(event.account_id), *self._operators()]:
            if session is not origin:
                _ended_as_older(session, epochs)
            elif session.account is not None and session.account.id == event.account_id:
                # Here, before the next look at another process's commits would miss its old token.
                session.account = replace(session.account, epoch=event.epoch)
                session.token = event.token
                session.operates.renew(event.epoch)

    def _another_process(self, left: AccessLeft) -> None:
        for session in self._everybody():
            if _ended_as_older(session, left.epochs):
                continue
            if session.token is not None and session.token not in left.tokens:
                session.end(REMOVED)
            elif session.came_by_certificate and session.came_by_certificate not in left.certificates:
                session.end(CERTIFICATE_REMOVED)
            for account in (session.account, session.operates.account):
                if account is not None and account.admin != (account.id in left.admins):
                    _obey_role(session, account.id, admin=account.id in left.admins)

    def _everybody(self) -> Iterator[Session]:
        for person in self._hub.census.online():
            yield from person.sessions
        yield from self._hub.census.strangers()

    def _sessions(self, account_id: int) -> Iterator[Session]:
        """Those that are logged in to the account, also the ones that take no part yet."""
        person = self._hub.person_keyed(account_id)
        if person is not None:
            yield from person.sessions
        for session in self._hub.census.strangers():
            if session.account is not None and session.account.id == account_id:
                yield session

    def _operators(self) -> Iterator[Session]:
        for person in self._hub.census.operators():
            yield from (session for session in person.sessions if session.operator)


def _ended_as_older(session: Session, epochs: Mapping[int, int]) -> bool:
    """Whether it was logged in, or an operator, by a password that was changed, and so is ended."""
    for account in (session.account, session.operates.account):
        if account is not None and account.epoch < epochs.get(account.id, 0):
            session.end(PASSWORD_CHANGED)
            return True
    return False


def _obey_role(session: Session, account_id: int, *, admin: bool) -> None:
    if session.account is not None and session.account.id == account_id:
        session.account = replace(session.account, role="admin" if admin else "user")
    if not admin and session.operates.account_id == account_id:
        session.operates.end()
