"""What the client knows of the chat: its rooms, its members, what was shown, which of our messages are
stored.

The handlers (handlers.py, history.py, sending.py and their neighbours) are functions that read and change a
ChatState. What they want to show or to send they leave here, with show() and send(); effects() takes it out.
No I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from chatstore.client.activity import Activity
from chatstore.client.events import Event, Failure, Info, Marker, Update
from chatstore.client.files.jobs import Files
from chatstore.client.keyring_store import KeyringError
from chatstore.client.members import Prefixes
from chatstore.client.names import fold, is_room
from chatstore.client.parsing import audience_of, nick_of
from chatstore.client.receipts import Receipts
from chatstore.client.requests import Requests
from chatstore.client.room_settings import Setting
from chatstore.client.splitting import Multiline
from chatstore.client.targets import Target
from chatstore.irc.line import Line, LineError, format_line

DEFAULT_PAGE = 50
"""Lines in a page of history where the server doesn't say how many it gives."""
MAX_PAGE = 1000
DEFAULT_HISTORY = 50
"""Lines of history that a room shows when it is first seen."""
_MONITOR_BATCH = 10
"""Nicks in one MONITOR."""
_FREE_TEXT = ("PRIVMSG", "TOPIC", "PART", "QUIT")


class Effects(NamedTuple):
    """What a line or an action of the person leads to: events to show and lines to send, each in order."""

    events: list[Event]
    lines: list[str]


class ChatState:
    """`nick`: ours. `rooms`: to join on every connection. `history`: lines of a room to show when it is first
    seen.

    `resend`: whether a message that was lost with its connection is sent again; otherwise it is given back as
    NotSent. `updates`: whether the frontend wants Updates, too (events.py), and so the client asks the server
    for them. `single`: ask for nothing that is not needed to send messages to `rooms`.

    `now`: ms since 1970 UTC, of the last line or action. `connection` numbers the connections, from 1."""

    now = 0

    # The connection, and what its server can do.
    connection = 0
    connected = False
    ready = False
    """Whether the server's welcome is over."""
    broken = ""
    """Why the connection must be given up; "" while it is good."""
    caps: frozenset[str] = frozenset()
    chatstore = False
    """Whether the server is chatstore."""
    page = DEFAULT_PAGE
    max_monitored = 0
    multiline: Multiline | None = None
    mask = ""
    """Our nick!user@host as others see it; "" while it is not known."""
    motd_shown = False
    incarnation = ""
    """Which life of the server's database our messages are from; "" where the server doesn't say."""

    # What the person waits for, or has done.
    looked_at = ""
    """The key of the room or direct conversation where the person is."""
    fenced = 0
    """The connection on which a fence was sent behind our last message."""
    whois = ""
    new_password = ""
    token_for: Callable[[str], None] | None = None
    """Stores the token that we asked for."""
    keep_renewed: Callable[[str], None] | None = None
    """Stores the token that replaces the one that we logged in with."""

    def __init__(
        self,
        nick: str,
        rooms: Iterable[str] = (),
        *,
        history: int = DEFAULT_HISTORY,
        resend: bool = False,
        updates: bool = False,
        single: bool = False,
    ) -> None:
        self.nick = nick
        self.resend = resend
        self.updates = updates
        self.single = single
        self.history = history
        self._events: list[Event] = []
        self._lines: list[str] = []
        self.prefixes = Prefixes()
        self.room_settings: dict[str, Setting] = {}
        """The server's table of room settings, by name. Empty where the server has none."""
        self.targets: dict[str, Target] = {}
        self.turns: dict[str, None] = {}
        """The keys of the targets that wait to catch up, in order."""
        self.activity = Activity()
        self.requests = Requests()
        self.receipts = Receipts()
        self.files = Files()
        self.asked: set[tuple[str, str]] = set()
        """(command, key of the room) of answers that the person wants to see."""
        self.rows_told = 0
        """How many rows of a list of webhooks or bots have come."""
        self.searching: list[str] = []
        self.favourites: set[str] = set()
        self.ignored: dict[str, tuple[str, str]] = {}
        """Whom we ignore, by folded nick: (nick, account)."""
        self.takes_direct = "everyone"
        """From whom we take direct messages."""
        self.threads: list[tuple[str, str]] = []
        """The threads that /thread has listed last, in order: (key of the room or conversation, msgid of the
        root)."""
        self.pins: list[str] = []
        """The msgids that /pins has listed last, in order."""
        self.monitored: set[str] = set()
        self.away: set[str] = set()
        self.seen_away: set[str] = set()
        """The keys of the rooms that were asked who of them is away."""
        self.away_told: dict[str, str] = {}
        self.absent: set[str] = set()
        """The keys of names that nobody has: nothing more is asked about them."""
        for room in rooms:
            self.looked_at = self.looked_at or fold(room)
            self.want(room)

    # What comes out.

    def effects(self) -> Effects:
        """What came up since the last call."""
        effects = Effects(self._events, self._lines)
        self._events, self._lines = [], []
        return effects

    def show(self, event: Event | None) -> None:
        if event is not None:
            self._events.append(event)

    def update(self, event: Update) -> None:
        """Show an event that only some frontends want."""
        if self.updates:
            self.show(event)

    def info(self, text: str) -> None:
        self.show(Info("", self.now, text))

    def server_info(self, text: str) -> None:
        """Show what the server says unasked."""
        self.show(Info("", self.now, text, from_server=True))

    def send(self, command: str, *params: str, tags: Mapping[str, str] | None = None) -> None:
        """Send a line. What cannot be written as a line is shown as a failure."""
        trailing = command in _FREE_TEXT and len(params) > 1
        try:
            self._lines.append(format_line(command, *params, tags=tags, trailing=trailing))
        except LineError as error:
            self.show(Failure("", self.now, str(error)))

    # What is known.

    @property
    def unconfirmed(self) -> int:
        """How many of our messages have no receipt yet."""
        return len(self.receipts)

    @property
    def keeps_history(self) -> bool:
        return {"draft/chathistory", "batch", "message-tags"} <= self.caps

    def has(self, capability: str) -> bool:
        return capability in self.caps

    def can(self, capability: str, lacking: str) -> bool:
        """Whether the server has a capability now. If not, the person is told: "this server" and
        `lacking`."""
        if self.connected and self.has(capability):
            return True
        self.show(Failure("", self.now, f"this server {lacking}" if self.connected else "not connected"))
        return False

    def is_me(self, nick: str) -> bool:
        return fold(nick) == fold(self.nick)

    def where(self, line: Line) -> str:
        """The room or the person that a message belongs to."""
        name = line.param(0).removeprefix(audience_of(line.param(0)))
        nick = nick_of(line.source)
        return name if is_room(name) or self.is_me(nick) else nick

    def target(self, name: str) -> Target:
        """The room or the person of this name. A new one is made if nothing is known of it."""
        target = self.targets.get(fold(name))
        if target is None:
            target = self.targets[fold(name)] = Target(name)
            if target.room or not self.connected:
                return target
            if not self.activity.known:
                target.hold()
            else:  # it was not in the list of conversations, so there is nothing older, and nothing is read
                self.move_marker(target, 0)
                self.monitor([name])
        return target

    def want(self, name: str, password: str = "") -> None:
        """Be in this room, on every connection from now on."""
        target = self.target(name)
        target.wanted, target.depth = True, self.history
        target.password = password or target.password

    # What changes in several places.

    def move_marker(self, target: Target, until: int) -> bool:
        """Move the read marker (ms since 1970 UTC) forward; whether it moved."""
        if not self.updates or (target.read_until is not None and until <= target.read_until):
            return False
        target.read_until = until
        self.update(Marker(target.name, self.now, until))
        return True

    def monitor(self, names: Iterable[str]) -> None:
        """Have the server tell when these people come and go, as far as it monitors so many."""
        if not self.updates:
            return
        free = self.max_monitored - len(self.monitored)
        new = [name for name in names if fold(name) not in self.monitored][:free]
        self.monitored |= {fold(name) for name in new}
        for start in range(0, len(new), _MONITOR_BATCH):
            self.send("MONITOR", "+", ",".join(new[start : start + _MONITOR_BATCH]))

    def rename_room(self, target: Target, new: str) -> None:
        """Give a room another name, and keep all else of it."""
        old, key = fold(target.name), fold(new)
        self.targets[key] = self.targets.pop(old)
        self.looked_at = key if self.looked_at == old else self.looked_at
        if old in self.turns:
            self.turns[key] = self.turns.pop(old)
        target.name = new
        self.requests.renamed(old, key)
        self.receipts.renamed(old, key, new)

    def nobody(self, name: str) -> None:
        """Tell the person, once, that nobody has this name."""
        if fold(name) not in self.absent:
            self.absent.add(fold(name))
            where = name if fold(name) in self.targets else ""
            self.show(Failure(where, self.now, f"nobody is called {name}", "401"))

    def store(self, keep: Callable[[str], None], secret: str) -> None:
        """Store a secret by `keep`. If that fails the person is told, and the chat goes on."""
        try:
            keep(secret)
        except KeyringError as error:
            self.show(Failure("", self.now, f"not saved: {error}"))
