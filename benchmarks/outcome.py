"""The outcome of one measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """`figures` by name, in the scenario's units; `problems` say why they don't count."""

    figures: Mapping[str, float]
    problems: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.problems


def percentile(ascending: Sequence[float], part: float) -> float:
    """The smallest value that `part` of the values don't exceed; 0 if there are none."""
    return ascending[min(len(ascending) - 1, int(part * len(ascending)))] if ascending else 0.0
