"""The ratios: what is compared, what is too much, and what the file keeps; and that it is measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("psutil", reason="psutil is not installed")

from benchmarks import __main__ as commands
from benchmarks import checking
from benchmarks.builds import COMPILED, PURE, build_in, build_of, contestant
from benchmarks.checking import CHECKS, CheckFailedError, calibrate, measure_ratios
from benchmarks.load import Load, measure
from benchmarks.outcome import Outcome
from benchmarks.ratios import RATIOS, WORSE, middle, ratio, read, table, verdict, with_ratios
from benchmarks.scenarios.arriving import measure_joins

KNOWN = {"A": 0.01, "JOIN": 0.5}


def test_a_ratio_is_to_the_mean_of_the_loops_around_it() -> None:
    assert ratio(0.3, (0.1, 0.2)) == pytest.approx(2.0)


def test_the_median_of_the_rounds_counts() -> None:
    assert middle([{"A": 3.0, "B": 1.0}, {"A": 1.0, "B": 2.0}, {"A": 2.00004, "B": 9.0}]) == {"A": 2.0, "B": 2.0}


@pytest.mark.parametrize(
    ("measured", "wrong"),
    [
        (KNOWN, []),
        ({"A": 0.01 * WORSE, "JOIN": 0.1}, []),
        ({"A": 0.0116, "JOIN": 0.5}, ["A costs 1.16 times as much as before"]),
        ({"A": 0.01, "JOIN": 1.0}, ["JOIN costs 2.00 times as much as before"]),
        ({"A": 0.01}, ["JOIN was not measured"]),
        ({**KNOWN, "B": 7.0}, []),
    ],
)
def test_the_verdict(measured: dict[str, float], wrong: list[str]) -> None:
    assert verdict(measured, KNOWN) == wrong


def test_without_ratios_there_is_no_verdict() -> None:
    assert "--write" in verdict(KNOWN, {})[0]


def test_the_table_says_which() -> None:
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in table({"A": 0.02, "JOIN": 0.4, "B": 0.3}, KNOWN).splitlines()[2:]
    ]
    assert rows == [
        ["A", "0.01", "0.02", "2.00", "WORSE"],
        ["JOIN", "0.5", "0.4", "0.80", "as before or better"],
        ["B", "", "0.3", "", "not kept yet"],
    ]


def test_the_file_keeps_builds_and_pythons_apart(tmp_path: Path) -> None:
    file = tmp_path / "ratios.json"
    assert read(file) == {}
    for build, python, value in (
        (PURE, "3.11", 1.0),
        (PURE, "3.12", 2.0),
        (COMPILED, "3.11", 3.0),
        (PURE, "3.11", 4.0),
    ):
        file.write_text(with_ratios(read(file), build, python, {"A": value}))
    assert read(file) == {PURE: {"3.11": {"A": 4.0}, "3.12": {"A": 2.0}}, COMPILED: {"3.11": {"A": 3.0}}}


def test_the_kept_ratios_are_of_what_is_checked() -> None:
    for pythons in read(RATIOS).values():
        for kept in pythons.values():
            assert set(kept) == set(CHECKS)


def test_the_build() -> None:
    assert build_in("/chatstore/irc/line.py") == PURE
    assert build_in("/chatstore/irc/line.cpython-311-x86_64-linux-gnu.so") == COMPILED
    assert build_of() in (PURE, COMPILED)
    assert (contestant(PURE), contestant(COMPILED)) == ("chatstore", "chatstore compiled")


def test_the_loop_takes_time_that_grows_with_its_turns() -> None:
    assert 0 < calibrate(2_000) < calibrate(200_000)


def test_it_is_measured() -> None:
    small = Load(6, 2, 1, 16, messages=40)
    measured = measure_ratios(
        2,
        checks={
            "A": (lambda server: measure(server, small), "cpu_message_indexed"),
            "JOIN": (lambda server: measure_joins(server, 6, 1, 1), "cpu_join"),
        },
    )
    assert list(measured) == ["A", "JOIN"]
    assert all(value > 0 for value in measured.values())


def test_a_run_that_lost_something_has_no_ratio() -> None:
    with pytest.raises(CheckFailedError, match="A: 1 lost"):
        measure_ratios(1, checks={"A": (lambda _: Outcome({"cpu": 1.0}, ("1 lost",)), "cpu")})


def test_without_an_index_of_words_there_is_no_ratio() -> None:
    with pytest.raises(CheckFailedError, match=r"A: .* lacks FTS5"):
        measure_ratios(1, checks={"A": (lambda _: Outcome({"cpu_message": 1.0}), "cpu_message_indexed")})


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, measured = tmp_path / "ratios.json", {"A": 0.01}
    monkeypatch.setattr(commands, "measure_ratios", lambda _rounds, _say: measured)

    def run(*options: str) -> tuple[int, str]:
        said = CliRunner().invoke(commands.main, ["check", "--file", str(file), *options])
        return said.exit_code, said.output

    assert run()[0] == 1
    assert run("--write")[0] == 0
    assert json.loads(file.read_text())[build_of()]
    assert run()[0] == 0
    measured["A"] = 0.02
    code, said = run()
    assert code == 1
    assert "WORSE" in said
    assert "A costs 2.00 times as much as before" in said
    assert run("--write")[0] == 0
    assert run()[0] == 0


def test_the_command_tells_of_a_failed_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails(_rounds: int, _say: object) -> dict[str, float]:
        raise checking.CheckFailedError("A: 1 lost")

    monkeypatch.setattr(commands, "measure_ratios", fails)
    said = CliRunner().invoke(commands.main, ["check", "--file", str(tmp_path / "ratios.json")])
    assert said.exit_code == 1
    assert "A: 1 lost" in said.output
