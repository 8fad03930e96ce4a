"""All conversations as a screen shows them: a pure model, made of items and owned by the screen's thread.

What the server says is the truth, and the state has put it in order; the book only keeps it, and says for each item
what has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from chatstore.client import items, news
from chatstore.client.conversation import Conversation
from chatstore.client.entries import Entry, entry_of, finds
from chatstore.client.hearing import SERVICES
from chatstore.client.items import Item
from chatstore.client.targets import fold, is_room

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
    "excerpt",  # the conversation has an excerpt to show
    "forgotten",  # all entries went, but what is pending
    "found",  # a search has ended: Book.found
    "focus",  # the person wants to be in this conversation
    "connection",  # Book.connection, Book.nick, Book.lag_ms
]


@dataclass(frozen=True)
class Change:
    """What an item has changed. `key`: of the conversation, in Book.by_key."""

    kind: ChangeKind = "nothing"
    key: str = ""
    start: int = 0
    count: int = 0


NOTHING = Change()


@dataclass(frozen=True)
class ConnectionState:
    """`why` the connection is gone; the next try comes at `retry_at` (ms since 1970 UTC)."""

    status: Status = "connecting"
    address: str = ""
    why: str = ""
    retry_at: int = 0


class Book:
    """`by_key`: every conversation by its folded name; "" is what the server itself says, and always there.
    `current`: the key of the conversation that the person sees, set by the screen: answers without a target go
    there. `found`: what was searched for last."""

    def __init__(self, nick: str) -> None:
        self.by_key: dict[str, Conversation] = {"": Conversation("", joined=True, complete=True)}
        self.current = ""
        self.connection = ConnectionState()
        self.lag_ms: int | None = None
        self.found: items.Found | None = None
        self.multiline = self.searches = self.keeps_history = False
        self._local = 0
        self.nick = nick
        self._mentions = finds(nick)

    @property
    def conversations(self) -> list[Conversation]:
        """Rooms by name, then people by name, then the server's own words."""
        return sorted(
            self.by_key.values(), key=lambda one: (not one.name, not is_room(one.name), fold(one.name), one.name)
        )

    @property
    def now_in(self) -> Conversation:
        """The conversation that the person sees."""
        return self.by_key.get(self.current) or self.by_key[""]

    def conversation(self, name: str) -> Conversation:
        """The room or the person of this name; a new one when there is none."""
        key = fold(name)
        if key not in self.by_key:
            self.by_key[key] = Conversation(name)
        return self.by_key[key]

    def close(self, name: str) -> None:
        """Let a conversation go: a room that was left, or a person that one is done with. It comes back with the
        next thing that happens in it."""
        if name:
            self.by_key.pop(fold(name), None)
        if self.current == fold(name):
            self.current = ""

    def apply(self, item: Item) -> Change:
        apply = _APPLY.get(type(item))
        return apply(self, item) if apply is not None else self._append(item)

    def entries_of(self, told: Iterable[Item]) -> list[Entry]:
        """The entries that items are."""
        return [entry for item in told if (entry := self._entry(item)) is not None]

    # Entries.

    def _append(self, item: Item) -> Change:
        entry = self._entry(item)
        if entry is None:
            return NOTHING
        key = self._where(item)
        conversation = self.conversation(item.target) if key == fold(item.target) else self.by_key[key]
        return _tail(key, conversation.append(entry))

    def _where(self, item: Item) -> str:
        """The key of the conversation that shows an item."""
        key = fold(item.target) if item.target else ""
        greets = isinstance(item, items.Info) and item.greeting
        if key in self.by_key and key:
            return key
        about = isinstance(item, (items.Info, items.Failure, items.NotSent))
        service = isinstance(item, items.Message) and item.kind == "notice" and key in SERVICES
        if service or (about and not greets):
            return self.current if self.current in self.by_key else ""
        return key

    def _entry(self, item: Item) -> Entry | None:
        self._local += 1
        return entry_of(item, f"~{self._local}", self._mentions)

    def _nothing(self, item: items.Removed) -> Change:
        """Redacted tells it, also of a message that was not seen yet."""
        return NOTHING

    def _older(self, item: items.Older) -> Change:
        conversation = self.conversation(item.target)
        conversation.complete = conversation.complete or item.complete
        count = conversation.prepend(self.entries_of(item.items))
        return Change("prepended", fold(item.target), count=count)

    def _around(self, item: news.Around) -> Change:
        """Where the lines meet those that are here they are a part of them, as far as they are older."""
        conversation = self.conversation(item.target)
        entries = self.entries_of(item.items)
        known = [conversation.place(entry.key) for entry in entries]
        if any(place is not None for place in known):
            first = next(number for number, place in enumerate(known) if place is not None)
            return Change("prepended", fold(item.target), count=conversation.prepend(entries[:first]))
        conversation.show_excerpt(entries, item.msgid)
        return Change("excerpt", fold(item.target))

    def _found(self, item: items.Found) -> Change:
        self.found = item
        return Change("found")

    def _pending(self, item: news.Pending) -> Change:
        conversation = self.conversation(item.target)
        entry = Entry(
            f"={item.number}",
            item.time,
            item.kind,
            self.nick,
            item.body,
            own=True,
            reply_to=item.reply_to,
            pending=True,
        )
        return _tail(fold(item.target), conversation.wait(entry))

    def _settled(self, item: news.Settled) -> Change:
        conversation = self.by_key.get(fold(item.target))
        return _tail(
            fold(item.target), conversation.settle(f"={item.number}") if conversation is not None else None
        )

    def _reacted(self, item: news.Reacted) -> Change:
        conversation = self.conversation(item.target)
        place = conversation.react(item.msgid, item.emoji, item.nick, item.time, back=item.back)
        return Change("entry", fold(item.target), place) if place is not None else NOTHING

    def _redacted(self, item: news.Redacted) -> Change:
        place = self.conversation(item.target).redact(item.msgid, item.nick, item.reason)
        return Change("entry", fold(item.target), place) if place is not None else NOTHING

    # Conversations.

    def _membership(self, item: news.Membership) -> Change:
        conversation = self.conversation(item.target)
        conversation.joined = item.joined
        if not item.joined:
            conversation.members.clear()
        return Change("list", fold(item.target))

    def _opened(self, item: news.Opened) -> Change:
        conversation = self.conversation(item.target)
        conversation.last = max(conversation.last, item.last)
        return Change("list", fold(item.target))

    def _focus(self, item: news.Focus) -> Change:
        self.conversation(item.target)
        return Change("focus", fold(item.target))

    def _renamed(self, item: news.Renamed) -> Change:
        key, new = fold(item.target), fold(item.new)
        conversation = self.by_key.pop(key, None)
        if conversation is None:
            return NOTHING
        conversation.name = item.new
        self.by_key[new] = conversation
        self.current = new if self.current == key else self.current
        return Change("list", new)

    def _topic(self, item: news.TopicIs) -> Change:
        self.conversation(item.target).topic = item.topic
        return Change("topic", fold(item.target))

    def _marker(self, item: news.Marker) -> Change:
        moved = self.conversation(item.target).mark(item.until)
        return Change("list", fold(item.target)) if moved else NOTHING

    # People.

    def _members(self, item: news.Members) -> Change:
        self.conversation(item.target).members = {fold(one.nick): one for one in item.people}
        return Change("people", fold(item.target))

    def _members_changed(self, item: news.MembersChanged) -> Change:
        self.conversation(item.target).people(item.here, item.gone)
        return Change("people", fold(item.target))

    def _presence(self, item: news.Presence) -> Change:
        key = fold(item.nick)
        if key in self.by_key:
            self.by_key[key].presence = item.state
        for conversation in self.by_key.values():
            member = conversation.members.get(key)
            if member is not None and item.state != "offline":
                conversation.members[key] = replace(member, away=item.state == "away")
        return Change("people")

    def _typing(self, item: news.Typing) -> Change:
        self.conversation(item.target).types(item.nick, item.state, item.time)
        return Change("typing", fold(item.target))

    # The connection.

    def _connected(self, item: news.Connected) -> Change:
        self.connection = ConnectionState("connected", item.address)
        self.multiline, self.searches, self.keeps_history = item.multiline, item.searches, item.keeps_history
        return self._nick_is(item)

    def _nick_is(self, item: news.Connected | news.NickIs) -> Change:
        self.nick, self._mentions = item.nick, finds(item.nick)
        return Change("connection")

    def _disconnected(self, item: news.Disconnected) -> Change:
        retry_at = item.time + round(item.retry * 1000)
        self.connection = replace(self.connection, status="waiting", why=item.why, retry_at=retry_at)
        self.lag_ms = None
        return Change("connection")

    def _forgotten(self, item: news.Forgotten) -> Change:
        for key, conversation in self.by_key.items():
            if key:
                conversation.forget()
        return Change("forgotten")

    def _connecting(self, item: news.Connecting) -> Change:
        self.connection = replace(self.connection, status="connecting", retry_at=0)
        return Change("connection")

    def _lag(self, item: news.Lag) -> Change:
        self.lag_ms = item.milliseconds
        return Change("connection")

    def _ended(self, item: news.Ended) -> Change:
        self.connection = replace(self.connection, status="ended", why=item.why, retry_at=0)
        return Change("connection")


def _tail(key: str, start: int | None) -> Change:
    return Change("tail", key, start) if start is not None else NOTHING


_APPLY: dict[type[Item], Callable[[Book, Any], Change]] = {
    items.Conversations: lambda book, item: NOTHING,
    items.Found: Book._found,
    items.Older: Book._older,
    items.Removed: Book._nothing,
    news.Around: Book._around,
    news.Connected: Book._connected,
    news.Connecting: Book._connecting,
    news.Disconnected: Book._disconnected,
    news.Ended: Book._ended,
    news.Focus: Book._focus,
    news.Forgotten: Book._forgotten,
    news.Lag: Book._lag,
    news.Marker: Book._marker,
    news.Members: Book._members,
    news.MembersChanged: Book._members_changed,
    news.Membership: Book._membership,
    news.NickIs: Book._nick_is,
    news.Opened: Book._opened,
    news.Pending: Book._pending,
    news.Presence: Book._presence,
    news.Reacted: Book._reacted,
    news.Redacted: Book._redacted,
    news.Renamed: Book._renamed,
    news.Settled: Book._settled,
    news.TopicIs: Book._topic,
    news.Typing: Book._typing,
}
"""What is no line of a conversation; all else is appended."""
