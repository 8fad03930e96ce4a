"""What a token lets its session change: asked when the session submits it, and once more in the writer's
transaction, because the token may have been removed meanwhile, or a room have another name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.scopes import CONNECTION, outside_scope
from chatstore.chat.model.tokens import REMOVED
from chatstore.chat.ports import Change, Transaction


@dataclass
class Refused(Change):
    """In place of a unit that the session may not submit, so that the answer keeps its order."""

    error: ChatError
    needs = CONNECTION

    def apply(self, tx: Transaction) -> None:
        raise self.error


def apply_granted(change: Change, tx: Transaction) -> Any:
    """Apply a change, if the token of its session still allows it. Raises WRONG_CREDENTIALS, OUTSIDE_SCOPE."""
    if change.by_token is not None and change.needs:
        if not tx.tokens.exists(change.by_token):
            raise ChatError(Code.WRONG_CREDENTIALS, REMOVED)
        place = change.place() if change.grant.limited else None
        if isinstance(place, str):
            room = tx.rooms.keyed(place)
            place = room.id if room is not None else None
        if not change.grant.covers_any(change.needs, place):
            raise outside_scope(change.needs)
    return change.apply(tx)
