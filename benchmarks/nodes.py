"""One to eight nodes over one PostgreSQL server, with everybody in the same rooms or each node in its own; and one
server over SQLite beside them."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tabulate import tabulate

from benchmarks.client import Client
from benchmarks.load import Generators, Load, LoadFailedError, told
from benchmarks.outcome import Outcome, percentile
from benchmarks.servers import Running, chatstore, running
from tests.postgres import Cluster

FULL = Load(256, 128, 16, window=4)
"""As much as goes through: 16 rooms of 16, of whom 8 speak."""
QUIET = Load(256, 128, 16, rate=100.0)
"""100 messages a second, to see how long one takes."""
_BETWEEN_PROBES = 0.02


@dataclass(frozen=True)
class Setting:
    """`nodes`: how many; 0 is one server over SQLite. `shared`: everybody in the same rooms, on all nodes; else
    each node has rooms of its own."""

    nodes: int
    shared: bool

    @property
    def name(self) -> str:
        return f"{self.nodes} nodes" if self.nodes > 1 else "1 node" if self.nodes else "SQLite"

    @property
    def rooms(self) -> str:
        return ("shared" if self.shared else "own") if self.nodes > 1 else ""


SETTINGS = (
    Setting(0, True),
    Setting(1, True),
    *(Setting(nodes, shared) for nodes in (2, 3, 8) for shared in (True, False)),
)


@contextlib.contextmanager
def servers(nodes: int, folder: Path) -> Iterator[Sequence[Running]]:
    """So many nodes over one PostgreSQL server of their own, with fsync; 0: one over SQLite."""
    with contextlib.ExitStack() as ends:
        if not nodes:
            yield [ends.enter_context(running(chatstore(), folder))]
            return
        cluster = Cluster(fsync=True, max_connections="400")
        ends.callback(cluster.close)
        url = cluster.empty()
        yield [ends.enter_context(running(chatstore(url), folder / f"n{number}")) for number in range(nodes)]


def measure_setting(setting: Setting, seconds: float) -> Outcome:
    """What goes through, and how long a message takes at 100 a second."""
    with tempfile.TemporaryDirectory(prefix="chatstore-benchmark-") as folder:
        try:
            with servers(setting.nodes, Path(folder)) as nodes:
                full = _talk(nodes, FULL, setting, seconds, "f")
            with servers(setting.nodes, Path(folder) / "again") as nodes:
                probe = Probe(nodes)
                _talk(nodes, QUIET, setting, seconds, "q", probe)
        except LoadFailedError as error:
            return Outcome({}, (str(error),))
    figures = {**full, **probe.figures(), "load": os.getloadavg()[0]}
    broken = tuple(
        f"{figures[what]:.0f} {what}" for what in ("lost", "duplicated", "out_of_order") if figures[what]
    )
    return Outcome(figures, broken)


def _talk(
    nodes: Sequence[Running],
    load: Load,
    setting: Setting,
    seconds: float,
    prefix: str,
    probe: Probe | None = None,
) -> dict[str, float]:
    members = Generators([node.port for node in nodes], load, len(nodes), prefix, spread=setting.shared)
    try:
        members.connect()
        before = sum(node.cpu() for node in nodes)
        if probe is not None:
            probe.start()
        talked = members.talk(seconds)
        if probe is not None:
            probe.stop()  # before everybody leaves at once
        cpu = sum(node.cpu() for node in nodes) - before
    finally:
        members.close()
    return {**told(load, talked), "server_cpu": cpu}


class Probe:
    """Says something at one node again and again: how long until it is heard at the same and at another one."""

    def __init__(self, nodes: Sequence[Running]) -> None:
        self._sender = _in_room(nodes[0].port, "prober")
        self._listeners = {"same": _in_room(nodes[0].port, "same")}
        if len(nodes) > 1:
            self._listeners["other"] = _in_room(nodes[1].port, "other")
        self._times: dict[str, list[float]] = {name: [] for name in self._listeners}
        self._thread = threading.Thread(target=self._run)
        self._stopping = threading.Event()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        for number in count():
            if self._stopping.is_set():
                return
            begun = time.monotonic()
            self._sender.send(f"PRIVMSG #probe :probe{number}.\r\n")
            threads = [threading.Thread(target=self._hear, args=(name, number, begun)) for name in self._listeners]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            time.sleep(_BETWEEN_PROBES)

    def _hear(self, name: str, number: int, begun: float) -> None:
        self._listeners[name].until(f":probe{number}.".encode())
        self._times[name].append(1000 * (time.monotonic() - begun))

    def figures(self) -> dict[str, float]:
        return {
            f"{name}_{part}": percentile(sorted(times), share)
            for name, times in self._times.items()
            for part, share in (("p50", 0.5), ("p90", 0.9))
        }


def _in_room(port: int, nick: str) -> Client:
    client = Client(port, nick)
    client.welcome()
    client.round_trip("JOIN #probe\r\n")
    return client


def measure_connections(connections: int, nodes: int) -> Outcome:
    """So many idle guests spread over the nodes: how fast they come, what they cost, and how a PING fares."""
    load = Load(connections, rooms=0)
    with (
        tempfile.TemporaryDirectory(prefix="chatstore-benchmark-") as folder,
        servers(nodes, Path(folder)) as found,
    ):
        empty = sum(node.rss() for node in found)
        members = Generators([node.port for node in found], load, max(1, nodes), spread=True)
        try:
            came = members.connect()
            trips = members.ping()
            rss = sum(node.rss() for node in found)
        except LoadFailedError as error:
            return Outcome({}, (str(error),))
        finally:
            members.close()
    return Outcome(
        {
            "connects": connections / max(each["connected"] for each in came),
            "refused": sum(each["refused"] for each in came),
            "rss": float(rss),
            "bytes_each": (rss - empty) / connections,
            "ping_p50": 1000 * percentile(trips, 0.5),
            "ping_p99": 1000 * percentile(trips, 0.99),
            "load": os.getloadavg()[0],
        }
    )


_COLUMNS = (
    ("accepted", "messages/s", ",.0f"),
    ("deliveries", "deliveries/s", ",.0f"),
    ("p50", "heard under that load: p50, ms", ",.0f"),
    ("p99", "p99, ms", ",.0f"),
    ("same_p50", "at 100/s, same node: p50, ms", ".1f"),
    ("same_p90", "p90, ms", ".1f"),
    ("other_p50", "other node: p50, ms", ".1f"),
    ("other_p90", "p90, ms", ".1f"),
    ("load", "load average", ".1f"),
)


def table(measured: Sequence[Mapping[str, Any]]) -> str:
    """What was measured of the settings."""
    columns = [column for column in _COLUMNS if any(column[0] in each["figures"] for each in measured)]
    rows = [
        (
            each["name"],
            each["rooms"],
            *(format(each["figures"][key], form) if key in each["figures"] else "" for key, _, form in columns),
            "; ".join(each["problems"]),
        )
        for each in measured
    ]
    heads = ("", "rooms", *(head for _, head, _ in columns), "problems")
    return tabulate(rows, heads, tablefmt="github", disable_numparse=True)


def connections_table(measured: Mapping[str, Any]) -> str:
    """What was measured of many connections."""
    shown = (
        ("came per second", "connects", ",.0f", 1.0),
        ("refused", "refused", ",.0f", 1.0),
        ("memory of all nodes, MB", "rss", ",.0f", 1e-6),
        ("memory of each connection, KB", "bytes_each", ".1f", 1 / 1024),
        ("a PING's round trip: p50, ms", "ping_p50", ".1f", 1.0),
        ("p99, ms", "ping_p99", ".1f", 1.0),
        ("load average", "load", ".1f", 1.0),
    )
    figures = measured["figures"]
    rows = [(name, format(figures[key] * scale, form)) for name, key, form, scale in shown if key in figures]
    return tabulate([*rows, *(("problem", each) for each in measured["problems"])], ("", ""), tablefmt="github")


def measure_all(counts: Sequence[int], seconds: float, say: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """The outcomes by name and rooms, one after the other."""
    for setting in SETTINGS:
        if setting.nodes in counts:
            say(f"{setting.name} {setting.rooms}")
            outcome = measure_setting(setting, seconds)
            yield {
                f"{setting.name} {setting.rooms}".strip(): {
                    "name": setting.name,
                    "nodes": setting.nodes,
                    "rooms": setting.rooms,
                    "figures": outcome.figures,
                    "problems": outcome.problems,
                }
            }
