"""Device tokens of a session's account: makes, lists and removes them. Everything here blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from chatstore.chat.changes.tokens import AddToken, RemoveTokens
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.text import one_line
from chatstore.chat.model.tokens import MAX_LABEL, DeviceToken, digest_of, new_token
from chatstore.chat.session.state import SessionState
from chatstore.chat.ticket import Ticket

Use = Literal["current", "online", "offline"]
"""Who uses a token: this session, another open one, or nobody."""


class Tokens:
    """`session.tokens`. Raises LOGIN_REQUIRED without an account."""

    __slots__ = ("_session",)

    def __init__(self, session: SessionState) -> None:
        self._session = session

    def add(self, label: str) -> Ticket:
        """Make a token. The result is the new DeviceToken and its text, which is never shown again. Raises
        PASSWORD_REQUIRED, ENCRYPTION_REQUIRED, LIST_FULL, INVALID_TEXT."""
        own = self._session.own_account
        self._session.need_encryption()
        self._session.need_password()
        token, label = new_token(), one_line(label)[:MAX_LABEL]
        change = AddToken(own.id, digest_of(token), label, own.epoch)
        return self._session.submit([change]).giving(lambda added: (added, token))

    def list(self) -> Sequence[tuple[DeviceToken, Use]]:
        """The account's tokens, oldest first."""
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
        """Remove a token, and close the other connections that logged in by it. The result says whether it is
        this session's own, which its protocol then has to end. Raises NO_SUCH_TOKEN."""
        change = RemoveTokens(self._session.own_account.id, only=token_id, origin=self._session)
        change.signs_out = own = token_id == self._session.token

        def removed(found: bool) -> bool:
            if not found:
                raise ChatError(Code.NO_SUCH_TOKEN, "your account has no such token", str(token_id))
            return own

        return self._session.submit([change]).giving(removed)
