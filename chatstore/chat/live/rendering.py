"""The bytes of one event by renderer. Each is made once, when it is first needed."""

from __future__ import annotations

from chatstore.chat.model.events import Event
from chatstore.chat.ports import Renderer


class Rendering:
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
