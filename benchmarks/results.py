"""What a run came to: kept as JSON, from which the tables, the plots and the page are made.

{"machine": {...},
 "scenarios": {"A": {"chatstore": [{"figures": {...}, "problems": [...], "limits": [...]}, ...], ...}, ...},
 "growth": {"members": [{"x": 50, "who": "chatstore", ...}, ...], ...}}
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.outcome import Outcome

Results = Mapping[str, Mapping[str, Sequence[Outcome]]]
"""By the scenario's letter, then by contestant: an outcome for each round."""


def median(outcomes: Sequence[Outcome], figure: str) -> float | None:
    """The median of a figure; None if no round has it."""
    values = list(_values(outcomes, figure))
    return statistics.median(values) if values else None


def spread(outcomes: Sequence[Outcome], figure: str) -> float | None:
    """The largest value divided by the smallest: 1.00 if the rounds agree."""
    values = list(_values(outcomes, figure))
    return max(values) / max(min(values), 1e-9) if values else None


def to_json(results: Results) -> dict[str, Any]:
    return {
        letter: {name: [asdict(outcome) for outcome in outcomes] for name, outcomes in contestants.items()}
        for letter, contestants in results.items()
    }


def from_json(scenarios: Mapping[str, Any]) -> Results:
    return {
        letter: {
            name: [
                Outcome(each["figures"], tuple(each["problems"]), tuple(each.get("limits", ())))
                for each in outcomes
            ]
            for name, outcomes in contestants.items()
        }
        for letter, contestants in scenarios.items()
    }


def add_to(file: Path, **parts: Any) -> None:
    """Store these parts of a run in the file, beside its other parts."""
    kept = json.loads(file.read_text()) if file.exists() else {}
    for name, part in parts.items():
        kept[name] = {**kept.get(name, {}), **part}
    file.write_text(json.dumps(kept, indent=1) + "\n")


def _values(outcomes: Sequence[Outcome], figure: str) -> Iterator[float]:
    return (outcome.figures[figure] for outcome in outcomes if figure in outcome.figures)
