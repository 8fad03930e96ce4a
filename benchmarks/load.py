"""One load against one server: starts the generator's processes, gives them orders, and combines their
results."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from benchmarks.indexed import until_whole
from benchmarks.outcome import Outcome, percentile
from benchmarks.processes import cpu_seconds
from benchmarks.servers import Running

HELLO, WELCOME = "NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n", " 001 "
_AT_ONCE = 400
"""Connections that each process makes at a time."""


@dataclass(frozen=True)
class Load:
    """A load. `members` are spread evenly over `rooms`, and `senders` of them send, each with `window`
    messages on their way, or all together `rate` messages a second. Each sends so many `messages`, or, if that is
    0, for a time. Without rooms, everybody only connects."""

    members: int
    senders: int = 0
    rooms: int = 1
    window: int = 0
    rate: float = 0.0
    messages: int = 0

    @property
    def speakers(self) -> int:
        """How many send in each room."""
        return self.senders // max(1, self.rooms)

    @property
    def watchers(self) -> int:
        """How many members of each room take times; the less there is to read, the more."""
        if self.rooms > 10:
            return 0
        return 15 if self.rate else 2

    @property
    def in_a_room(self) -> int:
        return self.members // max(1, self.rooms)

    def processes(self) -> int:
        """How many processes to start. The server has one core and each process another; each needs a
        listener in its rooms."""
        spare = (os.cpu_count() or 1) - 1
        return max(1, min(4, spare, self.members // 50))


class LoadFailedError(Exception):
    """The generator could not follow an order: the server closed a connection, or did not answer."""


class Generators:
    """The processes of one load. Each gets some of the rooms; if there are fewer rooms than processes, or it is
    `spread`, the members of each room are spread. Several ports are those of several nodes, for a process each."""

    def __init__(
        self, port: int | Sequence[int], load: Load, processes: int = 0, prefix: str = "m", *, spread: bool = False
    ) -> None:
        self._load = load
        self._prefix = prefix
        self._ports = [port] if isinstance(port, int) else port
        self._spread = spread
        processes = processes or (len(self._ports) if len(self._ports) > 1 else 0)
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.generator"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(processes or load.processes())
        ]

    def connect(self, hello: str = HELLO, welcome: str = WELCOME, at_once: int = _AT_ONCE) -> list[Any]:
        """Connect and join all members; each process has at most `at_once` connections under way."""
        plans = self._plans()
        firsts = [0, *accumulate(len(plan) for plan in plans)]
        orders = [
            {
                "do": "connect",
                "host": "127.0.0.1",
                "port": self._ports[number % len(self._ports)],
                "hello": hello,
                "welcome": welcome,
                "members": plan,
                "first_number": first,
                "at_once": at_once,
            }
            for number, (plan, first) in enumerate(zip(plans, firsts, strict=False))
        ]
        return self._ask(orders)

    def talk(self, seconds: float, heard: Callable[[], None] = lambda: None) -> list[Any]:
        """Talk. `heard` is called as soon as everything is delivered, or the time is over: what is read there is
        without what the server does afterwards."""
        load = self._load
        order = {
            "do": "talk",
            "seconds": seconds,
            "messages": load.messages,
            "speakers": load.speakers,
            "window": load.window,
            "rate": load.rate / len(self._processes),
            "watchers": load.watchers,
        }
        self._ask([order] * len(self._processes))
        heard()
        return self._ask([{"do": "settle"}] * len(self._processes))

    def join(self, rooms: int, prefix: str) -> float:
        """Let the members, who are in one process, join so many rooms at once. Returns the seconds until each had
        seen everybody."""
        (answer,) = self._ask([{"do": "join", "rooms": rooms, "prefix": prefix}])
        return float(answer["seconds"])

    def unseen(self) -> int:
        """How many members of their rooms the members together have not seen since."""
        (answer,) = self._ask([{"do": "unseen"}])
        return int(answer["unseen"])

    def ping(self) -> list[float]:
        """The round trips in seconds, ascending."""
        answers = self._ask([{"do": "ping"}] * len(self._processes))
        return sorted(trip for answer in answers for trip in answer["round_trips"])

    def vanish(self, connections: int) -> None:
        share = connections // len(self._processes)
        self._ask([{"do": "vanish", "connections": share}] * len(self._processes))

    def cpu(self) -> float:
        """The processor time of all processes, in seconds."""
        return sum(cpu_seconds(process.pid) for process in self._processes)

    def close(self) -> None:
        for process in self._processes:
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def _ask(self, orders: Sequence[Any]) -> list[Any]:
        """The answers of all processes to their orders. Raises LoadFailedError."""
        for process, order in zip(self._processes, orders, strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        answers = []
        for process in self._processes:
            assert process.stdout is not None
            line = process.stdout.readline()
            answers.append(json.loads(line) if line else {"failed": "a process of the generator ended"})
        for answer in answers:
            if "failed" in answer:
                raise LoadFailedError(answer["failed"])
        return answers

    def _plans(self) -> list[list[tuple[str, str, bool]]]:
        """The (nick, room, sends) of the members of each process. A room's senders come first, so each
        process has senders and listeners."""
        load = self._load
        plans: list[list[tuple[str, str, bool]]] = [[] for _ in self._processes]
        whole_rooms = load.rooms >= len(plans) and not self._spread
        for room in range(max(1, load.rooms)):
            name = f"#bench{room}" if load.rooms else ""
            for i in range(load.in_a_room):
                plan = plans[(room if whole_rooms else i) % len(plans)]
                plan.append((f"{self._prefix}{room}x{i}", name, i < load.speakers))
        return plans


@contextlib.contextmanager
def generators(port: int, load: Load, processes: int = 0, prefix: str = "m") -> Iterator[Generators]:
    """Start the processes. `processes=0` starts as many as fit the load and the machine."""
    running = Generators(port, load, processes, prefix)
    try:
        yield running
    finally:
        running.close()


def measure(server: Running, load: Load, seconds: float = 0.0, processes: int = 0) -> Outcome:
    """Run a load: connect, join and talk; for so many seconds, unless the load says how many messages."""
    spent: list[tuple[float, float]] = []
    try:
        with generators(server.port, load, processes) as members:
            came = members.connect()

            def read() -> None:
                spent.append((server.cpu(), members.cpu()))

            read()
            behind: list[int | None] = []

            def heard() -> None:
                read()
                behind.append(server.index_behind())

            talked = members.talk(seconds, heard)
            indexed = until_whole(server, behind[0])
            read()
            rss = server.rss()
    except LoadFailedError as error:
        return Outcome({}, (str(error),))
    before, then, after = spent
    figures = {
        **told(load, talked),
        "connects": load.members / max(each["connected"] for each in came),
        "joins": load.members / max(max(each["joined"] for each in came), 1e-9),
        "refused": sum(each["refused"] for each in came),
        "rss": rss,
        **indexed,
    }
    cpu, generator_cpu = (
        (end - start) for start, end in zip(before, then if load.messages else after, strict=True)
    )
    figures |= {"server_cpu": cpu, "generator_cpu": generator_cpu}
    figures |= dict(_each(figures, after[0] - before[0] if indexed else None))
    return Outcome(figures, tuple(problems(figures)), tuple(limits(figures)))


def told(load: Load, talked: Sequence[Any]) -> dict[str, float]:
    """The combined figures of the processes. Rates are per second, latencies in milliseconds."""
    latencies = sorted(1000 * latency for each in talked for latency in each["latencies"])
    sent = sum(each["total_sent"] for each in talked)
    return {
        "accepted": sum(each["accepted"] / each["seconds"] for each in talked),
        "deliveries": sum(each["delivered"] / each["seconds"] for each in talked),
        "total_sent": sent,
        "total_deliveries": sum(each["total_delivered"] for each in talked),
        "lasted": max(each["lasted"] for each in talked),
        "lost": sent * (load.in_a_room - 1) - sum(each["total_delivered"] for each in talked),
        "duplicated": sum(each["duplicated"] for each in talked),
        "out_of_order": sum(each["out_of_order"] for each in talked),
        "p50": percentile(latencies, 0.5),
        "p99": percentile(latencies, 0.99),
        "p999": percentile(latencies, 0.999),
    }


def _each(figures: Mapping[str, float], whole: float | None) -> Iterator[tuple[str, float]]:
    """Seconds of processor time for each message and each delivery. `whole`: the server's until its index of words
    had caught up, None if it has none."""
    if figures["total_sent"]:
        yield "cpu_message", figures["server_cpu"] / figures["total_sent"]
        yield "generator_cpu_message", figures["generator_cpu"] / figures["total_sent"]
        if whole is not None:
            yield "cpu_message_indexed", whole / figures["total_sent"]
    if figures["total_deliveries"]:
        yield "cpu_delivery", figures["server_cpu"] / figures["total_deliveries"]


def problems(figures: Mapping[str, float]) -> Iterator[str]:
    """Why no figure counts."""
    for what in ("refused", "lost", "duplicated", "out_of_order", "not_indexed", "unseen"):
        if figures.get(what):
            yield f"{figures[what]:.0f} {what.replace('_', ' ')}"


def limits(figures: Mapping[str, float]) -> Iterator[str]:
    """Why rates and latencies don't count, although processor time does."""
    if figures["generator_cpu"] > figures["server_cpu"]:
        yield "the generator cost more than the server"
