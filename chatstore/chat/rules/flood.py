"""Flood control: how fast the server hears one connection, and all connections of an account together.

There are two kinds of lines, and each kind has its own budget. A *question* only reads (MODE #room, WHO,
CHATHISTORY and so on); any other line does something. A client that comes back to a hundred rooms asks
hundreds of questions at once, and its first message must not wait until it has slowly paid for them. So work
bounds questions instead: the processor time of an answer counts, too.

For each kind, everybody may send a burst at once, and then so many lines a second. An account may send twice
as many over all of its connections. A sender who exceeds the limit waits, and no line is lost. This module
only measures the delay: the protocol leaves the lines where they are, and the sender's own socket fills.

A bucket is one number, the time when it is full again (GCRA, "the leaky bucket as a meter"). A line needs no
table. The lock is for the buckets of accounts, which an I/O thread and the pool of HTTP requests share.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.names import person_name
from chatstore.chat.rules.policy import Limits
from chatstore.chat.rules.rate_limits import TokenBuckets

_AN_ACCOUNT = 2
"""An account gets this many times the budget of a connection, because people have a telephone and a desk."""
_MAX_WAIT = 1.0
"""The longest wait, in seconds, before the protocol asks again. It is short, so that a connection that closes
meanwhile is let go soon."""
_ROUNDING = 1e-6
"""Seconds of error that adding and subtracting may cause."""
_A_JOIN = 60.0
"""Seconds after which a person who has joined a room too often may join it once more."""
_KEPT = 10_000
"""When there are more account buckets than this, the full ones are forgotten."""
_SHARE = 0.1
"""The share of one processor's time that the questions of one connection may take in the long run."""


class Bucket:
    """`full_at`: when the bucket is full again, in seconds of the flood's clock."""

    __slots__ = ("full_at",)

    def __init__(self) -> None:
        self.full_at = 0.0


class Budget:
    """The rate for one kind of line, and the buckets that all connections of an account share."""

    def __init__(self, per_second: float, at_once: int, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._accounts: dict[int, Bucket] = {}
        self._lock = threading.Lock()
        self.apply(per_second, at_once)

    def apply(self, per_second: float, at_once: int) -> None:
        self.seconds = 1 / per_second if per_second else 0.0
        """Seconds between two lines after the burst; 0 means no limit."""
        self.depth = (at_once - 1) * self.seconds

    def bucket(self, account: Account) -> Bucket:
        """The bucket that all connections of the account share."""
        found = self._accounts.get(account.id)
        if found is None:
            with self._lock:
                if len(self._accounts) >= _KEPT:
                    now = self._clock()
                    self._accounts = {key: kept for key, kept in self._accounts.items() if kept.full_at > now}
                found = self._accounts.setdefault(account.id, Bucket())
        return found

    def charge(self, account: Account, cost: float, now: float) -> None:
        """Count `cost` lines of the account at `now`."""
        shared = self.bucket(account)
        with self._lock:
            shared.full_at = max(shared.full_at, now) + cost * self.seconds / _AN_ACCOUNT


class Flood:
    """The limits that all connections of a server share. `clock` returns seconds and never goes back."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.lines = Budget(limits.lines_per_second, limits.lines_at_once, self._now)
        self.questions = Budget(limits.questions_per_second, limits.questions_at_once, self._now)
        self._made = self._joined = -1
        self.apply_limits(limits)

    def apply_limits(self, limits: Limits) -> None:
        """Use these limits from now on."""
        self.lines.apply(limits.lines_per_second, limits.lines_at_once)
        self.questions.apply(limits.questions_per_second, limits.questions_at_once)
        self._unlimited = {person_name(name).folded for name in limits.unlimited}
        if limits.rooms_made_per_hour != self._made:
            self._made = limits.rooms_made_per_hour
            self._rooms = TokenBuckets(self._made, 3600 / self._made, self._now) if self._made else None
        if limits.joins_at_once != self._joined:
            self._joined = limits.joins_at_once
            self._joins = TokenBuckets(self._joined, _A_JOIN, self._now) if self._joined else None

    def makes_room(self, who: int | str) -> bool:
        """Whether an account, or a guest's address, may make another room this hour. The call counts."""
        if self._rooms is None:
            return True
        if self._rooms.wait(who) > 0:
            return False
        self._rooms.take(who)
        return True

    def joins(self, who: int | str, room: str) -> bool:
        """Whether an account or guest may join this room again by now. The call counts. Each join and part
        adds two rows to the room's history for ever, and two lines to everybody there."""
        if self._joins is None:
            return True
        if self._joins.wait((who, room)) > 0:
            return False
        self._joins.take((who, room))
        return True

    def lift(self) -> None:
        """Remove all limits. The server is stopping, and the lines that it has read should still be heard."""
        self.lines.seconds = self.questions.seconds = 0.0

    def spares(self, account: Account) -> bool:
        """Whether an account has no limit: administrators, and the bots that the configuration names."""
        return account.admin or account.folded in self._unlimited

    def _now(self) -> float:
        return self.clock()


class Pace:
    """The pace of one connection. Call hear() before a line, worked() after a question is answered."""

    __slots__ = ("_flood", "_lines", "_owed", "_questions")

    def __init__(self, flood: Flood) -> None:
        self._flood = flood
        self._lines = self._questions = 0.0
        """When its own buckets are full again; see Bucket."""
        self._owed = 0.0

    def hear(self, account: Account | None, cost: float = 1.0, *, question: bool = False) -> float:
        """Count a line as `cost` lines if it may be heard now, and return 0. Otherwise return the seconds until it
        may be heard."""
        flood = self._flood
        if self._owed:
            owed, self._owed = self._owed, 0.0
            self.take(account, owed, question=True)
        budget, full_at = (flood.questions, self._questions) if question else (flood.lines, self._lines)
        if not budget.seconds:
            return 0.0
        if account is None or not flood.spares(account):
            behind = full_at - budget.depth
            if account is not None:
                # An account has twice the burst, and its bucket fills twice as fast: take() puts half a line in.
                behind = max(behind, budget.bucket(account).full_at - budget.depth)
            wait = behind - flood.clock()
            if wait > _ROUNDING:
                return min(wait, _MAX_WAIT)
        self.take(account, cost, question=question)
        return 0.0

    def owe(self, cost: float) -> None:
        """Count so many more lines for the last question; the cost is known only after the answer. The
        answering worker calls this: nothing else of this connection is heard meanwhile."""
        self._owed += cost

    def take(self, account: Account | None, cost: float = 1.0, *, question: bool = False) -> None:
        """Count a line that was just heard as `cost` lines."""
        flood = self._flood
        budget = flood.questions if question else flood.lines
        if not budget.seconds or not cost:
            return
        now = flood.clock()
        if question:
            self._questions = max(self._questions, now) + cost * budget.seconds
        else:
            self._lines = max(self._lines, now) + cost * budget.seconds
        if account is not None:
            budget.charge(account, cost, now)

    def worked(self, account: Account | None, seconds: float) -> None:
        """Count the processor seconds that answering took. The connection has to wait for time beyond the
        share that its questions may take, whatever their number."""
        if self._flood.questions.seconds:
            self.take(account, seconds / _SHARE / self._flood.questions.seconds, question=True)
