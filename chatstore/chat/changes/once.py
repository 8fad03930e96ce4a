"""Posting once: a request that comes again, because its answer was lost, makes no second message."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.chat.changes.posting import PostDirect, PostSlowly
from chatstore.chat.changes.required import required_active
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.model.scopes import WRITE
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.ports.history import AnsweredRequest

KEPT = 24 * 60 * 60 * 1000
"""Milliseconds for which it is known that a request was answered."""


@dataclass
class PostOnce(Change):
    """Post, and note in the same transaction that this request has; or return the message that it has made
    before. `key` and `request` are digests of what identifies the request, and of what it asks for. Raises
    KEY_REUSED if a request with this key has asked for something else; NO_SUCH_MESSAGE if the message was erased
    since; and what the post raises."""

    post: PostDirect | PostSlowly
    key: str
    request: str
    needs = WRITE

    def place(self) -> int | str | None:
        return self.post.place()

    def touches(self, tx: Transaction) -> Touched:
        account = self.post.actor.account_id
        return self.post.touches(tx)._replace(accounts=[account] if account is not None else ())

    def apply(self, tx: Transaction) -> RoomEvent:
        account = required_active(tx, self.post.actor)
        if account is None:
            raise ChatError(Code.LOGIN_REQUIRED, "log in first")
        before = tx.answered.by_key(account.id, self.key)
        if before is None:
            event = self.post.apply(tx)
            tx.answered.put(
                account.id, self.key, AnsweredRequest(self.request, event.room, event.seq), tx.now - KEPT
            )
            return event
        if before.request != self.request:
            raise ChatError(Code.KEY_REUSED, "another request had this Idempotency-Key: make a new one")
        posted = tx.messages.at(before.room, before.seq)
        if posted is None or posted.kind != self.post.kind:
            raise ChatError(Code.NO_SUCH_MESSAGE, "the message of this request was erased since")
        return posted
