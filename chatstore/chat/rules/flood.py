"""Flood control: how fast a connection, and all connections of an account together, may be heard.

There are two kinds of lines, and each kind has a budget of its own. A *question* reads (MODE #room, WHO,
CHATHISTORY and so on); any other line does something. A client that comes back to a hundred rooms asks hundreds of
questions at once, and its first message must not wait until it has slowly paid for them. So questions are bounded
by work instead: the processor time that an answer takes counts too.

Of each kind everybody may send a burst at once and then so many lines a second; an account, over all of its
connections, twice as many. Who is over it waits, and nothing that was said is lost. Only the delay is measured
here: the protocol leaves the lines where they are, and the sender's own socket fills.

A bucket is one number, the time when it is full again (GCRA, "the leaky bucket as a meter"): no table and no lock
for a line, since one I/O thread hears all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.names import person_name
from chatstore.chat.rules.policy import Limits
from chatstore.chat.rules.rate_limits import TokenBuckets

_AN_ACCOUNT = 2
"""Times what a connection may: people have a telephone and a desk."""
_MAX_WAIT = 1.0
"""Seconds until it is asked again: a connection that is closed meanwhile is let go soon."""
_ROUNDING = 1e-6
"""Seconds that adding and subtracting may be off by."""
_A_JOIN = 60.0
"""Seconds after which somebody who has come into a room too often may do so once more."""
_KEPT = 10_000
"""Buckets of accounts above which the full ones are forgotten."""
_SHARE = 0.1
"""Of one processor's time: what the questions of one connection may take for good."""


class Bucket:
    """`full_at`: when it is full again, in seconds of the flood's clock."""

    __slots__ = ("full_at",)

    def __init__(self) -> None:
        self.full_at = 0.0


class Budget:
    """How much of one kind may be heard; the buckets of the accounts, which all of their connections share."""

    def __init__(self, per_second: float, at_once: int, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._accounts: dict[int, Bucket] = {}
        self.apply(per_second, at_once)

    def apply(self, per_second: float, at_once: int) -> None:
        self.seconds = 1 / per_second if per_second else 0.0
        """Between two lines, once the burst is used up; 0: nobody is slowed."""
        self.depth = (at_once - 1) * self.seconds

    def bucket(self, account: Account) -> Bucket:
        """The one that all connections of the account share."""
        found = self._accounts.get(account.id)
        if found is None:
            if len(self._accounts) >= _KEPT:
                now = self._clock()
                self._accounts = {key: kept for key, kept in self._accounts.items() if kept.full_at > now}
            found = self._accounts[account.id] = Bucket()
        return found


class Flood:
    """The measure that all connections of a server share. `clock`: seconds that never go back."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.lines = Budget(limits.lines_per_second, limits.lines_at_once, self._now)
        self.questions = Budget(limits.questions_per_second, limits.questions_at_once, self._now)
        self._made = self._joined = -1
        self.apply_limits(limits)

    def apply_limits(self, limits: Limits) -> None:
        """These count from now on."""
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
        self.lines.seconds = self.questions.seconds = 0.0

    def spares(self, account: Account) -> bool:
        """Whether an account is never slowed: administrators, and the bots that the configuration names."""
        return account.admin or account.folded in self._unlimited

    def _now(self) -> float:
        return self.clock()


class Pace:
    """One connection's. wait() before a line, take() when it is heard, worked() when a question was answered."""

    __slots__ = ("_flood", "_lines", "_owed", "_questions")

    def __init__(self, flood: Flood) -> None:
        self._flood = flood
        self._lines = Bucket()
        self._questions = Bucket()
        self._owed = 0.0

    def wait(self, account: Account | None, *, question: bool = False) -> float:
        """Seconds until this may be asked again; 0: the next line may be heard now."""
        flood = self._flood
        if self._owed:
            owed, self._owed = self._owed, 0.0
            self.take(account, owed, question=True)
        budget, own = (flood.questions, self._questions) if question else (flood.lines, self._lines)
        if not budget.seconds or (account is not None and flood.spares(account)):
            return 0.0
        now = flood.clock()
        behind = own.full_at - budget.depth
        if account is not None:
            # An account has twice the burst, and its bucket fills twice as fast: take() puts half a line in.
            behind = max(behind, budget.bucket(account).full_at - budget.depth)
        return min(behind - now, _MAX_WAIT) if behind - now > _ROUNDING else 0.0

    def owe(self, cost: float) -> None:
        """The question that was heard last counts as so many more, which is known only now that it is answered. For
        the worker that answers: meanwhile nothing else is heard of this connection."""
        self._owed += cost

    def take(self, account: Account | None, cost: float = 1.0, *, question: bool = False) -> None:
        """A line was heard that counts as so many."""
        flood = self._flood
        budget, own = (flood.questions, self._questions) if question else (flood.lines, self._lines)
        if not budget.seconds or not cost:
            return
        now = flood.clock()
        own.full_at = max(own.full_at, now) + cost * budget.seconds
        if account is not None:
            shared = budget.bucket(account)
            shared.full_at = max(shared.full_at, now) + cost * budget.seconds / _AN_ACCOUNT

    def worked(self, account: Account | None, seconds: float) -> None:
        """Answering questions took so much of a processor's time: what is above the share of the questions heard
        has to be waited for, whatever number of questions it was."""
        if self._flood.questions.seconds:
            self.take(account, seconds / _SHARE / self._flood.questions.seconds, question=True)
