"""Results as a table and as JSON."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from tabulate import tabulate

from benchmarks.run import Outcome
from benchmarks.scenarios import SCENARIOS, Scenario

Results = Mapping[str, Mapping[str, Sequence[Outcome]]]
"""By scenario's letter, then by server: an outcome for each round."""


def table(results: Results, reference: str = "chatstore") -> str:
    """A row for each scenario and server: the median of the rounds, how far they lie apart (largest by smallest),
    and how the reference compares."""
    rows = []
    for letter, by_server in results.items():
        scenario = SCENARIOS[letter]
        own = _median(scenario, by_server[reference]) if reference in by_server else None
        for name, outcomes in by_server.items():
            values = [getattr(outcome, scenario.figure) for outcome in outcomes]
            median = statistics.median(values)
            rows.append(
                (
                    letter,
                    name,
                    f"{median:,.0f}" if median > 100 else f"{median:.1f}",
                    scenario.unit,
                    f"{max(values) / max(min(values), 1e-9):.2f}",
                    _against(scenario, own, median) if name != reference and own is not None else "",
                    f"{statistics.median(outcome.p99 for outcome in outcomes):.1f}",
                    sum(outcome.lost + outcome.duplicated + outcome.out_of_order for outcome in outcomes),
                    f"{sum(outcome.server_cpu for outcome in outcomes):.1f}",
                    f"{sum(outcome.generator_cpu for outcome in outcomes):.1f}",
                    "" if all(outcome.valid for outcome in outcomes) else "no: " + _why(outcomes),
                )
            )
    heads = ("", "server", "median", "", "spread", f"{reference} is", "p99 ms", "wrong", "CPU s", "load's", "valid")
    return tabulate(rows, heads, tablefmt="github", disable_numparse=True)


def machine() -> str:
    """What the figures were measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    system = f"{platform.system()} {platform.release()}"
    return f"{os.cpu_count()} cores of {model}, {system}, Python {platform.python_version()}"


def _median(scenario: Scenario, outcomes: Sequence[Outcome]) -> float:
    return statistics.median(getattr(outcome, scenario.figure) for outcome in outcomes)


def _against(scenario: Scenario, own: float, other: float) -> str:
    """`1.40 times`: above one is better for the reference, whichever way the figure counts."""
    if not own or not other:
        return ""
    return f"{own / other if scenario.more_is_better else other / own:.2f} times as good"


def _why(outcomes: Sequence[Outcome]) -> str:
    if any(outcome.lost or outcome.duplicated or outcome.out_of_order for outcome in outcomes):
        return "messages went wrong"
    return "the load cost more than the server"
