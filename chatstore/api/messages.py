"""Messages, in rooms and between two people: posting, reading, reactions, taking back, searching."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from chatstore.api.operations import Answer, Call, Operations
from chatstore.api.reading import Wrong, invalid
from chatstore.api.vocabulary import (
    Event,
    Found,
    Ignored,
    Message,
    MessageId,
    Page,
    Reaction,
    Redaction,
    Time,
    event_of,
    message_of,
    time_of,
    time_text,
)
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import HistoryQuery, action_text, is_speech
from chatstore.chat.model.room_events import SHOWN_KINDS, MessagePosted, RemovedMessage, RoomEvent
from chatstore.chat.session import Unit
from chatstore.chat.session.history import Wanted
from chatstore.chat.session.views import ConversationView

OPERATIONS = Operations()

_USUAL = 100
"""Events of a page, if the request does not say how many."""
_KEY = re.compile(r'"?[\x21\x23-\x7e]{1,255}"?')
"""An Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): in quotes, or without."""
_REPLY, _REACT, _UNREACT = "+draft/reply", "+draft/react", "+draft/unreact"


class NewMessage(Struct, forbid_unknown_fields=True, frozen=True):
    """A message to post. LF ends a line. `reply_to`: the message that it answers, in the same conversation."""

    text: str
    kind: Literal["message", "notice", "action"] = "message"
    reply_to: MessageId | None = None


class Reading(Struct, forbid_unknown_fields=True, frozen=True):
    """Which events: those `before` or `after` a message, or `around` it; or from the time `from` to the time `to`.
    Without any of these, the latest. `kinds`: messages alone, or everything that happened. `limit`: at most so
    many; the account's limits say how many are allowed. `ignored`: whether to show what people say whom the account
    ignores; a page without that has fewer."""

    limit: Annotated[int, Meta(ge=1)] | None = None
    before: MessageId | None = None
    after: MessageId | None = None
    around: MessageId | None = None
    from_: Time | None = msgspec.field(default=None, name="from")
    to: Time | None = None
    kinds: Literal["messages", "all"] = "messages"
    ignored: Ignored = "hide"


class NewText(Struct, forbid_unknown_fields=True, frozen=True):
    """The text that a message gets. LF ends a line."""

    text: str


class Reason(Struct, forbid_unknown_fields=True, frozen=True):
    """Why: what the others are told."""

    reason: Annotated[str, Meta(max_length=1000)] = ""


class Searching(Struct, forbid_unknown_fields=True, frozen=True):
    """What to look for. `text`: words, or "several words" as they stand. `in`: a room with its `#`, or a nick;
    without it everywhere. `by`: who said it. `after` and `before`: between these times. `ignored`: whether to
    find what people say whom the account ignores."""

    text: Annotated[str, Meta(max_length=1000)] = ""
    in_: Annotated[str, Meta(max_length=200)] = msgspec.field(default="", name="in")
    by: Annotated[str, Meta(max_length=200)] = ""
    after: Time | None = None
    before: Time | None = None
    limit: Annotated[int, Meta(ge=1)] | None = None
    ignored: Ignored = "hide"


@OPERATIONS.add(
    "POST",
    "/rooms/{room}/messages",
    body=NewMessage,
    gives=Message,
    status=201,
    keyed=True,
    id="post_to_room",
    both=True,
    codes=[Code.NO_SUCH_ROOM, Code.CANNOT_POST, Code.EMPTY_MESSAGE, Code.MESSAGE_TOO_LONG, Code.KEY_REUSED],
)
def post(call: Call) -> Answer:
    """Post a message. The answer comes when it is stored. With an `Idempotency-Key`, the same request may be sent
    again for a day, and still makes one message: after a lost answer, send it again with the same key."""
    session, body = call.session, call.body
    text = f"\x01ACTION {body.text}\x01" if body.kind == "action" else body.text
    tags = {}
    if body.reply_to is not None:
        conversation = session.history.conversation(call.target)
        if session.history.seq_of(conversation, body.reply_to) is None:
            raise _no_such_message(body.reply_to)
        tags[_REPLY] = body.reply_to
    lines = body.text.count("\n") + 1
    unit: Unit
    if lines == 1:
        unit = session.sending.draft(call.target, "notice" if body.kind == "notice" else "message", text, tags)
    elif body.kind != "message":
        raise invalid(Wrong("pointer", "#/text", f"a {body.kind} has one line"))
    elif lines > (most := session.policy.limits.multiline_lines):
        raise ChatError(Code.MESSAGE_TOO_LONG, f"a message has at most {most} lines")
    else:
        session.heard(lines - 1)
        unit = session.sending.several_lines(call.target, body.text, tags)
    key = call.request.headers.get("idempotency-key")
    if key is not None:
        if not _KEY.fullmatch(key):
            text = "expected 1 to 255 visible ASCII characters, such as a UUID"
            raise invalid(Wrong("header", "Idempotency-Key", text))
        asked = repr((call.target.casefold(), body.kind, body.text, body.reply_to))
        unit = session.sending.once(unit, digest_of(key.strip('"')), digest_of(asked))
    event = session.submit([unit]).result()
    room, person = _names(call)
    posted = message_of(event, room, person)
    return Answer(posted, headers={"Location": call.link(f"{_base(call)}/messages/{posted.id}")})


@OPERATIONS.add(
    "GET",
    "/rooms/{room}/messages",
    query=Reading,
    gives=Page,
    cached=True,
    codes=[Code.NO_SUCH_ROOM, Code.NO_SUCH_MESSAGE],
    id="room_messages",
    both=True,
)
def messages(call: Call) -> Page:
    """What was said, in the order in which it was. Follow `next` to read on, and `previous` to read back. A page of
    what came `after` a message may be empty; ask again later with the same URL, and send its ETag along."""
    session, query = call.session, call.query
    conversation = session.history.conversation(call.target)
    limit = _limit(call, query.limit)
    events, last = _events(call, conversation, limit)
    room, person = _names(call)
    told = [
        told for event in _spared(call, events) if (told := shown(event, room, person, query.kinds)) is not None
    ]
    kept = {
        "limit": query.limit,
        "kinds": query.kinds if query.kinds != "messages" else None,
        "ignored": query.ignored if query.ignored != "hide" else None,
    }
    path = f"{_base(call)}/messages"
    first, end = (events[0], events[-1]) if events else (None, None)
    earlier = call.link(path, before=_id(first), **kept) if first and first.seq > conversation.first_seq else None
    later = call.link(path, after=_id(end), **kept) if end and end.seq < last else None
    return Page(messages=told, previous=earlier, next=later)


def _spared(call: Call, events: Iterable[RoomEvent]) -> list[RoomEvent]:
    """The events without those of people whom the account ignores, unless the query wants these, too."""
    show = call.query.ignored == "show"
    return [event for event in events if show or not call.session.peace.hides(event)]


def _events(call: Call, conversation: ConversationView, limit: int) -> tuple[list[RoomEvent], int]:
    """The events that the query asks for, and the last seq of the conversation."""
    query, history = call.query, call.session.history
    given = [name for name in ("before", "after", "around", "from_", "to") if getattr(query, name) is not None]
    if ("around" in given and len(given) > 1) or ({"before", "after"} & {*given} and {"from_", "to"} & {*given}):
        text = "expected `around` alone, `before` and `after`, or `from` and `to`"
        raise invalid(*(Wrong("parameter", name.rstrip("_"), text) for name in given))

    def place(text: str) -> int:
        seq = history.seq_of(conversation, text)
        if seq is None:
            raise _no_such_message(text)
        return seq

    kinds = SHOWN_KINDS if query.kinds == "messages" else None
    wanted = HistoryQuery(conversation.id, limit, kinds=kinds)
    if query.around is not None:
        middle = place(query.around)
        before = history.page(replace(wanted, limit=max(1, limit // 2), before=middle))
        after = history.page(replace(wanted, limit=limit - limit // 2, after=middle - 1, newest=False))
        earlier = before.events if limit > 1 else ()
        return [*earlier, *after.events], after.last_seq
    after_seq = place(query.after) if query.after is not None else 0
    before_seq = place(query.before) if query.before is not None else None
    if query.from_ is not None:
        after_seq = history.first_seq_from(conversation.id, time_of(query.from_)) - 1
    if query.to is not None:
        before_seq = history.first_seq_from(conversation.id, time_of(query.to) + 1)
    newest = query.after is None and query.from_ is None
    page = history.page(replace(wanted, after=after_seq, before=before_seq, newest=newest))
    return [*page.events], page.last_seq


def shown(event: RoomEvent, room: str | None, person: str | None, kinds: str = "all") -> Event | None:
    """The event as it is told; None if it is not for people, or not of these kinds."""
    if isinstance(event, MessagePosted) and not is_speech(event.body):
        return None
    if isinstance(event, RemovedMessage) and event.tags.get("was", "").startswith("tags"):
        return None
    return event_of(event, room, person)


@OPERATIONS.add(
    "GET",
    "/rooms/{room}/messages/{message}",
    gives=Event,
    cached=True,
    codes=[Code.NO_SUCH_ROOM, Code.NO_SUCH_MESSAGE],
    id="room_message",
    both=True,
)
def message(call: Call) -> Event:
    """One message, or what else has this id."""
    told = shown(_found(call), *_names(call))
    if told is None:
        raise _no_such_message(call.value("message"))
    return told


def _found(call: Call) -> RoomEvent:
    """The event with the id in the path. Raises NO_SUCH_MESSAGE."""
    history, text = call.session.history, call.value("message")
    conversation = history.conversation(call.target)
    seq = history.seq_of(conversation, text)
    page = (
        history.page(HistoryQuery(conversation.id, 1, after=seq - 1, before=seq + 1)) if seq is not None else None
    )
    if page is None or not page.events:
        raise _no_such_message(text)
    return page.events[0]


@OPERATIONS.add(
    "DELETE",
    "/rooms/{room}/messages/{message}",
    query=Reason,
    gives=Redaction,
    codes=[Code.NO_SUCH_ROOM, Code.NO_SUCH_MESSAGE, Code.REDACT_FORBIDDEN, Code.REDACT_WINDOW_EXPIRED],
    id="redact_in_room",
    both=True,
)
def redact(call: Call) -> Any:
    """Take a message back. Its text leaves the database, and everybody is told. Operators of a room may take back
    what others said."""
    names = _names(call)
    return event_of(
        call.session.sending.redact(call.target, call.value("message"), call.query.reason).result(), *names
    )


@OPERATIONS.add(
    "PUT",
    "/rooms/{room}/messages/{message}",
    body=NewText,
    gives=Message,
    codes=[
        Code.NO_SUCH_ROOM, Code.NO_SUCH_MESSAGE, Code.EDIT_FORBIDDEN, Code.EDIT_WINDOW_EXPIRED, Code.TOO_MANY_EDITS,
        Code.EMPTY_MESSAGE, Code.MESSAGE_TOO_LONG,
    ],
    id="edit_in_room",
    both=True,
)  # fmt: skip
def edit(call: Call) -> Message:
    """Give one's own message another text. It keeps its id and its time, and shows when it was edited."""
    session, text, id = call.session, call.body.text, call.value("message")
    before = _found(call)
    if action_text(before.body) is not None:
        text = f"\x01ACTION {text}\x01"
    session.sending.edit(call.target, id, text).result()
    return message_of(_found(call), *_names(call))


_REACTING = [Code.NO_SUCH_ROOM, Code.CANNOT_POST, Code.INVALID_REACTION, Code.TOO_MANY_REACTIONS]


@OPERATIONS.add(
    "PUT",
    "/rooms/{room}/messages/{message}/reactions/{reaction}",
    gives=Reaction,
    codes=_REACTING,
    id="react_in_room",
    both=True,
)
def react(call: Call) -> Any:
    """React to a message by an emoji or a word."""
    return _react(call, _REACT)


@OPERATIONS.add(
    "DELETE",
    "/rooms/{room}/messages/{message}/reactions/{reaction}",
    gives=Reaction,
    codes=_REACTING,
    id="unreact_in_room",
    both=True,
)
def unreact(call: Call) -> Any:
    """Take a reaction back."""
    return _react(call, _UNREACT)


def _react(call: Call, tag: str) -> Any:
    names, tags = _names(call), {tag: call.value("reaction"), _REPLY: call.value("message")}
    return event_of(call.session.submit([call.session.sending.tags_only(call.target, tags)]).result(), *names)


@OPERATIONS.add("GET", "/search", query=Searching, gives=Found, codes=[Code.BUSY])
def search(call: Call) -> Found:
    """Search the messages that the account may read. The latest ones that fit, in the order in which they were
    said. An account has one search at a time."""
    query, limit = call.query, _limit(call, call.query.limit)
    after, before = (time_of(each) if each is not None else None for each in (query.after, query.before))
    wanted = Wanted(limit, query.in_, query.text, query.by, after, before)
    hits, complete = call.api.searched(lambda: call.session.history.search(wanted))
    found = []
    for hit in hits:
        if query.ignored == "hide" and call.session.peace.hides(hit.event):
            continue
        where = hit.conversation
        names = (None, where.name) if where.direct else (f"#{where.name}", None)
        told = event_of(hit.event, *names)
        if isinstance(told, Message):
            found.append(told)
    earlier = None
    if hits and (len(hits) >= limit or not complete):
        kept = {"text": query.text, "in": query.in_ or None, "by": query.by or None, "limit": query.limit}
        kept["ignored"] = query.ignored if query.ignored != "hide" else None
        earlier = call.link("/search", before=time_text(hits[0].event.time - 1), after=query.after, **kept)
    return Found(messages=found, complete=complete, previous=earlier)


def _limit(call: Call, asked: int | None) -> int:
    most = call.session.policy.limits.history_page
    if asked is not None and asked > most:
        raise invalid(Wrong("parameter", "limit", f"expected at most {most}"))
    return asked or min(_USUAL, most)


def _names(call: Call) -> tuple[str | None, str | None]:
    """The room, or the person, of the path as others spell it."""
    if "room" in call.request.values:
        return f"#{call.session.sees.room(call.target).name}", None
    found = call.session.sees.find(call.target)
    return None, found.nick if found is not None else call.session.sees.absent(call.target, removed=True).nick


def _base(call: Call) -> str:
    return "/rooms/{room}" if "room" in call.request.values else "/people/{person}"


def _id(event: RoomEvent) -> str:
    return msgid(event.room, event.seq, event.time)


def _no_such_message(text: str) -> ChatError:
    return ChatError(Code.NO_SUCH_MESSAGE, "there is no such message here", text[:100])
