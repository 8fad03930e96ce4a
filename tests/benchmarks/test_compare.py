"""The benchmarks run: tiny loads, and what comes of them. How fast anything is, is no matter here."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("psutil", reason="psutil is not installed")

from benchmarks.__main__ import main
from benchmarks.disk import measure_fsync
from benchmarks.load import Load, measure
from benchmarks.processes import cpu_seconds
from benchmarks.scenarios import Settings
from benchmarks.scenarios.all import SCENARIOS
from benchmarks.scenarios.arriving import measure_joins, measure_registrations
from benchmarks.scenarios.idle import measure_idle
from benchmarks.scenarios.logins import measure_logins
from benchmarks.scenarios.replay import measure_replay
from benchmarks.servers import KINDS, KNOCK, ON_POSTGRESQL, Kind, plainly, running
from benchmarks.stores import stored
from benchmarks.writing import measure_sqlite, measure_writer

pytestmark = pytest.mark.timeout(300)
"""Servers start and stop here, which takes long where others work too."""

KIND = {kind.name: kind for kind in KINDS}
WRONG = ("lost", "duplicated", "out_of_order", "refused")


LATE = """
import socket, sys
client, _ = socket.create_server(("127.0.0.1", int(sys.argv[1]))).accept()
with open("asked", "wb") as file:
    file.write(client.recv(1000))
client.sendall(b"here\\n")
client.recv(1)
"""


def test_a_server_has_started_when_it_answers(tmp_path: Path) -> None:
    """Connections are accepted earlier, and then its start would count as their cost."""
    kind = Kind("late", lambda: True, plainly("late", lambda port, _: [sys.executable, "-c", LATE, str(port)]))
    with running(kind, tmp_path):
        assert (tmp_path / "asked").read_bytes() == KNOCK.encode()


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


@pytest.mark.parametrize(("members", "senders", "rooms"), [(8, 2, 1), (12, 4, 4), (7, 1, 1)])
def test_a_number_of_messages_in_two_processes(tmp_path: Path, members: int, senders: int, rooms: int) -> None:
    with running(KIND["tutorial"], tmp_path) as server:
        load = Load(members, senders, rooms, window=4, messages=30)
        figures = measure(server, load, processes=2).figures
    assert [figures[what] for what in WRONG] == [0, 0, 0, 0]
    assert figures["total_sent"] == 30 * senders
    assert figures["total_deliveries"] == 30 * senders * (members // rooms - 1)
    assert figures["cpu_message"] * figures["total_sent"] == pytest.approx(figures["server_cpu"])
    assert figures["generator_cpu_message"] > 0
    assert "index_behind" not in figures


def test_the_index_is_waited_for(tmp_path: Path) -> None:
    with running(KIND["chatstore"], tmp_path) as server:
        figures = measure(server, Load(6, 2, 1, window=16, messages=400)).figures
    assert figures["not_indexed"] == 0
    assert figures["index_behind"] >= 0
    assert figures["cpu_message_indexed"] >= figures["cpu_message"] > 0


def test_on_postgresql_what_postgresql_uses_counts(tmp_path: Path) -> None:
    kind = KIND[ON_POSTGRESQL]
    if not kind.installed():
        pytest.skip("there is no PostgreSQL here")
    with running(kind, tmp_path) as server:
        assert server.database is not None
        assert server.cpu() > cpu_seconds(server.process.pid)
        assert server.rss() > server.process.memory_info().rss
        figures = measure(server, Load(6, 2, 1, window=8, messages=40)).figures
    assert [figures[what] for what in WRONG] == [0, 0, 0, 0]
    assert figures["not_indexed"] == 0


def test_a_rate(tmp_path: Path) -> None:
    with running(KIND["tutorial"], tmp_path) as server:
        figures = measure(server, Load(6, 2, 2, rate=50.0), 0.4).figures
    assert [figures[what] for what in WRONG] == [0, 0, 0, 0]
    assert 0 < figures["total_deliveries"] <= 20 * 2


def test_a_rate_and_a_number_of_messages(tmp_path: Path) -> None:
    with running(KIND["tutorial"], tmp_path) as server:
        figures = measure(server, Load(6, 2, 2, rate=100.0, messages=10)).figures
    assert [figures[what] for what in WRONG] == [0, 0, 0, 0]
    assert figures["total_deliveries"] == 20 * 2
    assert figures["lasted"] >= 19 / 100


@pytest.mark.parametrize("rooms", [1, 3])
def test_joins(tmp_path: Path, rooms: int) -> None:
    with running(KIND["chatstore"], tmp_path) as server:
        outcome = measure_joins(server, 12, rooms, waves=2)
    assert outcome.problems == ()
    assert outcome.figures["cpu_join"] * 24 == pytest.approx(outcome.figures["server_cpu"])
    assert outcome.figures["joins"] > 0


def test_a_server_that_tells_nobody_of_joins_is_not_asked(tmp_path: Path) -> None:
    settings = Settings([KIND["tutorial"], KIND["chatstore"]], 0.2, tmp_path)
    assert list(SCENARIOS["J"].contestants(settings)) == ["chatstore"]
    assert list(SCENARIOS["R"].contestants(settings)) == ["tutorial", "chatstore"]


def test_registrations(tmp_path: Path) -> None:
    with running(KIND["chatstore"], tmp_path) as server:
        outcome = measure_registrations(server, 20)
    assert outcome.problems == ()
    assert outcome.figures["registered"] > 0
    assert outcome.figures["cpu_registration"] * 20 == pytest.approx(outcome.figures["server_cpu"])


@pytest.mark.parametrize(
    "name", [name for name in ("chatstore", "ergo", "ngircd", "inspircd") if KIND[name].installed()]
)
@pytest.mark.parametrize("letter", ["A", "J", "J50", "R"])
def test_every_server_that_is_here(tmp_path: Path, name: str, letter: str) -> None:
    settings = Settings([KIND[name]], 0.2, tmp_path / "stores", share=0.001)
    (measured,) = SCENARIOS[letter].contestants(settings).values()
    outcome = measured(tmp_path / "run")
    assert outcome.problems == ()
    assert outcome.figures[SCENARIOS[letter].figure] > 0


def test_nobody_to_observe(tmp_path: Path) -> None:
    with running(KIND["tutorial"], tmp_path) as server:
        outcome = measure(server, Load(2, 2, 1, window=4), 0.1)
    assert outcome.problems == ("nobody in #bench0 only listens, so nobody can observe it",)


def test_idle(tmp_path: Path) -> None:
    with running(KIND["chatstore"], tmp_path) as server:
        outcome = measure_idle(server, 20, watched=0.5)
    assert outcome.problems == ()
    assert outcome.figures["refused"] == 0
    assert outcome.figures["longest_wait"] > 0


def test_logins(tmp_path: Path) -> None:
    outcome = measure_logins(tmp_path, 2, 2.0, Load(6, 2, 1, window=2))
    assert [outcome.figures[what] for what in WRONG[:3]] == [0, 0, 0]


def test_replay(tmp_path: Path) -> None:
    outcome = measure_replay(tmp_path / "run", stored(tmp_path / "stores", 4_000, rooms=3), times=(2, 1))
    for what in ("join50", "join1000", "latest50", "before50", "before1000", "search_rare"):
        assert outcome.figures[f"{what}_p50"] > 0


def test_writing(tmp_path: Path) -> None:
    for measured in (measure_writer, measure_sqlite):
        assert measured(tmp_path, {10: 50}).figures["rows10"] > 0


def test_fsync(tmp_path: Path) -> None:
    assert measure_fsync(tmp_path).figures["p50"] > 0


def test_the_commands(tmp_path: Path) -> None:
    file, page = tmp_path / "results.json", tmp_path / "page.md"
    measuring = ["compare", "--rounds", "2", "--share", "0.005", "--scenarios", "A", "--servers", "chatstore"]
    said = CliRunner().invoke(main, [*measuring, "--to", str(file)], catch_exceptions=False)
    assert "server, µs a message" in said.output
    assert len(json.loads(file.read_text())["scenarios"]["A"]["chatstore"]) == 2
    page.write_text("before\n<!-- measured: A -->\nold\n<!-- end -->\nafter\n")
    CliRunner().invoke(main, ["page", str(file), "--page", str(page)], catch_exceptions=False)
    filled = page.read_text()
    assert filled.startswith("before\n<!-- measured: A -->\n\n50 members")
    assert "old" not in filled
    assert filled.endswith("<!-- end -->\nafter\n")


def test_another_python_with_the_same_build() -> None:
    said = CliRunner().invoke(main, ["compare", "--scenarios", "A", "--python", sys.executable])
    assert said.exit_code == 2
    assert "chatstore takes part already" in said.output


def test_a_scenario_that_there_is_not() -> None:
    said = CliRunner().invoke(main, ["compare", "--scenarios", "A,Z"])
    assert said.exit_code == 2
    assert "Z: there are A, B" in said.output
