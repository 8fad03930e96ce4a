"""What carries committed events to people."""

from __future__ import annotations

from typing import Protocol

from chatstore.chat.model.events import Event


class Renderer(Protocol):
    """Turns events into bytes for one protocol and one set of what clients may choose (capabilities, in IRC).

    Hashable: what the sessions of equal renderers are told is rendered once."""

    @property
    def echo(self) -> bool:
        """Whether sessions are told the messages that they have sent themselves."""

    @property
    def shows_own(self) -> bool:
        """Whether sessions are told the direct messages that their person sends from other connections. Clients
        that do not expect this show them as if others had written them."""

    @property
    def follows_renames(self) -> bool:
        """Whether a RoomRenamed tells clients that a room has another name. Otherwise they are told that they left
        the one room and are in the other."""

    @property
    def follows(self) -> bool:
        """Whether sessions are told what changes of the people whom they monitor, without sharing a room."""

    def render(self, event: Event, room: str, to: str = "") -> bytes:
        """The event's bytes; empty for what is not shown. `room`: its name, without the `#`; empty for a direct
        message, which is `to` a nick."""
