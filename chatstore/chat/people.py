"""A person: what everybody sees of somebody, however many connections they have open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chatstore.chat.events import Actor

if TYPE_CHECKING:
    from chatstore.chat.session import Session

NOT_CONNECTED = "not connected"
"""The away message of somebody who has set none and has no connection open (or none that counts)."""


@dataclass(eq=False)
class Person:
    """One member in everybody's eyes."""

    actor: Actor
    sessions: list[Session] = field(default_factory=list)
    rooms: set[int] = field(default_factory=set)
    realname: str = ""
    away: str = ""
    modes: frozenset[str] = frozenset()
    """The person's own, on every connection: `i` found only by name or by who shares a room. Set by
    Hub.change_modes."""
    signed_on: float = 0.0
    last_active: float = 0.0

    @property
    def nick(self) -> str:
        return self.actor.nick

    @property
    def online(self) -> bool:
        """A connection is open: what MONITOR, ISON and the like call online."""
        return bool(self.sessions)

    @property
    def away_message(self) -> str:
        """Empty when they are here; nobody's connection open is away too."""
        return self.away if self.sessions else (self.away or NOT_CONNECTED)

    @property
    def operator(self) -> bool:
        """A server operator, on any of their connections."""
        return any(session.operator for session in self.sessions)

    @property
    def secure(self) -> bool:
        """Every one of their connections is encrypted."""
        return bool(self.sessions) and all(session.secure for session in self.sessions)
