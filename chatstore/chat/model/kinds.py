"""Kinds of stored events, grouped by use."""

from __future__ import annotations

from chatstore.chat.model.events import MessagePosted, NoticePosted, RemovedMessage, TagsPosted

MESSAGE_KINDS = (MessagePosted.kind, NoticePosted.kind)
REDACTABLE_KINDS = (*MESSAGE_KINDS, TagsPosted.kind)
SHOWN_KINDS = (*MESSAGE_KINDS, RemovedMessage.kind)
"""The kinds that people are shown of the history: messages, and the places of removed ones."""
