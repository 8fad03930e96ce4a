"""The favourite conversations of the session's account. Everything here blocks."""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.chat.changes.favourites import SetFavourite
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.visibility import Visibility
from chatstore.chat.ticket import Ticket


class Favourites:
    """`session.favourites`. Raises LOGIN_REQUIRED without an account."""

    __slots__ = ("_sees", "_session")

    def __init__(self, session: SessionState, sees: Visibility) -> None:
        self._session, self._sees = session, sees

    def named(self) -> Sequence[str]:
        """The favourites, each as its `#name` or the nick of the other person; without rooms that are hidden from
        the account."""
        self._session.need("manage")
        found = self._session.chat.store.favourites.named(self._session.own_account.id)
        return [name for name in found if self._sees.shows(name)]

    def set(self, target: str, *, favourite: bool) -> Ticket:
        """Add the conversation `target` (`#room`, or the nick of a person) to the favourites, or remove it. The
        result says whether that changed. Raises NO_SUCH_ROOM, NO_SUCH_PERSON, LIST_FULL."""
        session = self._session
        shown, whom = self._sees.conversation(target)
        session.own_account  # noqa: B018 - an account is needed
        return session.submit([SetFavourite(session.actor, whom, shown, favourite, origin=session)])
