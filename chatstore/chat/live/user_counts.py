"""How many are here. Kept as people come and go, so that asking costs the same with ten thousand of them."""

from __future__ import annotations

import threading
from typing import NamedTuple

from chatstore.chat.live.listener import Listener, Person


class Counts(NamedTuple):
    """`online`, and of those the `invisible` and the `operators`, are people; `unregistered` are connections
    that take no part (yet)."""

    online: int
    invisible: int
    operators: int
    unregistered: int
    most_online: int


class UserCounts:
    """Told by the sessions and the hub; anybody may ask. Its lock is the innermost."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._strangers: set[Listener] = set()
        self._online: set[Person] = set()
        self._invisible: set[Person] = set()
        self._operators: set[Person] = set()
        self._most = 0

    def connected(self, session: Listener) -> None:
        with self._lock:
            self._strangers.add(session)

    def disconnected(self, session: Listener) -> None:
        with self._lock:
            self._strangers.discard(session)

    def moved(self, session: Listener, person: Person) -> None:
        """The session takes part as the person from now on, or does so no more."""
        with self._lock:
            if session in person.sessions:
                self._strangers.discard(session)
            else:
                self._strangers.add(session)
            self._update(person)

    def changed(self, person: Person) -> None:
        """The person has other modes, or became an operator of the server."""
        with self._lock:
            self._update(person)

    def counts(self) -> Counts:
        with self._lock:
            online, invisible, operators = map(len, (self._online, self._invisible, self._operators))
            return Counts(online, invisible, operators, len(self._strangers), self._most)

    def online(self) -> list[Person]:
        """Who has a connection."""
        with self._lock:
            return [*self._online]

    def strangers(self) -> list[Listener]:
        """The connections that take no part (yet)."""
        with self._lock:
            return [*self._strangers]

    def operators(self) -> list[Person]:
        with self._lock:
            return [*self._operators]

    def _update(self, person: Person) -> None:
        _put(self._online, person, person.online)
        _put(self._invisible, person, person.online and "i" in person.modes)
        _put(self._operators, person, person.operator)
        self._most = max(self._most, len(self._online))


def _put(people: set[Person], person: Person, belongs: bool) -> None:
    if belongs:
        people.add(person)
    else:
        people.discard(person)
