"""The bus of a single process: the hub is called in the writer's own thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chatstore.chat.model.events import Published


class LocalBus:
    def __init__(self) -> None:
        self._subscribers: list[Callable[[Iterable[Published]], None]] = []

    def subscribe(self, deliver: Callable[[Iterable[Published]], None]) -> None:
        self._subscribers.append(deliver)

    def publish(self, events: Iterable[Published]) -> None:
        for deliver in self._subscribers:
            deliver(events)
