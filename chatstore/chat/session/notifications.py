"""What the session's account wants to be told of, and its push subscriptions. Everything here blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatstore.chat.changes.notifications import SetConversationNotifications, SetNotifications
from chatstore.chat.changes.push import RegisterPush, UnregisterPush
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.notifications import ConversationNotifications, Level
from chatstore.chat.model.notifications import Notifications as Settings
from chatstore.chat.model.push import MAX_ENDPOINT, are_keys
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.visibility import Visibility
from chatstore.chat.ticket import Ticket
from chatstore.urls import Networks, UrlError, read_url


class Notifications:
    """`session.notifications`. Raises LOGIN_REQUIRED without an account."""

    __slots__ = ("_sees", "_session")

    def __init__(self, session: SessionState, sees: Visibility) -> None:
        self._session, self._sees = session, sees

    def all(self) -> Settings:
        """All that the account has set; conversations by the id of the room."""
        self._session.need("manage")
        return self._session.chat.store.notifications.of(self._session.own_account.id)

    def conversations(self) -> Sequence[tuple[str, ConversationNotifications]]:
        """The settings of conversations that have their own, each with its `#name` or the nick of the other
        person; without rooms that are hidden from the account."""
        self._session.need("manage")
        found = self._session.chat.store.notifications.named(self._session.own_account.id)
        return [(name, settings) for name, settings in found if self._sees.shows(name)]

    def set(self, values: Mapping[str, Any]) -> Ticket:
        """Set some of the fields of AccountNotifications. The result is the AccountNotifications. Raises
        INVALID_TEXT, LIST_FULL."""
        own = self._session.own_account
        return self._session.submit([SetNotifications(own.id, values, origin=self._session)])

    def set_for(
        self, target: str, level: Level | None = None, muted_until: int | None = None, *, default: bool = False
    ) -> Ticket:
        """Set what counts in the conversation `target`: `#room`, or the nick of a person. None leaves a value
        as it is; `muted_until` 0 ends muting; `default`: the level is that of all conversations again. The
        result is the ConversationNotifications. Raises NO_SUCH_ROOM, NO_SUCH_PERSON, LIST_FULL."""
        session = self._session
        shown, whom = self._sees.conversation(target)
        session.own_account  # noqa: B018 - an account is needed
        change = SetConversationNotifications(
            session.actor, whom, shown, level, muted_until, default=default, origin=session
        )
        return session.submit([change])

    def mute(self, target: str, *, muted: bool) -> Ticket:
        """Be told of nothing in a conversation, or of what the account has set for all again. Raises as
        set_for."""
        return self.set_for(target, "nothing" if muted else None, default=not muted)

    def muted(self) -> Sequence[str]:
        """The conversations of which the account is told nothing: `#name`, or a nick."""
        return [name for name, settings in self.conversations() if settings.level == "nothing"]

    def called(self, target: str) -> str:
        """The conversation as the account sees it: `#room` or a nick. Raises as set_for."""
        return self._sees.conversation(target)[0]


class PushSubscriptions:
    """`session.push`: where the account is told of messages while its clients are not connected."""

    __slots__ = ("_session",)

    def __init__(self, session: SessionState) -> None:
        self._session = session

    @property
    def key(self) -> str:
        """The public key by which push services know this server. It never blocks."""
        return self._session.chat.push_key

    def register(self, endpoint: str, p256dh: str, auth: str, switches: str) -> Ticket:
        """Register a push subscription, as a client has it from its push service. `switches`: the fields of
        the renderer that the client's capabilities have switched on, separated by spaces. The result is the
        Subscription. Raises INVALID_TEXT for what can't be one."""
        session, own = self._session, self._session.own_account
        session.need("manage")
        session.need("read")
        if not session.chat.policy.push.enabled:
            raise ChatError(Code.INVALID_TEXT, "this server has no push")
        if len(endpoint) > MAX_ENDPOINT:
            raise ChatError(Code.INVALID_TEXT, f"an endpoint has at most {MAX_ENDPOINT} characters")
        if not are_keys(p256dh, auth):
            raise ChatError(Code.INVALID_TEXT, "p256dh has 65 bytes and auth 16, in URL-safe base64")
        allowed = Networks(session.chat.policy.push.allowed)
        try:
            url = read_url(endpoint, allowed)
        except UrlError as error:
            raise ChatError(Code.INVALID_TEXT, f"the endpoint can't be used: {error.sentence}") from None
        if not url.secure and not (url.address and url.address in allowed):
            raise ChatError(Code.INVALID_TEXT, "the endpoint can't be used: it has to begin with https://")
        login = (session.token, session.came_by_certificate, own.epoch)
        change = RegisterPush(
            own.id, endpoint, url.origin, (p256dh, auth), switches, login, session.address, origin=session
        )
        return session.submit([change])

    def unregister(self, endpoint: str) -> Ticket:
        """Remove a push subscription. The result says whether there was one."""
        return self._session.submit([UnregisterPush(self._session.own_account.id, endpoint)])
