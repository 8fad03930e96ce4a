"""Push subscriptions, and what accounts want to be told of, as the domain reads and writes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from chatstore.chat.model.notifications import AccountNotifications, ConversationNotifications, Notifications
from chatstore.chat.model.push import PushKey, Subscriber, Subscription


class NotificationsReader(Protocol):
    def of(self, account_id: int) -> Notifications: ...
    def of_all(self, accounts: Collection[int]) -> Mapping[int, Notifications]:
        """Those of these accounts, by account."""

    def named(self, account_id: int) -> Sequence[tuple[str, ConversationNotifications]]:
        """The settings of conversations that are an account's own, each with its `#name`, or the nick of the
        other person."""


class NotificationSettings(NotificationsReader, Protocol):
    def put(self, account_id: int, settings: AccountNotifications) -> None: ...
    def put_for(self, account_id: int, room_id: int, settings: ConversationNotifications) -> None:
        """Set what counts in one conversation. What says nothing is no row."""

    def count(self, account_id: int) -> int:
        """For how many conversations the account has settings."""

    def forget(self, account_id: int) -> int:
        """Remove all of an account. Returns how many rows that were."""


class PushReader(Protocol):
    def key(self) -> PushKey | None: ...
    def any(self) -> bool:
        """Whether there is a subscription at all."""

    def of_account(self, account_id: int) -> Sequence[Subscription]:
        """The subscriptions of an account, the one that was registered last first."""

    def in_rooms(self, rooms: Collection[int]) -> Mapping[int, Collection[int]]:
        """For rooms with names, which of their members have subscriptions, by room."""

    def subscribed(self, accounts: Collection[int], now: int) -> Mapping[int, Subscriber]:
        """The subscriptions of these accounts, by account: of those that can log in at `now` (ms since 1970
        UTC), and whose password has not changed since."""


class Push(PushReader, Protocol):
    def put_key(self, key: PushKey) -> None: ...
    def put(
        self,
        account_id: int,
        endpoint: str,
        service: str,
        keys: tuple[str, str],
        switches: str,
        login: tuple[int | None, str, int],
        address: str,
    ) -> Subscription:
        """Register a subscription in place of any of the same endpoint. `login`: token, certificate,
        epoch."""

    def remove_endpoint(self, account_id: int, digest: str) -> bool: ...
    def remove(self, account_id: int, *, certificates: Collection[str] | None = None) -> int:
        """Remove the subscriptions of an account; only those that were registered with these certificates.
        Returns how many."""

    def remove_ids(self, ids: Collection[int]) -> None: ...
    def note_active(self, accounts: Collection[int]) -> None:
        """Note that accounts that have subscriptions are active now."""
