"""Whom accounts ignore, as the domain reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.peace import DirectFrom, Ignored, Peace


class PeaceReader(Protocol):
    def of(self, account_id: int) -> Peace: ...
    def all(self) -> Mapping[int, Peace]:
        """What accounts have set, by account; those that never set anything are left out."""

    def ignored(self, account_id: int) -> Sequence[Ignored]:
        """Whom an account ignores, the oldest first."""


class PeaceSettings(PeaceReader, Protocol):
    def add(self, account_id: int, person: Actor) -> None: ...
    def remove(self, account_id: int, person: int | str) -> None: ...
    def set_direct(self, account_id: int, direct: DirectFrom) -> None: ...
    def forget(self, account_id: int) -> None:
        """Remove what an account has set, and it from the lists of others."""
