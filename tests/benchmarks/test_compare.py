"""The benchmarks run: tiny loads, and what comes of them. How fast anything is, is no matter here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("psutil", reason="psutil is not installed")

from benchmarks.__main__ import main
from benchmarks.disk import measure_fsync
from benchmarks.load import Load, measure
from benchmarks.scenarios.idle import measure_idle
from benchmarks.scenarios.logins import measure_logins
from benchmarks.scenarios.replay import measure_replay
from benchmarks.servers import KINDS, running
from benchmarks.stores import stored
from benchmarks.writing import measure_sqlite, measure_writer

KIND = {kind.name: kind for kind in KINDS}
WRONG = ("lost", "duplicated", "out_of_order", "refused")


@pytest.mark.parametrize("name", ["chatstore", "tutorial"])
@pytest.mark.parametrize("rooms", [1, 2])
def test_a_window_in_two_processes(tmp_path: Path, name: str, rooms: int) -> None:
    with running(KIND[name], tmp_path) as server:
        figures = measure(server, Load(8, 2, rooms, window=4), 0.3, processes=2).figures
    assert [figures[what] for what in WRONG] == [0, 0, 0, 0]
    assert figures["accepted"] > 0
    assert figures["total_deliveries"] > 0
    assert 0 < figures["p50"] <= figures["p99"] <= figures["p999"]
    assert figures["rss"] > 1_000_000


def test_a_rate(tmp_path: Path) -> None:
    with running(KIND["tutorial"], tmp_path) as server:
        figures = measure(server, Load(6, 2, 2, rate=50.0), 0.4).figures
    assert [figures[what] for what in WRONG] == [0, 0, 0, 0]
    assert 0 < figures["total_deliveries"] <= 20 * 2


def test_nobody_to_observe(tmp_path: Path) -> None:
    with running(KIND["tutorial"], tmp_path) as server:
        outcome = measure(server, Load(2, 2, 1, window=4), 0.1)
    assert outcome.problems == ("nobody in #bench0 only listens, so nobody can observe it",)


def test_idle(tmp_path: Path) -> None:
    with running(KIND["chatstore"], tmp_path) as server:
        outcome = measure_idle(server, 20, watched=0.5)
    assert outcome.valid
    assert outcome.figures["refused"] == 0
    assert outcome.figures["longest_wait"] > 0


def test_logins(tmp_path: Path) -> None:
    outcome = measure_logins(tmp_path, 2, 2.0, Load(6, 2, 1, window=2))
    assert [outcome.figures[what] for what in WRONG[:3]] == [0, 0, 0]


def test_replay(tmp_path: Path) -> None:
    outcome = measure_replay(tmp_path / "run", stored(tmp_path / "stores", 20_000), times=(2, 1))
    for what in ("join50", "join1000", "latest50", "before50", "before1000", "search_rare"):
        assert outcome.figures[f"{what}_p50"] > 0


def test_writing(tmp_path: Path) -> None:
    for measured in (measure_writer, measure_sqlite):
        assert measured(tmp_path, {10: 50}).figures["rows10"] > 0


def test_fsync(tmp_path: Path) -> None:
    assert measure_fsync(tmp_path).figures["p50"] > 0


def test_the_commands(tmp_path: Path) -> None:
    file, page = tmp_path / "results.json", tmp_path / "page.md"
    measuring = ["compare", "--rounds", "2", "--seconds", "0.2", "--scenarios", "A", "--servers", "chatstore"]
    said = CliRunner().invoke(main, [*measuring, "--to", str(file)], catch_exceptions=False)
    assert "deliveries/s" in said.output
    assert len(json.loads(file.read_text())["scenarios"]["A"]["chatstore"]) == 2
    page.write_text("before\n<!-- measured: A -->\nold\n<!-- end -->\nafter\n")
    CliRunner().invoke(main, ["page", str(file), "--page", str(page)], catch_exceptions=False)
    filled = page.read_text()
    assert filled.startswith("before\n<!-- measured: A -->\n\n50 members")
    assert "old" not in filled
    assert filled.endswith("<!-- end -->\nafter\n")


def test_a_scenario_that_there_is_not() -> None:
    said = CliRunner().invoke(main, ["compare", "--scenarios", "A,Z"])
    assert said.exit_code == 2
    assert "Z: there are A, B" in said.output
