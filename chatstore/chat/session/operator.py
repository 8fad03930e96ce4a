"""What somebody does as an operator of the server, which an administrator's account and its password make them."""

from __future__ import annotations

import logging

from chatstore.chat.changes.operators import KillPerson, TellOperators, no_operator
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.text import one_line
from chatstore.chat.rules import permissions
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.visibility import Visibility, no_such_person
from chatstore.chat.ticket import Ticket

log = logging.getLogger(__name__)


class Operator:
    """`session.server_operator`. Being an operator is this one connection's, until it ends or lays it down
    (`session.operator`). The account need not be the one that the session is logged in to. Everything blocks."""

    __slots__ = ("_sees", "_session")

    def __init__(self, session: SessionState, sees: Visibility) -> None:
        self._session = session
        self._sees = sees

    def begin(self, name: str, password: str) -> None:
        """Hashes: for a password worker. Raises as Logins.check does, and ADMIN_REQUIRED."""
        session, nick = self._session, self._session.present.nick
        account = session.check_password(name, password)
        if not permissions.may_operate(account, session.now):
            log.warning(
                "%s from %s can't be an operator: %s is not an administrator",
                nick,
                session.address,
                account.name,
            )
            raise ChatError(Code.ADMIN_REQUIRED, "that account is not an administrator's", name)
        session.operator_account, session.operator = account, True
        session.chat.hub.user_counts.changed(session.present)
        log.info("%s from %s became an operator, as %s", nick, session.address, account.name)

    def kill(self, nick: str, reason: str) -> Ticket:
        """Close every connection of somebody. SERVER_OPERATOR_REQUIRED, NO_SUCH_PERSON where none is open."""
        session, account = self._session, self._shown()
        person = self._sees.live_person(nick)
        if not person.online:
            raise no_such_person(nick)
        change = KillPerson(session.actor, account.id, person.actor, one_line(reason), origin=session)
        return session.submit([change]).giving(
            lambda _: log.info("%s, as %s, killed %s: %s", session.actor.nick, account.name, person.nick, reason)
        )

    def tell_operators(self, text: str) -> Ticket:
        """SERVER_OPERATOR_REQUIRED."""
        session, account = self._session, self._shown()
        return session.submit([TellOperators(session.actor, account.id, one_line(text), origin=session)]).giving(
            lambda _: log.info("%s, as %s, told the operators: %s", session.actor.nick, account.name, text)
        )

    def may_reload(self) -> None:
        """Whether the configuration may be read again at this person's word; otherwise
        SERVER_OPERATOR_REQUIRED."""
        account = self._shown()
        if not permissions.may_reload(self._session.chat.store.accounts.named(account.folded), self._session.now):
            raise no_operator()
        log.info("%s, as %s, reloads the configuration", self._session.actor.nick, account.name)

    def _shown(self) -> Account:
        account = self._session.operator_account
        if account is None or not self._session.operator:
            raise no_operator()
        return account
