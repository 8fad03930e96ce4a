"""What a session was told and what of it has arrived, so that after a lost connection only the rest is told
again.

A protocol knows how many bytes it sent and how many the other side's system has acknowledged
(`Session.progress`), but not what was in them. So the session sets a *mark* now and then: what it was told by
then, by room, and how many bytes had been sent. When that many bytes are acknowledged, all of it has arrived.
If acknowledgements say nothing (a proxy acknowledges for its client, or the system does not tell), the
protocol asks its client something, and the answer confirms everything before the question.

The database learns regularly what has arrived, because a connection or the server may end without a word.
Direct messages are written at each tick, rooms every twenty seconds, since a busy room needs a row for each
member. What is not written or not confirmed may be told twice: twice is better than never.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from chatstore.chat.changes.accounts import MarkSeen
from chatstore.chat.session.state import SessionState

_ROOMS_EVERY = 20.0
"""Seconds between two writes of what has arrived in rooms."""


class Delivered:
    """`session.delivered`. Any thread may call it. Take its lock before those of rooms and outboxes, never
    after."""

    __slots__ = (
        "_arrived",
        "_lock",
        "_looked",
        "_mark",
        "_question",
        "_rooms_written",
        "_session",
        "_written",
    )

    def __init__(self, session: SessionState) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._arrived: dict[int, int] = {}
        self._written: dict[int, int] = {}
        self._mark: tuple[int, Mapping[int, int]] | None = None
        """How many bytes must be acknowledged, and what has arrived then."""
        self._question: tuple[str, Mapping[int, int]] | None = None
        self._looked: tuple[int, int] | None = None
        self._rooms_written = session.chat.flood.clock()

    def tick(self) -> None:
        """Look at what has arrived, and have it written. The I/O thread calls it every few seconds."""
        session = self._session
        account, person = session.account, session.person
        if account is None or person is None or session not in person.sessions:
            return
        with self._lock:
            self._look()
            new = {room: seq for room, seq in self._arrived.items() if seq > self._written.get(room, 0)}
            now = session.chat.flood.clock()
            if now - self._rooms_written > _ROOMS_EVERY:
                self._rooms_written = now
            elif all(room in person.rooms for room in new):
                return
            else:
                new = {room: seq for room, seq in new.items() if room not in person.rooms}
            self._written.update(new)
        if new:
            ticket = session.submit([MarkSeen(account.id, new)])
            ticket.when_refused(lambda: self._write_again(new))

    def _write_again(self, new: Mapping[int, int]) -> None:
        """This could not be written: the next ticks try again."""
        with self._lock:
            for room, seq in new.items():
                if self._written.get(room) == seq:
                    del self._written[room]

    def arrived(self) -> Mapping[int, int]:
        """The last seq that is known to have arrived, by room."""
        with self._lock:
            self._look()
            return self._arrived.copy()

    def ask(self, token: str) -> bool:
        """Note that a question with this token is sent next; its answer confirms everything before it.
        Returns False if everything has arrived already, so that no question is needed."""
        with self._lock:
            told = self._told()
            self._question = (token, told)
            return any(seq > self._arrived.get(room, 0) for room, seq in told.items())

    def answered(self, token: str) -> None:
        """The client has answered that question."""
        with self._lock:
            if self._question is not None and self._question[0] == token:
                self._confirm(self._question[1])
                self._question = None

    def at_the_end(self, told: Mapping[int, int], *, all_of_it: bool) -> Mapping[int, int]:
        """What has arrived of `told`, the last seq by room, when the session is over."""
        with self._lock:
            if all_of_it:
                self._confirm(told)
            else:
                progress = self._session.progress()
                if progress is not None and self._mark is not None and progress[1] >= self._mark[0]:
                    self._confirm(self._mark[1])
            return self._arrived

    def _look(self) -> None:
        """Set a mark. What was told is read before the bytes are counted, so none of it can lie beyond them."""
        progress = self._session.progress()
        if progress is None or progress == self._looked:
            return
        told = self._told()
        progress = self._session.progress()
        if progress is None:
            return
        self._looked = progress
        sent, acknowledged = progress
        if acknowledged >= sent:
            self._confirm(told)
            self._mark = None
        elif self._mark is None or acknowledged >= self._mark[0]:
            if self._mark is not None:
                self._confirm(self._mark[1])
            self._mark = (sent, told)

    def _told(self) -> Mapping[int, int]:
        return self._session.chat.hub.told(self._session)

    def _confirm(self, told: Mapping[int, int]) -> None:
        for room, seq in told.items():
            if seq > self._arrived.get(room, 0):
                self._arrived[room] = seq
