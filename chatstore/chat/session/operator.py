"""What a person does as an operator of the server. An administrator's account and its password make them one."""

from __future__ import annotations

import logging

from chatstore.chat.changes.operators import KillPerson, NoteOperator, TellOperators, no_operator
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.text import one_line
from chatstore.chat.rules import permissions
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.visibility import Visibility, no_such_person
from chatstore.chat.ticket import Ticket

log = logging.getLogger(__name__)


class Operator:
    """`session.server_operator`. The role belongs to this one connection, until it ends or gives the role up
    (`session.operator`). The administrator's account need not be the one that the session is logged in to.
    Everything blocks."""

    __slots__ = ("_sees", "_session")

    def __init__(self, session: SessionState, sees: Visibility) -> None:
        self._session = session
        self._sees = sees

    def begin(self, name: str, password: str) -> None:
        """Become an operator by an administrator's name and password. Hashes, so call it in a password
        worker. Raises what Logins.check raises, and ADMIN_REQUIRED."""
        session, nick = self._session, self._session.present.nick
        account = session.check_password(name, password)
        if not permissions.may_operate(account, session.now):
            log.warning(
                "%(nick)s from %(address)s can't be a server operator: %(account)s is not an administrator",
                {"event": "operator-refused", "nick": nick, "address": session.address, "account": account.name},
            )
            raise ChatError(Code.ADMIN_REQUIRED, "that account is not an administrator's", name)
        detail = f"as {nick}, from {session.address}"
        session.submit([NoteOperator(account.id, "server.oper", detail)]).result()
        session.operator_account, session.operator = account, True
        session.changed()
        log.info(
            "%(nick)s from %(address)s became a server operator with account %(account)s",
            {"event": "operator-began", "nick": nick, "address": session.address, "account": account.name},
        )

    def kill(self, nick: str, reason: str) -> Ticket:
        """Close every connection of a person. Raises SERVER_OPERATOR_REQUIRED; NO_SUCH_PERSON if they have no
        connection."""
        session, account = self._session, self._shown()
        person = self._sees.live_person(nick)
        if not person.online:
            raise no_such_person(nick)
        change = KillPerson(session.actor, account.id, person.actor, one_line(reason), origin=session)
        return session.submit([change]).giving(
            lambda _: log.info(
                "%(by)s, with account %(account)s, killed %(nick)s: %(reason)s",
                {
                    "event": "killed",
                    "by": session.actor.nick,
                    "account": account.name,
                    "nick": person.nick,
                    "reason": reason,
                },
            )
        )

    def tell_operators(self, text: str) -> Ticket:
        """Send a text to all operators of the server. Raises SERVER_OPERATOR_REQUIRED."""
        session, account = self._session, self._shown()
        return session.submit([TellOperators(session.actor, account.id, one_line(text), origin=session)]).giving(
            lambda _: log.info(
                "%(nick)s, with account %(account)s, told the operators something",
                {"event": "operators-told", "nick": session.actor.nick, "account": account.name},
            )
        )

    def may_reload(self) -> None:
        """Check and log that this person may reload the configuration. Raises SERVER_OPERATOR_REQUIRED."""
        account = self._shown()
        if not permissions.may_reload(self._session.chat.store.accounts.named(account.folded), self._session.now):
            raise no_operator()
        self._session.submit([NoteOperator(account.id, "server.reload")]).result()
        log.info(
            "%(nick)s, with account %(account)s, reloaded the configuration",
            {"event": "reload-asked", "nick": self._session.actor.nick, "account": account.name},
        )

    def _shown(self) -> Account:
        account = self._session.operator_account
        if account is None or not self._session.operator:
            raise no_operator()
        return account
