"""What a message and a JOIN cost, as ratios that are kept in a file and compared with later ones.

A ratio is the server's processor time for one message or JOIN, divided by that of a fixed loop in Python
(`checking.py`), so a faster machine changes it little. A compiled build and other releases of Python have ratios of
their own:

{"pure": {"3.11": {"A": 0.0123, ...}}, "compiled": {...}}
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from tabulate import tabulate

RATIOS = Path(__file__).with_suffix(".json")
WORSE = 1.15
"""How many times as much as before is too much."""

Ratios = Mapping[str, float]
"""By the scenario's letter."""
Kept = Mapping[str, Mapping[str, Ratios]]
"""By build, then by Python's release."""


def ratio(spent: float, calibrations: Sequence[float]) -> float:
    """Seconds for one message, beside the loop's, which ran before and after."""
    return spent * len(calibrations) / sum(calibrations)


def middle(rounds: Sequence[Ratios]) -> dict[str, float]:
    """The median of each ratio over all rounds, to four digits."""
    return {letter: float(f"{median(each[letter] for each in rounds):.4g}") for letter in rounds[0]}


def verdict(measured: Ratios, known: Ratios) -> list[str]:
    """What is wrong; empty if nothing is."""
    if not known:
        return ["there are no ratios of this build and this Python yet: keep these with --write"]
    return [
        *(f"{letter} costs {value:.2f} times as much as before" for letter, value in _too_much(measured, known)),
        *(f"{letter} was not measured" for letter in known if letter not in measured),
    ]


def table(measured: Ratios, known: Ratios) -> str:
    """A row for each ratio: what it was, what it is, and what that means."""
    too_much = {letter for letter, _ in _too_much(measured, known)}
    rows = [
        (
            letter,
            f"{known[letter]:.4g}" if letter in known else "",
            f"{value:.4g}",
            f"{value / known[letter]:.2f}" if letter in known else "",
            "not kept yet" if letter not in known else "WORSE" if letter in too_much else "as before or better",
        )
        for letter, value in measured.items()
    ]
    return tabulate(rows, ("", "kept", "measured", "times", ""), tablefmt="github", disable_numparse=True)


def read(file: Path) -> Kept:
    """What the file has; nothing if there is no file."""
    kept: Kept = json.loads(file.read_text()) if file.exists() else {}
    return kept


def with_ratios(kept: Kept, build: str, python: str, measured: Ratios) -> str:
    """The file's text with these ratios beside those of other builds and other Pythons."""
    changed = {**kept, build: {**kept.get(build, {}), python: dict(measured)}}
    return json.dumps(changed, indent=1, sort_keys=True) + "\n"


def _too_much(measured: Ratios, known: Ratios) -> Iterator[tuple[str, float]]:
    for letter, value in measured.items():
        if letter in known and value > WORSE * known[letter]:
            yield letter, value / known[letter]
