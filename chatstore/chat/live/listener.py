"""Who hears of events, and how one listener is told of one event.

A Listener is one connection's session; a Person has all of somebody's listeners. A Rendering has the bytes of
an event for each renderer. The origin of an event is the session that caused it. If the client labelled its
command, and wants the answer labelled too (IRC's labels), the origin is an Origin of that session: everybody
else is told as always, rendered once, and what the session itself is told goes to the Origin's `tell`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import Event
from chatstore.chat.model.presence import Presence
from chatstore.chat.model.room_events import MemberJoined
from chatstore.chat.model.scopes import Grant
from chatstore.chat.ports import Renderer

NOT_CONNECTED = "not connected"
"""The away message of a person who set none and has no open connection (or none that counts)."""
NOBODY_THERE = "*"
"""The away message of a connection that nobody uses (IRCv3 pre-away): it counts as if it weren't open."""
_NOWHERE: Mapping[str, Presence] = {}
_NO_METADATA: Mapping[str, str] = {}
"""What nearly everybody has; one object for all saves memory."""


class Listener(Protocol):
    """What the hub and delivery use of a session. The writer calls its methods, so none may block."""

    person: Person | None
    """The person who takes part by it; the hub sets it."""
    renderer: Renderer
    account: Account | None
    away: str
    away_at: float
    secure: bool
    operator: bool
    operator_account: Account | None
    """The account that made it an operator of the server. It counts only while `operator` is true."""
    token: int | None
    grant: Grant
    """What that token lets it do, and hear."""
    came_by_certificate: str
    lost: str
    """Why it may be here no longer, after a change of its own; empty while it may."""
    address: str
    local: bool
    """Whether the client runs on this machine."""

    @property
    def send(self) -> Callable[[bytes], None]:
        """Call it with the bytes to send to the connection."""

    @property
    def entered(self) -> Callable[[int, MemberJoined], None]:
        """Call it with a room's id when the listener is held in a room that its person has joined."""

    @property
    def came_online(self) -> Callable[[str], None]:
        """Call it with a nick after telling the listener that this monitored nick is online."""

    @property
    def end(self) -> Callable[[str], None]:
        """Call it with a reason to close the connection."""


@dataclass(eq=False, slots=True)
class Person:
    """One member in everybody's eyes.

    Only the writer changes who they are (`actor`), their realname, and what the others were told last, when
    it delivers it. Any thread changes their connections and the settings of each, under the hub's lock.
    """

    actor: Actor
    sessions: list[Listener] = field(default_factory=list)
    elsewhere: Mapping[str, Presence] = field(default_factory=lambda: _NOWHERE)
    """Their connections to other servers of the database, by node. It is replaced, never changed in place."""
    rooms: set[int] = field(default_factory=set)
    realname: str = ""
    modes: frozenset[str] = frozenset()
    """The person's modes, on every connection: `i` (found only by exact name or in a shared room), `B` (a
    bot), `w` (hears WALLOPS). Hub.change_modes sets them."""
    account_bot: bool = False
    """Whether their account is a bot's: then they have the mode `B` as long as they are known."""
    named_at: int = 0
    """When they got their nick, as far as is known (ms since 1970 UTC)."""
    signed_on: float = 0.0
    last_active: float = 0.0
    read_at: float = 0.0
    """When a client of theirs last said that something was read (MARKREAD): somebody looks at it."""
    told_away: str = ""
    """The away message that the others were told last; empty if they were told that the person is here."""
    metadata: Mapping[str, str] = field(default_factory=lambda: _NO_METADATA)
    """A guest's metadata; the metadata of accounts is in the database. It is replaced, never changed in place."""

    @property
    def nick(self) -> str:
        return self.actor.nick

    @property
    def online(self) -> bool:
        """Whether they have an open connection, here or elsewhere. MONITOR, ISON and the like call that
        online."""
        return bool(self.sessions or self.elsewhere)

    @property
    def away_message(self) -> str:
        """Empty if they are here, on one connection at least. Otherwise the message that one of their
        connections set last, or the one for a person without a connection."""
        said, latest = self.away_here
        if said and self.elsewhere:
            for there in self.elsewhere.values():
                if not there.away:
                    return ""
                if there.away != NOT_CONNECTED and there.away_at / 1000 >= latest:
                    said, latest = there.away, there.away_at / 1000
        return said

    @property
    def away_here(self) -> tuple[str, float]:
        """The same by the connections to this server alone, and when it was set (seconds since 1970 UTC)."""
        said, latest = NOT_CONNECTED, 0.0
        for session in self.sessions:
            if not session.away:
                return "", 0.0
            if session.away != NOBODY_THERE and session.away_at >= latest:
                said, latest = session.away, session.away_at
        return said, latest

    @property
    def bot(self) -> bool:
        return "B" in self.modes

    @property
    def shown_user(self) -> str:
        """`~name`, as they gave it; if they gave none, the user part of their mask."""
        return self.actor.called or self.actor.user

    @property
    def shown_realname(self) -> str:
        return self.realname or self.nick

    def idle(self, now: float) -> int:
        """Seconds since they last did something; 0 without a connection."""
        return max(0, int(now - self.last_active)) if self.online else 0

    @property
    def operator(self) -> bool:
        """Whether they are a server operator, on any of their connections."""
        return any(session.operator for session in self.sessions) or any(
            there.operator for there in self.elsewhere.values()
        )

    @property
    def secure(self) -> bool:
        """Whether all of their connections are encrypted."""
        return (
            self.online
            and all(session.secure for session in self.sessions)
            and all(there.secure for there in self.elsewhere.values())
        )

    def presence(self, node: str) -> Presence | None:
        """What the other servers are told of the connections to this one, whose id is `node`; None without
        any."""
        sessions = self.sessions
        if not sessions:
            return None
        away, away_at = self.away_here
        return Presence(
            node=node,
            actor=self.actor,
            realname=self.realname,
            modes="".join(sorted(self.modes)),
            secure=all(session.secure for session in sessions),
            operator=any(session.operator for session in sessions),
            signed_on=int(self.signed_on * 1000),
            away=away,
            away_at=int(away_at * 1000),
            metadata={**self.metadata},
        )


@dataclass(frozen=True, eq=False)
class Origin:
    """An origin with its own sink: `tell` replaces the session's `send` for events of this origin. It must
    not block."""

    session: Listener
    tell: Callable[[bytes], None]


def session_of(origin: object) -> object:
    """The session that caused an event; None if no session did."""
    return origin.session if isinstance(origin, Origin) else origin


def send(session: Listener, data: bytes, origin: object) -> None:
    """Send a session what it is told of an event of this origin."""
    if isinstance(origin, Origin) and origin.session is session:
        origin.tell(data)
    else:
        session.send(data)


def send_to_each(sends: Iterable[Callable[[bytes], None]], data: bytes) -> None:
    """Call each of these functions with the data: a FanOut that needs no sockets."""
    for send in sends:
        send(data)


class Rendering:
    """The bytes of one event by renderer. Each is made once, when it is first needed."""

    def __init__(self, event: Event, room: str = "") -> None:
        self.event = event
        self._room = room
        self._made: dict[Renderer, bytes] = {}

    def of(self, renderer: Renderer) -> bytes:
        """The bytes for this renderer; empty if it does not show such events."""
        data = self._made.get(renderer)
        if data is None:
            data = self._made[renderer] = renderer.render(self.event, self._room)
        return data
