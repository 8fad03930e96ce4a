"""Whom the session's account ignores, and from whom it takes direct messages. Everything here blocks."""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.chat.changes.peace import HeedPerson, IgnorePerson, TakeDirect
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import Event, is_ignored
from chatstore.chat.model.names import person_name
from chatstore.chat.model.peace import DIRECT_FROM, DirectFrom, Ignored
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.visibility import Visibility
from chatstore.chat.ticket import Ticket


class Peace:
    """`session.peace`. Raises LOGIN_REQUIRED without an account."""

    __slots__ = ("_sees", "_session")

    def __init__(self, session: SessionState, sees: Visibility) -> None:
        self._session, self._sees = session, sees

    def ignored(self) -> Sequence[Ignored]:
        """Whom the account ignores, the oldest first."""
        self._session.need("manage")
        return self._session.chat.store.peace.ignored(self._session.own_account.id)

    def hides(self, event: Event) -> bool:
        """Whether the account's clients are spared an event: it ignores who said it. Without a right to manage
        these settings, as for any client of the account."""
        account = self._session.account
        return account is not None and is_ignored(event, self._session.chat.hub.peace(account.id).ignored)

    def direct(self) -> DirectFrom:
        """From whom the account takes direct messages."""
        self._session.need("manage")
        return self._session.chat.store.peace.of(self._session.own_account.id).direct

    def ignore(self, nick: str) -> Ticket:
        """Ignore a person. The result is their nick. Raises NO_SUCH_PERSON, OWN_ACCOUNT, LIST_FULL."""
        own = self._session.own_account
        whom = self._sees.online(nick) or person_name(nick).folded
        return self._session.submit([IgnorePerson(own.id, whom, origin=self._session)])

    def heed(self, nick: str) -> Ticket:
        """Ignore somebody no more. The result is their nick. Raises NO_SUCH_PERSON."""
        return self._session.submit([HeedPerson(self._session.own_account.id, nick, origin=self._session)])

    def take_direct(self, wanted: str) -> Ticket:
        """Choose from whom the account takes direct messages. Raises INVALID_TEXT."""
        own = self._session.own_account
        found = next((each for each in DIRECT_FROM if each == wanted), None)
        if found is None:
            raise ChatError(Code.INVALID_TEXT, f"expected {', '.join(DIRECT_FROM)}", wanted[:20])
        return self._session.submit([TakeDirect(own.id, found, origin=self._session)])
