"""The nicks that sessions monitor (IRCv3 monitor). A session is told when a person with such a nick comes
online or goes offline.

A session monitors a nick, not a person. Each Watch keeps what its session was told last. So every look tells
exactly what has changed since, however late it comes, and in whatever order people came and went. The writer
looks whenever somebody came, went or changed their nick.

A reply to a client must not come after newer events. So add() and pause() keep quiet about the nicks of the
reply, and begin(), called when the reply is sent, tells what has changed meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chatstore.chat.live.listener import Listener, Person, Rendering, send
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import Event, PersonOffline, PersonOnline


@dataclass(eq=False)
class Watch:
    """One nick on one session's list. `shown` is how it was given, `told` who was online under it when the
    session was told last (None: nobody)."""

    folded: str
    shown: str
    told: Actor | None
    live: bool = False


class Monitor:
    """All monitored nicks. `find` returns the person with a folded nick. Its lock is held while something is
    sent; the hub's never is."""

    def __init__(self, find: Callable[[str], Person | None]) -> None:
        self._find = find
        self._lists: dict[Listener, dict[str, Watch]] = {}
        self._watchers: dict[str, dict[Listener, Watch]] = {}
        self._lock = threading.Lock()

    def add(self, session: Listener, folded: str, shown: str, most: int) -> Watch | None:
        """Add a watch, or return the one that exists; nothing is told of it until begin(). Returns None if
        the list is full."""
        with self._lock:
            mine = self._lists.setdefault(session, {})
            watch = mine.get(folded)
            if watch is None:
                if len(mine) >= most:
                    return None
                watch = mine[folded] = Watch(folded, shown, self._online(folded))
                self._watchers.setdefault(folded, {})[session] = watch
            watch.live = False
            return watch

    def begin(self, session: Listener, watches: Iterable[Watch]) -> None:
        """Begin to tell what changes: the first reply about these watches was sent."""
        with self._lock:
            for watch in watches:
                if not watch.live and self._lists.get(session, {}).get(watch.folded) is watch:
                    watch.live = True
                    self._tell(session, watch, self._online(watch.folded), _Saying())

    def remove(self, session: Listener, folded: str) -> None:
        with self._lock:
            if self._lists.get(session, {}).pop(folded, None) is not None:
                self._drop(session, folded)

    def clear(self, session: Listener) -> None:
        with self._lock:
            for folded in self._lists.pop(session, {}):
                self._drop(session, folded)

    def of(self, session: Listener) -> list[Watch]:
        """The session's watches, in the order they were added."""
        with self._lock:
            return [*self._lists.get(session, {}).values()]

    def pause(self, session: Listener) -> list[Watch]:
        """Pause all of the session's watches until begin(), and return them."""
        watches = self.of(session)
        with self._lock:
            for watch in watches:
                watch.live = False
        return watches

    def watchers(self, folded: str) -> list[Listener]:
        with self._lock:
            return [*self._watchers.get(folded, {})]

    def look(self, folded: str, origin: object = None) -> None:
        """A person with that nick came, went or changed. Tell the sessions that do not know yet. Only the
        writer calls this."""
        with self._lock:
            watchers = self._watchers.get(folded)
            if watchers:
                now, said = self._online(folded), _Saying()
                for session, watch in watchers.items():
                    if watch.live:
                        self._tell(session, watch, now, said, origin)

    def is_now(self, folded: str, actor: Actor) -> None:
        """The online person with that nick has another key, but is the same person. Only the writer calls
        this."""
        with self._lock:
            for watch in self._watchers.get(folded, {}).values():
                watch.told = actor if watch.told is not None else None

    def _online(self, folded: str) -> Actor | None:
        person = self._find(folded)
        return person.actor if person is not None and person.online else None

    def _tell(
        self, session: Listener, watch: Watch, now: Actor | None, said: _Saying, origin: object = None
    ) -> None:
        before, watch.told = watch.told, now
        if before is not None and (now is None or now.key != before.key):
            send(session, said.of(PersonOffline(before, 0), session), origin)
        if now is not None and (before is None or now.key != before.key):
            send(session, said.of(PersonOnline(now, 0), session), origin)
            session.came_online(now.nick)

    def _drop(self, session: Listener, folded: str) -> None:
        watchers = self._watchers.get(folded, {})
        watchers.pop(session, None)
        if not watchers:
            self._watchers.pop(folded, None)


class _Saying:
    """What one look has to tell, rendered once for each renderer."""

    def __init__(self) -> None:
        self._made: dict[Event, Rendering] = {}

    def of(self, event: Event, session: Listener) -> bytes:
        return self._made.setdefault(event, Rendering(event)).of(session.renderer)
