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
ROOMS_AT_ONCE = 2_000
"""The most rooms to look at in one transaction of the server's."""


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
    behind: int | None = None
    """Look only at ROOMS_AT_ONCE rooms, with ids behind this one; None: at all. `then` is where the next pass goes
    on; 0: at the first room again."""
    then: int = field(default=0, init=False)
    _named: Collection[int] | None = field(default=None, init=False)
    """The rooms that it has said it will touch; the others wait for the next pass. None means all."""

    def touches(self, tx: Transaction) -> Touched:
        self._named = tx.retention.due(self.most, self._trusted(tx).at, self.kept, self._span)
        return Touched(rooms=self._named)

    @property
    def _span(self) -> tuple[int, int] | None:
        return (self.behind, self.behind + ROOMS_AT_ONCE) if self.behind is not None else None

    def _trusted(self, tx: Transaction) -> TrustedTime:
        return judge(tx.retention.time(), tx.now, self.passed, self.doubting)

    def apply(self, tx: Transaction) -> Pruned:
        trusted = self._trusted(tx)
        tx.retention.put_time(trusted)
        moved, events, more = tx.retention.prune(self.most, trusted.at, self._named, self.kept, self._span)
        if self.behind is not None:
            end = self.behind + ROOMS_AT_ONCE
            self.then = self.behind if more else end if end < tx.retention.last_room() else 0
            more = more or self.then > 0
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
        self._events = self._rooms = self._rooms_here = 0
        self._pass = PruneHistory(behind=0)

    def next_pass(self, kept: Kept = FOREVER) -> PruneHistory:
        now = self._steady()
        last, self._last = self._last, now
        self._pass = PruneHistory(
            behind=self._pass.then,
            passed=None if last is None else int((now - last) * 1000),
            doubting=None if self._doubted_at is None else int((now - self._doubted_at) * 1000),
            kept=kept,
        )
        return self._pass

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
        self._rooms_here = max(self._rooms_here, pruned.rooms)
        if not pruned.more or self._pass.then != self._pass.behind:
            self._rooms, self._rooms_here = self._rooms + self._rooms_here, 0
        if not pruned.more and self._events:
            log.info(
                "retention erased %(events)d events of %(rooms)d rooms",
                {"event": "retention-erased", "events": self._events, "rooms": self._rooms},
            )
            self._events = self._rooms = 0
        return pruned.more
