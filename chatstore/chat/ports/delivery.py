"""What carries committed events to people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from chatstore.chat.model.events import Event, Published


class View(Protocol):
    """How one kind of reader sees events: a door with the settings that change its bytes. Hashable."""

    @property
    def echo(self) -> bool:
        """Whether a session of this view is shown its own messages."""

    @property
    def shows_own(self) -> bool:
        """Whether a session of this view is told the direct messages that its person sends from other connections.
        Clients that don't expect that show them as if others had written them."""

    @property
    def follows_renames(self) -> bool:
        """Whether a RoomRenamed tells it that a room has another name. Otherwise its sessions are told that
        they left the one and are in the other."""

    @property
    def follows(self) -> bool:
        """Whether a session of this view is told what changes of those it watches, without sharing a room."""

    def render(self, event: Event, room: str, to: str = "") -> bytes:
        """The event's bytes, or none. `room`: its name, empty for a direct message, which is `to` a nick."""


class Bus(Protocol):
    """Carries what was committed to whoever delivers it."""

    def publish(self, events: Iterable[Published]) -> None: ...
