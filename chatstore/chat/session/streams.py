"""Live events for those who ask instead of staying connected: streams of what is stored, each with a session that
says what it may follow. See live/feed.py."""

from __future__ import annotations

from collections.abc import Callable

from chatstore.chat.live.feed import Feed, Sink, Stream
from chatstore.chat.live.feed import Render as Render
from chatstore.chat.live.feed import Shown as Shown
from chatstore.chat.session import Session
from chatstore.chat.session.state import Chat
from chatstore.chat.session.views import ConversationView


class Follower:
    """What one session follows."""

    def __init__(self, feed: Feed, stream: Stream) -> None:
        self._feed, self._stream = feed, stream

    def begin(self) -> None:
        self._feed.add(self._stream)

    def end(self, why: str = "", goodbye: Callable[[str], bytes] | None = None) -> None:
        """End it; `goodbye` makes the last bytes of the reason. It does not block."""
        if goodbye is not None:
            self._stream.goodbye = goodbye
        self._feed.end(self._stream, why)


class LiveEvents(Feed):
    """The feed of a running chat, which wakes it. `render` makes the bytes of an event."""

    def __init__(self, chat: Chat, render: Render) -> None:
        super().__init__(chat.hub, chat.store, render)
        chat.hub.stored = self.wake

    def follower(
        self,
        session: Session,
        conversation: ConversationView | None,
        sink: Sink,
        after: int,
        *,
        spared: bool,
        goodbye: Callable[[str], bytes],
    ) -> Follower:
        """A stream of a conversation, or of all that the session may follow, from behind the number `after` on.
        `spared`: without what people say whom its account ignores. `goodbye` makes the last bytes of a reason."""
        stream = Stream(
            session.own_account.id,
            sink,
            after,
            room=conversation.id if conversation is not None else None,
            direct=conversation is not None and conversation.direct,
            allowed=session.may_follow,
            goodbye=goodbye,
            spared=spared,
        )
        return Follower(self, stream)
