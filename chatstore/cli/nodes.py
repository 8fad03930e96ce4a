"""`chatstore nodes`: the servers of a database, and whether they agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from chatstore.cli.database import reading
from chatstore.cli.formats import json_array, table
from chatstore.cli.options import read_config, with_config
from chatstore.cli.output import Output, may_be_cut
from chatstore.cli.times import local_time, utc_time
from chatstore.storage.backend import NodeStatus

_COLUMNS = ("state", "version", "since", "heard", "clients", "lag", "settings", "where")


@click.command("nodes")
@with_config
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def nodes(config_file: Path | None, database: str | None, form: str) -> None:
    """Show the servers of the database, and commands that write it now.

    On PostgreSQL there may be several. STATE is what a server is: the one that leads does what one has to do for
    all, and one that was not heard for fifteen seconds is dead. LAG is how long it lately took until it had
    delivered what another one had committed. SETTINGS says which servers have the same [accounts], [rooms],
    [history] and [limits], by letters. The format json has more: the id of each, and its addresses.
    """
    config = read_config(config_file, database)
    with may_be_cut(), reading(config, any_schema=True) as store:
        found = store.place.nodes()
        if found is None:
            _only(store.place.served_by(removes=True), form)
        elif form == "json":
            Output(machine=True).write(json_array(_record(one) for one in found))
        elif not found:
            Output(machine=False).write("no server runs\n")
        else:
            letters = _letters(found)
            Output(machine=False).write(table(_COLUMNS, [_cells(one, letters) for one in found]))


def _only(server: str, form: str) -> None:
    """A database that has one server at most, which describes itself in one line."""
    if form == "json":
        Output(machine=True).write(json_array([{"kind": "server", "where": server}] if server else []))
    else:
        Output(machine=False).write(f"one server: {server}\n" if server else "no server runs\n")


def _letters(found: Sequence[NodeStatus]) -> dict[str, str]:
    """A letter for each of the different policies of servers, in the order of their starts."""
    policies = dict.fromkeys(one.policy for one in found if one.kind == "server")
    return {policy: chr(ord("A") + number) for number, policy in enumerate(policies)}


def _state(one: NodeStatus) -> str:
    if not one.alive:
        return "dead"
    if one.kind != "server":
        return one.kind
    return "leads" if one.leads else "serves"


def _cells(one: NodeStatus, letters: dict[str, str]) -> tuple[str, ...]:
    server = one.kind == "server"
    return (
        _state(one),
        one.version,
        local_time(one.started_at),
        f"{one.silent / 1000:.1f} s ago",
        str(one.connections) if server else "",
        f"{one.lag} ms" if server else "",
        letters[one.policy] if server else "",
        one.name.partition(", since ")[0],
    )


def _record(one: NodeStatus) -> dict[str, str | int | bool]:
    return {
        "id": one.id,
        "kind": one.kind,
        "where": one.name,
        "server": one.server,
        "version": one.version,
        "started": utc_time(one.started_at),
        "alive": one.alive,
        "leads": one.leads,
        "silent_ms": one.silent,
        "connections": one.connections,
        "lag_ms": one.lag,
        "settings": one.policy,
    }
