"""The client behind a screen: the protocol, the loop in a thread of its own, and the bridge to the screen's
thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from chatstore.client import loop
from chatstore.client.actions import Actions
from chatstore.client.address import Address
from chatstore.client.bridge import Bridge
from chatstore.client.events import Event
from chatstore.client.protocol import ClientProtocol


class Network:
    """enter() logs in, and may still ask the person in plain lines; start() begins the thread. `actions`
    takes what the person does, and take() returns what has happened. The last event is always Ended.

    `code` and `why` are for afterwards: the exit code, and why the client ended ("" if the person left)."""

    def __init__(
        self,
        address: Address,
        account: loop.Account,
        rooms: Iterable[str] = (),
        *,
        timing: loop.Timing = loop.USUAL,
    ) -> None:
        self.code = loop.FAILURE
        self._protocol = ClientProtocol(account.name, rooms, updates=True, resend=True)
        self._bridge = Bridge(self._protocol)
        self._client = loop.Client(self._protocol, self._bridge, address, account, timing=timing)
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)

    @property
    def actions(self) -> Actions:
        return self._bridge.actions

    @property
    def why(self) -> str:
        return self._bridge.why

    def enter(self) -> None:
        """Log in, in the caller's thread. Raises loop.EndError, and whatever Account.may_create() raises."""
        self._client.enter()

    def start(self) -> None:
        """Begin the thread. Without enter() it does the first login, too."""
        self._thread.start()

    def wake_by(self, wake: Callable[[], None] | None) -> None:
        """Have this called, in the network's thread, when there are events to take: once until they are
        taken. It must not block. None: when the screen is gone."""
        self._bridge.wake_by(wake)

    def take(self) -> Sequence[Event]:
        """The events since the last call, in order; also those from before wake_by()."""
        return self._bridge.take()

    def join(self, seconds: float | None = None) -> bool:
        """Wait for the thread to end, after Actions.quit(). Whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.code = self._client.run()
        except BaseException as error:  # whatever it is: the screen must not stand there as if all were well
            self._bridge.fail(f"{type(error).__name__}: {error}")
            raise
        self._bridge.end()
