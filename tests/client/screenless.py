"""A screen without a screen: the network thread, its bridge and a book, for tests that wait for what the book has."""

from __future__ import annotations

import threading
from collections.abc import Callable

from chatstore.client import loop
from chatstore.client.address import Address
from chatstore.client.book import Book, Change
from chatstore.client.bridge import Bridge
from chatstore.client.conversation import Conversation
from chatstore.client.items import Item
from chatstore.client.state import ChatState
from tests.running import PASSWORD, SECONDS

SOON = loop.Timing(first_wait=0.05, longest_wait=0.2, farewell=20.0)


class Screenless:
    """One device of an account, from its login to leave()."""

    def __init__(
        self, name: str, port: int, *rooms: str, create: bool = False, timing: loop.Timing = SOON, **options: int
    ) -> None:
        self.book = Book(name)
        self.items: list[Item] = []
        self.changes: list[Change] = []
        self.state = ChatState(name, rooms, picture=True, **options)
        self.bridge = Bridge(self.state, rooms[0] if rooms else "")
        self._client = loop.Client(
            self.state,
            self.bridge,
            Address("127.0.0.1", port),
            loop.Account(name, PASSWORD, create),
            timing=timing,
        )
        self._woken = threading.Event()
        self.bridge.wake_by(self._woken.set)
        self._client.enter()
        self._thread = threading.Thread(target=self._client.run, daemon=True)
        self._thread.start()

    @property
    def actions(self):  # type: ignore[no-untyped-def]
        return self.bridge.actions

    def __getitem__(self, name: str) -> Conversation:
        return self.book.conversation(name)

    def wait(self, test: Callable[[], object]) -> None:
        """Until this is true of the book; it is asked again after whatever happens."""
        self._take()
        while not test():
            assert self._woken.wait(SECONDS), f"never came to be; last: {self.items[-8:]}"
            self._woken.clear()
            self._take()

    def said(self, name: str) -> list[str]:
        """What is said in a conversation, in order, without what is pending."""
        return [entry.text for entry in self[name].entries if entry.said and not entry.pending]

    def leave(self) -> None:
        self.actions.quit()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()
        self._take()

    def _take(self) -> None:
        for item in self.bridge.take():
            self.items.append(item)
            self.changes.append(self.book.apply(item))
