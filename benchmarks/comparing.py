"""Measures scenarios in turns: one round of every contestant, then the next round."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.outcome import Outcome
from benchmarks.results import Results
from benchmarks.scenarios import Scenario, Settings


def compare(
    scenarios: Sequence[Scenario], settings: Settings, rounds: int, say: Callable[[str], None] = lambda _: None
) -> Results:
    """Measure the scenarios. `say` is called with what is being measured."""
    results: dict[str, dict[str, list[Outcome]]] = {}
    for scenario in scenarios:
        contestants = scenario.contestants(settings)
        outcomes = results[scenario.letter] = {name: [] for name in contestants}
        for turn in range(rounds):
            for name, measure in contestants.items():
                say(f"{scenario.letter}, round {turn + 1} of {rounds}: {name}")
                with tempfile.TemporaryDirectory(prefix="chatstore-benchmark-") as folder:
                    outcomes[name].append(measure(Path(folder)))
    return results
