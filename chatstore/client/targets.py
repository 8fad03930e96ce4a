"""A room or a direct conversation as this client knows it: who is there, and what of it was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chatstore.client.events import Event, Joined, Kicked, Left, ModesChanged, NickChanged, Removed, TopicChanged
from chatstore.client.members import Member
from chatstore.client.names import fold, is_room
from chatstore.client.parsing import message_in, nick_of, time_of
from chatstore.irc.line import Line

SEEN = 4096
"""How many msgids a target remembers. A live line can come after the history page that has it already, but
not by more than one batch of the server's writer (2,000) and one page (1,000)."""

_OWN = 20
"""How many of our own messages a target remembers, to take back one after the other."""
BEGINNING = "timestamp=1970-01-01T00:00:00.000Z"
_PREFIXES = "~&@%+"
_PLACELESS = ("QUIT", "NICK")
"""Come live once for all rooms: whatever msgid they have then, it is no place in this room's history."""


class Keys:
    """What tells the lines of one stream apart, the same live and in history: the msgid, and a number behind
    it for the further lines of a long message, which have none (IRCv3 multiline, "Fallback")."""

    def __init__(self) -> None:
        self._msgid = ""
        self._further = 0

    def key(self, line: Line) -> str:
        """The key of the stream's next line; "" when it has no place in history."""
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
    """`name` as the server writes it.

    `asked`: whether we are in it because this connection asked, not since an earlier one. `after` is the
    CHATHISTORY selector after which nothing was shown yet; "" before the first history came. `held`: live
    lines that wait for the history before them, by key; None while lines are shown as they come. `keys`: of
    the live lines. Times are ms since 1970 UTC, of the first and the last line shown in order; `oldest` and
    `oldest_time` are of the oldest line shown, on request too; `fetched`: how many were; `scrolling`: whether
    older ones are to be asked for when the newest are here; `complete`: there are none. `read_until`: all up
    to this time is read, None while nobody said; `marked`: what the server knows of it in this connection.
    `typed`: what the others were told last of our typing, and when. `newest`: the msgid of the last message
    of somebody else; `own`: of our last ones, as far as they stand.
    """

    name: str
    joined: bool = False
    wanted: bool = False
    asked: bool = False
    password: str = ""
    depth: int = 0
    topic: str = ""
    modes: str = ""
    members: dict[str, Member] = field(default_factory=dict)
    after: str = ""
    first_time: int = 0
    last_time: int = 0
    oldest: str = ""
    oldest_time: int = 0
    fetched: int = 0
    scrolling: bool = False
    complete: bool = False
    read_until: int | None = None
    marked: int = 0
    typed: tuple[str, int] = ("", 0)
    newest: str = ""
    own: list[str] = field(default_factory=list)
    held: dict[str, Line] | None = None
    keys: Keys = field(default_factory=Keys)
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
        """The lines that waited, in order, with their keys; from now on nothing waits."""
        lines, self.held = list((self.held or {}).items()), None
        return lines

    def keep(self, key: str, line: Line) -> None:
        """Let a live line wait."""
        assert self.held is not None
        self.held[key or f" {len(self.held)}"] = line

    def take_back(self, msgid: str) -> None:
        """This message was taken back. History lacks it from then on; so if it comes live after a page that
        would have had it, it comes too late to be shown in its place."""
        self._gone[msgid] = None
        if len(self._gone) > SEEN:
            del self._gone[next(iter(self._gone))]
        for key in [key for key in self.held or () if key.partition("/")[0] == msgid]:
            assert self.held is not None
            del self.held[key]

    def overtake(self, key: str, line: Line) -> None:
        """History has come to this line: it waits no longer as a live one."""
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
        """Whether a live line is from before the newest history: it is one of the older ones, and stands
        there."""
        return time < self.first_time and key not in self._seen

    def shows(self, key: str, line: Line, time: int) -> bool:
        """Note that this line is being shown; False when it was shown before."""
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
        """Remember who said a message that is shown."""
        msgid = line.tags.get("msgid")
        if msgid and line.command in ("PRIVMSG", "NOTICE"):
            self._authors[msgid] = line.source.partition("!")[0]
            if len(self._authors) > SEEN:
                del self._authors[next(iter(self._authors))]

    def author(self, msgid: str) -> str:
        """Who said the message with this id; "" when it was not shown."""
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
        if command == "MODE":
            return ModesChanged(self.name, time, nick, " ".join(line.params[1:]))
        return None

    def list_members(self, text: str) -> None:
        """Take one 353's worth of names; `members` changes when the listing ends."""
        for word in text.split():
            nick = word.lstrip(_PREFIXES).partition("!")[0]
            prefix = word[: len(word) - len(word.lstrip(_PREFIXES))]
            self._listing[fold(nick)] = Member(nick, prefix)

    def end_listing(self) -> None:
        self.members, self._listing = self._listing, {}

    def renamed(self, nick: str, new: str) -> bool:
        """Whether somebody here has another nick now."""
        member = self.members.pop(fold(nick), None)
        if member is None:
            return False
        self.members[fold(new)] = Member(new, member.prefix, member.away)
        return True

    def forget(self) -> None:
        """Nothing was ever shown of it."""
        self.after = self.oldest = self.newest = ""
        self.first_time = self.last_time = self.oldest_time = self.fetched = self.marked = 0
        self.scrolling = self.complete = False
        self.read_until = None
        self.own = []
        for known in (self._gone, self._seen, self._authors, self._placeless):
            known.clear()

    def leave(self) -> None:
        """The membership or the connection is over."""
        self.joined, self.held, self.keys, self.scrolling = False, None, Keys(), False
        self.members.clear()
        self._listing.clear()
