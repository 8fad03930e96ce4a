"""Which sessions want to hear when metadata changes. A subscription belongs to one connection and ends with
it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from chatstore.chat.live.listener import Listener


class Subscriptions:
    """The keys that each session subscribes to. The writer reads it; workers and I/O threads change it.

    A session that is being shown the current values must not hear a later one first. So `hold` keeps changes
    for it meanwhile.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[Listener, dict[str, None]] = {}
        self._sessions: dict[str, dict[Listener, None]] = {}
        self._kept: dict[Listener, list[bytes]] = {}

    def of(self, session: Listener) -> list[str]:
        """The session's keys, in the order of subscribing."""
        with self._lock:
            return [*self._keys.get(session, ())]

    def add(self, session: Listener, key: str, most: int) -> bool | None:
        """Subscribe. Returns whether that is new; None if the session has as many as it may have."""
        with self._lock:
            keys = self._keys.setdefault(session, {})
            if len(keys) >= most:
                return None
            new = key not in keys
            keys[key] = None
            self._sessions.setdefault(key, {})[session] = None
            return new

    def remove(self, session: Listener, keys: Iterable[str]) -> None:
        with self._lock:
            for key in keys:
                self._keys.get(session, {}).pop(key, None)
                self._drop(session, key)

    def forget(self, session: Listener) -> None:
        """End all of the session's subscriptions."""
        with self._lock:
            for key in self._keys.pop(session, ()):
                self._drop(session, key)

    def listeners(self, key: str) -> Sequence[Listener]:
        with self._lock:
            return [*self._sessions.get(key, ())]

    @contextmanager
    def hold(self, session: Listener) -> Iterator[None]:
        """Inside, the session is told nothing; afterwards it is told what it missed."""
        with self._lock:
            self._kept[session] = []
        try:
            yield
        finally:
            with self._lock:
                session.send(b"".join(self._kept.pop(session, ())))

    def tell(self, session: Listener, data: bytes) -> None:
        with self._lock:
            if session in self._kept:
                self._kept[session].append(data)
            else:
                session.send(data)

    def _drop(self, session: Listener, key: str) -> None:
        sessions = self._sessions.get(key, {})
        sessions.pop(session, None)
        if not sessions:
            self._sessions.pop(key, None)
