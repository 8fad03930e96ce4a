"""E: thousands of idle connections. It measures the cost of each, how fast they come, and what the others
notice when thousands vanish at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.load import Load, LoadFailedError, generators, told
from benchmarks.outcome import Outcome, percentile
from benchmarks.scenarios import Column, Measure, Scenario, Settings
from benchmarks.servers import ANSWER, KNOCK, Kind, Running, running

VANISH = 5000
_WATCHED_SECONDS = 4.0
_BYSTANDERS = Load(20, 2, 1, rate=200.0)


def measure_accepts(server: Running, connections: int) -> Outcome:
    """`accepts`: connections a second that were made and answered, without registering. `accepted_bytes`: the
    resident memory that each adds."""
    before = server.rss()
    try:
        with generators(server.port, Load(connections, rooms=0), 2, "k") as crowd:
            came = crowd.connect(KNOCK, ANSWER)
            added = server.rss() - before
    except LoadFailedError as error:
        return Outcome({}, (str(error),))
    here = max(1, connections - sum(answer["refused"] for answer in came))
    return Outcome({"accepts": here / max(answer["connected"] for answer in came), "accepted_bytes": added / here})


def measure_idle(server: Running, connections: int, watched: float = _WATCHED_SECONDS) -> Outcome:
    """`bytes_each`: the resident memory that a registered connection adds. `registered`: how many a second.
    The rest is in milliseconds: round trips of a PING among them, and the longest wait of the others while
    5,000 (or all) vanish."""
    before = server.rss()
    try:
        with generators(server.port, _BYSTANDERS, 1, "b") as others:
            others.connect()
            usual = told(_BYSTANDERS, others.talk(watched / 2))
            with generators(server.port, Load(connections, rooms=0), 2, "i") as crowd:
                spent = server.cpu()
                came = crowd.connect()
                spent = server.cpu() - spent
                refused = sum(answer["refused"] for answer in came)
                here = max(1, connections - refused)
                each = (server.rss() - before) / here
                trips = [1000 * trip for trip in crowd.ping()]
                talked: list[Any] = []
                watching = threading.Thread(target=lambda: talked.extend(others.talk(watched)))
                watching.start()
                time.sleep(watched / 4)
                crowd.vanish(min(VANISH, here))
                watching.join()
    except LoadFailedError as error:
        return Outcome({}, (str(error),))
    figures = {
        "bytes_each": each,
        "registered": here / max(answer["connected"] for answer in came),
        "register_cpu": spent / here,
        "refused": refused,
        "ping_p50": percentile(trips, 0.5),
        "ping_p99": percentile(trips, 0.99),
        "longest_wait": 1000 * max((wait for answer in talked for wait in answer["latencies"]), default=0.0),
        "usual_p99": usual["p99"],
    }
    return Outcome(figures, tuple(_problems(figures, talked)))


def _problems(figures: Mapping[str, float], talked: list[Any]) -> Iterator[str]:
    if figures["refused"]:
        yield f"{figures['refused']:.0f} refused"
    if not talked:
        yield "the others were cut off"


def _contestants(connections: int) -> Callable[[Settings], Mapping[str, Measure]]:
    def against(kind: Kind) -> Measure:
        def once(folder: Path) -> Outcome:
            with running(kind, folder / "accepts") as server:
                accepts = measure_accepts(server, connections)
            with running(kind, folder / "idle") as server:
                idle = measure_idle(server, connections)
            return Outcome({**accepts.figures, **idle.figures}, accepts.problems + idle.problems)

        return once

    return lambda settings: {kind.name: against(kind) for kind in settings.kinds}


IDLE = tuple(
    Scenario(
        letter,
        f"{connections:,} connections that say nothing; 5,000 of them vanish at once",
        _contestants(connections),
        (
            Column("bytes_each", "KB each, registered", ".1f", 1 / 1024),
            Column("accepted_bytes", "KB each, not registered", ".1f", 1 / 1024),
            Column("accepts", "accepted/s"),
            Column("registered", "registered/s"),
            Column("register_cpu", "server, CPU ms each", ".2f", 1000),
            Column("refused", "refused"),
            Column("ping_p50", "PING p50, ms", ".2f"),
            Column("ping_p99", "PING p99, ms", ".2f"),
            Column("usual_p99", "others' p99 before, ms", ".1f"),
            Column("longest_wait", "others' longest wait, ms", ".0f"),
        ),
        more_is_better=False,
    )
    for letter, connections in (("E5", 5000), ("E10", 10_000))
)
