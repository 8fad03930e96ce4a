"""The Front of a screen: what the person does comes by Actions, what happens goes into a queue, and the screen's
thread is woken to take it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from chatstore.client.actions import Actions
from chatstore.client.desk import Desk
from chatstore.client.items import Item
from chatstore.client.loop import OK
from chatstore.client.news import Ended, Focus
from chatstore.client.state import ChatState


class Bridge:
    """`actions` and take() are for the screen's thread, all else for the network's. The state must be one that
    tells the whole picture.

    Of an item nothing is lost that came before wake_by() was called."""

    code = OK

    def __init__(self, state: ChatState, room: str = "") -> None:
        self.actions = Actions()
        self._desk = ScreenDesk(state, current=room)
        self._lock = threading.Lock()
        self._items: list[Item] = []
        self._ended = False
        self._wake: Callable[[], None] | None = None
        self.why = ""
        """What fail() was told: why the client is over."""

    # The screen's side.

    def wake_by(self, wake: Callable[[], None] | None) -> None:
        """Have this called, in the network's thread, when there is something to take. It must not block. None: when
        the screen is gone."""
        with self._lock:
            self._wake = wake
            waiting = bool(self._items)
        if wake is not None and waiting:
            wake()

    def take(self) -> Sequence[Item]:
        """What has happened since the last time, in order."""
        with self._lock:
            told, self._items = self._items, []
        return told

    # The network's side: a Front.

    @property
    def done(self) -> bool:
        return self._desk.done

    @property
    def farewell(self) -> str:
        return self._desk.farewell

    def wanted_input(self) -> int | None:
        return self.actions.fd

    def take_input(self, now: int) -> None:
        self._desk.now = self._desk.state.now = now
        self.actions.take(self._desk)

    def heard(self) -> None:
        """Where a room was left, its words stay on the screen."""

    def show(self, shown: Sequence[Item]) -> None:
        with self._lock:
            first = not self._items
            self._items += shown
            wake = self._wake
        if first and shown and wake is not None:
            wake()

    def fail(self, text: str) -> None:
        self.why = text
        self.end()

    def end(self) -> None:
        """Say that nothing follows; once."""
        if not self._ended:
            self._ended = True
            self.show([Ended("", self._desk.state.now, self.why)])


class ScreenDesk(Desk):
    """A screen shows where one is, so it need not be said."""

    def talk_to(self, name: str) -> None:
        self.state.target(name)
        self.state.tell(Focus(name, self.now))
