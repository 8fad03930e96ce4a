"""`python -m benchmarks compare`: chatstore beside the servers that are installed, in turns, in one run."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click

from benchmarks.database import make
from benchmarks.idle import measure_idle
from benchmarks.report import machine, table
from benchmarks.run import Outcome, measure, to_json
from benchmarks.scenarios import SCENARIOS
from benchmarks.searching import build, measure_cost, measure_irc, measure_store
from benchmarks.servers import KINDS, running
from benchmarks.writing import measure_writing


@click.group()
def main() -> None:
    """Measures chatstore, beside other servers where they are installed. All on 127.0.0.1, in temporary folders."""


@main.command()
@click.option("--rounds", default=3, show_default=True, help="How often each is measured, in turns.")
@click.option("--seconds", default=5.0, show_default=True, help="How long each talks.")
@click.option("--scenarios", default="".join(SCENARIOS), show_default=True, help="Letters of those to run.")
@click.option("--servers", default=",".join(kind.name for kind in KINDS), show_default=True)
@click.option("--processes", default=1, show_default=True, help="Of the load generator.")
@click.option("--json", "as_json", is_flag=True, help="Every outcome as JSON.")
def compare(rounds: int, seconds: float, scenarios: str, servers: str, processes: int, as_json: bool) -> None:
    """Run the same scenarios against each server in turns."""
    kinds = [kind for kind in KINDS if kind.name in servers.split(",") and kind.installed()]
    results: dict[str, dict[str, list[Outcome]]] = {}
    for letter in scenarios:
        scenario = SCENARIOS[letter]
        by_server = results.setdefault(letter, {kind.name: [] for kind in kinds})
        for _ in range(rounds):
            for kind in kinds:
                with tempfile.TemporaryDirectory() as folder, running(kind, Path(folder)) as server:
                    load = type(scenario.load)(**{**vars(scenario.load), "seconds": seconds})
                    by_server[kind.name].append(measure(server, load, processes))
    if as_json:
        click.echo(
            json.dumps(
                {
                    "machine": machine(),
                    "results": {
                        letter: {name: [to_json(one) for one in outcomes] for name, outcomes in by_server.items()}
                        for letter, by_server in results.items()
                    },
                },
                indent=2,
            )
        )
        return
    click.echo(machine())
    click.echo(table(results))


@main.command()
@click.option("--connections", default="5000,10000", show_default=True)
@click.option("--servers", default=",".join(kind.name for kind in KINDS), show_default=True)
def idle(connections: str, servers: str) -> None:
    """Connections that say nothing: memory, accept rate, round trip, and what their end does to others."""
    for kind in KINDS:
        if kind.name in servers.split(",") and kind.installed():
            for count in connections.split(","):
                with tempfile.TemporaryDirectory() as folder, running(kind, Path(folder)) as server:
                    click.echo(f"{kind.name}: {measure_idle(server, int(count))}")


@main.command()
@click.option("--batch", default=100, show_default=True)
@click.option("--rounds", default=3, show_default=True)
def write(batch: int, rounds: int) -> None:
    """Rows a second through the writer, beside raw sqlite3."""
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            click.echo(measure_writing(Path(folder), batch))


@main.command()
@click.option("--messages", default=5_000_000, show_default=True, help="In the database that is made.")
@click.option("--rounds", default=30, show_default=True, help="How often each is searched for.")
def search(messages: int, rounds: int) -> None:
    """Searches in a large database, what its index costs to make and keep, and whom."""
    click.echo(machine())
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder) / "chat.db", messages)
        built = build(made)
        click.echo(
            f"made: {built.rate:,.0f} messages/s ({built.cpu:.0f} s of CPU), a slice p50 {built.slices[0]:.1f},"
            f" p99 {built.slices[1]:.1f}, at most {built.slices[2]:.0f} ms;"
            f" {built.index / 1e6:,.0f} MB beside a database of {built.database / 1e6:,.0f} MB"
        )
        for measured in (measure_store(made, rounds), measure_irc(made, rounds), measure_cost(made)):
            click.echo(f"\n{measured}")


if __name__ == "__main__":
    main()
