"""CHATHISTORY: pages of history. Spec: IRCv3 draft/chathistory, subcommand by subcommand.

Each selector becomes a seq (a time, by bisection). Every subcommand reads one page of `after < seq < before`;
AROUND reads two, which meet at the selected message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.room_events import (
    EVENT_KINDS,
    MESSAGE_KINDS,
    MessageEdited,
    MessagePinned,
    MessageRedacted,
    RemovedMessage,
    RoomEvent,
    TagsPosted,
    Unshown,
)
from chatstore.chat.session.views import ConversationView
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.line import parse_timestamp, timestamp
from chatstore.irc.show import Part, send_batch, send_previews

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_LATE = 20
"""Messages before the selected one of AFTER whose previews may have come while the client was away."""
_PARAMS = {"LATEST": 4, "BEFORE": 4, "AFTER": 4, "AROUND": 4, "BETWEEN": 5, "TARGETS": 4}


class _RefusedError(Exception):
    """The content of a FAIL: its code, its context parameters, its text."""

    def __init__(self, code: str, *about: str, text: str) -> None:
        super().__init__(text)
        self.code, self.about, self.text = code, about, text


@command("CHATHISTORY", min_params=1, blocking=True, question=True, spec="IRCv3 draft/chathistory")
def chathistory(client: Client, line: Line) -> None:
    """Fetch history: LATEST, BEFORE, AFTER, AROUND and BETWEEN. TARGETS lists the rooms and direct
    conversations that have messages."""
    subcommand = line.params[0].upper()
    try:
        if subcommand not in _PARAMS:
            raise _RefusedError("INVALID_PARAMS", subcommand, text="unknown subcommand")
        if len(line.params) != _PARAMS[subcommand]:
            few = len(line.params) < _PARAMS[subcommand]
            text = "not enough parameters" if few else "too many parameters"
            raise _RefusedError("INVALID_PARAMS", subcommand, text=text)
        limit = _limit(client, subcommand, line.params[-1])
        if subcommand == "TARGETS":
            _targets(client, line, limit)
        else:
            _messages(client, subcommand, line, limit)
    except _RefusedError as refused:
        shown = [middle(part) for part in refused.about]
        client.reply.fail("CHATHISTORY", refused.code, *shown, text=refused.text)


def _messages(client: Client, subcommand: str, line: Line, limit: int) -> None:
    target = line.params[1]
    try:
        conversation = client.session.history.conversation(target)
    except ChatError:
        if not client.session.sees.is_somebody(target):
            text = "messages could not be retrieved"
            raise _RefusedError("INVALID_TARGET", subcommand, target, text=text) from None
        _nothing_yet(client, subcommand, line)
        return
    reader = _Reader(client, subcommand, target, conversation, limit)
    parts = reader.read(line.params[2:-1])
    # A direct conversation keeps the name that the client used: its window has that name.
    shown = target if conversation.direct else f"#{conversation.name}"
    if subcommand == "AFTER" and client.renderer.previews:
        send_previews(client, shown, conversation.room, reader.known(line.params[2]))
    send_batch(client, "chathistory", shown, conversation.room, conversation.name, *parts)


def _nothing_yet(client: Client, subcommand: str, line: Line) -> None:
    """Send an empty batch: the client and this person have not talked yet. Wrong selectors are still
    refused."""
    for selector in line.params[2:-1]:
        if selector != "*" and not selector.startswith("msgid="):
            _time(subcommand, selector, line.params[1])
    send_batch(client, "chathistory", line.params[1], "", line.params[1])


class _Reader:
    """Reads the messages that one request asks for, from one room or direct conversation."""

    def __init__(
        self, client: Client, subcommand: str, target: str, conversation: ConversationView, limit: int
    ) -> None:
        self._session = client.session
        self._subcommand = subcommand
        self._target = target
        self._conversation = conversation
        self._limit = limit
        self._kinds = _kinds(client)

    def read(self, selectors: Sequence[str]) -> Sequence[Part]:
        """Return the events in ascending order: two parts for AROUND, one for the others."""
        if self._subcommand == "AROUND":
            return self._around(selectors[0])
        return [self._one(selectors)]

    def known(self, selector: str) -> Sequence[RoomEvent]:
        """Return the latest messages that a client with the selected one has."""
        before = self._up_to(selector) + 1
        query = HistoryQuery(self._conversation.id, _LATE, before=before, kinds=MESSAGE_KINDS)
        return self._session.history.page(query).events

    def _one(self, selectors: Sequence[str]) -> Part:
        first = selectors[0]
        match self._subcommand:
            case "LATEST":
                return self._page(after=0 if first == "*" else self._up_to(first))
            case "BEFORE":
                return self._page(before=self._from(first))
            case "AFTER":
                return self._page(after=self._up_to(first), newest=False)
            case _:
                return self._between(first, selectors[1])

    def _between(self, one: str, other: str) -> Part:
        """Read from the first selector towards the second. The first may be the later one."""
        if self._from(one) <= self._from(other):
            return self._page(after=self._up_to(one), before=self._from(other), newest=False)
        return self._page(after=self._up_to(other), before=self._from(one))

    def _around(self, selector: str) -> Sequence[Part]:
        """Read around the selected message. If one side has few messages, the other side gets its share."""
        middle = self._from(selector)
        later = self._page(after=middle - 1, newest=False, limit=(self._limit + 1) // 2)
        earlier = self._page(before=middle, limit=self._limit - len(later.events))
        if len(earlier.events) + len(later.events) < self._limit and not later.cut:
            later = self._page(after=middle - 1, newest=False, limit=self._limit - len(earlier.events))
        return earlier, later

    def _page(
        self, *, after: int = 0, before: int | None = None, newest: bool = True, limit: int | None = None
    ) -> Part:
        limit = self._limit if limit is None else limit
        if limit <= 0:
            return Part((), newest)
        query = HistoryQuery(self._conversation.id, limit, after, before, newest, self._kinds)
        page = self._session.history.page(query)
        return Part(page.events, newest, page.cut)

    def _from(self, selector: str) -> int:
        """Return the seq of the selected message, or of the first event at or after the selected time."""
        kind, _, value = selector.partition("=")
        if kind == "msgid":
            seq = self._session.history.seq_of(self._conversation, value)
            if seq is None:
                raise _RefusedError("INVALID_PARAMS", self._subcommand, selector, text="no such message")
            return seq
        return self._session.history.first_seq_from(self._conversation.id, self._time(selector))

    def _up_to(self, selector: str) -> int:
        """Return the seq of the selected message, or of the last event at or before the selected time."""
        if selector.startswith("msgid="):
            return self._from(selector)
        return self._session.history.first_seq_from(self._conversation.id, self._time(selector) + 1) - 1

    def _time(self, selector: str) -> int:
        return _time(self._subcommand, selector, self._target)


def _kinds(client: Client) -> tuple[str, ...]:
    """Return the kinds of events that this client understands."""
    if not client.has("draft/event-playback"):
        return MESSAGE_KINDS
    unknown: tuple[type[RoomEvent], ...] = (RemovedMessage, Unshown)
    if not client.renderer.message_tags:
        unknown += (TagsPosted,)
    if not client.renderer.message_redaction:
        unknown += (MessageRedacted,)
    if not client.renderer.message_edit:
        unknown += (MessageEdited,)  # the messages have the new texts
    if not client.renderer.pins:
        unknown += (MessagePinned,)
    return tuple(kind for kind, event in EVENT_KINDS.items() if not issubclass(event, unknown))


def _targets(client: Client, line: Line, limit: int) -> None:
    """List the rooms and direct conversations whose latest message lies between the two times.

    The times may come in either order. The list starts at the first one, as BETWEEN does.
    """
    one, other = (_time("TARGETS", selector) for selector in line.params[1:3])
    after, before = min(one, other), max(one, other)
    found = client.session.history.conversations(after, before, limit, newest=one > other)
    reference, batched = client.next_batch(), client.has("batch")
    tags = {"batch": reference} if batched else None
    if batched:
        client.reply.line("BATCH", f"+{reference}", "draft/chathistory-targets")
    for conversation, latest in found:
        name = conversation.name if conversation.direct else f"#{conversation.name}"
        client.reply.line("CHATHISTORY", "TARGETS", name, timestamp(latest), tags=tags)
    if batched:
        client.reply.line("BATCH", f"-{reference}")


def _limit(client: Client, subcommand: str, text: str) -> int:
    """Read the limit. 0 is valid: the request is checked, and the batch is empty."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _RefusedError("INVALID_PARAMS", subcommand, text, text="the limit must be a number")
    return min(int(text), client.session.policy.limits.history_page)


def _time(subcommand: str, selector: str, *target: str) -> int:
    """Read `timestamp=2026-11-22T18:52:38.123Z`, in ms since 1970 UTC. Raises _RefusedError."""
    kind, equals, value = selector.partition("=")
    if kind != "timestamp":
        text = "expected msgid=... or timestamp=..."
        if equals and kind != "msgid":
            raise _RefusedError("INVALID_MSGREFTYPE", subcommand, *target, selector, text=text)
        raise _RefusedError("INVALID_PARAMS", subcommand, selector, text=text)
    moment = parse_timestamp(value)
    if moment is None:
        raise _RefusedError("INVALID_PARAMS", subcommand, selector, text="invalid timestamp")
    return moment
