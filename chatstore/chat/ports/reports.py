"""Reports in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chatstore.chat.model.reports import Report


class ReportsReader(Protocol):
    def open(self, after: int = 0, limit: int | None = None) -> Sequence[Report]:
        """The open reports with larger ids, the oldest first."""

    def closed(self, before: int | None = None, limit: int | None = None) -> Sequence[Report]:
        """The closed reports with smaller ids, the latest first."""

    def by_id(self, report_id: int) -> Report | None: ...
    def count_open(self, account_id: int | None = None) -> int:
        """The number of open reports: of this account, or of all."""


class Reports(ReportsReader, Protocol):
    def put(self, room_id: int, seq: int, account_id: int, reason: str) -> int:
        """Add a report, or open the account's earlier one about the message again. Returns its id."""

    def close(self, room_id: int, seq: int, by: str, decision: str, only: int | None = None) -> None:
        """Close all open reports about a message, or one of them."""
