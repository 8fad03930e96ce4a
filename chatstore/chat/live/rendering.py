"""One fact's bytes by view: each made when it is first asked for, and once."""

from __future__ import annotations

from chatstore.chat.model.events import Event
from chatstore.chat.ports import View


class Rendering:
    def __init__(self, event: Event, room: str = "") -> None:
        self.event = event
        self._room = room
        self._made: dict[View, bytes] = {}

    def of(self, view: View) -> bytes:
        """Empty for a view that is told nothing of such facts."""
        data = self._made.get(view)
        if data is None:
            data = self._made[view] = view.render(self.event, self._room)
        return data
