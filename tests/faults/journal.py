"""What clients sent and were told, written down; and databases and histories held against that.

A `Talker` is an IRC client with tags, echoes, labels (if it is to use them) and CHATHISTORY, of one account
that comes back again and again. Every body it sends is unlike all others, so what became of each can be told.
"""

from __future__ import annotations

import datetime
import itertools
import re
import shutil
import sqlite3
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from chatstore.chat.model.message_ids import message_place, msgid
from chatstore.irc.line import Line, parse
from tests.running import PASSWORD, IrcClient, plain

CAPABILITIES = (
    "sasl echo-message message-tags server-time batch labeled-response draft/chathistory standard-replies"
)


class BrokenPromiseError(AssertionError):
    """Something that chatstore promises is not so."""


class Heard(NamedTuple):
    """A message as a client was shown it; `time` is ms since 1970 UTC."""

    room: int
    seq: int
    nick: str
    body: str
    time: int


@dataclass
class Stretch:
    """One connection: what was sent by it, as (target, body), what it heard live, what it was refused."""

    nick: str
    sent: list[tuple[str, str]] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    @property
    def answered(self) -> set[str]:
        """The bodies of what was sent here and echoed or refused."""
        own = {body for _, body in self.sent}
        return self.refused | {heard.body for heard in self.heard if heard.nick == self.nick and heard.body in own}

    @property
    def waiting(self) -> list[tuple[str, str]]:
        """What has no answer, in the order of sending."""
        answered = self.answered
        return [one for one in self.sent if one[1] not in answered]


class Talker:
    """An account, and its connections one after another. The methods block; one thread uses it at a time."""

    capabilities = CAPABILITIES

    def __init__(self, nick: str, *, labels: bool = False) -> None:
        self.nick = nick
        self.stretches: list[Stretch] = []
        self.rooms: dict[str, int] = {}
        """The room ids of the targets it has heard of: rooms by name, direct conversations by the other's nick."""
        self.after: dict[str, int] = {}
        """The last seq it has heard there."""
        self._labels = labels
        self._said = itertools.count(1)
        self._known = False
        self._unanswered = 0
        self._labelled: dict[str, tuple[str, str]] = {}
        self._batches: dict[str, str] = {}
        self._pages: set[str] = set()

    @property
    def now(self) -> Stretch:
        return self.stretches[-1]

    @property
    def unanswered(self) -> int:
        """How many of this connection's messages have no answer yet."""
        return self._unanswered

    def come(self, client: IrcClient, *rooms: str) -> None:
        """Log in, where necessary by making the account, and be in the rooms."""
        self.knock(client, *rooms)
        self.enter()

    def knock(self, client: IrcClient, *rooms: str) -> None:
        """Send all that come() has to send."""
        login = ["AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(self.nick)}"] if self._known else []
        account = [] if self._known else [f"REGISTER * * :{PASSWORD}"]
        self.client = client
        self.stretches.append(Stretch(self.nick))
        self._unanswered = 0
        self._labelled, self._batches, self._pages = {}, {}, set()
        client.send(
            f"CAP REQ :{self.capabilities}",
            *login,
            f"NICK {self.nick}",
            f"USER {self.nick} 0 * :{self.nick}",
            *account,
            "CAP END",
            *(f"JOIN {room}" for room in rooms),
            "PING :entered",
        )

    def enter(self) -> None:
        """Hear all that answers it."""
        self._wait("PONG .*:entered$")
        self._known = True

    def _wait(self, pattern: str) -> None:
        """As IrcClient.wait(), with what comes meanwhile written down."""
        while True:
            line = self.client.line()
            self._note(parse(line))
            if re.search(pattern, line):
                return

    # Talking.

    def say(self, target: str, filler: str = "") -> str:
        """Send a message; its body, which is the filler after words that nobody else says."""
        body = f"{self.nick}.{next(self._said)} {filler}".rstrip()
        label = ""
        if self._labels:
            label = f"@label={len(self.now.sent)} "
            self._labelled[str(len(self.now.sent))] = (target, body)
        self.now.sent.append((target, body))
        self._unanswered += 1
        self.client.send(f"{label}PRIVMSG {target} :{body}")
        return body

    def hear(self) -> Line:
        """Read one line, and write it down. Raises OSError or EOFError when there is none any more."""
        line = parse(self.client.line())
        self._note(line)
        return line

    def settle(self) -> None:
        """Hear until everything that was sent is answered, or would have been: a PING is answered behind it."""
        self.client.send("PING :settled")
        while self.hear().command != "PONG":
            pass

    def end(self) -> None:
        """Hear what is left, until the server has closed."""
        try:
            while True:
                self.hear()
        except (OSError, EOFError):
            self.client.close()

    def _note(self, line: Line) -> None:
        if line.command == "BATCH":
            self._note_batch(line)
        elif line.command == "PRIVMSG" and line.tags.get("batch") not in self._pages:
            heard = heard_of(line)
            self.now.heard.append(heard)
            if heard.nick == self.nick:
                self._unanswered -= 1
            to = line.params[0]
            conversation = to if to.startswith("#") or heard.nick == self.nick else heard.nick
            self.rooms[conversation], self.after[conversation] = heard.room, heard.seq
        elif line.command == "FAIL" and line.params[:2] == ("PRIVMSG", "NOT_STORED"):
            self.now.refused.add(self._refused(line))
            self._unanswered -= 1

    def _note_batch(self, line: Line) -> None:
        reference = line.params[0]
        if not reference.startswith("+"):
            return
        if line.params[1] == "chathistory":
            self._pages.add(reference[1:])
        elif "label" in line.tags:
            self._batches[reference[1:]] = line.tags["label"]

    def _refused(self, line: Line) -> str:
        """The body that a FAIL is about: by its label, or else the oldest to that target that has no answer."""
        label = line.tags.get("label") or self._batches.get(line.tags.get("batch", ""))
        if label is not None:
            return self._labelled[label][1]
        target = line.params[2] if len(line.params) > 3 else ""
        return next(body for to, body in self.now.waiting if target in ("", to))

    # Reading.

    def read(self, target: str, after: int = 0) -> list[Heard]:
        """The history of a room or of the direct conversation with a nick, behind a seq, page by page."""
        found: list[Heard] = []
        place = f"msgid={msgid(self.rooms[target], after)}" if after else "timestamp=2000-01-01T00:00:00.000Z"
        while page := self._page(f"CHATHISTORY AFTER {target} {place} 200"):
            found += page
            place = f"msgid={msgid(page[-1].room, page[-1].seq)}"
        return found

    def _page(self, command: str) -> list[Heard]:
        self.client.send(command, "PING :page")
        found: list[Heard] = []
        while True:
            line = self.hear()
            if line.command == "PONG":
                return found
            if line.command == "PRIVMSG" and line.tags.get("batch") in self._pages:
                found.append(heard_of(line))
            if line.command == "FAIL":
                raise BrokenPromiseError(f"history could not be read: {line.params[-1]}")


def heard_of(line: Line) -> Heard:
    """A PRIVMSG with its id and its time."""
    place = message_place(line.tags.get("msgid", ""))
    if place is None:
        raise BrokenPromiseError(f"a message came without an id: {line}")
    moment = datetime.datetime.fromisoformat(line.tags["time"].replace("Z", "+00:00"))
    return Heard(*place, line.source.partition("!")[0], line.params[-1], round(moment.timestamp() * 1000))


# Held against it.


class Room(NamedTuple):
    id: int
    name: str
    first_seq: int
    last_seq: int


@dataclass
class Contents:
    """What a database holds: its rooms by id, of each all its events as (seq, sent_at), and its messages."""

    rooms: dict[int, Room]
    events: dict[int, list[tuple[int, int]]]
    messages: list[Heard]
    redacted: frozenset[tuple[int, int]] = frozenset()
    """The places of messages that were taken back: they stand among the messages, and are empty."""
    by_room: dict[int, list[Heard]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_room = {room: [] for room in self.rooms}
        for message in self.messages:
            self.by_room[message.room].append(message)
        self.at = {(message.room, message.seq): message for message in self.messages}

    def of(self, room: int) -> list[Heard]:
        return self.by_room[room]

    def has(self, heard: Heard) -> bool:
        """Whether this is stored where it was shown; or was there, and was taken back or pruned since."""
        if heard.room in self.rooms and heard.seq < self.rooms[heard.room].first_seq:
            return True
        there = self.at.get((heard.room, heard.seq))
        if (heard.room, heard.seq) in self.redacted:
            return there == heard._replace(body="")
        return there == heard


def copied(database: Path, folder: Path) -> Path:
    """A copy of a database that no server has open, as it lies there with its write-ahead log: to look into it
    without doing what is for the next start to do."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for end in ("", "-wal", "-journal"):
        path = Path(f"{database}{end}")
        if path.exists():
            shutil.copyfile(path, folder / f"chat.db{end}")
    return folder / "chat.db"


def contents(database: Path) -> Contents:
    """Raises BrokenPromiseError when it doesn't open, or SQLite finds it damaged."""
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=OFF")  # a copy is to be looked at, not to be kept
            connection.execute("BEGIN")  # one moment, should a server write meanwhile
            [(verdict,)] = connection.execute("PRAGMA integrity_check(1)").fetchall()
            if verdict != "ok":
                raise BrokenPromiseError(f"integrity_check: {verdict}")
            rooms = connection.execute("SELECT id, name, first_seq, last_seq FROM rooms").fetchall()
            events = connection.execute(
                "SELECT room_id, seq, sent_at FROM messages ORDER BY room_id, seq"
            ).fetchall()
            said = connection.execute(
                "SELECT room_id, seq, nick, body, sent_at FROM messages WHERE kind='message' ORDER BY room_id, seq"
            ).fetchall()
    except sqlite3.Error as error:
        raise BrokenPromiseError(f"the database does not open: {error}") from error
    by_room: dict[int, list[tuple[int, int]]] = {room: [] for room, *_ in rooms}
    for room, seq, sent_at in events:
        by_room[room].append((seq, sent_at))
    return Contents({row[0]: Room(*row) for row in rooms}, by_room, [Heard(*row) for row in said])


def check_numbers(found: Contents) -> None:
    """Every room's events are numbered 1…n (from its pruning mark on), and their times rise."""
    for room in found.rooms.values():
        events = found.events[room.id]
        if [seq for seq, _ in events] != list(range(room.first_seq, room.last_seq + 1)):
            raise BrokenPromiseError(f"{room.name or 'a direct conversation'} is not numbered 1…n: {events}")
        if any(one[1] >= other[1] for one, other in itertools.pairwise(events)):
            raise BrokenPromiseError(f"times do not rise in {room.name or 'a direct conversation'}")


def check_database(found: Contents, talkers: Iterable[Talker]) -> None:
    """All that the journals say of a database: whatever anybody was shown is in it once, as it was shown; what
    was refused is not; whatever else is there was sent by its author; and each connection heard each room in
    the order of its numbers without a gap. Raises BrokenPromiseError."""
    talkers = list(talkers)
    check_numbers(found)
    kept = [message for message in found.messages if (message.room, message.seq) not in found.redacted]
    for body, times in Counter(message.body for message in kept).items():
        if times > 1:
            raise BrokenPromiseError(f"stored {times} times: {body}")
    sent = {(talker.nick, body) for talker in talkers for stretch in talker.stretches for _, body in stretch.sent}
    for message in kept:
        if (message.nick, message.body) not in sent:
            raise BrokenPromiseError(f"nobody sent this: {message}")
    stored = {message.body for message in kept}
    for talker in talkers:
        for stretch in talker.stretches:
            for heard in stretch.heard:
                if not found.has(heard):
                    there = found.at.get((heard.room, heard.seq))
                    raise BrokenPromiseError(f"{talker.nick} was shown {heard}; stored there: {there}")
            for body in stretch.refused & stored:
                raise BrokenPromiseError(f"{talker.nick} was refused this, and it is stored: {body}")
            check_stretch(found, stretch)


def check_stretch(found: Contents, stretch: Stretch) -> None:
    """One connection against the database: each room's messages in order, none left out between the first and
    the last that it heard; and of what it sent to one target, none left unanswered before one that is
    answered."""
    by_room: dict[int, list[int]] = {}
    for heard in stretch.heard:
        by_room.setdefault(heard.room, []).append(heard.seq)
    for room, seqs in by_room.items():
        stored = [message.seq for message in found.of(room)]
        seqs = [seq for seq in seqs if seq >= found.rooms[room].first_seq]
        if not seqs:
            continue
        between = stored[bisect_left(stored, seqs[0]) : bisect_right(stored, seqs[-1])]
        if sorted(seqs) != seqs or len(set(seqs)) != len(seqs):
            raise BrokenPromiseError(f"{stretch.nick} heard room {room} in another order than it has: {seqs}")
        heard = set(seqs)
        missing = [seq for seq in between if seq not in heard and (room, seq) not in found.redacted]
        if missing or not heard <= set(between):
            raise BrokenPromiseError(f"{stretch.nick} did not hear all of room {room}: a gap at {missing}")
    waiting = {body for _, body in stretch.waiting}
    for target in {to for to, _ in stretch.sent}:
        answers = [body not in waiting for to, body in stretch.sent if to == target]
        if answers != sorted(answers, reverse=True):
            raise BrokenPromiseError(
                f"{stretch.nick} had no answer to a message, and one to a later one, in {target}"
            )


def check_answered(talkers: Iterable[Talker]) -> None:
    """After settle(): everything that this connection sent was echoed or refused."""
    for talker in talkers:
        for target, body in talker.now.waiting:
            raise BrokenPromiseError(f"{talker.nick} had no answer to {body} in {target}")


def check_history(reader: Talker, target: str, stored: Sequence[Heard]) -> None:
    """A reconnecting client pages through the same messages as are stored, in that order."""
    read = reader.read(target)
    if read != list(stored):
        differing = next((pair for pair in itertools.zip_longest(read, stored) if pair[0] != pair[1]), None)
        raise BrokenPromiseError(f"the history of {target} is not what is stored; first at {differing}")
