"""What is made of outcomes: what counts, tables, targets, plots."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("psutil", reason="psutil is not installed")

from benchmarks.load import limits, problems
from benchmarks.outcome import Outcome, percentile
from benchmarks.results import add_to, from_json, median, spread, to_json
from benchmarks.tables import overview
from benchmarks.targets import rows

FIGURES = {
    "deliveries": 1000.0,
    "accepted": 100.0,
    "lost": 0,
    "duplicated": 0,
    "out_of_order": 0,
    "refused": 0,
    "p50": 1.0,
    "p99": 2.0,
    "server_cpu": 2.0,
    "generator_cpu": 1.0,
    "cpu_message": 2e-5,
}
GOOD = Outcome(FIGURES)


@pytest.mark.parametrize(
    ("figures", "why"),
    [
        ({}, []),
        ({"lost": 1}, ["1 lost"]),
        ({"lost": -1}, ["-1 lost"]),
        ({"duplicated": 2}, ["2 duplicated"]),
        ({"out_of_order": 3}, ["3 out of order"]),
        ({"refused": 4}, ["4 refused"]),
        ({"not_indexed": 5}, ["5 not indexed"]),
        ({"unseen": 6}, ["6 unseen"]),
    ],
)
def test_what_counts(figures: dict[str, float], why: list[str]) -> None:
    assert [*problems({**FIGURES, **figures})] == why


def test_a_generator_that_costs_more_limits_rates_but_not_processor_time() -> None:
    assert [*limits({**FIGURES, "generator_cpu": 2.0})] == []
    assert [*limits({**FIGURES, "generator_cpu": 2.5})] == ["the generator cost more than the server"]
    limited = replace(GOOD, limits=("the generator cost more than the server",))
    assert limited.valid("cpu_message")
    assert limited.valid("cpu_join")
    assert not limited.valid("accepted")
    assert not limited.valid("p99")
    assert not replace(GOOD, problems=("1 lost",)).valid("cpu_message")


def test_what_does_not_count_is_said() -> None:
    bad, limited = replace(GOOD, problems=("1 lost",)), replace(GOOD, limits=("it was the generator",))
    assert "1 of 2 not: 1 lost" in overview({"A": {"chatstore": [GOOD, bad]}})
    assert "rates of 1 of 2 not: it was the generator" in overview({"A": {"chatstore": [GOOD, limited]}})


def test_the_overview_shows_the_rate_beside_the_processor_time() -> None:
    row = overview({"A": {"chatstore": [GOOD]}}).splitlines()[-1]
    assert [cell.strip() for cell in row.split("|")][3:9] == [
        "20.0",
        "server, µs a message",
        "1.00",
        "",
        "100",
        "messages/s",
    ]


def test_a_ratio_says_how_much_better_the_reference_is() -> None:
    slower = Outcome({**FIGURES, "rows100": 500.0, "cpu_message": 4e-5})
    good = replace(GOOD, figures={**FIGURES, "rows100": 1000.0})
    assert "2.00 times as good" in overview({"A": {"chatstore": [good], "other": [slower]}})
    assert "2.00 times as good" in overview({"H": {"the writer": [good], "sqlite3 alone": [slower]}})


def test_a_contestant_without_figures() -> None:
    table = overview({"A": {"chatstore": [GOOD], "other": [Outcome({}, ("it was cut off",))]}})
    assert "1 of 1 not: it was cut off" in table


def test_median_and_spread() -> None:
    rounds = [Outcome({"p99": value}) for value in (2.0, 1.0, 4.0)] + [Outcome({})]
    assert median(rounds, "p99") == 2.0
    assert spread(rounds, "p99") == 4.0
    assert median(rounds, "p50") is None


def test_percentile() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0
    assert percentile([1.0], 0.999) == 1.0
    assert percentile([], 0.5) == 0.0


def test_results_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    results = {"A": {"chatstore": [GOOD, replace(GOOD, problems=("1 lost",), limits=("it was slow",))]}}
    add_to(file, scenarios=to_json(results))
    add_to(file, scenarios={"B": {}}, growth={"members": []})
    kept = json.loads(file.read_text())
    assert list(kept["scenarios"]) == ["A", "B"]
    assert from_json({"A": kept["scenarios"]["A"]}) == results


def test_targets_are_ratios_of_one_run() -> None:
    faster = Outcome({**FIGURES, "accepted": 125.0})
    bad = replace(GOOD, limits=("the generator cost more than the server",))
    results = {
        "A": {"chatstore": [faster], "ngircd": [GOOD]},
        "B": {"chatstore compiled": [faster], "ngircd": [GOOD], "inspircd": [bad]},
    }
    reached = {what: (value, good) for what, _, value, good in rows(results)}
    assert reached["A: messages of chatstore beside ngircd"] == ("1.25 times", "yes")
    assert reached["A: messages of chatstore compiled beside ngircd"] == ("no valid measurement", "")
    assert reached["B: messages of chatstore compiled beside ngircd"] == ("1.25 times", "no")
    assert reached["B: messages of chatstore compiled beside inspircd"] == ("no valid measurement", "")
    assert reached["P: p99 of chatstore beside ngircd"] == ("no valid measurement", "")


def test_plots(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    from benchmarks.plots import plot

    points = [
        {"x": x, "who": "chatstore", "figures": {"deliveries": 1e6, "cpu_delivery": 1e-7}, "problems": wrong}
        for x, wrong in ((10, []), (50, ["1 lost"]))
    ]
    failed = {"x": 50, "who": "ngircd", "figures": {}, "problems": ["it was cut off"]}
    (file,) = plot({"members": [*points, failed]}, tmp_path / "plots")
    assert file.read_bytes().startswith(b"\x89PNG")
