"""Metadata: small facts that clients keep of people and rooms, and who wants to hear when they change.

Stored for accounts and rooms; a guest's are kept with their person, as long as they are here. Keys are IRCv3's
(draft/metadata), and good for every door. Subscriptions belong to one connection and end with it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatstore.chat.model.events import Actor

if TYPE_CHECKING:
    from chatstore.chat.session import Session

KEY_BYTES = 48
_KEY = re.compile(r"[a-z0-9_./-]{1,48}", re.ASCII)


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


@dataclass(frozen=True)
class Subject:
    """What the metadata is of: a room, or a person. `name` is how it is shown, without the `#`."""

    name: str
    room: int | None = None
    actor: Actor | None = None

    @property
    def account_id(self) -> int | None:
        return self.actor.account_id if self.actor is not None else None

    @property
    def guest(self) -> bool:
        return self.actor is not None and self.actor.account_id is None


class Subscriptions:
    """Which sessions want to be told of which keys. Read by the writer, changed by whoever serves a session.

    Somebody who is being shown what is set now must not be told a later value first: meanwhile, what there is to
    tell them is kept (`hold`).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[Session, dict[str, None]] = {}
        self._sessions: dict[str, dict[Session, None]] = {}
        self._kept: dict[Session, list[bytes]] = {}

    def of(self, session: Session) -> list[str]:
        """In the order in which they were asked for."""
        with self._lock:
            return [*self._keys.get(session, ())]

    def add(self, session: Session, key: str, most: int) -> bool | None:
        """Whether it is new; None when the session has as many as it may have."""
        with self._lock:
            keys = self._keys.setdefault(session, {})
            if len(keys) >= most:
                return None
            new = key not in keys
            keys[key] = None
            self._sessions.setdefault(key, {})[session] = None
            return new

    def remove(self, session: Session, keys: Iterable[str]) -> None:
        with self._lock:
            for key in keys:
                self._keys.get(session, {}).pop(key, None)
                self._drop(session, key)

    def forget(self, session: Session) -> None:
        """It wants nothing any more."""
        with self._lock:
            for key in self._keys.pop(session, ()):
                self._drop(session, key)

    def listeners(self, key: str) -> Sequence[Session]:
        with self._lock:
            return [*self._sessions.get(key, ())]

    @contextmanager
    def hold(self, session: Session) -> Iterator[None]:
        """Inside, the session is told nothing; afterwards, what it missed."""
        with self._lock:
            self._kept[session] = []
        try:
            yield
        finally:
            with self._lock:
                session.send(b"".join(self._kept.pop(session, ())))

    def tell(self, session: Session, data: bytes) -> None:
        with self._lock:
            if session in self._kept:
                self._kept[session].append(data)
            else:
                session.send(data)

    def _drop(self, session: Session, key: str) -> None:
        sessions = self._sessions.get(key, {})
        sessions.pop(session, None)
        if not sessions:
            self._sessions.pop(key, None)
