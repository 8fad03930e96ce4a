"""`chatstore status`: how a running server is, on one screen."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from chatstore.amounts import ago, counted, sized, span
from chatstore.chat.model.text import printable
from chatstore.cli.formats import table
from chatstore.cli.options import UNREACHABLE, fail, read_config, with_config
from chatstore.cli.output import Output, may_be_cut
from chatstore.cli.times import local_time
from chatstore.config import Config
from chatstore.net.addresses import shown
from chatstore.net.local_socket import NobodyThereError, ask

_CLEAR = "\x1b[H\x1b[2J"
_NICKS = 12
"""The most people that are named."""
_ENDPOINT = ("endpoint", "address", "connections", "accepted", "refused", "too slow", "waiting")
_RATES = (
    ("messages", "messages"),
    ("deliveries", "deliveries"),
    ("logins", "logins"),
    ("refusals", "refused logins"),
)


@click.command()
@with_config
@click.option("--watch", is_flag=True, help="Show it again and again, until Ctrl-C.")
@click.option(
    "--every", default=2.0, show_default=True, type=click.FloatRange(min=0.2), help="Seconds, for --watch."
)
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def status(config_file: Path | None, database: str | None, watch: bool, every: float, form: str) -> None:
    """Show how the running server is: who is here, how much is said, and what is wrong.

    It asks the server by a socket beside its database (or at [listen] status), which only the user who runs the
    server may open. The exit code is 4 if no server answers there, and 1 if messages can't be stored or a warning
    stands.
    """
    path = _socket(read_config(config_file, database))
    with may_be_cut():
        out = Output(machine=form == "json")
        while True:
            try:
                found = json.loads(ask(path, "/status"))
            except NobodyThereError as error:
                advice = "start it with `chatstore server`, or name its database with --database"
                fail(f"{error}: {advice}", UNREACHABLE)
            if form == "json":
                out.write(json.dumps(found, ensure_ascii=False) + "\n")
            else:
                out.write((_CLEAR if watch and sys.stdout.isatty() else "") + "\n".join(screen(found)) + "\n")
            if not watch:
                raise SystemExit(0 if found["healthy"] and not found["warnings"] else 1)
            if not out.wait(every):
                return


def _socket(config: Config) -> Path:
    path = config.status_socket
    if path is None:
        fail("this server has no socket to ask: set [listen] status to a path, such as /run/chatstore/status")
    return path


def screen(found: Mapping[str, Any]) -> Iterator[str]:
    """The lines for people."""
    state = "stores messages" if found["healthy"] else "CAN'T STORE MESSAGES"
    ready = "" if found["ready"] or not found["healthy"] else ", but is not ready for clients"
    yield f"chatstore {found['version']} {state}{ready}"
    since = local_time(int(found["started"] * 1000))
    yield f"  up         {span(found['uptime'])}, since {since}, process {found['process']}"
    yield f"  database   {_database(found['database'])}"
    if found["certificate"] is not None:
        left = found["certificate"] - time.time()
        yield f"  TLS        the certificate {'is good for ' + span(left) if left > 0 else 'HAS EXPIRED'}"
    yield f"  rooms      {found['rooms']:,}"
    yield f"  people     {_people(found['people'])}"
    yield f"  writer     {_writer(found['writer'])}"
    pools = (f"{name} {pool['busy']} of {pool['threads']}" for name, pool in found["pools"].items())
    waiting = sum(pool["waiting"] for pool in found["pools"].values())
    yield f"  threads    busy: {', '.join(pools)}; jobs that wait {waiting}"
    yield ""
    yield from _warnings(found["warnings"])
    yield from table(_ENDPOINT, [_endpoint(name, one) for name, one in found["endpoints"].items()]).splitlines()
    yield ""
    rates = {
        rate["seconds"]: rate for rate in found["rates"].values()
    }.values()  # a young server has the same for all
    rows = [(name, *(f"{60 * rate[key]:,.1f}" for rate in rates)) for key, name in _RATES]
    yield from table(("a minute, in the last", *(span(rate["seconds"]) for rate in rates)), rows).splitlines()


def _people(found: Mapping[str, Any]) -> str:
    named = found["nicks"][:_NICKS]
    more = found["online"] - len(named)
    elsewhere = found["online"] - found["here"]
    return "".join(
        (
            f"{found['here']:,} here",
            f", {elsewhere:,} at other servers" if elsewhere > 0 else "",
            f": {', '.join(map(printable, named))}" if named else "",
            f" and {more:,} more" if more > 0 else "",
        )
    )


def _writer(found: Mapping[str, Any]) -> str:
    half, most = found["commit_seconds"]["p50"], found["commit_seconds"]["p99"]
    took = f", half of them within {_ms(half)} and 99 % within {_ms(most)}" if half and most else ""
    return f"messages {found['messages']:,}, commits {found['commits']:,}{took}; jobs that wait {found['queue']:,}"


def _endpoint(name: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    refused = sum(found["refused"].values())
    counts = (f"{n:,}" for n in (found["connections"], found["accepted"], refused, found["too_slow"]))
    return (name, shown(*found["address"]), *counts, sized(found["waiting_bytes"]))


def _warnings(standing: list[dict[str, Any]]) -> Iterator[str]:
    for warning in standing:
        yield f"! {printable(warning['text'])} (since {local_time(int(warning['since'] * 1000))})"
    if standing:
        yield ""


def _database(found: Mapping[str, Any]) -> str:
    parts = [printable(found["name"])]
    if found["bytes"] is not None:
        parts.append(
            sized(found["bytes"]) + (f", of it {sized(found['log_bytes'])} log" if found["log_bytes"] else "")
        )
    if found["free_bytes"] is not None:
        parts.append(f"{sized(found['free_bytes'])} free")
    if found["index_behind"]:
        parts.append(f"the search index lacks {counted(found['index_behind'], 'message')}")
    if found["backup"] is not None:
        parts.append(f"last backup {ago(time.time() - found['backup'])}")
    return "; ".join(parts)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:g} ms"
