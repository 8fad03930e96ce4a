"""The nicks whose coming and going a session is told (IRCv3 monitor)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatstore.chat.live.listener import Person
from chatstore.chat.live.monitor import Watch
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import person_name
from chatstore.chat.session.state import SessionState


class Watches:
    """`session.watches`. Nothing here blocks. What is no valid nick is nobody's, and isn't watched."""

    __slots__ = ("_session",)

    def __init__(self, session: SessionState) -> None:
        self._session = session

    def add(self, nicks: Iterable[str]) -> tuple[list[Watch], list[str]]:
        """The watches of these nicks, and the nicks for which there was no place. begin() the watches when it was
        answered who of them is online."""
        watching, most = self._session.chat.hub.watching, self._session.chat.policy.limits.watched
        added, refused = dict[str, Watch](), list[str]()
        for nick in nicks:
            folded = _folded(nick)
            if folded:
                watch = watching.add(self._session, folded, nick, most)
                if watch is None:
                    refused.append(nick)
                else:
                    added[folded] = watch
        return [*added.values()], refused

    def begin(self, watches: Sequence[Watch]) -> None:
        """Tell what has changed since they were added, and whatever changes from now on."""
        self._session.chat.hub.watching.begin(self._session, watches)

    def remove(self, nicks: Iterable[str]) -> None:
        for nick in nicks:
            self._session.chat.hub.watching.remove(self._session, _folded(nick))

    def clear(self) -> None:
        self._session.chat.hub.watching.clear(self._session)

    def pause(self) -> list[Watch]:
        """All of them; nothing is told of them until begin()."""
        return self._session.chat.hub.watching.pause(self._session)

    def online(self) -> list[Person]:
        """Those of the watched who are here."""
        people = (self._session.chat.hub.person(watch.folded) for watch in self.all())
        return [person for person in people if person is not None and person.online]

    def all(self) -> list[Watch]:
        return self._session.chat.hub.watching.of(self._session)


def _folded(nick: str) -> str:
    try:
        return person_name(nick).folded
    except ChatError:
        return ""
