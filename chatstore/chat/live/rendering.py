"""The bytes of one event by renderer. Each is made once, when it is first asked for."""

from __future__ import annotations

from chatstore.chat.model.events import Event
from chatstore.chat.ports import Renderer


class Rendering:
    def __init__(self, event: Event, room: str = "") -> None:
        self.event = event
        self._room = room
        self._made: dict[Renderer, bytes] = {}

    def of(self, renderer: Renderer) -> bytes:
        """Empty where the renderer shows nothing of such events."""
        data = self._made.get(renderer)
        if data is None:
            data = self._made[renderer] = renderer.render(self.event, self._room)
        return data
