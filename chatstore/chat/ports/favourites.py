"""The favourite conversations of accounts, as the domain reads and writes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol


class FavouritesReader(Protocol):
    def of(self, account_id: int) -> Collection[int]:
        """The ids of the rooms that are favourites of an account."""

    def named(self, account_id: int) -> Sequence[str]:
        """The same, each as `#name`, or the nick of the other person."""


class Favourites(FavouritesReader, Protocol):
    def put(self, account_id: int, room_id: int, *, favourite: bool) -> None: ...
    def forget(self, account_id: int) -> int:
        """Remove all of an account. Returns how many that were."""
