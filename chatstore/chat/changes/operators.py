"""What operators of the server do. The account that they have shown (OPER) is judged as it is in the writer's turn:
whoever was suspended does nothing."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import OperatorsTold, PersonKilled
from chatstore.chat.ports import Change, Transaction
from chatstore.chat.rules import permissions


@dataclass
class KillPerson(Change):
    """Every connection of somebody is closed. Whether they leave their rooms is decided as ever when a connection
    ends: who stays in them while not connected stays."""

    actor: Actor
    account_id: int
    target: Actor
    reason: str

    def apply(self, tx: Transaction) -> None:
        if not permissions.may_kill(tx.accounts.by_id(self.account_id), tx.now):
            raise no_operator()
        tx.announce(PersonKilled(self.actor, tx.now, self.target, self.reason))


@dataclass
class TellOperators(Change):
    """Something for the other operators, and for whoever wants to hear such things."""

    actor: Actor
    account_id: int
    text: str

    def apply(self, tx: Transaction) -> None:
        if not permissions.may_tell_operators(tx.accounts.by_id(self.account_id), tx.now):
            raise no_operator()
        tx.announce(OperatorsTold(self.actor, tx.now, self.text))


def no_operator() -> ChatError:
    return ChatError(Code.SERVER_OPERATOR_REQUIRED, "only operators of the server may do that")
