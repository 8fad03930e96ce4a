"""Retention: erases what rooms no longer keep, a little at a time, so that no message waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from chatstore.chat.model.events import RoomPruned
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules.retention import DAY, FOREVER, Kept, TrustedTime, judge

log = logging.getLogger(__name__)

MAX_AT_ONCE = 500
"""The most events to erase in one transaction."""


class Pruned(NamedTuple):
    """The result of a pass. `ahead` is how far a doubted clock is ahead of the trusted time, in ms. `more`
    says that there is more to erase."""

    events: int
    rooms: int
    more: bool
    ahead: int | None


@dataclass
class PruneHistory(Change):
    """One pass of retention. See `retention.judge` for `passed` and `doubting`. `kept`: what the server lets be
    kept. Returns Pruned."""

    most: int = MAX_AT_ONCE
    passed: int | None = None
    doubting: int | None = None
    kept: Kept = FOREVER
    _named: Collection[int] | None = field(default=None, init=False)
    """The rooms that it has said it will touch; the others wait for the next pass. None means all."""

    def touches(self, tx: Transaction) -> Touched:
        self._named = tx.retention.due(self.most, self._trusted(tx).at, self.kept)
        return Touched(rooms=self._named)

    def _trusted(self, tx: Transaction) -> TrustedTime:
        return judge(tx.retention.time(), tx.now, self.passed, self.doubting)

    def apply(self, tx: Transaction) -> Pruned:
        trusted = self._trusted(tx)
        tx.retention.put_time(trusted)
        moved, events, more = tx.retention.prune(self.most, trusted.at, self._named, self.kept)
        for days, members in ((self.kept.audit, False), (self.kept.room_audit, True)):
            if days and tx.audit.forget(trusted.at - days * DAY, self.most, members=members) == self.most:
                more = True
        for room_id, first_seq in moved.items():
            tx.announce(RoomPruned(room_id, first_seq))
        ahead = None if trusted.doubted_since is None else tx.now - trusted.at
        return Pruned(events, len(moved), more, ahead)


class Retention:
    """The passes of one run of the server. `steady` returns the seconds of a clock that nobody can set."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._last: float | None = None
        self._doubted_at: float | None = None
        self._events = self._rooms = 0

    def next_pass(self, kept: Kept = FOREVER) -> PruneHistory:
        now = self._steady()
        last, self._last = self._last, now
        return PruneHistory(
            passed=None if last is None else int((now - last) * 1000),
            doubting=None if self._doubted_at is None else int((now - self._doubted_at) * 1000),
            kept=kept,
        )

    def done(self, pruned: Pruned) -> bool:
        """Note and log what a pass did. Returns whether there is more to erase now."""
        if pruned.ahead is None:
            if self._doubted_at is not None:
                log.info("retention trusts the clock again", {"event": "retention-resumed"})
            self._doubted_at = None
        elif self._doubted_at is None:
            self._doubted_at = self._last
            log.warning(
                "retention waits: the clock is %(days).1f days ahead of its last pass. Check the clock. If"
                " the difference stays, retention accepts the new time after one day",
                {"event": "retention-waits", "days": pruned.ahead / DAY},
            )
        self._events += pruned.events
        self._rooms = max(self._rooms, pruned.rooms)
        if not pruned.more and self._events:
            log.info(
                "retention erased %(events)d events of %(rooms)d rooms",
                {"event": "retention-erased", "events": self._events, "rooms": self._rooms},
            )
            self._events = self._rooms = 0
        return pruned.more
