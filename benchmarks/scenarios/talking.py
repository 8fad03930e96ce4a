"""A to D and P: people talk in rooms, as fast as their windows allow or at a given rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.disk import measure_fsync
from benchmarks.load import Load, measure
from benchmarks.outcome import Outcome
from benchmarks.scenarios import Column, Measure, Scenario, Settings
from benchmarks.servers import Kind, running

_USED = (
    Column("joins", "joins/s"),
    Column("server_cpu", "server, CPU s", ".1f"),
    Column("generator_cpu", "load, CPU s", ".1f"),
    Column("rss", "RSS, MB", ".0f", 1e-6),
)
_FAST = (
    Column("p50", "p50, ms", ".1f"),
    Column("p99", "p99, ms", ".1f"),
    Column("p999", "p99.9, ms", ".1f"),
)
_DELIVERIES = Column("deliveries", "deliveries/s")
_ACCEPTED = Column("accepted", "messages/s")
ONE_FSYNC = "one fsync"


def _contestants(load: Load) -> Callable[[Settings], Mapping[str, Measure]]:
    def against(kind: Kind, seconds: float) -> Measure:
        def once(folder: Path) -> Outcome:
            with running(kind, folder) as server:
                return measure(server, load, seconds)

        return once

    return lambda settings: {kind.name: against(kind, settings.seconds) for kind in settings.kinds}


def _with_fsync(load: Load) -> Callable[[Settings], Mapping[str, Measure]]:
    """The servers, and beside them what a durable write costs on this disk."""
    contestants = _contestants(load)
    return lambda settings: {**contestants(settings), ONE_FSYNC: measure_fsync}


TALKING = (
    Scenario(
        "A",
        "50 members of one room, 10 of them speak, window 16",
        _contestants(Load(50, 10, 1, 16)),
        (_DELIVERIES, _ACCEPTED, *_FAST, *_USED),
    ),
    Scenario(
        "B",
        "200 members of one room, 20 of them speak, window 16",
        _contestants(Load(200, 20, 1, 16)),
        (_DELIVERIES, _ACCEPTED, *_FAST, *_USED),
    ),
    Scenario(
        "C",
        "500 members in 50 rooms, 100 of them speak, window 16",
        _contestants(Load(500, 100, 50, 16)),
        (_ACCEPTED, _DELIVERIES, *_FAST, *_USED),
    ),
    Scenario(
        "D",
        "1,000 members of one room, 100 messages/s",
        _with_fsync(Load(1000, 20, 1, rate=100.0)),
        (_FAST[1], _FAST[0], _FAST[2], _ACCEPTED, *_USED),
        more_is_better=False,
    ),
    Scenario(
        "P",
        "200 members of one room, 2,000 messages/s",
        _contestants(Load(200, 20, 1, rate=2000.0)),
        (_FAST[1], _FAST[0], _FAST[2], _ACCEPTED, *_USED),
        more_is_better=False,
    ),
)
