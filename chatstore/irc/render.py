"""Events as IRC lines, for one view: the capabilities that change the bytes.

A fact comes out the same live, in a replay and in CHATHISTORY, but for the batch tag. Specs: server-time,
message-ids, account-tag, message-tags (client-only tags), extended-join, draft/event-playback.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from chatstore.chat.events import (
    Actor,
    Event,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberQuit,
    MessagePosted,
    ModesChanged,
    NickChanged,
    NoticePosted,
    PersonInvited,
    PersonRenamed,
    RoomEvent,
    TagsSent,
    TopicChanged,
)
from chatstore.chat.messages import action_text, msgid
from chatstore.irc.line import MAX_BODY, escape


def timestamp(time: int) -> str:
    """Milliseconds since 1970 UTC as server-time writes it: 2026-11-22T18:52:38.123Z."""
    moment = datetime.fromtimestamp(time // 1000, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time % 1000:03d}Z"


@dataclass(frozen=True)
class IrcView:
    """What of the capabilities changes how events look. `server` is the server's own name, as a source."""

    server: str
    echo_message: bool = False
    server_time: bool = False
    message_tags: bool = False
    account_tag: bool = False
    extended_join: bool = False

    @property
    def echo(self) -> bool:
        return self.echo_message

    def render(
        self,
        event: Event,
        room: str,
        to: str = "",
        *,
        extra_tags: Mapping[str, str] | None = None,
        before: str = "",
    ) -> bytes:
        """The event's lines with CR LF: of a room, or of a direct conversation (`room` empty) `to` a nick.

        `before` is put in front of what was said (a time, where tags can't tell it); `extra_tags` in front
        of the other tags (batch)."""
        body = [_cut(line) for line in self._body(event, f"#{room}" if room else to, before)]
        if not body:
            return b""
        tags = self._tags(event, extra_tags)
        if len(body) == 1 or not tags:
            return "".join(f"{tags}{line}\r\n" for line in body).encode()
        # Only the first line of a long message carries its id (IRCv3 multiline, "Fallback").
        rest = self._tags(event, extra_tags, first=False)
        return "".join(f"{tags if i == 0 else rest}{line}\r\n" for i, line in enumerate(body)).encode()

    def _body(self, event: Event, target: str, before: str) -> list[str]:
        match event:
            case MessagePosted():
                command = "NOTICE" if isinstance(event, NoticePosted) else "PRIVMSG"
                head = f":{self._source(event.actor)} {command} {target} :"
                said = _readable(event, before) if before else event.body
                return [head + piece for piece in _fit(said, len(head.encode()))]
            case MemberJoined():
                realname = event.tags.get("realname", event.actor.nick)
                account = f" {event.actor.account or '*'} :{realname}" if self.extended_join else ""
                return [f":{self._source(event.actor)} JOIN {target}{account}"]
            case MemberLeft():
                reason = f" :{event.body}" if event.body else ""
                return [f":{self._source(event.actor)} PART {target}{reason}"]
            case MemberQuit():
                return [f":{self._source(event.actor)} QUIT :{event.body}"]
            case MemberKicked():
                return [
                    f":{self._source(event.actor)} KICK {target} {event.target} :{event.body or event.actor.nick}"
                ]
            case TopicChanged():
                return [f":{self._source(event.actor)} TOPIC {target} :{event.body}"]
            case ModesChanged():
                return [f":{self._source(event.actor)} MODE {target} {event.body}"]
            case NickChanged():
                return [f":{self._source(event.actor)} NICK {event.body}"]
            case PersonRenamed():
                return [f":{self._source(event.actor)} NICK {event.nick}"]
            case PersonInvited():
                return [f":{self._source(event.actor)} INVITE {event.target.nick} {target}"]
            case TagsSent() if self.message_tags:
                return [f":{self._source(event.actor)} TAGMSG {target}"]
        return []

    def _tags(self, event: Event, extra: Mapping[str, str] | None, *, first: bool = True) -> str:
        tags = [f"{key}={value}" for key, value in extra.items()] if extra else []
        if self.server_time and isinstance(event, (RoomEvent, TagsSent)) and event.time:
            tags.append(f"time={timestamp(event.time)}")
        if self.message_tags and first and isinstance(event, RoomEvent) and event.seq:
            tags.append(f"msgid={msgid(event.room, event.seq)}")
        if self.account_tag and isinstance(event, (RoomEvent, TagsSent)) and event.actor.account:
            tags.append(f"account={event.actor.account}")
        if self.message_tags and first and isinstance(event, (MessagePosted, TagsSent)):
            for key, value in event.tags.items():
                tags.append(f"{key}={escape(value)}" if value else key)
        return f"@{';'.join(tags)} " if tags else ""

    def _source(self, actor: Actor) -> str:
        return self.server if actor.nick == "*" else actor.mask


def _cut(line: str) -> str:
    """A line that IRC has room for: what is too long (a topic in a script of several bytes) loses its end."""
    if len(line) * 4 <= MAX_BODY - 2 or len(line.encode()) <= MAX_BODY - 2:
        return line
    return line.encode()[: MAX_BODY - 2].decode(errors="ignore")


def _readable(event: MessagePosted, before: str) -> str:
    """What was said with something in front of it, which CTCP ACTION's own notation has no place for."""
    action = action_text(event.body)
    return before + (event.body if action is None else f"* {event.actor.nick} {action}")


def _fit(body: str, head: int) -> list[str]:
    """What was said, cut so that each line keeps to 512 bytes: between words where that is possible."""
    room = max(64, MAX_BODY - 2 - head)
    if len(body) * 4 <= room or len(body.encode()) <= room:
        return [body]
    pieces = []
    rest = body.encode()
    while len(rest) > room:
        end = room
        while end and rest[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        space = rest.rfind(b" ", end // 2, end)
        end = space + 1 if space > 0 else end
        pieces.append(rest[:end].decode())
        rest = rest[end:]
    return [*pieces, rest.decode()]
