"""What the writer counts: plain numbers, which its thread alone changes and any thread may read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_UNITS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)


class Histogram:
    """How many values were at most each of the `bounds`, and more than the last."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def cumulated(self) -> list[int]:
        """How many were at most each bound; the last is all of them."""
        return [*accumulate(self.counts)]


class WriterFigures:
    """Since the start. `messages` (what people said: also notices, reactions, redactions) and `events` were stored
    here; `refused` batches were not. `commits`: the seconds of each COMMIT; `batches`: the units of each batch."""

    __slots__ = ("batches", "commits", "events", "messages", "refused")

    def __init__(self) -> None:
        self.messages = self.events = self.refused = 0
        self.commits = Histogram(_SECONDS)
        self.batches = Histogram(_UNITS)

    def stored(self, units: int, events: int, messages: int) -> None:
        """A batch was stored."""
        self.messages += messages
        self.events += events
        batches = self.batches
        batches.counts[0 if units == 1 else bisect_left(_UNITS, units)] += 1  # most are of one
        batches.total += units
