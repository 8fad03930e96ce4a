"""The outcome of one measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """`figures` by name, in the scenario's units. `problems` say why they don't count; `limits`, why rates and
    latencies don't, although processor time does."""

    figures: Mapping[str, float]
    problems: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    def valid(self, figure: str) -> bool:
        """Whether this figure counts."""
        return not self.problems and (is_cpu(figure) or not self.limits)


def is_cpu(figure: str) -> bool:
    """Whether the figure is a processor time, which does not depend on what else had to wait."""
    return "cpu" in figure


def percentile(ascending: Sequence[float], part: float) -> float:
    """The smallest value that `part` of the values don't exceed; 0 if there are none."""
    return ascending[min(len(ascending) - 1, int(part * len(ascending)))] if ascending else 0.0
