"""By which time retention erases.

**One wrong reading of the clock must not erase everything.** So the database remembers the time that the last pass
erased by. A pass that finds the clock further ahead of it than can have passed since then *doubts* the clock: it
goes on by the remembered time, and trusts the clock once it has stood there for a day. Within one run of the server
a steady clock says how much time has passed. How long a server was stopped is not known, so a start allows for a
long weekend.
"""

from __future__ import annotations

from typing import NamedTuple

_HOUR = 60 * 60 * 1000
DAY = 24 * _HOUR
"""Milliseconds, as all times here."""
ALLOWED_RUNNING, ALLOWED_AT_START = _HOUR, 4 * DAY
"""How far ahead of what is expected a clock may be without being doubted: of a running server, and at its start."""


class TrustedTime(NamedTuple):
    """`at`: the time that the last pass erased by. `doubted_since`: what a doubted clock said when it was first
    doubted."""

    at: int
    doubted_since: int | None = None


def judge(known: TrustedTime | None, now: int, passed: int | None, doubting: int | None) -> TrustedTime:
    """The time to erase by when the clock says `now`.

    `known`: what the last pass made of it, of this run or an earlier one. `passed`: how much time has passed since
    this run's last pass, by a steady clock; None for its first. `doubting`: for how long, by the same clock, this
    run has doubted what the clock says."""
    if known is None:
        return TrustedTime(now)
    expected = known.at + (passed or 0)
    allowed = ALLOWED_AT_START if passed is None else ALLOWED_RUNNING
    if now <= expected + allowed or _has_stood(known.doubted_since, now, passed, doubting):
        return TrustedTime(now)
    return TrustedTime(expected, now if known.doubted_since is None else min(known.doubted_since, now))


def _has_stood(doubted_since: int | None, now: int, passed: int | None, doubting: int | None) -> bool:
    """Whether a doubted clock has stood for a day: in this run, or, at a start, since an earlier run."""
    if passed is not None:
        return doubting is not None and doubting >= DAY
    return doubted_since is not None and now >= doubted_since + DAY
