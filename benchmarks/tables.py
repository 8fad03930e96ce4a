"""Results as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tabulate import tabulate

from benchmarks.outcome import Outcome
from benchmarks.results import Results, median, spread
from benchmarks.scenarios import Column, Scenario
from benchmarks.scenarios.all import SCENARIOS

_FORMAT = "github"


def overview(results: Results) -> str:
    """A row for each scenario and contestant: the median of the figure that counts, the spread of the rounds, the
    ratio to the reference, and the figure beside it."""
    rows = []
    for letter, contestants in results.items():
        scenario = SCENARIOS[letter]
        head, compared = scenario.columns[0].head, reference(scenario, contestants)
        beside = next((column for column in scenario.columns if column.figure == scenario.beside), None)
        for name, outcomes in contestants.items():
            against = ratio(scenario, contestants[compared], outcomes) if name != compared else ""
            figures = (shown(scenario.columns[0], outcomes), head, _spread(scenario, outcomes), against)
            other = shown(beside, outcomes) if beside is not None else ""
            rows.append((letter, name, *figures, other, beside.head if other and beside else "", _valid(outcomes)))
    return _table(rows, ("", "", "median", "", "spread", "the first is", "beside it", "", "valid"))


def details(scenario: Scenario, contestants: Mapping[str, Sequence[Outcome]]) -> str:
    """A row for each contestant with the medians of all columns."""
    compared = reference(scenario, contestants)
    rows = []
    for name, outcomes in contestants.items():
        figures = [shown(column, outcomes) for column in scenario.columns]
        against = ratio(scenario, contestants[compared], outcomes) if name != compared else ""
        rows.append((name, figures[0], _spread(scenario, outcomes), against, *figures[1:], _valid(outcomes)))
    heads = [column.head for column in scenario.columns]
    return _table(rows, ("", heads[0], "spread", f"{compared} is", *heads[1:], "valid"))


def reference(scenario: Scenario, contestants: Mapping[str, Sequence[Outcome]]) -> str:
    return scenario.reference if scenario.reference in contestants else next(iter(contestants))


def ratio(scenario: Scenario, own: Sequence[Outcome], other: Sequence[Outcome]) -> str:
    """`1.40 times as good`: above one, the contestant is better, whether the figure should be high or low."""
    mine, theirs = median(own, scenario.figure), median(other, scenario.figure)
    if not mine or not theirs:
        return ""
    return f"{mine / theirs if scenario.more_is_better else theirs / mine:.2f} times as good"


def shown(column: Column, outcomes: Sequence[Outcome]) -> str:
    value = median(outcomes, column.figure)
    return "" if value is None else format(value * column.scale, column.form)


def _spread(scenario: Scenario, outcomes: Sequence[Outcome]) -> str:
    value = spread(outcomes, scenario.figure)
    return "" if value is None else f"{value:.2f}"


def _valid(outcomes: Sequence[Outcome]) -> str:
    """`yes`, or how many rounds do not count, and why; or only their rates and latencies."""
    said = []
    for what, reasons in (
        ("{} of {} not: {}", [outcome.problems for outcome in outcomes if outcome.problems]),
        ("rates of {} of {} not: {}", [outcome.limits for outcome in outcomes if outcome.limits]),
    ):
        if reasons:
            why = "; ".join(dict.fromkeys(each for some in reasons for each in some))
            said.append(what.format(len(reasons), len(outcomes), why))
    return "; ".join(said) or "yes"


def _table(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> str:
    return tabulate(rows, heads, tablefmt=_FORMAT, disable_numparse=True)
