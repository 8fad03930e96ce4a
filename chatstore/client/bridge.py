"""The Frontend of a screen. The person's actions come by Actions; events go into a queue, and the screen's
thread is woken to take them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from chatstore.client.actions import Actions
from chatstore.client.context import CommandContext
from chatstore.client.events import Ended, Event, Focus
from chatstore.client.loop import OK
from chatstore.client.protocol import ClientProtocol


class Bridge:
    """`actions`, wake_by() and take() are for the screen's thread, all else is for the network's. The
    protocol must be one with `updates`.

    Events that came before wake_by() are kept until take()."""

    code = OK

    def __init__(self, protocol: ClientProtocol, room: str = "") -> None:
        self.actions = Actions()
        self._context = ScreenContext(protocol, current=room)
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._ended = False
        self._wake: Callable[[], None] | None = None
        self.why = ""
        """What fail() was called with: why the client ended."""

    # The screen's side.

    def wake_by(self, wake: Callable[[], None] | None) -> None:
        """Have this called, in the network's thread, when there are events to take. It must not block. None:
        when the screen is gone."""
        with self._lock:
            self._wake = wake
            waiting = bool(self._events)
        if wake is not None and waiting:
            wake()

    def take(self) -> Sequence[Event]:
        """The events since the last call, in order."""
        with self._lock:
            taken, self._events = self._events, []
        return taken

    # The network's side: a Frontend.

    @property
    def done(self) -> bool:
        return self._context.done

    @property
    def quit_reason(self) -> str:
        return self._context.quit_reason

    def wanted_input(self) -> int | None:
        return self.actions.fd

    def take_input(self, now: int) -> None:
        self._context.now = self._context.protocol.now = now
        self.actions.take(self._context)

    def received(self) -> None:
        """Nothing: a screen goes on showing a room that was left."""

    def show(self, shown: Sequence[Event]) -> None:
        with self._lock:
            first = not self._events
            self._events += shown
            wake = self._wake
        if first and shown and wake is not None:
            wake()

    def fail(self, text: str) -> None:
        self.why = text
        self.end()

    def end(self) -> None:
        """Say, once, that no events follow."""
        if not self._ended:
            self._ended = True
            self.show([Ended("", self._context.protocol.now, self.why)])


class ScreenContext(CommandContext):
    """Of a screen, which shows where the person is: so going somewhere needs no words."""

    def switch_to(self, name: str) -> None:
        self.protocol.target(name)
        self.protocol.update(Focus(name, self.now))
