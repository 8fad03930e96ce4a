"""Previews of links for a session: of the messages that it reads in a history."""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.chat.model.events import LinkPreviewed
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.previews import DIRECT_KEY, previewed, wants_direct
from chatstore.chat.model.room_events import MessagePosted, RoomEvent
from chatstore.chat.session.state import SessionState


class Previews:
    """`session.previews`."""

    __slots__ = ("_session",)

    def __init__(self, session: SessionState) -> None:
        self._session = session

    def of(self, events: Sequence[RoomEvent]) -> list[LinkPreviewed]:
        """The previews of these messages of one conversation, as far as there are any, in the order of the
        messages. Blocks. The session may read the messages: that was asked before."""
        chat = self._session.chat
        if not chat.policy.previews.enabled:
            return []
        asked = [(event, url) for event in events if (url := _url(event))]
        if not asked or not self._wanted(asked[0][0].room):
            return []
        found = chat.store.previews.of({url for _, url in asked}, int(chat.clock() * 1000))
        return [
            LinkPreviewed(event.room, event.seq, event.time, found[url]) for event, url in asked if url in found
        ]

    def _wanted(self, room_id: int) -> bool:
        chat, account = self._session.chat, self._session.account
        live = chat.hub.room(room_id)
        if live is not None:
            return live.room.previews == "on"
        if account is None:
            return False
        values = chat.store.metadata.of(Subject(account.name, actor=account.actor))
        return wants_direct(values.get(DIRECT_KEY, ""))


def _url(event: RoomEvent) -> str:
    """The URL in a message of which there may be a preview; empty if there is none."""
    if not isinstance(event, MessagePosted) or event.audience:
        return ""
    return previewed(event.body)
