"""What operators of the server do. The change checks their account (shown by OPER) again in the writer's
turn, so a suspended operator does nothing."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import OperatorsTold, PersonKilled
from chatstore.chat.ports import Change, Transaction
from chatstore.chat.rules import permissions


@dataclass
class KillPerson(Change):
    """Close every connection of a person. Whether they leave their rooms is decided as for any connection
    that ends."""

    actor: Actor
    account_id: int
    target: Actor
    reason: str

    def apply(self, tx: Transaction) -> None:
        operator = tx.accounts.by_id(self.account_id)
        if operator is None or not permissions.may_kill(operator, tx.now):
            raise no_operator()
        killed = PersonKilled(self.actor, tx.now, self.target, self.reason)
        tx.presences.kill(self.target.key, killed.why)
        tx.announce(killed)
        tx.audit.note("server.kill", operator.actor, self.target.account or self.target.nick, self.reason)


@dataclass
class TellOperators(Change):
    """Send a text to the operators of the server, and to others who asked for such notices."""

    actor: Actor
    account_id: int
    text: str

    def apply(self, tx: Transaction) -> None:
        operator = tx.accounts.by_id(self.account_id)
        if operator is None or not permissions.may_tell_operators(operator, tx.now):
            raise no_operator()
        tx.announce(OperatorsTold(self.actor, tx.now, self.text))
        tx.audit.note("server.tell", operator.actor)


@dataclass
class NoteOperator(Change):
    """Note in the audit log what an operator of the server has done that changes nothing in the database.
    Raises SERVER_OPERATOR_REQUIRED."""

    account_id: int
    action: str
    detail: str = ""

    def apply(self, tx: Transaction) -> None:
        operator = tx.accounts.by_id(self.account_id)
        if operator is None or not permissions.may_operate(operator, tx.now):
            raise no_operator()
        tx.audit.note(self.action, operator.actor, "", self.detail)


def no_operator() -> ChatError:
    return ChatError(Code.SERVER_OPERATOR_REQUIRED, "only operators of the server may do that")
