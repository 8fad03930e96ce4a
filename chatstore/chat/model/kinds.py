"""Kinds of stored facts, put together by what may be done with them."""

from __future__ import annotations

from chatstore.chat.model.events import (
    EVENT_KINDS,
    MessagePosted,
    NoticePosted,
    OperatorsMessage,
    OperatorsNotice,
    OperatorsRemoved,
    RemovedMessage,
    TagsPosted,
    VoicedMessage,
    VoicedNotice,
    VoicedRemoved,
)

MESSAGE_KINDS = (MessagePosted.kind, NoticePosted.kind)
NARROW_KINDS = (OperatorsMessage.kind, OperatorsNotice.kind, VoicedMessage.kind, VoicedNotice.kind)
"""Messages that not everybody in the room reads."""
SAID_KINDS = (*MESSAGE_KINDS, *NARROW_KINDS)
REDACTABLE_KINDS = (*SAID_KINDS, TagsPosted.kind)
SHOWN_KINDS = (*SAID_KINDS, RemovedMessage.kind, OperatorsRemoved.kind, VoicedRemoved.kind)
"""What people are shown of the past, if they may read it: messages, and where one was removed."""


def audience(kind: str) -> str:
    """For whom facts of a kind are; see Said."""
    return str(getattr(EVENT_KINDS[kind], "audience", ""))
