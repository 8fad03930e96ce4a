"""Events as IRC lines, for one view: the capabilities that change the bytes.

A fact comes out the same live, in a replay and in CHATHISTORY, but for the batch tag. What each fact says is in
facts.py; here are the tags. Specs: server-time, message-ids, account-tag, message-tags (client-only tags),
draft/multiline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import (
    Event,
    MessagePosted,
    NoticePosted,
    PersonOffline,
    PersonOnline,
    RoomEvent,
    TagsPosted,
    TagsSent,
)
from chatstore.chat.model.messages import msgid
from chatstore.irc.facts import lines, message_pieces
from chatstore.irc.line import MAX_BODY, escape
from chatstore.irc.pieces import Piece
from chatstore.irc.times import timestamp


@dataclass(frozen=True)
class IrcView:
    """What of the capabilities changes how events look. `server` is the server's own name, as a source."""

    server: str
    echo_message: bool = False
    self_message: bool = False
    server_time: bool = False
    message_tags: bool = False
    account_tag: bool = False
    extended_join: bool = False
    channel_rename: bool = False
    message_redaction: bool = False
    batch: bool = False
    multiline: bool = False
    account_notify: bool = False
    persistence: bool = False
    away_notify: bool = False
    setname: bool = False
    chghost: bool = False
    invite_notify: bool = False
    follows: bool = False
    metadata_2: bool = False
    metadata_3: bool = False
    read_marker: bool = False
    room_settings: bool = False

    @property
    def echo(self) -> bool:
        return self.echo_message

    @property
    def shows_own(self) -> bool:
        return self.echo_message or self.self_message

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
        target = f"#{room}" if room else to
        tags = self._tags(event, extra_tags)
        several = self.multiline and self.batch
        if several and isinstance(event, MessagePosted) and not isinstance(event, NoticePosted):
            found = message_pieces(self, event, target, before)
            if len(found) > 1:
                return self._multiline(event, f"{event.audience}{target}", found, tags, extra_tags)
        body = [_cut(line) for line in lines(self, event, target, before)]
        if len(body) == 1:
            return f"{tags}{body[0]}\r\n".encode()
        if not tags:
            return "".join(f"{line}\r\n" for line in body).encode()
        # Only the first line of a long message carries its id (IRCv3 multiline, "Fallback").
        rest = self._tags(event, extra_tags, first=False)
        return "".join(f"{tags if i == 0 else rest}{line}\r\n" for i, line in enumerate(body)).encode()

    def _multiline(
        self,
        event: MessagePosted,
        target: str,
        pieces: Sequence[Piece],
        tags: str,
        extra: Mapping[str, str] | None,
    ) -> bytes:
        """A message of several lines as a batch of its own: its tags are those of the opening BATCH."""
        source, reference = self.source(event.actor), f"m{msgid(event.room, event.seq, event.time)}"
        data = f"{tags}:{source} BATCH +{reference} draft/multiline {target}\r\n"
        for piece in pieces:
            joined = ";draft/multiline-concat" if piece.joined else ""
            data += f"@batch={reference}{joined} :{source} PRIVMSG {target} :{piece.text}\r\n"
        outer = f"@batch={extra['batch']} " if extra and "batch" in extra else ""
        return f"{data}{outer}:{source} BATCH -{reference}\r\n".encode()

    @cached_property
    def _tagless(self) -> bool:
        return not (self.server_time or self.message_tags or self.account_tag)

    def _tags(self, event: Event, extra: Mapping[str, str] | None, *, first: bool = True) -> str:
        if self._tagless and not extra:
            return ""
        tags = [f"{key}={value}" for key, value in extra.items()] if extra else []
        actor, time = getattr(event, "actor", None), getattr(event, "time", 0)
        if self.server_time and time:
            tags.append(f"time={timestamp(time)}")
        if self.message_tags and first and isinstance(event, RoomEvent) and event.seq:
            tags.append(f"msgid={msgid(event.room, event.seq, event.time)}")
        elif self.message_tags and isinstance(event, TagsSent):
            tags.append(f"msgid={event.id}")
        if isinstance(event, (PersonOnline, PersonOffline)):
            return f"@{';'.join(tags)} " if tags else ""  # a numeric of the server's own, which has no account
        if self.account_tag and actor is not None and actor.account:
            tags.append(f"account={actor.account}")
        if self.message_tags and actor is not None and actor.bot:
            tags.append("bot")
        if self.message_tags and isinstance(event, (MessagePosted, TagsPosted, TagsSent)):
            for key, value in event.tags.items():
                if not key.startswith("+"):
                    continue  # our own notes about it
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
