"""The commands of `python -m benchmarks`: measure, and make tables, plots and the page from the results."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks import stores
from benchmarks.builds import build_of
from benchmarks.checking import CheckFailedError, measure_ratios
from benchmarks.comparing import compare as compare_in_turns
from benchmarks.database import make
from benchmarks.growth import CURVES, measure_growth
from benchmarks.machine import machine
from benchmarks.page import filled
from benchmarks.ratios import RATIOS, read, table, verdict, with_ratios
from benchmarks.results import add_to, to_json
from benchmarks.scenarios import SMALL, Settings
from benchmarks.scenarios.all import SCENARIOS
from benchmarks.searching import build, measure_cost, measure_irc, measure_store
from benchmarks.servers import KINDS, chatstore
from benchmarks.tables import overview

_PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


def _settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that all measuring commands share."""
    for option in (
        click.option("--to", type=_FILE, help="Keep the outcomes in this file, for `plots` and `page`."),
        click.option(
            "--stores",
            "folder",
            default=stores.DEFAULT,
            type=_FOLDER,
            show_default=True,
            help="Where large databases are kept for the next time.",
        ),
        click.option(
            "--messages",
            type=click.IntRange(min=SMALL),
            default=5_000_000,
            show_default=True,
            help="In the largest database.",
        ),
        click.option(
            "--servers",
            default=",".join(kind.name for kind in KINDS),
            show_default=True,
            help="Those that take part, where they are installed.",
        ),
        click.option(
            "--python",
            "pythons",
            multiple=True,
            type=click.Path(exists=True, dir_okay=False),
            help="Another Python, whose chatstore takes part, too: another build. May be repeated.",
        ),
        click.option("--seconds", default=4.0, show_default=True, help="How long each talks at a rate."),
        click.option(
            "--share",
            default=1.0,
            show_default=True,
            type=click.FloatRange(min=0, min_open=True),
            help="Of the messages, JOINs and registrations of the scenarios that have a number of them.",
        ),
    ):
        command = option(command)
    return command


def _read(
    seconds: float, servers: str, folder: Path, messages: int, pythons: Sequence[str], share: float
) -> Settings:
    wanted = _known(servers, {kind.name: kind for kind in KINDS}, "--servers")
    kinds = {kind.name: kind for kind in KINDS if kind.name in wanted and kind.installed()}
    for python in pythons:
        other = chatstore(python=python)
        if other.name in kinds:
            raise click.BadParameter(f"{python}: {other.name} takes part already", param_hint="--python")
        kinds[other.name] = other
    return Settings([*kinds.values()], seconds, folder, (messages, SMALL), share)


@click.group()
def main() -> None:
    """Measure chatstore beside other servers, if they are installed. Everything runs on 127.0.0.1, in
    temporary folders. docs/performance.md says what is measured and how to read it."""


@main.command()
@click.option("--rounds", default=3, show_default=True, help="How often each is measured, in turns.")
@click.option("--scenarios", default=",".join(SCENARIOS), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Every outcome as JSON.")
@_settings
def compare(rounds: int, scenarios: str, as_json: bool, to: Path | None, **settings: Any) -> None:
    """Run the same scenarios against each server in turns."""
    letters, chosen = _known(scenarios, SCENARIOS, "--scenarios"), _read(**settings)
    here = machine()
    results: dict[str, Any] = {}
    for letter in letters:
        measured = compare_in_turns([SCENARIOS[letter]], chosen, rounds, _say)
        results.update(measured)
        if to is not None:
            add_to(to, machine=here, scenarios=to_json(measured))
    if as_json:
        click.echo(json.dumps({"machine": here, "scenarios": to_json(results)}, indent=1))
    else:
        click.echo(", ".join(f"{what}: {value}" for what, value in here.items()))
        click.echo(overview(results))


@main.command()
@click.option("--rounds", default=5, show_default=True, help="How often each is measured, in turns.")
@click.option("--write", is_flag=True, help="Keep what is measured as the ratios to compare with.")
@click.option("--file", default=RATIOS, type=_FILE, show_default=True, help="The ratios to compare with.")
def check(rounds: int, write: bool, file: Path) -> None:
    """See whether a message or a JOIN costs more processor time than it did: fails if one costs 15 % more than the
    file of ratios says for this build and this Python. Before a release, and after changing what every message
    passes."""
    build, python = build_of(), ".".join(platform.python_version_tuple()[:2])
    try:
        measured = measure_ratios(rounds, _say)
    except CheckFailedError as error:
        raise click.ClickException(str(error)) from None
    known = read(file).get(build, {}).get(python, {})
    click.echo(f"chatstore {build}, Python {python}\n\n{table(measured, known)}")
    if write:
        file.write_text(with_ratios(read(file), build, python, measured))
    elif wrong := verdict(measured, known):
        raise click.ClickException("; ".join(wrong))


@main.command()
@click.option("--curves", default=",".join(CURVES), show_default=True)
@_settings
def growth(curves: str, to: Path | None, **settings: Any) -> None:
    """Measure how cost grows with members, rooms, history and connections; `plots` draws it."""
    measured = {}
    for name in _known(curves, CURVES, "--curves"):
        measured[name] = measure_growth(CURVES[name], _read(**settings), _say)
        if to is not None:
            add_to(to, growth={name: measured[name]})
    if to is None:
        click.echo(json.dumps(measured, indent=1))


@main.command()
@click.argument("results", type=_FILE)
@click.option("--into", default=_PAGE.with_suffix(""), type=_FOLDER, show_default=True)
def plots(results: Path, into: Path) -> None:
    """Draw what `growth` and `nodes` have stored in the file RESULTS."""
    from benchmarks.plots import plot, plot_nodes

    kept = json.loads(results.read_text())
    for file in plot(kept.get("growth", {}), into):
        click.echo(file)
    if "nodes" in kept:
        click.echo(plot_nodes(kept["nodes"], into))


@main.command()
@click.argument("results", type=_FILE)
@click.option("--page", "file", default=_PAGE, type=_FILE, show_default=True)
def page(results: Path, file: Path) -> None:
    """Put the tables of the file RESULTS between the markers of a page."""
    file.write_text(filled(file.read_text(), json.loads(results.read_text())))


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def pieces(options: tuple[str, ...]) -> None:
    """Time the important pieces with pytest-benchmark, which gets the OPTIONS."""
    folder = Path(__file__).with_name("pieces")
    usual = ("-q", "-p", "no:cacheprovider", "--benchmark-columns=median,iqr,ops,rounds", "--benchmark-sort=name")
    raise SystemExit(subprocess.call([sys.executable, "-m", "pytest", *usual, str(folder), *options]))


@main.command()
@click.option("--messages", default=5_000_000, show_default=True, help="In the database that is made.")
@click.option("--rounds", default=30, show_default=True, help="How often each is searched for.")
def search(messages: int, rounds: int) -> None:
    """Measure searches in a large database, and what its index costs to make and to keep."""
    for name, value in machine().items():
        click.echo(f"{name}: {value}")
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder) / "chat.db", messages)
        built = build(made.path, messages)
        click.echo(
            f"made: {built.rate:,.0f} messages/s ({built.cpu:.0f} s of CPU), a slice p50 {built.slices[0]:.1f},"
            f" p99 {built.slices[1]:.1f}, at most {built.slices[2]:.0f} ms;"
            f" {built.index / 1e6:,.0f} MB beside a database of {built.database / 1e6:,.0f} MB"
        )
        for measured in (measure_store(made, rounds), measure_irc(made, rounds), measure_cost(made)):
            click.echo(f"\n{measured}")


@main.command()
@click.option("--counts", default="0,1,2,3,8", show_default=True, help="How many nodes; 0 is SQLite.")
@click.option("--seconds", default=5.0, show_default=True, help="How long each talks.")
@click.option("--connections", default=10_000, show_default=True, help="Over three nodes; 0: do not measure that.")
@click.option("--to", type=_FILE, help="Keep the outcomes in this file, for `plots`.")
def nodes(counts: str, seconds: float, connections: int, to: Path | None) -> None:
    """Measure several nodes over one PostgreSQL server, beside one server over SQLite."""
    from benchmarks import nodes as several

    here = machine()
    click.echo("\n".join(f"{name}: {value}" for name, value in here.items()))
    measured: dict[str, Any] = {}
    for one in several.measure_all([int(count) for count in counts.split(",")], seconds, _say):
        measured.update(one)
        if to is not None:
            add_to(to, machine=here, nodes=one)
    click.echo(f"\n{several.table([*measured.values()])}")
    if connections:
        _say(f"{connections} connections over three nodes")
        outcome = several.measure_connections(connections, 3)
        kept = {"figures": outcome.figures, "problems": outcome.problems}
        click.echo(f"\n{connections:,} connections:\n\n{several.connections_table(kept)}")
        if to is not None:
            add_to(to, nodes_connections=kept)


def _say(what: str) -> None:
    click.echo(what, err=True)


def _known(names: str, all_of_them: Mapping[str, Any], option: str) -> list[str]:
    chosen = names.split(",")
    unknown = [name for name in chosen if name not in all_of_them]
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)}: there are {', '.join(all_of_them)}", param_hint=option)
    return chosen


if __name__ == "__main__":
    main()
