"""The time that retention measures age from.

**One wrong reading of the clock must not erase everything.** So the database remembers the time that the last
pass used. A pass *doubts* the clock if it is further ahead than can have passed since then. It goes on from
the remembered time, and trusts the clock after one day of agreement. Within one run of the server, a steady
clock says how much time has passed. How long a server was stopped is not known, so a start allows for a long
weekend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

_HOUR = 60 * 60 * 1000
DAY = 24 * _HOUR
"""One day in milliseconds, like all times here."""
ALLOWED_RUNNING, ALLOWED_AT_START = _HOUR, 4 * DAY
"""How far ahead of the expected time a clock may be without being doubted: while the server runs, and at its
start."""


@dataclass(frozen=True)
class Kept:
    """For how many days the server lets messages be kept; 0: forever. `everything`: in any conversation, whatever
    its own setting is. `direct`: in direct conversations, which have no setting of their own.
    `audit`: entries of the audit log; `room_audit`: those of what people who are no administrators did in
    rooms."""

    everything: int = 0
    direct: int = 0
    audit: int = 0
    room_audit: int = 0

    def days(self, own: int, *, direct: bool) -> int:
        """Of a room whose own setting is `own`, or of a direct conversation."""
        asked = [days for days in (self.direct if direct else own, self.everything) if days]
        return min(asked, default=0)


FOREVER = Kept()


class TrustedTime(NamedTuple):
    """`at` is the time that the last pass used. `doubted_since` is what a doubted clock showed when the doubt
    began."""

    at: int
    doubted_since: int | None = None


def judge(known: TrustedTime | None, now: int, passed: int | None, doubting: int | None) -> TrustedTime:
    """The time to measure from when the clock says `now`.

    `known` is the result of the last pass, in this run or an earlier one. `passed` is the time since this
    run's last pass by a steady clock; None for its first pass. `doubting` is how long this run has doubted
    the clock, by the same steady clock.
    """
    if known is None:
        return TrustedTime(now)
    expected = known.at + (passed or 0)
    allowed = ALLOWED_AT_START if passed is None else ALLOWED_RUNNING
    if now <= expected + allowed or _has_stood(known.doubted_since, now, passed, doubting):
        return TrustedTime(now)
    return TrustedTime(expected, now if known.doubted_since is None else min(known.doubted_since, now))


def _has_stood(doubted_since: int | None, now: int, passed: int | None, doubting: int | None) -> bool:
    """Whether a doubted clock has agreed with itself for a day: in this run, or, at a start, since an earlier
    run."""
    if passed is not None:
        return doubting is not None and doubting >= DAY
    return doubted_since is not None and now >= doubted_since + DAY
