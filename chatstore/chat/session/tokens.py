"""Device tokens of a session's account: makes, lists and removes them. Everything here blocks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from chatstore.chat.changes.tokens import AddToken, RemoveTokens
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.scopes import SCOPES, Grant, read_scopes
from chatstore.chat.model.text import one_line
from chatstore.chat.model.tokens import MAX_LABEL, DeviceToken, new_token
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.visibility import Visibility
from chatstore.chat.ticket import Ticket

Use = Literal["current", "online", "offline"]
"""Who uses a token: this session, another open one, or nobody."""


class Tokens:
    """`session.tokens`. Raises LOGIN_REQUIRED without an account."""

    __slots__ = ("_sees", "_session")

    def __init__(self, session: SessionState, sees: Visibility) -> None:
        self._session = session
        self._sees = sees

    def add(self, label: str, scopes: Collection[str] = SCOPES, rooms: Sequence[str] | None = None) -> Ticket:
        """Make a token with these scopes, for these rooms (None: all, and direct messages). The result is the new
        DeviceToken and its text, which is never shown again. Raises PASSWORD_REQUIRED, ENCRYPTION_REQUIRED,
        LIST_FULL, INVALID_TEXT, NO_SUCH_ROOM."""
        own = self._session.own_account
        self._session.need("manage")
        self._session.need_encryption()
        self._session.need_password()
        token, label = new_token(), one_line(label)[:MAX_LABEL]
        change = AddToken(own.id, digest_of(token), label, own.epoch, self.wanted(scopes, rooms))
        return self._session.submit([change]).giving(lambda added: (added, token))

    def wanted(self, scopes: Collection[str], rooms: Sequence[str] | None) -> Grant:
        """The grant of these scopes, for these rooms. Raises INVALID_TEXT, NO_SUCH_ROOM."""
        ids = frozenset(self._sees.live_room(room).room.id for room in rooms) if rooms is not None else None
        if ids is not None and not ids:
            raise ChatError(Code.INVALID_TEXT, "name the rooms that the token is for, or * for all")
        return Grant(read_scopes(scopes), ids)

    def rooms_of(self, grant: Grant) -> Sequence[str] | None:
        """The names of the rooms that a grant is limited to, as far as this session may know of them; None if it
        is not limited. A room that was removed, or can't be seen, is `?`."""
        if grant.rooms is None:
            return None
        shown = {view.id: f"#{view.name}" for view in self._sees.rooms_by_id(sorted(grant.rooms)) if view.visible}
        return [shown.get(room_id, "?") for room_id in sorted(grant.rooms)]

    def list(self) -> Sequence[tuple[DeviceToken, Use]]:
        """The account's tokens, oldest first. Raises OUTSIDE_SCOPE."""
        self._session.need("manage")
        person = self._session.chat.hub.person_keyed(self._session.own_account.id)
        online = {each.token for each in person.sessions} if person is not None else set()

        def use(token: DeviceToken) -> Use:
            if token.id == self._session.token:
                return "current"
            return "online" if token.id in online else "offline"

        return [
            (token, use(token))
            for token in self._session.chat.store.tokens.of_account(self._session.own_account.id)
        ]

    def remove(self, token_id: int) -> Ticket:
        """Remove a token, and close the connections that logged in by it; this session's own behind the answer.
        Raises NO_SUCH_TOKEN."""
        change = RemoveTokens(self._session.own_account.id, only=token_id, origin=self._session)
        change.signs_out = token_id == self._session.token

        def removed(found: bool) -> None:
            if not found:
                raise ChatError(Code.NO_SUCH_TOKEN, "your account has no such token", str(token_id))

        return self._session.submit([change]).giving(removed)
