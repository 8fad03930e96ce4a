"""Scenario E: thousands of connections that say nothing. What each costs, how fast they come, and what happens to
the others when they are all gone at once.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from benchmarks.run import Load, generators, percentile
from benchmarks.servers import Running

_WATCHED_SECONDS = 4.0


@dataclass(frozen=True)
class Idle:
    """`bytes_each`: resident memory a registered connection adds; `accepts`: registrations a second; round trips of
    a PING among them, and the longest wait of the others while they vanish, in milliseconds."""

    connections: int
    bytes_each: float
    accepts: float
    ping_p50: float
    ping_p99: float
    longest_wait: float


def measure_idle(server: Running, connections: int) -> Idle:
    before = server.rss()
    bystanders = Load(20, 2, 1, rate=200.0)
    with generators(server.port, bystanders, prefix="b") as others:
        others.connect()
        with generators(server.port, Load(connections, rooms=0), 2, "i") as crowd:
            came = crowd.connect()
            each = (server.rss() - before) / connections
            trips = sorted(1000 * trip for answer in crowd.ask("ping") for trip in answer["round_trips"])
            talked: list[dict[str, list[float]]] = []
            watching = threading.Thread(target=lambda: talked.extend(others.talk(_WATCHED_SECONDS)))
            watching.start()
            time.sleep(_WATCHED_SECONDS / 4)
            crowd.ask("vanish")
            watching.join()
    return Idle(
        connections=connections,
        bytes_each=each,
        accepts=connections / max(answer["connected"] for answer in came),
        ping_p50=percentile(trips, 0.5),
        ping_p99=percentile(trips, 0.99),
        longest_wait=1000 * max(latency for answer in talked for latency in answer["latencies"]),
    )
