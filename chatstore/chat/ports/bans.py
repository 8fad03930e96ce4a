"""Server-wide bans in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chatstore.chat.model.events import ServerBansAre
from chatstore.chat.model.server_bans import ServerBan


class ServerBansReader(Protocol):
    def all(self) -> Sequence[ServerBan]:
        """All bans, also those that have ended, the oldest first."""

    def state(self) -> ServerBansAre:
        """All bans, with their version."""


class ServerBans(ServerBansReader, Protocol):
    def put(self, mask: str, reason: str, set_by: str, until: int | None) -> ServerBan:
        """Add a ban. It replaces that of the same mask."""

    def remove(self, ban_id: int) -> None: ...
    def remove_ended(self) -> None:
        """Remove the bans that have ended."""
