"""Live events as Server-Sent Events: of all conversations of an account, or of one.

The `id` of an event is the incarnation of the database and the event's number among all that is stored; see
chat/live/feed.py for why that is exact. A client sends the last one as Last-Event-ID when it comes again, and gets
what comes after it: nothing twice, nothing missing. A message's id will do as well.

Spec: WHATWG HTML section 9.2. A browser's EventSource can't send credentials, so pages use fetch and read the body
as it comes (docs/api.md).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from chatstore.api.access import Access, close
from chatstore.api.errors import own_problem
from chatstore.api.messages import shown
from chatstore.api.operations import Operations
from chatstore.api.vocabulary import Ignored, to_json
from chatstore.chat.model.errors import Code
from chatstore.chat.session import Session
from chatstore.chat.session.streams import Follower, LiveEvents, Shown
from chatstore.chat.session.views import ConversationView
from chatstore.net.http import EventStream, HttpError, Request
from chatstore.net.http import Stream as Open

OPERATIONS = Operations()

EACH, ALL = 20, 2_000
"""Streams of one account, and of this process."""
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",  # nginx would keep events until it has some kilobytes
}


class Ended(Struct, frozen=True):
    """Why the stream ends (the event `end`). `code`: `access-lost` if coming again would not help, otherwise
    `closed`."""

    code: str
    reason: str


class Reset(Struct, frozen=True):
    """The stream can't be taken up where it was cut (the event `reset`): read the conversations anew from the last
    messages that you have. The stream goes on from now."""

    reason: str


class Following(Struct, forbid_unknown_fields=True, frozen=True):
    """`last_event_id`: as the header Last-Event-ID, for clients that can't set it. `ignored`: whether to show what
    people say whom the account ignores."""

    last_event_id: Annotated[str, Meta(max_length=100)] = ""
    ignored: Ignored = "hide"


@dataclass
class Streams:
    """The streams of a server."""

    access: Access
    feed: LiveEvents
    incarnation: str

    def render(self, told: Shown) -> bytes:
        """The frame of one event; nothing if it is not for people."""
        event = shown(told.event.event, f"#{told.room}" if not told.event.direct else None, told.person or None)
        if event is None:
            return b""
        kind = str(type(event).__struct_config__.tag)
        return b"id: %s-%d\nevent: %s\ndata: %s\n\n" % (
            self.incarnation.encode(), told.id, kind.encode(), to_json(event)
        )  # fmt: skip

    def open(self, request: Request, query: Following) -> EventStream:
        """A stream of the conversation in the path, or of all. Its session is another one than that which asks for
        it: nobody would close that if the client goes before the stream begins."""
        with self.access.session(request) as session:
            if self.feed.count >= ALL or self.feed.count_of(session.own_account.id) >= EACH:
                raise own_problem(
                    "too-many-streams", f"an account may have {EACH} streams: close one", {"Retry-After": "5"}
                )
            conversation = self._conversation(session, request)
            after, first = self._place(request.headers.get("last-event-id") or query.last_event_id)
            spared = query.ignored == "hide"
            return EventStream(_HEADERS, partial(self._open, request, conversation, after, first, spared))

    def _open(
        self,
        request: Request,
        conversation: ConversationView | None,
        after: int,
        first: bytes,
        spared: bool,
        sink: Open,
    ) -> None:
        ended = _Ended()
        try:
            session = self.access.open(request, ended=ended.tell)
        except HttpError as error:  # since it was asked for
            passes = error.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
            if not passes:  # otherwise it is as if the connection broke: the client comes again
                sink.send(_frame("end", to_json(Ended("access-lost", error.detail))))
            sink.close()
            return
        try:
            follower = self.feed.follower(
                session, conversation, sink, after, spared=spared,
                goodbye=lambda why: _frame("end", to_json(Ended("closed", why))),
            )  # fmt: skip
            self._begin(session, ended, follower, first, sink)
        except BaseException:
            close(session)
            raise

    @staticmethod
    def _begin(session: Session, ended: _Ended, follower: Follower, first: bytes, sink: Open) -> None:
        def gone() -> None:
            follower.end()
            close(session)

        sink.on_closed = gone
        sink.send(b"retry: 1000\n\n" + first)
        follower.begin()
        ended.when(
            lambda why: follower.end(why, lambda reason: _frame("end", to_json(Ended("access-lost", reason))))
        )
        if sink.closed:
            gone()

    @staticmethod
    def _conversation(session: Session, request: Request) -> ConversationView | None:
        values = request.values
        if "room" in values:
            return session.history.conversation(f"#{values['room'].removeprefix('#')}")
        return session.history.conversation(values["person"]) if "person" in values else None

    def _place(self, last: str) -> tuple[int, bytes]:
        """The number after which the stream goes on, and what it begins with."""
        now = self.feed.newest()
        if not last:
            return now, b""
        incarnation, _, number = last.partition("-")
        if incarnation == self.incarnation and number.isascii() and number.isdecimal() and len(number) < 19:
            after = int(number)
            known = self.feed.knows(after)
        else:
            found = self.feed.number_of(last)
            after, known = (found, self.feed.knows(found)) if found is not None else (0, False)
        if known:
            return after, b""
        text = "what was said since then can't be told any more, or the database is another one"
        return now, _frame("reset", to_json(Reset(text)))


class _Ended:
    """Whether a session has lost its access: what is to be done then may be known later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._why = ""
        self._call: Callable[[str], None] | None = None

    def tell(self, why: str) -> None:
        with self._lock:
            self._why, call = why or "closed", self._call
        if call is not None:
            call(self._why)

    def when(self, call: Callable[[str], None]) -> None:
        with self._lock:
            self._call, why = call, self._why
        if why:
            call(why)


def _frame(event: str, data: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (event.encode(), data)


class HasStreams(Protocol):
    """What the operations here need of the Api."""

    @property
    def streams(self) -> Streams: ...


@OPERATIONS.add("GET", "/events", query=Following, stream=True, status=HTTPStatus.OK, codes=[Code.BUSY])
def events(request: Request, query: Following, api: HasStreams) -> EventStream:
    """Live events of all conversations of the account. As Server-Sent Events: `event` is the type of the event,
    `data` the event as JSON. Comments come while nothing happens. Send the last `id` that you have as
    Last-Event-ID when you come again: you get exactly what came after it."""
    return api.streams.open(request, query)


@OPERATIONS.add(
    "GET",
    "/rooms/{room}/events",
    query=Following,
    stream=True,
    codes=[Code.NO_SUCH_ROOM],
    id="room_events",
    both=True,
)
def room_events(request: Request, query: Following, api: HasStreams) -> EventStream:
    """Live events of one conversation."""
    return api.streams.open(request, query)
