"""A to D and P: people talk in rooms, as fast as their windows allow or at a given rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.disk import measure_fsync
from benchmarks.load import Load, measure
from benchmarks.outcome import Outcome
from benchmarks.scenarios import Column, Measure, Scenario, Settings
from benchmarks.servers import Kind, running

A = Load(50, 10, 1, 16, messages=4000)
B = Load(200, 20, 1, 16, messages=2000)
C = Load(500, 100, 50, 16, messages=1000)
MANY_ROOMS = Load(2000, 1000, 1000, 16, messages=100)
_LEAST = 20
"""Messages of a sender, however small the share: more than a window."""

_CPU = (
    Column("cpu_message", "server, µs a message", ".1f", 1e6),
    Column("generator_cpu_message", "load, µs a message", ".1f", 1e6),
)
_INDEX = (
    Column("cpu_message_indexed", "server until the index is whole, µs", ".1f", 1e6),
    Column("index_behind", "index behind, rows"),
    Column("index_seconds", "whole after, s", ".1f"),
)
_FAST = (
    Column("p50", "p50, ms", ".1f"),
    Column("p99", "p99, ms", ".1f"),
    Column("p999", "p99.9, ms", ".1f"),
)
_DELIVERIES = Column("deliveries", "deliveries/s")
_ACCEPTED = Column("accepted", "messages/s")
_RSS = Column("rss", "RSS, MB", ".0f", 1e-6)
ONE_FSYNC = "one fsync"


def sized(load: Load, settings: Settings) -> Load:
    """The load with the messages that the settings ask for."""
    if load.rate:
        return replace(load, messages=max(1, round(load.rate * settings.seconds / load.senders)))
    return replace(load, messages=settings.of(load.messages, _LEAST))


def _contestants(load: Load) -> Callable[[Settings], Mapping[str, Measure]]:
    def against(kind: Kind, load: Load) -> Measure:
        def once(folder: Path) -> Outcome:
            with running(kind, folder) as server:
                return measure(server, load)

        return once

    return lambda settings: {kind.name: against(kind, sized(load, settings)) for kind in settings.kinds}


def _with_fsync(load: Load) -> Callable[[Settings], Mapping[str, Measure]]:
    """The servers, and beside them what a durable write costs on this disk."""
    contestants = _contestants(load)
    return lambda settings: {**contestants(settings), ONE_FSYNC: measure_fsync}


def _by_window(letter: str, title: str, load: Load, rates: Sequence[Column] = (_ACCEPTED, _DELIVERIES)) -> Scenario:
    """As fast as it goes: what a message costs counts, and how many there are a second stands beside it."""
    columns = (*_CPU, *rates, *_FAST, *_INDEX, _RSS)
    return Scenario(letter, title, _contestants(load), columns, more_is_better=False, beside=_ACCEPTED.figure)


def _by_rate(letter: str, title: str, contestants: Callable[[Settings], Mapping[str, Measure]]) -> Scenario:
    """So many messages a second: how long each takes counts."""
    columns = (_FAST[1], _FAST[0], _FAST[2], *_CPU, _ACCEPTED, *_INDEX, _RSS)
    return Scenario(letter, title, contestants, columns, more_is_better=False, beside=_CPU[0].figure)


TALKING = (
    _by_window("A", "50 members of one room, 10 of them speak, window 16, 4,000 messages each", A),
    _by_window("B", "200 members of one room, 20 of them speak, window 16, 2,000 messages each", B),
    _by_window("C", "500 members in 50 rooms, 100 of them speak, window 16, 1,000 messages each", C),
    _by_window(
        "C1000", "2,000 members in 1,000 rooms, one of each room speaks, window 16, 100 messages each", MANY_ROOMS
    ),
    _by_rate("D", "1,000 members of one room, 100 messages/s", _with_fsync(Load(1000, 20, 1, rate=100.0))),
    _by_rate("P", "200 members of one room, 2,000 messages/s", _contestants(Load(200, 20, 1, rate=2000.0))),
)
