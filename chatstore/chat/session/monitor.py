"""The nicks that a session monitors (IRCv3 monitor): it is told when they come online and go offline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatstore.chat.live.listener import Person
from chatstore.chat.live.monitor import Watch
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import person_name
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.views import MonitorAnswer, Monitored


class MonitorList:
    """`session.monitor`. Nothing here blocks. An invalid nick belongs to nobody, and is not monitored."""

    __slots__ = ("_session",)

    def __init__(self, session: SessionState) -> None:
        self._session = session

    def add(self, nicks: Iterable[str]) -> tuple[MonitorAnswer, list[str]]:
        """Add nicks to the list. Returns the answer about them, and the nicks that the full list has no place
        for."""
        self._session.need("read")
        monitor, most = self._session.chat.hub.monitor, self._session.chat.policy.limits.watched
        added, refused = dict[str, Watch](), list[str]()
        for nick in nicks:
            folded = _folded(nick)
            if folded:
                watch = monitor.add(self._session, folded, nick, most)
                if watch is None:
                    refused.append(nick)
                else:
                    added[folded] = watch
        return self._answer([*added.values()]), refused

    def status(self) -> MonitorAnswer:
        """The answer about all nicks on the list."""
        return self._answer(self._session.chat.hub.monitor.pause(self._session))

    def remove(self, nicks: Iterable[str]) -> None:
        for nick in nicks:
            self._session.chat.hub.monitor.remove(self._session, _folded(nick))

    def clear(self) -> None:
        self._session.chat.hub.monitor.clear(self._session)

    def nicks(self) -> list[str]:
        """The nicks on the list, as they were given and in that order."""
        return [watch.shown for watch in self._session.chat.hub.monitor.of(self._session)]

    def people(self) -> list[Person]:
        """The people on the list who are online, for other parts of the session."""
        hub = self._session.chat.hub
        people = (hub.person(watch.folded) for watch in hub.monitor.of(self._session))
        return [person for person in people if person is not None and person.online]

    def _answer(self, watches: Sequence[Watch]) -> MonitorAnswer:
        nicks = [Monitored(watch.shown, watch.told) for watch in watches]
        return MonitorAnswer(nicks, lambda: self._session.chat.hub.monitor.begin(self._session, watches))


def _folded(nick: str) -> str:
    try:
        return person_name(nick).folded
    except ChatError:
        return ""
