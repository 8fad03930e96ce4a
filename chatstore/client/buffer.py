"""A room or direct conversation as a screen shows it: its entries in the server's order, what is unread, and
who is there.

Entries come at the end (live ones, and those that were missed) and at the beginning (older pages), each key
once. Pending ones stay at the very end until the server has stored them. A reaction or a redaction may come
before the message that it is about; so they are kept by msgid, whichever comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from chatstore.client.entries import Entry
from chatstore.client.ignored import Ignored
from chatstore.client.members import Member
from chatstore.client.names import fold, is_room
from chatstore.client.threads import Threads

UNKNOWN = -1
"""No marker is known yet, so nothing is unread."""
_TYPES_FOR = {"active": 6_000, "paused": 30_000}
"""How long somebody is typing after their last notification, in ms. Spec: IRCv3 client-tags/typing."""


@dataclass
class Excerpt:
    """Entries around a message that is older than all entries of the buffer. What lies between is not
    here."""

    entries: list[Entry]
    focus: str


@dataclass
class Buffer:
    """`name` as the server writes it; "" for the buffer of the server itself. `unread` counts the messages of
    others after the marker; `named` counts those of them that mention us or reply to us, and `mentions` these and
    direct messages. Nothing counts that is `ignored`.
    `complete`: the server has nothing older. `presence`: of the other person of a direct conversation, ""
    while it is not known. `draft`, `typed` and `scroll` belong to the screen: what is in the input, what was
    sent from there before, and the place of the view."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    unread: int = 0
    mentions: int = 0
    named: int = 0
    ignored: Ignored = field(default_factory=Ignored)
    topic: str = ""
    members: dict[str, Member] = field(default_factory=dict)
    joined: bool = False
    complete: bool = False
    presence: Literal["", "here", "away", "offline"] = ""
    last: int = 0
    excerpt: Excerpt | None = None
    draft: str = ""
    typed: list[str] = field(default_factory=list)
    scroll: object = None
    read_until: int = UNKNOWN
    replies: dict[str, str] = field(default_factory=dict)
    """Drafts of replies in threads, by the root's msgid."""
    _fetched: dict[str, Entry] = field(default_factory=dict)
    """Messages of threads, older than all entries, that were asked for one by one."""
    _threads: Threads | None = None
    _places: dict[str, int] = field(default_factory=dict)
    _before: int = 0
    _pending: int = 0
    _typing: dict[str, tuple[str, int]] = field(default_factory=dict)
    _reactions: dict[str, dict[tuple[str, str], tuple[int, str, bool]]] = field(default_factory=dict)
    _redacted: dict[str, tuple[str, str]] = field(default_factory=dict)
    _edits: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By msgid: when its last edit was, and the text."""
    _answers: dict[str, list[str]] = field(default_factory=dict)
    """By msgid: the keys of the entries that reply to that message."""

    @property
    def room(self) -> bool:
        return is_room(self.name)

    # Where entries are.

    def place(self, key: str) -> int | None:
        """The index of the entry with this key, which may be a msgid."""
        place = self._places.get(key)
        return None if place is None else place + self._before

    @property
    def oldest(self) -> str:
        """The msgid of the oldest entry that has one."""
        return next((entry.msgid for entry in self.entries if entry.msgid), "")

    @property
    def first_unread(self) -> str:
        """The key of the first unread entry, "" if there is none."""
        found = ""
        if self.unread:
            for entry in reversed(self.entries):
                if self._ends_unread(entry):
                    break
                found = entry.key if self._is_news(entry) else found
        return found

    # Threads.

    @property
    def threads(self) -> Threads:
        """The threads of all that is here."""
        if self._threads is None:
            waiting = self.entries[len(self.entries) - self._pending :]
            answered = bool(self._answers) or any(one.reply_to for one in waiting)
            older = sorted(self._fetched.values(), key=lambda one: one.time)
            self._threads = Threads([*older, *self.entries] if answered or older else [], self.ignored.hides)
        return self._threads

    def fetch(self, entries: Iterable[Entry], msgid: str) -> None:
        """Take messages around the message `msgid`, which were asked for: those of its thread."""
        new = {one.msgid: self._marked(one) for one in entries if one.said and one.msgid not in self._places}
        known = Threads([*self._fetched.values(), *new.values(), *self.entries])
        root = known.root_of(msgid)
        self._fetched.update({key: one for key, one in new.items() if known.root_of(key) == root})
        self._threads = None

    def message(self, msgid: str) -> Entry | None:
        """The message with this id, if it is here."""
        place = self.place(msgid)
        return self.entries[place] if place is not None else self._fetched.get(msgid)

    # Entries come.

    def append(self, entry: Entry) -> int | None:
        """Add an entry behind the others, but before pending ones. The index from which entries have changed;
        None if the entry is already here."""
        if entry.key in self._places:
            return None
        entry = self._marked(entry)
        parent = self.place(entry.reply_to) if entry.reply_to else None
        if parent is not None and self.entries[parent].own:
            entry = _meant(entry)
        self._note_answer(entry)
        if entry.reply_to or entry.msgid in self._answers or self._pending:
            self._threads = None
        place = len(self.entries) - self._pending
        self.entries.insert(place, entry)
        self._places[entry.key] = place - self._before
        self._count(entry)
        if entry.said:
            self.last = max(self.last, entry.time)
            self._typing.pop(fold(entry.nick), None)
        return place

    def prepend(self, entries: Iterable[Entry]) -> int:
        """Add older entries, in their order, before the others. How many of them are new."""
        new = [self._marked(entry) for entry in entries if entry.key not in self._places]
        self._before += len(new)
        self._threads = None
        self.entries[:0] = new
        for place, entry in enumerate(new):
            self._places[entry.key] = place - self._before
            self._fetched.pop(entry.msgid, None)
            self._count(entry)
        self._mark_answers(new)
        return len(new)

    def _note_answer(self, entry: Entry) -> None:
        if entry.reply_to:
            self._answers.setdefault(entry.reply_to, []).append(entry.key)

    def _mark_answers(self, new: Sequence[Entry]) -> None:
        """Mark replies to our messages as mentions, also where the reply came before our message."""
        for entry in new:
            self._note_answer(entry)
        answers = [key for entry in new if entry.own and entry.msgid for key in self._answers.get(entry.msgid, ())]
        for key in answers:
            place = self.place(key)
            if place is not None:
                self.entries[place] = _meant(self.entries[place])
                self._threads = None
        if answers:
            self.recount()

    def wait(self, entry: Entry) -> int:
        """Add a message of ours that is not stored yet at the very end. Its index."""
        self.entries.append(entry)
        self._pending += 1
        self._threads = None
        return len(self.entries) - 1

    def settle(self, key: str) -> int | None:
        """Remove the pending entry with this key. The index from which entries have changed; None if it is
        not here."""
        for place in range(len(self.entries) - self._pending, len(self.entries)):
            if self.entries[place].key == key:
                del self.entries[place]
                self._pending -= 1
                self._threads = None
                return place
        return None

    def forget(self) -> None:
        """Remove all but pending entries, in place, because a view shows this very list."""
        del self.entries[: len(self.entries) - self._pending]
        self.unread = self.mentions = self.named = self._before = self.last = 0
        self._threads = None
        self.complete, self.excerpt, self.scroll, self.read_until = False, None, None, UNKNOWN
        for known in (
            self._places,
            self._reactions,
            self._redacted,
            self._edits,
            self._answers,
            self._typing,
            self._fetched,
        ):
            known.clear()

    # Messages change.

    def react(self, msgid: str, emoji: str, nick: str, time: int, *, back: bool) -> int | None:
        """Add or remove a reaction. The newest of one person with one emoji counts, in whichever order they
        come. The index of the entry; None if it is not here or doesn't change."""
        said = self._reactions.setdefault(msgid, {})
        key = (emoji, fold(nick))
        before = said.get(key)
        if before is not None and before[0] > time:
            return None
        since = before[0] if before is not None and before[2] == back else time
        said[key] = (since, nick, back)
        return self._again(msgid)

    def edit(self, msgid: str, nick: str, text: str, time: int) -> int | None:
        """Give a message another text. The index of its entry; None if it is not here or doesn't change."""
        place = self.place(msgid)
        if place is not None and fold(self.entries[place].nick) != fold(nick):
            return None
        if time >= self._edits.get(msgid, (0, ""))[0]:
            self._edits[msgid] = (time, text)
        return self._again(msgid)

    def redact(self, msgid: str, nick: str, reason: str) -> int | None:
        """Remove a message. The index of its entry; None if it is not here."""
        self._redacted.setdefault(msgid, (nick, reason))
        place = self._again(msgid)
        if place is not None:
            self.recount()
        return place

    def _again(self, msgid: str) -> int | None:
        if self.excerpt is not None:
            self.excerpt.entries = [self._marked(one) if one.key == msgid else one for one in self.excerpt.entries]
        if msgid in self._fetched:
            self._fetched[msgid] = self._marked(self._fetched[msgid])
            self._threads = None
        place = self.place(msgid)
        if place is None:
            return None
        entry = self._marked(self.entries[place])
        if entry == self.entries[place]:
            return None
        self.entries[place] = entry
        self._threads = None
        return place

    def _marked(self, entry: Entry) -> Entry:
        """The entry with the reactions and the redaction of its message."""
        if entry.msgid in self._redacted:
            nick, reason = self._redacted[entry.msgid]
            return replace(entry, text="", removed=nick, reason=reason, mention=False, reactions=())
        if entry.said and self._edits.get(entry.msgid, (0, ""))[0] > entry.edited:
            edited, text = self._edits[entry.msgid]
            entry = replace(entry, edited=edited, text=text)
        if entry.msgid in self._reactions:
            said = {key: one for key, one in self._reactions[entry.msgid].items() if not self.ignored.has(key[1])}
            return replace(entry, reactions=_gathered(said))
        return entry

    def show_excerpt(self, entries: Sequence[Entry], focus: str) -> None:
        self.excerpt = Excerpt([self._marked(entry) for entry in entries], focus)

    # What is read.

    def mark(self, until: int) -> bool:
        """Everything up to this time (ms) is read. Whether this moved the marker, which never goes back."""
        if until <= self.read_until:
            return False
        self.read_until = until
        self.recount()
        return True

    def recount(self) -> None:
        self.unread = self.mentions = self.named = 0
        for entry in reversed(self.entries):
            if self._ends_unread(entry):
                break
            self._count(entry)

    def _ends_unread(self, entry: Entry) -> bool:
        """Whether everything before this entry is read. Entries with the time of our own clock don't
        count."""
        return entry.said and not entry.pending and entry.time <= self.read_until

    def _is_news(self, entry: Entry) -> bool:
        return entry.counts and not self.ignored.hides(entry)

    def _count(self, entry: Entry) -> None:
        if self.read_until != UNKNOWN and self._is_news(entry) and entry.time > self.read_until:
            self.unread += 1
            self.named += entry.mention
            if entry.mention or (not self.room and entry.kind != "notice"):
                self.mentions += 1

    def ignore(self, ignored: Ignored) -> None:
        """Other people are ignored from now on."""
        self.ignored = ignored
        for place, entry in enumerate(self.entries):
            if entry.msgid in self._reactions:
                self.entries[place] = self._marked(entry)
        self._threads = None
        self._typing = {key: one for key, one in self._typing.items() if not ignored.has(key)}
        self.recount()

    # People.

    def types(self, nick: str, state: str, now: int) -> None:
        """Somebody types, pauses, or is done."""
        if state in _TYPES_FOR and not self.ignored.has(nick):
            self._typing[fold(nick)] = (nick, now + _TYPES_FOR[state])
        else:
            self._typing.pop(fold(nick), None)

    def typing(self, now: int) -> list[str]:
        """The nicks of those who type at this time (ms since 1970 UTC)."""
        self._typing = {key: one for key, one in self._typing.items() if one[1] > now}
        return [nick for nick, _ in self._typing.values()]

    def people(self, here: Sequence[Member], gone: Sequence[str]) -> None:
        """Members joined or changed (`here`), or left (`gone`)."""
        for nick in gone:
            self.members.pop(fold(nick), None)
            self._typing.pop(fold(nick), None)
        for member in here:
            self.members[fold(member.nick)] = member


def _meant(entry: Entry) -> Entry:
    """The entry as a mention, because it replies to us."""
    return replace(entry, mention=True) if entry.counts else entry


def _gathered(said: dict[tuple[str, str], tuple[int, str, bool]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(emoji, nicks), in the order of their first reactions."""
    emojis: dict[str, list[str]] = {}
    for (emoji, _), (_, nick, back) in sorted(said.items(), key=lambda one: one[1][0]):
        if not back:
            emojis.setdefault(emoji, []).append(nick)
    return tuple((emoji, tuple(nicks)) for emoji, nicks in emojis.items())
