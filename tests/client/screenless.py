"""A device without a screen: the network thread and its buffers, for tests that wait for what the buffers have."""

from __future__ import annotations

import threading
from collections.abc import Callable

from chatstore.client import loop
from chatstore.client.actions import Actions
from chatstore.client.address import Address
from chatstore.client.buffer import Buffer
from chatstore.client.buffers import Buffers, Change
from chatstore.client.events import Ended, Event
from chatstore.client.network import Network
from tests.running import PASSWORD, SECONDS

SOON = loop.Timing(first_wait=0.05, max_wait=0.2, quit=20.0)


class Screenless:
    """One device of an account, from its login to leave()."""

    def __init__(
        self,
        name: str,
        port: int,
        *rooms: str,
        create: bool = False,
        timing: loop.Timing = SOON,
        tls: bool = False,
        keep: Callable[[str], None] | None = None,
    ) -> None:
        """`keep` is given the token by which the device logs in from then on."""
        self.buffers = Buffers(name)
        self.events: list[Event] = []
        self.changes: list[Change] = []
        account = loop.Account(name, PASSWORD, create, keep=keep)
        self._network = Network(Address("127.0.0.1", port, tls), account, rooms, timing=timing)
        self._woken = threading.Event()
        self._network.wake_by(self._woken.set)
        self._network.enter()
        self._network.start()

    @property
    def actions(self) -> Actions:
        return self._network.actions

    def __getitem__(self, name: str) -> Buffer:
        return self.buffers.open(name)

    def wait(self, test: Callable[[], object]) -> None:
        """Wait until this is true of the buffers. It is tested again after every event."""
        self._take()
        while not test():
            assert self._woken.wait(SECONDS), f"never came to be; last: {self.events[-3:]}"
            self._woken.clear()
            self._take()

    def said(self, name: str) -> list[str]:
        """What is said in a conversation, in order, without what is pending."""
        return [entry.text for entry in self[name].entries if entry.said and not entry.pending]

    def leave(self) -> None:
        self.actions.quit()
        assert self._network.join(SECONDS)
        assert (self._network.code, self._network.why) == (0, "")
        self._take()
        assert isinstance(self.events[-1], Ended)

    def _take(self) -> None:
        for event in self._network.take():
            self.events.append(event)
            self.changes.append(self.buffers.apply(event))
