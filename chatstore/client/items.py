"""What there is to show: one frozen item each, made from lines, drawn by whoever has a screen.

What only changes the picture of the chat (who is there, what was read, what is being typed) is in news.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Literal

from chatstore.irc.line import Line

if TYPE_CHECKING:
    from chatstore.client.targets import Target

MessageKind = Literal["message", "action", "notice"]


@dataclass(frozen=True)
class Item:
    """`target`: the room (`#main`) or person it belongs to, "" for none. `time`: ms since 1970 UTC.

    `key`: where it stands in the history of its target, the same live and in a page; "" for what has no place
    there. Items that say the same are equal wherever they stand."""

    target: str
    time: int
    key: str = field(default="", compare=False, kw_only=True)


@dataclass(frozen=True)
class Message(Item):
    """`audience`: `@` or `+` for what is said to the operators of a room, or to all who have voice there.
    `msgid`: what to call it by; "" where the server gives none. `reply_to`: the msgid of what it answers."""

    nick: str
    body: str
    kind: MessageKind = "message"
    own: bool = False
    audience: str = ""
    msgid: str = field(default="", compare=False, kw_only=True)
    reply_to: str = field(default="", compare=False, kw_only=True)


@dataclass(frozen=True)
class Removed(Item):
    """A message that was shown is taken back: `nick` did it, `author` had said it."""

    nick: str
    author: str
    reason: str = ""


@dataclass(frozen=True)
class Joined(Item):
    nick: str


@dataclass(frozen=True)
class Left(Item):
    nick: str
    reason: str = ""
    quit: bool = False


@dataclass(frozen=True)
class Kicked(Item):
    """`own`: it is us who were removed, just now."""

    nick: str
    by: str
    reason: str = ""
    own: bool = field(default=False, compare=False, kw_only=True)


@dataclass(frozen=True)
class TopicChanged(Item):
    nick: str
    topic: str


@dataclass(frozen=True)
class NickChanged(Item):
    nick: str
    new: str


@dataclass(frozen=True)
class ModesChanged(Item):
    nick: str
    modes: str


@dataclass(frozen=True)
class Info(Item):
    """Something to know: an answer, or the client's own word. `greeting`: what the server says unasked, as in its
    message of the day."""

    text: str
    greeting: bool = field(default=False, compare=False, kw_only=True)


@dataclass(frozen=True)
class Founded(Item):
    """The room did not exist before we entered it."""


@dataclass(frozen=True)
class Failure(Item):
    """Something that was refused; `code` is the numeric or the standard reply's code, "" for the client's own."""

    text: str
    code: str = ""


@dataclass(frozen=True)
class NotSent(Item):
    """A message of ours that is not stored, as far as can be known; `code` as in Failure."""

    body: str
    reason: str
    code: str = ""


@dataclass(frozen=True)
class Conversations(Item):
    """The direct conversations there are: (person, time of the last message), newest first."""

    people: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Older(Item):
    """Items from before everything shown so far, on request. `complete`: there is nothing before them."""

    items: tuple[Item, ...]
    complete: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Found(Item):
    """What a search came to: messages of any target, the oldest first. `text`: what was searched for."""

    text: str
    hits: tuple[Message, ...]


def nick_of(source: str) -> str:
    """`bob` of `bob!u@host`."""
    return source.partition("!")[0]


def audience_of(target: str) -> str:
    """`@` of `@#main` (STATUSMSG); "" for everything else that a message can be to."""
    return target[0] if target[:1] in ("@", "+") and target[1:2] == "#" else ""


def time_of(line: Line, default: int) -> int:
    """Milliseconds since 1970 UTC of the line's server-time tag."""
    return parse_time(line.tags.get("time", ""), default)


def parse_time(text: str, default: int) -> int:
    """Milliseconds since 1970 UTC of `2025-03-04T05:06:07.089Z`; the default for anything else."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return default
    return round(moment.timestamp() * 1000)


def format_time(time: int) -> str:
    """The reverse of parse_time."""
    moment = datetime.fromtimestamp(time // 1000, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time % 1000:03}Z"


def describe(line: Line, where: Target, own: bool, now: int, key: str = "") -> Item | None:
    """The item for a line of a room or of a direct conversation; None for what is not to be shown."""
    item = _describe(line, where, own, now)
    return replace(item, key=key) if item is not None and key else item


def _describe(line: Line, where: Target, own: bool, now: int) -> Item | None:
    target = where.name
    time, nick = time_of(line, now), nick_of(line.source)
    command = line.command
    if command in ("PRIVMSG", "NOTICE"):
        return message_in(line, target, own, now)
    if command == "JOIN":
        return Joined(target, time, nick)
    if command == "PART":
        return Left(target, time, nick, line.param(1))
    if command == "QUIT":
        return Left(target, time, nick, line.param(0), quit=True)
    if command == "KICK":
        return Kicked(target, time, line.param(1), nick, line.param(2))
    if command == "TOPIC":
        return TopicChanged(target, time, nick, line.param(1))
    if command == "NICK":
        return NickChanged(target, time, nick, line.param(0))
    if command == "REDACT":
        author = where.author(line.param(1))
        return Removed(target, time, nick, author, line.param(2)) if author else None
    if command == "MODE":
        return ModesChanged(target, time, nick, " ".join(line.params[1:]))
    return None


def message_in(line: Line, target: str, own: bool, now: int) -> Message | None:
    """The message that a PRIVMSG or NOTICE is; None for a CTCP other than ACTION."""
    body = line.params[-1]
    kind: MessageKind = "notice" if line.command == "NOTICE" else "message"
    if body.startswith("\x01"):
        word, _, rest = body.strip("\x01").partition(" ")
        if word != "ACTION":
            return None  # a CTCP request is no speech, and answering would only tell strangers about us
        kind, body = "action", rest
    return Message(
        target,
        time_of(line, now),
        nick_of(line.source),
        body,
        kind,
        own,
        audience_of(line.param(0)),
        msgid=line.tags.get("msgid", ""),
        reply_to=replied_to(line),
    )


def replied_to(line: Line) -> str:
    """The msgid of the message that a line answers, or reacts to. Spec: IRCv3 client-tags/reply."""
    return line.tags.get("+draft/reply") or line.tags.get("+reply", "")
