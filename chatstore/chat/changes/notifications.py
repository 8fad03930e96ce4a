"""Changes to what accounts want to be told of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chatstore.chat.changes.required import required_conversation, required_own_account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import NotificationsChanged
from chatstore.chat.model.notifications import (
    MAX_CONVERSATIONS,
    NO_OWN,
    AccountNotifications,
    ConversationNotifications,
    Level,
    checked,
)
from chatstore.chat.ports import Change, Touched, Transaction


@dataclass
class SetNotifications(Change):
    """Set some of what an account wants to be told of in all conversations: `values` by the fields of
    AccountNotifications. Returns the AccountNotifications. Raises INVALID_TEXT, LIST_FULL."""

    account_id: int
    values: Mapping[str, Any]

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> AccountNotifications:
        account = required_own_account(tx, self.account_id)
        before = tx.notifications.of(account.id).account
        after = checked(replace(before, **self.values))
        if after != before:
            tx.notifications.put(account.id, after)
            tx.announce(NotificationsChanged(account.id, account=after))
        return after


@dataclass
class SetConversationNotifications(Change):
    """Set what an account wants to be told of in one conversation: the room with this id, or the direct
    conversation with a person (somebody here, or the folded name of an account). None leaves a value as it
    is; an empty `level`, or 0, takes it back. `shown`: the conversation as the account sees it. Returns the
    ConversationNotifications. Raises NO_SUCH_ROOM, LIST_FULL."""

    actor: Actor
    target: int | Actor | str
    shown: str
    level: Level | None = None
    muted_until: int | None = None
    default: bool = False
    """The level is that of all conversations again."""

    def touches(self, tx: Transaction) -> Touched:
        own = self.actor.account_id
        return Touched([own] if own is not None else [], [self.target] if isinstance(self.target, int) else [])

    def apply(self, tx: Transaction) -> ConversationNotifications:
        assert self.actor.account_id is not None
        account = required_own_account(tx, self.actor.account_id)
        room_id = required_conversation(tx, self.actor, self.target, self.shown)
        every = tx.notifications.of(account.id).conversations
        before = every.get(room_id, NO_OWN)
        if before == NO_OWN and len(every) >= MAX_CONVERSATIONS:
            raise ChatError(Code.LIST_FULL, f"you have set this for {MAX_CONVERSATIONS} conversations already")
        after = before
        if self.default:
            after = replace(after, level="")
        elif self.level is not None:
            after = replace(after, level=self.level)
        if self.muted_until is not None:
            after = replace(after, muted_until=self.muted_until)
        if after != before:
            tx.notifications.put_for(account.id, room_id, after)
            tx.announce(NotificationsChanged(account.id, self.shown, conversation=after))
        return after
