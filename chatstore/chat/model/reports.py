"""Reports: messages that somebody has reported to the administrators."""

from __future__ import annotations

from dataclasses import dataclass

MOST_OPEN = 20
"""The most open reports of one account."""


@dataclass(frozen=True)
class Report:
    """A report as it is stored, with what is known of the message. Times are ms since 1970 UTC. `reporter` is
    the name of an account. `room` is empty for a direct conversation. `author` is the name of an account, or
    a guest's nick. `text` is None if the message was erased since. `closed_at` is None while it is open."""

    id: int
    room_id: int
    seq: int
    reporter: str
    reason: str
    reported_at: int
    closed_at: int | None
    closed_by: str
    decision: str
    room: str
    author: str
    text: str | None
    sent_at: int
