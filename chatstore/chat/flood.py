"""Flood control: how fast a connection, and all connections of an account together, may be heard.

Each may say a burst at once and then so many lines a second; an account twice of both. Who is over it waits, and
nothing that was said is lost. Only the delay is measured here: the door leaves the lines where they are, and the
sender's own socket fills.

A bucket is one number, the time when it is full again (GCRA, "the leaky bucket as a meter"): no table and no lock
for a line, since one I/O thread hears all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from chatstore.chat.accounts import Account
from chatstore.chat.limits import Limits, TokenBuckets
from chatstore.chat.names import person_name

_AN_ACCOUNT = 2
"""Times what a connection may: people have a telephone and a desk."""
_LONGEST = 1.0
"""Seconds until it is asked again: a connection that is closed meanwhile is let go soon."""
_ROUNDING = 1e-6
"""Seconds that adding and subtracting may be off by."""
_A_JOIN = 60.0
"""Seconds after which somebody who has come into a room too often may do so once more."""
_KEPT = 10_000
"""Buckets of accounts above which the full ones are forgotten."""


class Bucket:
    """`full_at`: when it is full again, in seconds of the flood's clock."""

    __slots__ = ("full_at",)

    def __init__(self) -> None:
        self.full_at = 0.0


class Flood:
    """The measure that all connections of a server share. `clock`: seconds that never go back."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._accounts: dict[int, Bucket] = {}
        self._made = self._joined = -1
        self.obey(limits)

    def obey(self, limits: Limits) -> None:
        """These count from now on."""
        self.seconds = 1 / limits.lines_per_second if limits.lines_per_second else 0.0
        """Between two lines, once the burst is used up; 0: nobody is slowed."""
        self.depth = (limits.lines_at_once - 1) * self.seconds
        self._unlimited = {person_name(name).folded for name in limits.unlimited}
        if limits.rooms_made_per_hour != self._made:
            self._made = limits.rooms_made_per_hour
            self._rooms = TokenBuckets(self._made, 3600 / self._made, self._now) if self._made else None
        if limits.joins_at_once != self._joined:
            self._joined = limits.joins_at_once
            self._joins = TokenBuckets(self._joined, _A_JOIN, self._now) if self._joined else None

    def makes_room(self, who: int | str) -> bool:
        """Whether an account (or the address of a guest) may make another room this hour; it is counted."""
        if self._rooms is None:
            return True
        if self._rooms.wait(who) > 0:
            return False
        self._rooms.take(who)
        return True

    def joins(self, who: int | str, room: str) -> bool:
        """Whether an account (or a guest) may come into a room again by now; it is counted. Coming and going is
        two rows of the room's history for ever, and two lines for everybody there."""
        if self._joins is None:
            return True
        if self._joins.wait((who, room)) > 0:
            return False
        self._joins.take((who, room))
        return True

    def lift(self) -> None:
        """Slow nobody any more: the server stops, and what was read is to be heard."""
        self.seconds = 0.0

    def bucket(self, account: Account) -> Bucket:
        """The one that all connections of the account share."""
        found = self._accounts.get(account.id)
        if found is None:
            if len(self._accounts) >= _KEPT:
                now = self.clock()
                self._accounts = {key: kept for key, kept in self._accounts.items() if kept.full_at > now}
            found = self._accounts[account.id] = Bucket()
        return found

    def _now(self) -> float:
        return self.clock()

    def spares(self, account: Account) -> bool:
        """Whether an account is never slowed: administrators, and the bots that the configuration names."""
        return account.admin or account.folded in self._unlimited


class Pace:
    """One connection's. wait() before a line, take() when it is heard."""

    __slots__ = ("_flood", "_owed", "_own")

    def __init__(self, flood: Flood) -> None:
        self._flood = flood
        self._owed = 0.0
        self._own = Bucket()

    def wait(self, account: Account | None) -> float:
        """Seconds until this may be asked again; 0: the next line may be heard now."""
        flood = self._flood
        if self._owed:
            owed, self._owed = self._owed, 0.0
            self.take(account, owed)
        if not flood.seconds or (account is not None and flood.spares(account)):
            return 0.0
        now = flood.clock()
        behind = self._own.full_at - flood.depth
        if account is not None:
            # An account has twice the burst, and its bucket fills twice as fast: take() puts half a line in.
            behind = max(behind, flood.bucket(account).full_at - flood.depth)
        return min(behind - now, _LONGEST) if behind - now > _ROUNDING else 0.0

    def owe(self, cost: float) -> None:
        """What was heard last counts as so many lines more, which is known only now that it is answered. For the
        worker that answers: meanwhile nothing else is heard of this connection."""
        self._owed += cost

    def take(self, account: Account | None, cost: float = 1.0) -> None:
        """A line was heard that counts as so many."""
        flood = self._flood
        if not flood.seconds or not cost:
            return
        now = flood.clock()
        self._own.full_at = max(self._own.full_at, now) + cost * flood.seconds
        if account is not None:
            shared = flood.bucket(account)
            shared.full_at = max(shared.full_at, now) + cost * flood.seconds / _AN_ACCOUNT
