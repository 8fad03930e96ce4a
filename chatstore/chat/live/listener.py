"""Who hears of events: a Listener is one connection's session, a Person has all the listeners of somebody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import MemberJoined
from chatstore.chat.ports import Renderer

NOT_CONNECTED = "not connected"
"""The away message of somebody who has set none and has no connection open (or none that counts)."""
NOBODY_THERE = "*"
"""The away message of a connection behind which nobody sits (IRCv3 pre-away): as if it weren't open."""


class Listener(Protocol):
    """What the hub and the delivery use of a session. None of its methods may block: the writer calls them."""

    person: Person | None
    """Who takes part by it; the hub sets it."""
    renderer: Renderer
    account: Account | None
    away: str
    away_at: float
    secure: bool
    operator: bool
    operator_account: Account | None
    """By which it became an operator of the server. It counts only as long as `operator` is true."""
    token: int | None
    came_by_certificate: str

    @property
    def send(self) -> Callable[[bytes], None]:
        """Call it with what the connection is to be told."""

    @property
    def entered(self) -> Callable[[int, MemberJoined], None]:
        """Call it with a room's id when the listener is held in a room that its person has joined."""

    @property
    def came_online(self) -> Callable[[str], None]:
        """Call it with a nick after telling the listener that somebody whom it monitors is here."""

    @property
    def end(self) -> Callable[[str], None]:
        """Call it with a reason to close the connection."""


@dataclass(eq=False)
class Person:
    """One member in everybody's eyes.

    Who they are (`actor`), their real name and what the others were told last are changed by the writer alone, as
    it tells of it; their connections, and what each of them has set, by anybody, under the hub's lock.
    """

    actor: Actor
    sessions: list[Listener] = field(default_factory=list)
    rooms: set[int] = field(default_factory=set)
    realname: str = ""
    modes: frozenset[str] = frozenset()
    """The person's own, on every connection: `i` found only by name or by who shares a room; `B` a bot; `w` hears
    WALLOPS. Set by Hub.change_modes."""
    signed_on: float = 0.0
    last_active: float = 0.0
    told_away: str = ""
    """The away message that the others were told last; empty: that they are here."""
    metadata: dict[str, str] = field(default_factory=dict)
    """A guest's own; those of accounts are in the database."""

    @property
    def nick(self) -> str:
        return self.actor.nick

    @property
    def online(self) -> bool:
        """A connection is open: what MONITOR, ISON and the like call online."""
        return bool(self.sessions)

    @property
    def away_message(self) -> str:
        """Empty when they are here: on one connection at least. Otherwise what one of them said last; nobody's
        connection open is away too."""
        said, latest = NOT_CONNECTED, 0.0
        for session in self.sessions:
            if not session.away:
                return ""
            if session.away != NOBODY_THERE and session.away_at >= latest:
                said, latest = session.away, session.away_at
        return said

    @property
    def bot(self) -> bool:
        return "B" in self.modes

    @property
    def shown_user(self) -> str:
        """`~name`, as they gave it themselves; as in their mask where they gave none."""
        return self.actor.called or self.actor.user

    @property
    def shown_realname(self) -> str:
        return self.realname or self.nick

    def idle(self, now: float) -> int:
        """Seconds since they did something; 0 for who isn't connected."""
        return max(0, int(now - self.last_active)) if self.sessions else 0

    @property
    def operator(self) -> bool:
        """A server operator, on any of their connections."""
        return any(session.operator for session in self.sessions)

    @property
    def secure(self) -> bool:
        """Every one of their connections is encrypted."""
        return bool(self.sessions) and all(session.secure for session in self.sessions)
