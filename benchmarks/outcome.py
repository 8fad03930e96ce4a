"""What one measurement came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """`figures` by name, in the unit that the scenario says; `problems`: why they don't count."""

    figures: Mapping[str, float]
    problems: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.problems


def percentile(ascending: Sequence[float], part: float) -> float:
    """The smallest value that `part` of them don't exceed; 0 without values."""
    return ascending[min(len(ascending) - 1, int(part * len(ascending)))] if ascending else 0.0
