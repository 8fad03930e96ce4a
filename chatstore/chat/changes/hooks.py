"""Changes to webhooks, and what webhooks do: say something in their room, and note what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatstore.chat.changes.required import acting_member, operator_required
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.hooks import MAX_ERROR, Hook, NewHook, Sent, hook_actor
from chatstore.chat.model.room_events import MessagePosted, NoticePosted, RoomEvent
from chatstore.chat.model.rooms import Room
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules import permissions

KEPT_DELIVERIES = 3 * 24 * 60 * 60 * 1000
"""Milliseconds for which the ids of deliveries are remembered: GitHub lets people repeat one for three days."""
STOPPED = "the device token by which this webhook was made does not count any more: an operator can renew it"
"""What those hooks say that were switched off because a token was removed, or a password changed. Whoever made them
had perhaps stolen the token, and would go on reading or speaking in the room by them."""
_NOTED = 60_000
"""Milliseconds between two notes of the same error, or of the use of a hook."""


@dataclass
class _OfHooks(Change):
    """A change to a room's hooks by an operator of the room; SERVER for an administrator."""

    actor: Actor
    room: int

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def required(self, tx: Transaction) -> Room:
        """The room. Raises OPERATOR_REQUIRED."""
        room, role = acting_member(tx, self.room, self.actor)
        if not permissions.may_manage_hooks(role):
            raise operator_required(room)
        return room

    def note(self, tx: Transaction, room: Room, detail: str) -> None:
        tx.audit.note("room.hook", self.actor, f"#{room.name}", detail)


@dataclass
class AddHook(_OfHooks):
    """Add a hook. `digest`: that of an incoming hook's token. `most`: the most hooks of a room. `owner`: the
    account that it stands for, if that is not the actor's; `token`: the device token that it had logged in with.
    Once that does not count any more, the hook is switched off. No two hooks of a room have one name. Returns
    the Hook. Raises OPERATOR_REQUIRED, LIST_FULL, NAME_TAKEN."""

    wanted: NewHook
    digest: str | None
    most: int
    owner: int | None = None
    token: int | None = None

    def apply(self, tx: Transaction) -> Hook:
        room = self.required(tx)
        there = tx.hooks.of_room(room.id)
        if len(there) >= self.most:
            text = f"this room has {self.most} webhooks already: remove one first"
            raise ChatError(Code.LIST_FULL, text, room.name)
        if any(each.name.casefold() == self.wanted.name.casefold() for each in there):
            text = f"this room has a webhook named {self.wanted.name}: choose another name"
            raise ChatError(Code.NAME_TAKEN, text, self.wanted.name)
        owner = self.owner if self.owner is not None else self.actor.account_id
        hook = tx.hooks.add(room.id, self.wanted, self.digest, owner, room.last_seq, token=self.token)
        way = "incoming" if hook.direction == "in" else f"outgoing, to {host_of(hook.url)}"
        self.note(tx, room, f"added {hook.name} ({way})")
        return hook


@dataclass
class RemoveHook(_OfHooks):
    """Remove a hook. Raises OPERATOR_REQUIRED, NO_SUCH_HOOK."""

    hook: int

    def apply(self, tx: Transaction) -> None:
        room = self.required(tx)
        hook = required_hook(tx, self.hook, room.id)
        tx.hooks.remove(hook.id)
        self.note(tx, room, f"removed {hook.name}")


@dataclass
class RenewHook(_OfHooks):
    """Give a hook another token, or another secret if it is an outgoing one; switch it on, and have it stand for
    whoever renews it. Returns the Hook. Raises OPERATOR_REQUIRED, NO_SUCH_HOOK."""

    hook: int
    digest: str
    secret: str
    owner: int | None = None
    token: int | None = None

    def apply(self, tx: Transaction) -> Hook:
        room = self.required(tx)
        hook = required_hook(tx, self.hook, room.id)
        owner = self.owner if self.owner is not None else self.actor.account_id
        changed = {"digest": self.digest} if hook.direction == "in" else {"secret": self.secret}
        place = {} if hook.enabled or hook.direction == "in" else {"place": room.last_seq}
        tx.hooks.update(
            hook.id,
            account_id=owner,
            made_by_token=self.token,
            enabled=1,
            error="",
            failed_at=None,
            failing_since=None,
            **changed,
            **place,
        )
        self.note(tx, room, f"renewed {hook.name}")
        return required_hook(tx, hook.id, room.id)


@dataclass
class SetHook(_OfHooks):
    """Switch a hook on or off, or give it a secret; None: as it is. What was said while an outgoing hook was off is
    not sent. Returns the Hook. Raises OPERATOR_REQUIRED, NO_SUCH_HOOK."""

    hook: int
    enabled: bool | None = None
    secret: str | None = None

    def apply(self, tx: Transaction) -> Hook:
        room = self.required(tx)
        hook = required_hook(tx, self.hook, room.id)
        if self.secret is not None:
            tx.hooks.update(hook.id, secret=self.secret)
            self.note(tx, room, f"set the secret of {hook.name}")
        if self.enabled is not None and self.enabled != hook.enabled:
            tx.hooks.update(hook.id, enabled=int(self.enabled))
            if self.enabled:
                tx.hooks.remove_retries(hook.id)
                tx.hooks.update(hook.id, place=room.last_seq, error="", failed_at=None, failing_since=None)
            self.note(tx, room, f"switched {hook.name} {'on' if self.enabled else 'off'}")
        return required_hook(tx, hook.id, room.id)


@dataclass
class PostByHook(Change):
    """Say something in the room of a hook: texts, each with the name that it is shown under. `delivery`: the id
    that its sender gave it, or empty. Returns the events; none if it was delivered already. Raises NO_SUCH_HOOK,
    NO_SUCH_ROOM, CANNOT_POST."""

    hook: int
    room: int
    texts: Sequence[tuple[str, str]]
    delivery: str = ""

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> Sequence[RoomEvent]:
        room, hook = tx.rooms.by_id(self.room), tx.hooks.by_id(self.hook)
        if room is None or hook is None or hook.room_id != self.room:
            raise ChatError(Code.NO_SUCH_HOOK, "there is no such webhook")
        why = permissions.hook_refusal(hook, tx.now)
        if why:
            raise ChatError(Code.CANNOT_POST, why, room.name)
        actors = [hook_actor(hook.id, name) for name, _ in self.texts]
        if not all(permissions.hook_may_post(room, actor) for actor in (hook.actor, *actors)):
            raise ChatError(Code.CANNOT_POST, "this webhook is banned or muted in its room", room.name)
        if self.delivery and not tx.hooks.note_delivery(hook.id, self.delivery, tx.now - KEPT_DELIVERIES):
            return []
        if hook.direction == "in" and (hook.error or hook.used_at is None or tx.now - hook.used_at > _NOTED):
            tx.hooks.update(hook.id, used_at=tx.now, error="")
        return [
            tx.record(MessagePosted, room.id, actor, text)
            for actor, (_, text) in zip(actors, self.texts, strict=True)
        ]


@dataclass
class NoteHookError(Change):
    """Note why an incoming hook could not take something, for those who list it: once in a minute if it is the
    same."""

    hook: int
    error: str
    deferrable = True

    def apply(self, tx: Transaction) -> None:
        hook, error = tx.hooks.by_id(self.hook), self.error[:MAX_ERROR]
        if hook is None or (hook.error == error and hook.failed_at and tx.now - hook.failed_at < _NOTED):
            return
        tx.hooks.update(hook.id, error=error, failed_at=tx.now)


@dataclass
class NoteSent(Change):
    """Note what an outgoing hook has done, so that it goes on there after a restart. Returns whether it still is
    on."""

    hook: int
    sent: Sent

    def apply(self, tx: Transaction) -> bool:
        hook, sent = tx.hooks.by_id(self.hook), self.sent
        if hook is None or not hook.enabled:
            return False
        if sent.delivered:
            tx.hooks.remove_retries(hook.id, sent.delivered)
        tx.hooks.put_retries(sent.retries)
        values: dict[str, object] = {"place": max(hook.place, sent.place)}
        if sent.worked:
            values |= {"used_at": tx.now}
        if sent.worked and not sent.error:
            values |= {"error": "", "failing_since": None}
        if sent.error:
            values |= {"error": sent.error[:MAX_ERROR], "failed_at": tx.now}
            values["failing_since"] = tx.now if sent.worked else hook.failing_since or tx.now
        if sent.off:
            values["enabled"] = 0
            tx.hooks.remove_retries(hook.id)
            text = f"The webhook {hook.name} was switched off: {sent.error}. HOOK SET switches it on again."
            tx.record(NoticePosted, hook.room_id, hook.actor, text, audience="@")
        tx.hooks.update(hook.id, **values)
        return not sent.off


def required_hook(tx: Transaction, hook_id: int, room_id: int) -> Hook:
    """The hook with this id. Raises NO_SUCH_HOOK if it is none of the room's."""
    hook = tx.hooks.by_id(hook_id)
    if hook is None or hook.room_id != room_id:
        raise ChatError(Code.NO_SUCH_HOOK, "this room has no such webhook", str(hook_id))
    return hook


def host_of(url: str) -> str:
    """The host of a URL, for logs: what follows it may be a secret."""
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]
