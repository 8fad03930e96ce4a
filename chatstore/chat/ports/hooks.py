"""Webhooks in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from chatstore.chat.model.hooks import Hook, NewHook, Retry


class HooksReader(Protocol):
    def by_digest(self, digest: str) -> Hook | None:
        """The incoming hook whose URL has a token with this SHA-256."""

    def by_id(self, hook_id: int) -> Hook | None: ...
    def of_room(self, room_id: int) -> Sequence[Hook]:
        """The hooks of a room, oldest first."""

    def everywhere(self, after: int, most: int) -> Sequence[Hook]:
        """The hooks of all rooms, oldest first: at most so many behind the one with this id."""

    def sending(self) -> Sequence[Hook]:
        """The outgoing hooks that are on."""

    def retries(self, hook_id: int) -> Sequence[Retry]:
        """The messages that a hook could not deliver yet, the next one first."""


class Hooks(HooksReader, Protocol):
    def add(
        self,
        room_id: int,
        wanted: NewHook,
        digest: str | None,
        account_id: int | None,
        place: int,
        *,
        token: int | None = None,
    ) -> Hook:
        """Add a hook that this account made, by this device token of it."""

    def update(self, hook_id: int, **values: Any) -> None:
        """Set columns of a hook."""

    def remove(self, hook_id: int) -> None: ...
    def stop_made_by_tokens(
        self, account_id: int, why: str, *, only: Collection[int] = (), but: int | None = None
    ) -> None:
        """Switch off, and say `why`, the hooks that the account made by one of these device tokens. If `only` is
        empty: by any token except `but`."""

    def renew_token(self, old: int, new: int) -> None:
        """Treat what was made by the old device token as made by the new one."""

    def note_delivery(self, hook_id: int, delivery: str, before: int) -> bool:
        """Remember that something was delivered to an incoming hook, and forget what was before that time. Returns
        False if it was delivered already."""

    def put_retries(self, retries: Sequence[Retry]) -> None: ...
    def remove_retries(self, hook_id: int, seqs: Collection[int] | None = None) -> None:
        """Forget what waits: these messages, or all."""
