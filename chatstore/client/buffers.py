"""All buffers of a screen: a model without I/O, which the screen's thread owns.

The protocol has put events into their order. apply() adds one to the buffers and says what it changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from chatstore.client import events
from chatstore.client.buffer import Buffer
from chatstore.client.entries import Entry, entry_of, finds
from chatstore.client.events import Event
from chatstore.client.ignored import Ignored
from chatstore.client.names import SERVICES, fold, is_room
from chatstore.client.told import Level, Told

Status = Literal["connecting", "connected", "waiting", "ended"]
ChangeKind = Literal[
    "nothing",
    "tail",  # entries from `start` on are others than before: came behind, or what was pending went
    "prepended",  # `count` entries came in front of the others; 0: the conversation is complete now
    "entry",  # the entry at `start` is another
    "list",  # conversations came, went, have another name, or other counts
    "people",  # members or presence; of all conversations where `key` is ""
    "topic",
    "typing",
    "thread",  # messages of a thread came that are older than the entries
    "excerpt",  # the conversation has an excerpt to show
    "ignored",  # other people are ignored: all counts and what is hidden
    "forgotten",  # all entries went, but what is pending
    "found",  # a search has ended: Book.found
    "focus",  # the person wants to be in this conversation
    "files",  # Buffers.file_host
    "upload",  # Buffers.uploads
    "connection",  # Book.connection, Book.nick, Book.lag_ms
]


@dataclass(frozen=True)
class Change:
    """What an event has changed. `key`: of the buffer, in Buffers.by_key."""

    kind: ChangeKind = "nothing"
    key: str = ""
    start: int = 0
    count: int = 0


NOTHING = Change()


@dataclass(frozen=True)
class ConnectionState:
    """`why`: the reason that the connection is lost; `retry_at`: when the next try begins (ms since 1970
    UTC)."""

    status: Status = "connecting"
    address: str = ""
    why: str = ""
    retry_at: int = 0


_CALLS_ALL = finds("@room")
_EVERYTHING = re.compile("")


class Buffers:
    """`by_key`: all buffers by the folded names of their targets; the buffer of the server, "", is always there.
    `current`: the key of the buffer that the screen shows; it also gets answers without a target. `file_host`:
    where the server's files are. `told`: what the person wants to be called for. `ignored`: whose messages are
    hidden. `uploads`: files on their way, by number. `found`: the results of the last search."""

    def __init__(self, nick: str) -> None:
        self.by_key: dict[str, Buffer] = {"": Buffer("", joined=True, complete=True)}
        self.current = ""
        self.connection = ConnectionState()
        self.lag_ms: int | None = None
        self.found: events.SearchResults | None = None
        self.file_host = ""
        self.told = Told()
        self.ignored = Ignored()
        self.favourites: frozenset[str] = frozenset()
        self.uploads: dict[int, events.Uploading] = {}
        self.multiline = self.searches = self.keeps_history = False
        self._local = 0
        self.nick = nick
        self._mentions = finds(nick)

    @property
    def in_order(self) -> list[Buffer]:
        """Favourites, then the others, then the server; of both, rooms by name, then people by name."""
        return sorted(self.by_key.values(), key=self._place)

    def _place(self, one: Buffer) -> tuple[bool, bool, bool, str, str]:
        key = fold(one.name)
        return not one.name, key not in self.favourites, not is_room(one.name), key, one.name

    @property
    def current_buffer(self) -> Buffer:
        """The buffer that the screen shows."""
        return self.by_key.get(self.current) or self.by_key[""]

    def open(self, name: str) -> Buffer:
        """The buffer of this room or person. A new one is made if there is none."""
        key = fold(name)
        if key not in self.by_key:
            self.by_key[key] = Buffer(name, ignored=self.ignored)
        return self.by_key[key]

    def close(self, name: str) -> None:
        """Remove a buffer. It comes back with the next event of its target."""
        if name:
            self.by_key.pop(fold(name), None)
        if self.current == fold(name):
            self.current = ""

    def apply(self, event: Event) -> Change:
        apply = _APPLY.get(type(event))
        return apply(self, event) if apply is not None else self._append(event)

    def entries_of(self, happened: Iterable[Event]) -> list[Entry]:
        """The entries of those events that have one."""
        return [entry for event in happened if (entry := self._entry(event)) is not None]

    # Entries.

    def _append(self, event: Event) -> Change:
        entry = self._entry(event)
        if entry is None:
            return NOTHING
        key = self._where(event)
        buffer = self.open(event.target) if key == fold(event.target) else self.by_key[key]
        return _tail(key, buffer.append(entry))

    def _where(self, event: Event) -> str:
        """The key of the buffer that shows an event."""
        key = fold(event.target) if event.target else ""
        greets = isinstance(event, events.Info) and event.from_server
        if key in self.by_key and key:
            return key
        about = isinstance(event, (events.Info, events.Failure, events.NotSent))
        service = isinstance(event, events.Message) and event.kind == "notice" and key in SERVICES
        if service or (about and not greets):
            return self.current if self.current in self.by_key else ""
        return key

    def _entry(self, event: Event) -> Entry | None:
        self._local += 1
        mentions = self._mentions
        if isinstance(event, events.Message) and _CALLS_ALL.search(event.body) and self._leads(event):
            mentions = _CALLS_ALL
        if isinstance(event, events.Message) and self.told.names(event.body):
            mentions = _EVERYTHING
        return entry_of(event, f"~{self._local}", mentions)

    def _leads(self, event: events.Message) -> bool:
        """Whether the author is an operator of the room now, who may mention everybody in it."""
        buffer = self.by_key.get(fold(event.target))
        member = buffer.members.get(fold(event.nick)) if buffer is not None and buffer.room else None
        return member is not None and "@" in member.prefix

    def _nothing(self, event: events.Removed) -> Change:
        """Nothing: Redacted does it, also for a message that was not shown."""
        return NOTHING

    def _older(self, event: events.Older) -> Change:
        buffer = self.open(event.target)
        buffer.complete = buffer.complete or event.complete
        count = buffer.prepend(self.entries_of(event.events))
        return Change("prepended", fold(event.target), count=count)

    def _around(self, event: events.MessagesAround) -> Change:
        """Events around an older message. If they overlap the entries of the buffer they become a part of
        them; otherwise they are an excerpt."""
        buffer = self.open(event.target)
        entries = self.entries_of(event.events)
        if event.thread:
            buffer.fetch(entries, event.msgid)
            return Change("thread", fold(event.target))
        known = [buffer.place(entry.key) for entry in entries]
        if any(place is not None for place in known):
            first = next(number for number, place in enumerate(known) if place is not None)
            return Change("prepended", fold(event.target), count=buffer.prepend(entries[:first]))
        buffer.show_excerpt(entries, event.msgid)
        return Change("excerpt", fold(event.target))

    def _found(self, event: events.SearchResults) -> Change:
        hits = tuple(hit for hit in event.hits if hit.own or not self.ignored.has(hit.nick, hit.account))
        self.found = replace(event, hits=hits)
        return Change("found")

    def _pending(self, event: events.Pending) -> Change:
        buffer = self.open(event.target)
        entry = Entry(
            f"={event.number}",
            event.time,
            event.kind,
            self.nick,
            event.body,
            own=True,
            reply_to=event.reply_to,
            pending=True,
        )
        return _tail(fold(event.target), buffer.wait(entry))

    def _told(self, event: events.NotifySettings) -> Change:
        self.told.take(event.target, dict(event.values), begins=event.begins)
        return Change("list", fold(event.target))

    def level(self, buffer: Buffer, now: int) -> Level:
        """What of a conversation the person wants to be told of now."""
        return self.told.level(buffer.name, now, room=buffer.room)

    def _ignored_people(self, event: events.IgnoredPeople) -> Change:
        if event.names == self.ignored.names:
            return NOTHING
        self.ignored = Ignored(event.names)
        for buffer in self.by_key.values():
            buffer.ignore(self.ignored)
        return Change("ignored")

    def _favourites(self, event: events.Favourites) -> Change:
        self.favourites = event.names
        return Change("list")

    def _file_host(self, event: events.FileHost) -> Change:
        self.file_host = event.url
        return Change("files")

    def _uploading(self, event: events.Uploading) -> Change:
        if event.done:
            self.uploads.pop(event.number, None)
        else:
            self.uploads[event.number] = event
        return Change("upload")

    def _settled(self, event: events.Settled) -> Change:
        buffer = self.by_key.get(fold(event.target))
        return _tail(fold(event.target), buffer.settle(f"={event.number}") if buffer is not None else None)

    def _reacted(self, event: events.Reacted) -> Change:
        buffer = self.open(event.target)
        place = buffer.react(event.msgid, event.emoji, event.nick, event.time, back=event.back)
        return Change("entry", fold(event.target), place) if place is not None else NOTHING

    def _edited(self, event: events.Edited) -> Change:
        place = self.open(event.target).edit(event.msgid, event.nick, event.body, event.time)
        return Change("entry", fold(event.target), place) if place is not None else NOTHING

    def _redacted(self, event: events.Redacted) -> Change:
        place = self.open(event.target).redact(event.msgid, event.nick, event.reason)
        return Change("entry", fold(event.target), place) if place is not None else NOTHING

    # Conversations.

    def _membership(self, event: events.Membership) -> Change:
        buffer = self.open(event.target)
        buffer.joined = event.joined
        if not event.joined:
            buffer.members.clear()
        return Change("list", fold(event.target))

    def _opened(self, event: events.Opened) -> Change:
        buffer = self.open(event.target)
        buffer.last = max(buffer.last, event.last)
        return Change("list", fold(event.target))

    def _focus(self, event: events.Focus) -> Change:
        self.open(event.target)
        return Change("focus", fold(event.target))

    def _renamed(self, event: events.Renamed) -> Change:
        key, new = fold(event.target), fold(event.new)
        buffer = self.by_key.pop(key, None)
        if buffer is None:
            return NOTHING
        buffer.name = event.new
        self.by_key[new] = buffer
        self.current = new if self.current == key else self.current
        return Change("list", new)

    def _topic(self, event: events.CurrentTopic) -> Change:
        self.open(event.target).topic = event.topic
        return Change("topic", fold(event.target))

    def _marker(self, event: events.Marker) -> Change:
        moved = self.open(event.target).mark(event.until)
        return Change("list", fold(event.target)) if moved else NOTHING

    # People.

    def _members(self, event: events.Members) -> Change:
        self.open(event.target).members = {fold(one.nick): one for one in event.people}
        return Change("people", fold(event.target))

    def _members_changed(self, event: events.MembersChanged) -> Change:
        self.open(event.target).people(event.here, event.gone)
        return Change("people", fold(event.target))

    def _presence(self, event: events.Presence) -> Change:
        key = fold(event.nick)
        if key in self.by_key:
            self.by_key[key].presence = event.state
        for buffer in self.by_key.values():
            member = buffer.members.get(key)
            if member is not None and event.state != "offline":
                buffer.members[key] = replace(member, away=event.state == "away")
        return Change("people")

    def _typing(self, event: events.Typing) -> Change:
        self.open(event.target).types(event.nick, event.state, event.time)
        return Change("typing", fold(event.target))

    # The connection.

    def _connected(self, event: events.Connected) -> Change:
        self.connection = ConnectionState("connected", event.address)
        self.multiline, self.searches, self.keeps_history = event.multiline, event.searches, event.keeps_history
        return self._nick_is(event)

    def _nick_is(self, event: events.Connected | events.CurrentNick) -> Change:
        self.nick, self._mentions = event.nick, finds(event.nick)
        return Change("connection")

    def _disconnected(self, event: events.Disconnected) -> Change:
        retry_at = event.time + round(event.retry * 1000)
        self.connection = replace(self.connection, status="waiting", why=event.why, retry_at=retry_at)
        self.lag_ms = None
        return Change("connection")

    def _forgotten(self, event: events.HistoryReset) -> Change:
        for key, buffer in self.by_key.items():
            if key:
                buffer.forget()
        return Change("forgotten")

    def _connecting(self, event: events.Connecting) -> Change:
        self.connection = replace(self.connection, status="connecting", retry_at=0)
        return Change("connection")

    def _lag(self, event: events.Lag) -> Change:
        self.lag_ms = event.milliseconds
        return Change("connection")

    def _ended(self, event: events.Ended) -> Change:
        self.connection = replace(self.connection, status="ended", why=event.why, retry_at=0)
        return Change("connection")


def _tail(key: str, start: int | None) -> Change:
    return Change("tail", key, start) if start is not None else NOTHING


_APPLY: dict[type[Event], Callable[[Buffers, Any], Change]] = {
    events.DirectConversations: lambda buffers, event: NOTHING,
    events.FileSeen: lambda buffers, event: NOTHING,
    events.SearchResults: Buffers._found,
    events.Older: Buffers._older,
    events.Removed: Buffers._nothing,
    events.MessagesAround: Buffers._around,
    events.Connected: Buffers._connected,
    events.Connecting: Buffers._connecting,
    events.Disconnected: Buffers._disconnected,
    events.Edited: Buffers._edited,
    events.Ended: Buffers._ended,
    events.FileHost: Buffers._file_host,
    events.Focus: Buffers._focus,
    events.HistoryReset: Buffers._forgotten,
    events.Favourites: Buffers._favourites,
    events.IgnoredPeople: Buffers._ignored_people,
    events.Lag: Buffers._lag,
    events.Marker: Buffers._marker,
    events.Members: Buffers._members,
    events.MembersChanged: Buffers._members_changed,
    events.Membership: Buffers._membership,
    events.CurrentNick: Buffers._nick_is,
    events.NotifySettings: Buffers._told,
    events.Opened: Buffers._opened,
    events.Pending: Buffers._pending,
    events.Presence: Buffers._presence,
    events.Reacted: Buffers._reacted,
    events.Redacted: Buffers._redacted,
    events.Renamed: Buffers._renamed,
    events.Settled: Buffers._settled,
    events.CurrentTopic: Buffers._topic,
    events.Typing: Buffers._typing,
    events.Uploading: Buffers._uploading,
}
"""Events that are more than an entry. All others are appended."""
