"""A room or direct conversation as the protocol knows it: its members, and how much of it was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chatstore.client.events import (
    Edited,
    Event,
    Info,
    Joined,
    Kicked,
    Left,
    Message,
    ModesChanged,
    NickChanged,
    Removed,
    TopicChanged,
)
from chatstore.client.members import Member
from chatstore.client.names import fold, is_room
from chatstore.client.parsing import message_in, nick_of, time_of
from chatstore.irc.line import Line

EDITED_MSGID, EDITED_TEXT = "draft/target-msgid", "draft/edit-text"
"""Tags of EDIT. Spec: IRCv3 draft/message-edit."""
_PINNED = {"PIN": "pinned", "UNPIN": "unpinned"}
SEEN = 4096
"""Msgids that a target remembers. A live line can come after the page of history that has it, but not by more
than one batch of the server's writer (2,000) and one page (1,000)."""

MESSAGES = 2000
"""Messages that a target of a line client remembers, for their threads."""
_OWN = 20
"""Messages of ours that a target remembers, so that they can be removed one after the other."""
BEGINNING = "timestamp=1970-01-01T00:00:00.000Z"
_PREFIXES = "~&@%+"
_PLACELESS = ("QUIT", "NICK")
"""They come live once for all rooms. So their msgid is no place in the history of this room."""


class Keys:
    """Keys that tell the lines of one stream apart, the same live and in history: the msgid, and for the
    further lines of a long message, which have none, a number behind it (IRCv3 multiline, "Fallback")."""

    def __init__(self) -> None:
        self._msgid = ""
        self._further = 0

    def key(self, line: Line) -> str:
        """The key of the stream's next line; "" if it has no place in history."""
        if line.command in _PLACELESS and not line.tags.get("batch"):
            return ""
        msgid = line.tags.get("msgid", "")
        if msgid or line.command not in ("PRIVMSG", "NOTICE"):
            self._msgid, self._further = msgid, 0
            return msgid
        self._further += 1
        return f"{self._msgid}/{self._further}" if self._msgid else ""


@dataclass
class Target:
    """`name` as the server writes it. All times are ms since 1970 UTC."""

    name: str
    joined: bool = False
    wanted: bool = False
    """Whether to be in this room, on every connection."""
    asked: bool = False
    """Whether we joined on this connection; False if we were a member from an earlier one."""
    password: str = ""
    depth: int = 0
    """How many lines to show when the target is first seen."""
    topic: str = ""
    modes: str = ""
    """The letters of the room's modes, after the last 324."""
    members: dict[str, Member] = field(default_factory=dict)

    # What was shown.
    after: str = ""
    """The CHATHISTORY selector after which nothing was shown yet; "" before the first history."""
    first_time: int = 0
    last_time: int = 0
    """Times of the first and the last line that were shown in order."""
    oldest: str = ""
    oldest_time: int = 0
    """The msgid and the time of the oldest line that was shown, older pages included."""
    fetched: int = 0
    """Lines of older pages."""
    scrolling: bool = False
    """Whether to ask for an older page when the newest one is here."""
    complete: bool = False
    """Whether the server has nothing older."""
    held: dict[str, Line] | None = None
    """Live lines that wait for the history before them, by key. None while lines are shown as they come."""
    keys: Keys = field(default_factory=Keys)
    """Of the live lines."""

    # What was read and written.
    read_until: int | None = None
    """Everything up to this time is read; None while that is not known."""
    marked: int = 0
    """The read marker that the server knows on this connection."""
    typed: tuple[str, int] = ("", 0)
    """Our last typing notification, and its time."""
    newest: str = ""
    """The msgid of the last message of somebody else."""
    own: list[str] = field(default_factory=list)
    """The msgids of our last messages, without removed ones."""
    messages: dict[str, Message] = field(default_factory=dict)
    """The last messages by msgid, as they were shown: for a line client, which has no buffers."""
    _gone: dict[str, None] = field(default_factory=dict)
    _seen: dict[str, None] = field(default_factory=dict)
    _authors: dict[str, str] = field(default_factory=dict)
    _placeless: set[tuple[str, str]] = field(default_factory=set)
    _listing: dict[str, Member] = field(default_factory=dict)

    @property
    def room(self) -> bool:
        return is_room(self.name)

    def hold(self) -> None:
        if self.held is None:
            self.held = {}

    def release(self) -> list[tuple[str, Line]]:
        """The lines that waited, in order, with their keys. From now on nothing waits."""
        lines, self.held = list((self.held or {}).items()), None
        return lines

    def keep(self, key: str, line: Line) -> None:
        """Let a live line wait."""
        assert self.held is not None
        self.held[key or f" {len(self.held)}"] = line

    def take_back(self, msgid: str) -> None:
        """This message was removed, so history doesn't have it any more. If it comes live behind a page that
        would have had it, it is too late to show it in its place."""
        self._gone[msgid] = None
        if len(self._gone) > SEEN:
            del self._gone[next(iter(self._gone))]
        self.messages.pop(msgid, None)
        for key in [key for key in self.held or () if key.partition("/")[0] == msgid]:
            assert self.held is not None
            del self.held[key]

    def overtake(self, key: str, line: Line) -> None:
        """This live line is in a page of history: it waits no longer."""
        if self.held is None:
            return
        self.held.pop(key, None)
        if line.command in _PLACELESS:
            for other, one in list(self.held.items()):
                if (one.command, one.source) == (line.command, line.source):
                    del self.held[other]

    def knows(self, key: str) -> bool:
        """Whether this live line was shown already."""
        return key in self._seen

    def comes_late(self, key: str, time: int) -> bool:
        """Whether a live line is older than the newest history, which has it then."""
        return time < self.first_time and key not in self._seen

    def shows(self, key: str, line: Line, time: int) -> bool:
        """This line is being shown; False if it was shown before."""
        sign = (line.command, line.source)
        self.note_author(line)
        if line.command in _PLACELESS and not line.tags.get("batch"):
            self._placeless.add(sign)
            return True
        if not key:
            return True
        if key.partition("/")[0] in self._gone:
            return False
        if self.comes_late(key, time):
            return False
        new = key not in self._seen and sign not in self._placeless
        self._placeless.discard(sign)
        self._remember(key, line.tags.get("msgid", ""), time)
        if not line.tags.get("batch"):
            self._placeless.clear()
        return new

    def note_newest(self, msgid: str, own: bool) -> None:
        """A message came behind all others."""
        if own:
            self.own = [*self.own[-_OWN + 1 :], msgid]
        else:
            self.newest = msgid

    def note_message(self, event: Event | None) -> None:
        """A message was shown, or another text of one."""
        if isinstance(event, Message) and event.msgid:
            self.messages[event.msgid] = event
            if len(self.messages) > MESSAGES:
                del self.messages[min(self.messages.values(), key=lambda one: one.time).msgid]
        elif isinstance(event, Edited) and event.msgid in self.messages:
            before = self.messages[event.msgid]
            self.messages[event.msgid] = replace(before, body=event.body, edited=event.time)

    def come_older(self, lines: Sequence[Line], now: int) -> None:
        """Lines from before everything shown so far are being shown."""
        self.fetched += len(lines)
        for line in lines:
            if line.tags.get("msgid"):
                self.oldest, self.oldest_time = line.tags["msgid"], time_of(line, now)
                break

    def _remember(self, key: str, msgid: str, time: int) -> None:
        if key in self._seen:
            return
        self.first_time = self.first_time or time
        self._seen[key] = None
        if len(self._seen) > SEEN:
            del self._seen[next(iter(self._seen))]
        if msgid:
            self.after = f"msgid={msgid}"
            self.last_time = time
            if not self.oldest:
                self.oldest, self.oldest_time = msgid, time

    def note_author(self, line: Line) -> None:
        """Remember the author of a message that is shown."""
        msgid = line.tags.get("msgid")
        if msgid and line.command in ("PRIVMSG", "NOTICE"):
            self._authors[msgid] = line.source.partition("!")[0]
            if len(self._authors) > SEEN:
                del self._authors[next(iter(self._authors))]

    def author(self, msgid: str) -> str:
        """The author of the message with this id; "" if it was not shown."""
        return self._authors.get(msgid, "")

    def describe(self, line: Line, own: bool, now: int, key: str = "") -> Event | None:
        """The event that a line of this target is; None for a line that is not shown. `now`: ms since 1970
        UTC, for a line without a time. `key`: of the event."""
        event = self._describe(line, own, now)
        return replace(event, key=key) if event is not None and key else event

    def _describe(self, line: Line, own: bool, now: int) -> Event | None:
        time, nick = time_of(line, now), nick_of(line.source)
        command = line.command
        if command in ("PRIVMSG", "NOTICE"):
            return message_in(line, self.name, own, now)
        if command == "JOIN":
            return Joined(self.name, time, nick)
        if command == "PART":
            return Left(self.name, time, nick, line.param(1))
        if command == "QUIT":
            return Left(self.name, time, nick, line.param(0), quit=True)
        if command == "KICK":
            return Kicked(self.name, time, line.param(1), nick, line.param(2))
        if command == "TOPIC":
            return TopicChanged(self.name, time, nick, line.param(1))
        if command == "NICK":
            return NickChanged(self.name, time, nick, line.param(0))
        if command == "REDACT":
            author = self.author(line.param(1))
            return Removed(self.name, time, nick, author, line.param(2)) if author else None
        if command == "EDIT":
            msgid, text = line.tags.get(EDITED_MSGID, ""), line.tags.get(EDITED_TEXT, "")
            return Edited(self.name, time, nick, msgid, text) if msgid and text else None
        if command in _PINNED:
            author = self.author(line.param(1))
            return Info(self.name, time, f"{nick} {_PINNED[command]} a message{f' by {author}' if author else ''}")
        if command == "MODE":
            return ModesChanged(self.name, time, nick, " ".join(line.params[1:]))
        return None

    def list_members(self, text: str) -> None:
        """Take the names of one 353. They count when the listing ends."""
        for word in text.split():
            nick = word.lstrip(_PREFIXES).partition("!")[0]
            prefix = word[: len(word) - len(word.lstrip(_PREFIXES))]
            self._listing[fold(nick)] = Member(nick, prefix)

    def end_listing(self) -> None:
        self.members, self._listing = self._listing, {}

    def renamed(self, nick: str, new: str) -> bool:
        """Somebody has another nick; whether they are a member."""
        member = self.members.pop(fold(nick), None)
        if member is None:
            return False
        self.members[fold(new)] = Member(new, member.prefix, member.away)
        return True

    def forget(self) -> None:
        """Forget everything that was shown."""
        self.after = self.oldest = self.newest = ""
        self.first_time = self.last_time = self.oldest_time = self.fetched = self.marked = 0
        self.scrolling = self.complete = False
        self.read_until = None
        self.own = []
        self.messages.clear()
        for known in (self._gone, self._seen, self._authors, self._placeless):
            known.clear()

    def leave(self) -> None:
        """We have left, or the connection is over."""
        self.joined, self.held, self.keys, self.scrolling = False, None, Keys(), False
        self.members.clear()
        self._listing.clear()
