"""Events as IRC lines, for one view: the capabilities that change the bytes.

A fact comes out the same live, in a replay and in CHATHISTORY, but for the batch tag. What each fact says is in
facts.py; here are the tags. Specs: server-time, message-ids, account-tag, message-tags (client-only tags).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from chatstore.chat.events import Actor, Event, MessagePosted, RoomEvent, TagsSent
from chatstore.chat.messages import msgid
from chatstore.irc.facts import lines
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
    channel_rename: bool = False

    @property
    def echo(self) -> bool:
        return self.echo_message

    @property
    def follows_renames(self) -> bool:
        return self.channel_rename

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
        body = [_cut(line) for line in lines(self, event, f"#{room}" if room else to, before)]
        if not body:
            return b""
        tags = self._tags(event, extra_tags)
        if len(body) == 1 or not tags:
            return "".join(f"{tags}{line}\r\n" for line in body).encode()
        # Only the first line of a long message carries its id (IRCv3 multiline, "Fallback").
        rest = self._tags(event, extra_tags, first=False)
        return "".join(f"{tags if i == 0 else rest}{line}\r\n" for i, line in enumerate(body)).encode()

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

    def source(self, actor: Actor) -> str:
        """What stands before a line that this actor caused."""
        return self.server if actor.nick == "*" else actor.mask


def _cut(line: str) -> str:
    """A line that IRC has room for: what is too long (a topic in a script of several bytes) loses its end."""
    if len(line) * 4 <= MAX_BODY - 2 or len(line.encode()) <= MAX_BODY - 2:
        return line
    return line.encode()[: MAX_BODY - 2].decode(errors="ignore")
