"""The webhooks of rooms: their operators and administrators list, make and remove them. Everything here
blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chatstore.chat.changes.hooks import AddHook, PostByHook, RemoveHook, RenewHook, SetHook
from chatstore.chat.live.room import LiveRoom
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.hooks import Hook, NewHook, State, new_hook_token, new_secret, prepared
from chatstore.chat.ports import Change
from chatstore.chat.rules import permissions
from chatstore.chat.session.administration import Administration
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.visibility import Visibility
from chatstore.urls import UrlError


class Made(NamedTuple):
    """A hook that was made or renewed, with what is never shown again: `token` is the end of an incoming hook's
    URL, `secret` what an outgoing hook signs with."""

    hook: Hook
    token: str = ""
    secret: str = ""


class Hooks:
    """`session.hooks`. It raises NO_SUCH_ROOM, OPERATOR_REQUIRED for who is neither an operator of the room nor
    an administrator, and NO_SUCH_HOOK."""

    __slots__ = ("_administration", "_sees", "_session")

    def __init__(self, session: SessionState, sees: Visibility, administration: Administration) -> None:
        self._session = session
        self._sees = sees
        self._administration = administration

    def list(self, room: str) -> Sequence[Hook]:
        """The hooks of a room, oldest first."""
        live, _ = self._acting(room)
        return self._session.chat.store.hooks.of_room(live.room.id)

    def everywhere(self, after: int, most: int) -> Sequence[tuple[str, Hook]]:
        """For administrators the hooks of all rooms, each with the name of its room; see the store. Raises
        ADMIN_REQUIRED."""
        self._administration.acting()
        chat = self._session.chat
        found = [(chat.hub.room(hook.room_id), hook) for hook in chat.store.hooks.everywhere(after, most)]
        return [(live.room.name, hook) for live, hook in found if live is not None]

    def state(self, hook: Hook) -> tuple[State, str]:
        """The state of a hook, and what is wrong with it; see hook_state."""
        return permissions.hook_state(hook, self._session.now)

    def add(self, room: str, wanted: NewHook) -> Made:
        """Make a hook. Raises INVALID_NAME, INVALID_TEXT, NAME_TAKEN, LIST_FULL."""
        live, actor = self._acting(room)
        wanted = prepared(wanted)
        if wanted.direction == "out":
            try:
                self._session.chat.judge_url(wanted.url)
            except UrlError as error:
                raise ChatError(Code.INVALID_TEXT, error.sentence) from None
        token = new_hook_token() if wanted.direction == "in" else ""
        most = self._session.chat.policy.webhooks.per_room
        digest = digest_of(token) if token else None
        hook = self._submit(actor, AddHook(actor, live.room.id, wanted, digest, most, *self._owner))
        return Made(hook, token, wanted.secret if wanted.direction == "out" else "")

    def renew(self, room: str, hook_id: int) -> Made:
        """Give a hook another URL, or an outgoing one another secret; the old one does not work any more."""
        live, actor = self._acting(room)
        token, secret = new_hook_token(), new_secret()
        change = RenewHook(actor, live.room.id, hook_id, digest_of(token), secret, *self._owner)
        hook = self._submit(actor, change)
        return Made(hook, token) if hook.direction == "in" else Made(hook, "", secret)

    def set(self, room: str, hook_id: int, *, enabled: bool | None = None, secret: str | None = None) -> Hook:
        """Switch a hook on or off, or give it a secret."""
        live, actor = self._acting(room)
        change = SetHook(actor, live.room.id, hook_id, enabled, secret)
        found: Hook = self._submit(actor, change)
        return found

    def remove(self, room: str, hook_id: int) -> None:
        live, actor = self._acting(room)
        self._submit(actor, RemoveHook(actor, live.room.id, hook_id))

    def test(self, room: str, hook_id: int) -> str:
        """Have an incoming hook say something in the room, or an outgoing one send something. Returns why that
        failed; empty if it did not."""
        live, _ = self._acting(room)
        hook = self._session.chat.store.hooks.by_id(hook_id)
        if hook is None or hook.room_id != live.room.id:
            raise ChatError(Code.NO_SUCH_HOOK, "this room has no such webhook", str(hook_id))
        if why := permissions.hook_refusal(hook, self._session.now):
            return why
        if hook.direction == "out":
            return self._session.chat.test_hook(hook)
        by = self._session.own_account.name
        text = f"This is a test of the webhook {hook.name}, asked for by {by}."
        self._session.submit([PostByHook(hook.id, hook.room_id, [(hook.name, text)])]).result()
        return ""

    @property
    def _owner(self) -> tuple[int, int | None]:
        """Whom a hook stands for, and the device token that they have logged in with."""
        return self._session.own_account.id, self._session.token

    def _acting(self, room: str) -> tuple[LiveRoom, Actor]:
        """The room, and as whom this session acts there: itself if it is an operator, or else SERVER if it is
        an administrator's. Raises OPERATOR_REQUIRED."""
        session = self._session
        session.need("manage")
        own, admin = session.own_account, self._is_admin
        live = self._sees.live_any_room(room) if admin else self._sees.live_room(room)
        if permissions.may_manage_hooks(live.role(own.id)):
            return live, session.actor
        if not admin:
            text = "only operators manage the webhooks of this room"
            raise ChatError(Code.OPERATOR_REQUIRED, text, live.room.name)
        return live, SERVER

    @property
    def _is_admin(self) -> bool:
        try:
            self._administration.acting()
        except ChatError:
            return False
        return True

    def _submit(self, actor: Actor, change: Change) -> Hook:
        ticket = self._administration.submit(change) if actor is SERVER else self._session.submit([change])
        found: Hook = ticket.result()
        self._session.chat.hooks_changed()
        return found
