"""The benchmarks run: small loads against chatstore and the tutorial server, and what comes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("psutil", reason="psutil is not installed")

from benchmarks.report import table
from benchmarks.run import Load, Outcome, measure, percentile
from benchmarks.servers import KINDS, running
from benchmarks.writing import measure_writing

KIND = {kind.name: kind for kind in KINDS}


@pytest.mark.parametrize("name", ["chatstore", "tutorial"])
def test_a_small_load(tmp_path: Path, name: str) -> None:
    with running(KIND[name], tmp_path) as server:
        outcome = measure(server, Load(6, 2, 1, window=4, seconds=0.2), processes=2)
    assert outcome.deliveries > 0
    assert (outcome.lost, outcome.duplicated, outcome.out_of_order) == (0, 0, 0)
    assert 0 < outcome.p50 <= outcome.p99 <= outcome.p999
    assert outcome.rss > 1_000_000


def test_a_paced_load(tmp_path: Path) -> None:
    with running(KIND["tutorial"], tmp_path) as server:
        outcome = measure(server, Load(6, 2, 2, rate=50.0, seconds=0.2))
    assert (outcome.lost, outcome.duplicated, outcome.out_of_order) == (0, 0, 0)
    assert 0 < outcome.accepted < 100


def test_writing(tmp_path: Path) -> None:
    written = measure_writing(tmp_path, batch=10, rows=50)
    assert written.writer > 0
    assert written.raw > 0


GOOD = Outcome(100.0, 1000.0, 0, 0, 0, 1.0, 2.0, 3.0, 10.0, 10.0, 2.0, 1.0, 10**7)


@pytest.mark.parametrize(
    ("outcome", "valid"),
    [
        (GOOD, True),
        (replace(GOOD, generator_cpu=2.5), False),
        (replace(GOOD, lost=1), False),
        (replace(GOOD, duplicated=1), False),
        (replace(GOOD, out_of_order=1), False),
    ],
)
def test_what_counts(outcome: Outcome, valid: bool) -> None:
    assert outcome.valid is valid
    assert ("no: " in table({"A": {"chatstore": [outcome]}})) is not valid


def test_a_ratio_says_how_much_better_it_is() -> None:
    slower = replace(GOOD, deliveries=500.0, p99=4.0)
    assert "2.00 times as good" in table({"A": {"chatstore": [GOOD], "other": [slower]}})
    assert "2.00 times as good" in table({"D": {"chatstore": [GOOD], "other": [slower]}})


def test_percentile() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0
    assert percentile([1.0], 0.999) == 1.0
    assert percentile([], 0.5) == 0.0
