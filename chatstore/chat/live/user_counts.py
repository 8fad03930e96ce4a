"""How many people are here. The counts are kept as people come and go, so reading them takes no longer with
ten thousand people."""

from __future__ import annotations

import threading
from typing import NamedTuple

from chatstore.chat.live.listener import Listener, Person


class Counts(NamedTuple):
    """`online`, and of those the `invisible` and the `operators`, are people, at whatever server of the database;
    `here` are those at this one. `unregistered` are connections to this one that do not take part (yet). The most
    that there ever were are those that this server has known of since its start."""

    online: int
    invisible: int
    operators: int
    unregistered: int
    most_online: int
    here: int
    most_here: int


class UserCounts:
    """Sessions and the hub report changes, and any thread may read the counts. It takes no other lock while
    it holds its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._strangers: set[Listener] = set()
        self._visitors: set[Listener] = set()
        self._online: set[Person] = set()
        self._here: set[Person] = set()
        self._invisible: set[Person] = set()
        self._operators: set[Person] = set()
        self._most = self._most_here = 0

    def connected(self, session: Listener) -> None:
        with self._lock:
            self._strangers.add(session)

    def visits(self, session: Listener) -> None:
        """The session acts for an account without taking part: nobody counts it, and it ends like the others."""
        with self._lock:
            self._strangers.discard(session)
            self._visitors.add(session)

    def disconnected(self, session: Listener) -> None:
        with self._lock:
            self._strangers.discard(session)
            self._visitors.discard(session)

    def moved(self, session: Listener, person: Person) -> None:
        """The session has begun or ended to take part as this person."""
        with self._lock:
            if session in person.sessions:
                self._strangers.discard(session)
            else:
                self._strangers.add(session)
            self._update(person)

    def changed(self, person: Person) -> None:
        """The person's modes have changed, or their role as a server operator."""
        with self._lock:
            self._update(person)

    def counts(self) -> Counts:
        with self._lock:
            online, invisible, operators = map(len, (self._online, self._invisible, self._operators))
            strangers, here = len(self._strangers), len(self._here)
            return Counts(online, invisible, operators, strangers, self._most, here, self._most_here)

    def online(self) -> list[Person]:
        """The people who have a connection, here or elsewhere."""
        with self._lock:
            return [*self._online]

    def strangers(self) -> list[Listener]:
        """The sessions that do not take part (yet), and those that visit."""
        with self._lock:
            return [*self._strangers, *self._visitors]

    def operators(self) -> list[Person]:
        with self._lock:
            return [*self._operators]

    def _update(self, person: Person) -> None:
        _put(self._online, person, person.online)
        _put(self._here, person, bool(person.sessions))
        _put(self._invisible, person, person.online and "i" in person.modes)
        _put(self._operators, person, person.operator)
        self._most = max(self._most, len(self._online))
        self._most_here = max(self._most_here, len(self._here))


def _put(people: set[Person], person: Person, belongs: bool) -> None:
    if belongs:
        people.add(person)
    else:
        people.discard(person)
