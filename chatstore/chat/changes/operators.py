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
        if not permissions.may_kill(tx.accounts.by_id(self.account_id), tx.now):
            raise no_operator()
        killed = PersonKilled(self.actor, tx.now, self.target, self.reason)
        tx.presences.kill(self.target.key, killed.why)
        tx.announce(killed)


@dataclass
class TellOperators(Change):
    """Send a text to the operators of the server, and to others who asked for such notices."""

    actor: Actor
    account_id: int
    text: str

    def apply(self, tx: Transaction) -> None:
        if not permissions.may_tell_operators(tx.accounts.by_id(self.account_id), tx.now):
            raise no_operator()
        tx.announce(OperatorsTold(self.actor, tx.now, self.text))


def no_operator() -> ChatError:
    return ChatError(Code.SERVER_OPERATOR_REQUIRED, "only operators of the server may do that")
