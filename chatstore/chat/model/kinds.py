"""Kinds of stored events, put together by what may be done with them."""

from __future__ import annotations

from chatstore.chat.model.events import MessagePosted, NoticePosted, RemovedMessage, TagsPosted

MESSAGE_KINDS = (MessagePosted.kind, NoticePosted.kind)
REDACTABLE_KINDS = (*MESSAGE_KINDS, TagsPosted.kind)
SHOWN_KINDS = (*MESSAGE_KINDS, RemovedMessage.kind)
"""What people are shown of the history, if they may read it: messages, and where one was removed."""
