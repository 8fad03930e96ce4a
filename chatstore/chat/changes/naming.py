"""Whose a name is: what every change asks that gives somebody a new one."""

from __future__ import annotations

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import Name, looks_taken, required_free
from chatstore.chat.ports import Transaction


def required_own_name(tx: Transaction, name: Name) -> None:
    """The name of a new account: NAME_TAKEN where there is one, also one that was removed; INVALID_NAME where it
    looks like that of another, or of the server itself."""
    required_free(name)
    if tx.accounts.named(name.folded) is not None:
        raise ChatError(Code.NAME_TAKEN, "that name is taken", name.shown)
    required_own_look(tx, name, None)


def required_own_look(tx: Transaction, name: Name, account_id: int | None) -> None:
    """INVALID_NAME for a name that looks like another account's than this one."""
    other = tx.accounts.looking_like(name)
    if other is not None and other.id != account_id:
        raise looks_taken(name, other.name)
