"""The interfaces of renderers, which turn committed events into bytes, and of what sends these to many."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from chatstore.chat.model.events import Event

FanOut = Callable[[Iterable[Callable[[bytes], None]], bytes], None]
"""Calls each of these functions (the `send` of listeners) with the data, in any order."""


class Renderer(Protocol):
    """Turns events into bytes for one protocol and one set of client options (capabilities, in IRC).

    Renderers are hashable: an event is rendered once for all sessions with equal renderers.
    """

    @property
    def echo(self) -> bool:
        """Whether a session is sent its own messages."""

    @property
    def shows_own(self) -> bool:
        """Whether sessions are told the direct messages that their person sends from other connections. Clients
        that do not expect this show them as if others had written them."""

    @property
    def follows_renames(self) -> bool:
        """Whether a RoomRenamed shows clients that a room was renamed. Otherwise they are told that they left
        one room and joined another."""

    @property
    def follows(self) -> bool:
        """Whether a session is told of changes to the people whom it monitors, without sharing a room."""

    @property
    def ignored(self) -> frozenset[int | str]:
        """The people, by key, whose messages are not rendered."""

    def ignoring(self, people: frozenset[int | str]) -> Renderer:
        """The same renderer, without the messages of these people. If its clients hide them by themselves, it is
        this one."""

    def render(self, event: Event, room: str, to: str = "") -> bytes:
        """The event's bytes; empty if it is not shown. `room` is the room's name without the `#`; it is empty
        for a direct message, which goes to the nick `to`."""
