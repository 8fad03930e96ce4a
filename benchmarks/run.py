"""One scenario against one server: the load generators are started, told what to do, and what they saw is put
together.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any

import psutil

from benchmarks.servers import Running


@dataclass(frozen=True)
class Load:
    """`members` in `rooms` (each as many), `senders` of them speak: with `window` messages on their way each, or
    `rate` messages a second all together. No rooms: everybody is only connected."""

    members: int
    senders: int = 0
    rooms: int = 1
    window: int = 0
    rate: float = 0.0
    seconds: float = 5.0


@dataclass(frozen=True)
class Outcome:
    """Rates are per second, latencies (from send to delivery) in milliseconds, processor time in seconds."""

    accepted: float
    deliveries: float
    lost: int
    duplicated: int
    out_of_order: int
    p50: float
    p99: float
    p999: float
    connects: float
    joins: float
    server_cpu: float
    generator_cpu: float
    rss: int

    @property
    def valid(self) -> bool:
        """Whether it was the server that was measured, and not the generator."""
        return self.generator_cpu <= self.server_cpu and not (self.lost or self.duplicated or self.out_of_order)


class Generators:
    """The processes of one load. The members of each room are spread over all of them."""

    def __init__(self, port: int, load: Load, processes: int = 1, prefix: str = "m") -> None:
        self._load = load
        self._prefix = prefix
        self._port = port
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.generator"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(processes)
        ]

    def connect(self) -> list[Any]:
        """Everybody comes and joins."""
        plans = self._plans()
        firsts = [0, *accumulate(len(plan) for plan in plans)]
        return self._ask(
            [
                {
                    "do": "connect",
                    "plan": {"host": "127.0.0.1", "port": self._port, "members": plan},
                    "first_number": first,
                }
                for plan, first in zip(plans, firsts, strict=False)
            ]
        )

    def talk(self, seconds: float) -> list[Any]:
        load = self._load
        rate = load.rate / len(self._processes)
        return self._ask(
            [{"do": "talk", "seconds": seconds, "window": load.window, "rate": rate} for _ in self._processes]
        )

    def ask(self, do: str) -> list[Any]:
        return self._ask([{"do": do} for _ in self._processes])

    def cpu(self) -> float:
        """Seconds of processor time of all of them."""
        times = [psutil.Process(process.pid).cpu_times() for process in self._processes]
        return float(sum(each.user + each.system for each in times))

    def close(self) -> None:
        for process in self._processes:
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def _ask(self, orders: Sequence[Any]) -> list[Any]:
        for process, order in zip(self._processes, orders, strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        answers = []
        for process in self._processes:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise SystemExit("a load generator stopped; what it said is above")
            answers.append(json.loads(line))
        return answers

    def _plans(self) -> list[list[tuple[str, str, bool]]]:
        """(nick, room, sends) of each process. A room's senders come first, so each process has some of both."""
        load = self._load
        plans: list[list[tuple[str, str, bool]]] = [[] for _ in self._processes]
        per_room = load.members // load.rooms if load.rooms else load.members
        senders = load.senders // load.rooms if load.rooms else 0
        for room in range(max(1, load.rooms)):
            for i in range(per_room):
                name = f"#bench{room}" if load.rooms else ""
                nick = f"{self._prefix}{room}x{i}"
                plans[(room + i) % len(plans)].append((nick, name, i < senders))
        return plans


@contextlib.contextmanager
def generators(port: int, load: Load, processes: int = 1, prefix: str = "m") -> Iterator[Generators]:
    running = Generators(port, load, processes, prefix)
    try:
        yield running
    finally:
        running.close()


def measure(server: Running, load: Load, processes: int = 1) -> Outcome:
    """Everybody comes, joins and talks."""
    with generators(server.port, load, processes) as members:
        came = members.connect()
        before, spent = server.cpu(), members.cpu()
        talked = members.talk(load.seconds)
        cpu, generator_cpu, rss = server.cpu() - before, members.cpu() - spent, server.rss()
    seconds = max(each["seconds"] for each in talked)
    sent = sum(sum(each["sent_by_room"].values()) for each in talked)
    delivered = sum(each["delivered"] for each in talked)
    expected = sent * (load.members // max(1, load.rooms) - 1)
    latencies = sorted(1000 * latency for each in talked for latency in each["latencies"])
    return Outcome(
        accepted=sent / seconds,
        deliveries=delivered / seconds,
        lost=expected - delivered,
        duplicated=sum(each["duplicated"] for each in talked),
        out_of_order=sum(each["out_of_order"] for each in talked),
        p50=percentile(latencies, 0.5),
        p99=percentile(latencies, 0.99),
        p999=percentile(latencies, 0.999),
        connects=load.members / max(each["connected"] for each in came),
        joins=load.members / max(each["joined"] for each in came),
        server_cpu=cpu,
        generator_cpu=generator_cpu,
        rss=rss,
    )


def percentile(ascending: Sequence[float], part: float) -> float:
    """The smallest value that `part` of them don't exceed; 0 without values."""
    return ascending[min(len(ascending) - 1, int(part * len(ascending)))] if ascending else 0.0


def to_json(outcome: Outcome) -> dict[str, Any]:
    return {**asdict(outcome), "valid": outcome.valid}
