"""What the API speaks of, as JSON: one Struct for one noun. The OpenAPI file is made of these.

Times are UTC with milliseconds: `2026-11-30T05:00:00.000Z`. Rooms are named with their `#`, people by their nicks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import REACT_TAGS, REPLY_TAGS, UNREACT_TAGS, action_text
from chatstore.chat.model.room_events import (
    EDITED,
    FounderChanged,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberQuit,
    MessageEdited,
    MessagePosted,
    MessageRedacted,
    ModesChanged,
    NickChanged,
    NoticePosted,
    RemovedMessage,
    RoomConfigured,
    RoomEvent,
    RoomRenamed,
    TagsPosted,
    TopicChanged,
)
from chatstore.chat.model.rooms import Role
from chatstore.chat.model.scopes import Scope

Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$", description="A time in UTC.")]
MessageId = Annotated[str, Meta(max_length=40, description="The id of a message (IRC's msgid).")]
Ignored = Literal["hide", "show"]
"""Whether what people say whom the account ignores is left out."""
Role_ = Literal["member", "voice", "operator"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def time_text(ms: int) -> str:
    """The time of ms since 1970 UTC, in the way of the API."""
    at = _EPOCH + timedelta(milliseconds=ms)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z"


def time_if(ms: int | None) -> str | None:
    """The same of a time that there may not be."""
    return time_text(ms) if ms is not None else None


def time_of(text: str) -> int:
    """The reverse of time_text(), rounded down to ms; it takes any number of digits after the second."""
    seconds, _, rest = text.removesuffix("Z").partition(".")
    at = datetime.strptime(seconds, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc) - _EPOCH
    return (at.days * 86_400 + at.seconds) * 1000 + int(f"{rest:0<3}"[:3])


class _Event(Struct, kw_only=True, frozen=True, tag_field="type"):
    """What every event has. `room` or `person` says where it happened: in a room, or between two people."""

    id: MessageId
    seq: int
    """Its place in the room: 1, 2, 3, … without gaps."""
    time: Time
    room: str | None
    """The room with its `#`; null in a direct conversation."""
    person: str | None
    """The other person of a direct conversation; null in a room."""
    nick: str
    """Who did it."""
    account: str | None
    """The account of who did it; null for guests and programs without one."""
    bot: bool


class Message(_Event, tag="message", kw_only=True, frozen=True):
    """A message. A `notice` is what programs say, an `action` is "/me waves"."""

    kind: Literal["message", "notice", "action"]
    text: str
    reply_to: MessageId | None
    edited: Time | None = None
    """When its author has changed its text last."""
    relayed_by: str | None = None
    """The nick of who passed it on, if it was said elsewhere: then `nick` is its author's there, and `account` is
    theirs."""
    audience: Literal["everyone", "voiced", "operators"] = "everyone"


class Edit(_Event, tag="edit", kw_only=True, frozen=True):
    """The author has changed a message: it has this text from now on, wherever it is read."""

    edits: MessageId
    text: str


class Removed(_Event, tag="removed", kw_only=True, frozen=True):
    """The place of a message that was taken back."""

    by: str
    reason: str


class Reaction(_Event, tag="reaction", kw_only=True, frozen=True):
    """A reaction to a message, or the end of one."""

    to: MessageId | None
    added: list[str]
    removed: list[str]


class Redaction(_Event, tag="redaction", kw_only=True, frozen=True):
    """A message or reaction was taken back: forget its text."""

    redacts: MessageId
    reason: str


class Joined(_Event, tag="joined", kw_only=True, frozen=True):
    """Somebody became a member of the room."""


class Left(_Event, tag="left", kw_only=True, frozen=True):
    """Somebody is no member any more: by themselves, with their connection (`quit`), or removed `by` somebody."""

    how: Literal["left", "quit", "kicked"]
    who: str
    reason: str


class Topic(_Event, tag="topic", kw_only=True, frozen=True):
    """The room has another topic."""

    topic: str


class Renamed(_Event, tag="renamed", kw_only=True, frozen=True):
    """The room has another name."""

    before: str
    after: str
    reason: str


class NickChange(_Event, tag="nick", kw_only=True, frozen=True):
    """Somebody has another nick."""

    after: str


class Modes(_Event, tag="modes", kw_only=True, frozen=True):
    """Modes of the room, or roles of members, have changed: in the notation of IRC's MODE."""

    change: str


class Settings(_Event, tag="settings", kw_only=True, frozen=True):
    """Settings of the room have changed; `change` names them."""

    change: str


class Founder(_Event, tag="founder", kw_only=True, frozen=True):
    """The room belongs to another account."""

    founder: str


Event = (
    Message | Edit | Removed | Reaction | Redaction | Joined | Left | Topic | Renamed | NickChange | Modes
    | Settings | Founder
)  # fmt: skip
EVENTS: tuple[type[Struct], ...] = (
    Message, Edit, Removed, Reaction, Redaction, Joined, Left, Topic, Renamed, NickChange, Modes, Settings, Founder,
)  # fmt: skip


def event_of(event: RoomEvent, room: str | None, person: str | None = None) -> Event | None:
    """An event as it is told; None for one that is shown to nobody. `room`: with its `#`; or the other `person` of
    a direct conversation."""
    make = _MADE.get(type(event))
    if make is None:
        return None
    actor = event.actor
    common = {
        "id": msgid(event.room, event.seq, event.time),
        "seq": event.seq,
        "time": time_text(event.time),
        "room": room,
        "person": person,
        "nick": actor.nick,
        "account": actor.account,
        "bot": actor.bot,
    }
    return make(event, common)


def message_of(event: RoomEvent, room: str | None, person: str | None = None) -> Message:
    """A message, for those who know that the event is one."""
    found = event_of(event, room, person)
    assert isinstance(found, Message)
    return found


def _message(event: RoomEvent, common: dict[str, Any]) -> Message:
    action = action_text(event.body)
    kind: Any = "notice" if isinstance(event, NoticePosted) else "action" if action is not None else "message"
    audience: Any = {"@": "operators", "+": "voiced"}.get(event.audience, "everyone")
    text = event.body if action is None else action
    edited = time_text(int(event.tags[EDITED])) if EDITED in event.tags else None
    relayed = event.actor.relayed or None
    return Message(
        kind=kind, text=text, reply_to=_reply(event), edited=edited, relayed_by=relayed, audience=audience, **common
    )


def _edit(event: RoomEvent, common: dict[str, Any]) -> Edit | None:
    assert isinstance(event, MessageEdited)
    action = action_text(event.body)
    text = event.body if action is None else action
    return Edit(edits=event.target_id, text=text, **common) if text else None


def _reply(event: RoomEvent) -> str | None:
    return next((event.tags[tag] for tag in REPLY_TAGS if tag in event.tags), None)


def _removed(event: RoomEvent, common: dict[str, Any]) -> Removed:
    return Removed(by=event.tags.get("by", ""), reason=event.tags.get("reason", ""), **common)


def _reaction(event: RoomEvent, common: dict[str, Any]) -> Reaction | None:
    added = list(dict.fromkeys(event.tags[tag] for tag in REACT_TAGS if tag in event.tags))
    removed = list(dict.fromkeys(event.tags[tag] for tag in UNREACT_TAGS if tag in event.tags))
    if not added and not removed:
        return None
    return Reaction(to=_reply(event), added=added, removed=removed, **common)


def _redaction(event: RoomEvent, common: dict[str, Any]) -> Redaction:
    assert isinstance(event, MessageRedacted)
    return Redaction(redacts=msgid(event.room, event.target_seq, event.target_time), reason=event.body, **common)


def _left(event: RoomEvent, common: dict[str, Any]) -> Left:
    if isinstance(event, MemberKicked):
        return Left(how="kicked", who=event.target, reason=event.body, **common)
    how: Any = "quit" if isinstance(event, MemberQuit) else "left"
    return Left(how=how, who=event.actor.nick, reason=event.body, **common)


def _renamed(event: RoomEvent, common: dict[str, Any]) -> Renamed:
    assert isinstance(event, RoomRenamed)
    return Renamed(before=f"#{event.before}", after=f"#{event.body}", reason=event.reason, **common)


_MADE: dict[type[RoomEvent], Callable[[RoomEvent, dict[str, Any]], Event | None]] = {
    MessagePosted: _message,
    NoticePosted: _message,
    MessageEdited: _edit,
    RemovedMessage: _removed,
    TagsPosted: _reaction,
    MessageRedacted: _redaction,
    MemberJoined: lambda _, common: Joined(**common),
    MemberLeft: _left,
    MemberQuit: _left,
    MemberKicked: _left,
    TopicChanged: lambda event, common: Topic(topic=event.body, **common),
    RoomRenamed: _renamed,
    NickChanged: lambda event, common: NickChange(after=event.body, **common),
    ModesChanged: lambda event, common: Modes(change=event.body, **common),
    RoomConfigured: lambda event, common: Settings(change=event.body, **common),
    FounderChanged: lambda event, common: Founder(founder=event.body, **common),
}


def role_name(role: Role) -> Role_:
    """A member's role in words."""
    return "operator" if role.operator else "voice" if role.voiced else "member"


class Account(Struct, kw_only=True, frozen=True):
    """The account of who asks."""

    name: str
    nick: str
    """What others see."""
    display_name: str
    """How the account's person wants to be called; empty: not set."""
    avatar: str
    """The URL of their picture; empty: not set."""
    role: Literal["user", "admin"]
    created: Time
    stays: bool
    """Whether it remains in its rooms without a connection."""
    limits: Limits


class Limits(Struct, kw_only=True, frozen=True):
    """What one request or account may do here."""

    message_bytes: int
    """UTF-8 bytes of a message of one line."""
    multiline_bytes: int
    multiline_lines: int
    page: int
    """The most events of a page."""
    requests_per_second: float
    """Of requests that do something, in the long run; 0: no limit."""
    requests_at_once: int
    questions_per_second: float
    """Of requests that only read."""
    questions_at_once: int
    streams: int
    """Open event streams of one account."""


class Token(Struct, kw_only=True, frozen=True):
    """A device token of the account."""

    id: int
    label: str
    created: Time
    used: Time | None
    current: bool
    """Whether this request came by it."""
    scopes: list[Scope]
    """What it may do."""
    rooms: list[str] | None
    """Where it may; null: everywhere."""


class Room(Struct, kw_only=True, frozen=True):
    """A room as the account may know it."""

    name: str
    topic: str
    topic_by: str
    topic_at: Time | None
    created: Time
    members: int
    role: Role_ | None
    """The account's role; null if it is no member."""
    modes: str
    """The letters of the modes that are set (see docs/irc.md)."""
    slow_mode: int
    """Seconds that members wait between two messages."""


class Member(Struct, kw_only=True, frozen=True):
    """A member of a room."""

    nick: str
    account: str | None
    role: Role_
    online: bool
    away: str
    bot: bool
    display_name: str
    """How the person wants to be called; empty: not set. Anybody may take any name, so show the nick, too."""
    avatar: str
    """The URL of the person's picture; empty: not set."""


class Conversation(Struct, kw_only=True, frozen=True):
    """A room or direct conversation of the account, with the time of its latest message."""

    room: str | None
    person: str | None
    latest: Time


class ReadMarker(Struct, kw_only=True, frozen=True):
    """Up to when the account has read a conversation; null: never."""

    read: Time | None


class Page(Struct, kw_only=True, frozen=True):
    """Messages in ascending order; with `kinds=all` also the other events between them. `next` and `previous` are
    the URLs of the pages after and before this one; null where nothing is known to be there."""

    messages: list[Event]
    previous: str | None
    next: str | None


class Found(Struct, kw_only=True, frozen=True):
    """What a search has found, in ascending order. `complete`: everything was searched in the time for it."""

    messages: list[Message]
    complete: bool
    previous: str | None


class Rooms(Struct, kw_only=True, frozen=True):
    rooms: list[Room]


class Members(Struct, kw_only=True, frozen=True):
    members: list[Member]


class Conversations(Struct, kw_only=True, frozen=True):
    conversations: list[Conversation]
    previous: str | None


class Tokens(Struct, kw_only=True, frozen=True):
    tokens: list[Token]


class NewToken(Struct, kw_only=True, frozen=True):
    """A new token. Its text is shown once."""

    token: str
    id: int
    label: str


class FieldError(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """Something that is wrong in a request: a field of the body (`pointer`, a JSON pointer as `#/text`), a
    `parameter` of the URL or a `header`."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None


class Problem(Struct, kw_only=True, frozen=True):
    """What is wrong (RFC 9457). Programs look at `code`, people read `detail`."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    about: str | None = None
    """The room or person that it is about."""
    errors: list[FieldError] | None = None
    """Each field that is wrong."""


def to_json(value: Any) -> bytes:
    return msgspec.json.encode(value)
