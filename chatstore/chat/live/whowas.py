"""Who had which nick: the last few thousand people who left or changed theirs. It is forgotten when the
server stops."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from chatstore.chat.live.listener import Person
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import person_name
from chatstore.chat.ports import Clock

MAX_KEPT = 2000


class FormerNick(NamedTuple):
    """A person as they were shown under a nick, and until when (seconds since 1970 UTC)."""

    nick: str
    folded: str
    user: str
    host: str
    realname: str
    account: str | None
    left: float


class Whowas:
    """The former nicks. Written under the hub's lock, read by any thread."""

    def __init__(self, clock: Clock = time.time, most: int = MAX_KEPT) -> None:
        self._clock = clock
        self._all: deque[FormerNick] = deque(maxlen=most)

    def note(self, person: Person) -> None:
        """Note that the person gives up their nick. People who were never connected are not noted."""
        if person.signed_on:
            actor, folded = person.actor, person_name(person.nick).folded
            was = FormerNick(
                actor.nick,
                folded,
                person.shown_user,
                actor.host,
                person.shown_realname,
                actor.account,
                self._clock(),
            )
            self._all.appendleft(was)

    def of(self, nick: str) -> Iterator[FormerNick]:
        """Who had the nick before, latest first; empty for an invalid nick."""
        try:
            folded = person_name(nick).folded
        except ChatError:
            return
        yield from [was for was in self._all.copy() if was.folded == folded]
