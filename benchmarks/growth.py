"""How cost grows with the members of a room, the number of rooms, the size of the history, and connections."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.load import Load, measure
from benchmarks.outcome import Outcome
from benchmarks.scenarios import SMALL, Measure, Settings
from benchmarks.scenarios.idle import measure_idle
from benchmarks.scenarios.replay import measure_replay
from benchmarks.servers import Kind, running
from benchmarks.stores import stored

Point = tuple[float, str, Measure]
"""A point: its x value, the line that it is on, and how it is measured."""


@dataclass(frozen=True)
class Curve:
    """A curve to measure. `panels`: (figure, label of the y axis with its unit, factor to that unit)."""

    title: str
    x_axis: str
    panels: Sequence[tuple[str, str, float]]
    points: Callable[[Settings], Iterator[Point]]


def measure_growth(curve: Curve, settings: Settings, say: Callable[[str], None] = lambda _: None) -> list[Any]:
    """Measure a curve. Returns a dict for each point: x, who, figures and problems."""
    measured = []
    for x, who, once in curve.points(settings):
        say(f"{curve.title}: {who} at {x:,} {curve.x_axis}")
        with tempfile.TemporaryDirectory(prefix="chatstore-benchmark-") as folder:
            outcome = once(Path(folder))
        measured.append(
            {"x": x, "who": who, "figures": outcome.figures, "problems": [*outcome.problems, *outcome.limits]}
        )
    return measured


def _load(kind: Kind, load: Load, seconds: float) -> Measure:
    def once(folder: Path) -> Outcome:
        with running(kind, folder) as server:
            return measure(server, load, seconds)

    return once


def _members(settings: Settings) -> Iterator[Point]:
    for members in (10, 50, 200, 500, 1000):
        for kind in settings.kinds:
            yield members, kind.name, _load(kind, Load(members, 5, 1, 16), settings.seconds)


def _rooms(settings: Settings) -> Iterator[Point]:
    for rooms in (1, 10, 50, 100):
        for kind in settings.kinds:
            yield rooms, kind.name, _load(kind, Load(500, 100, rooms, 16), settings.seconds)


def _history(settings: Settings) -> Iterator[Point]:
    largest = settings.messages[0]

    def of(messages: int) -> Measure:
        return lambda folder: measure_replay(folder, stored(settings.stores, messages))

    for messages in sorted({SMALL, max(SMALL, largest // 10), largest}):
        yield messages, "chatstore", of(messages)


def _connections(settings: Settings) -> Iterator[Point]:
    def idle(kind: Kind, connections: int) -> Measure:
        def once(folder: Path) -> Outcome:
            with running(kind, folder) as server:
                return measure_idle(server, connections)

        return once

    for connections in (1000, 2500, 5000, 10_000):
        for kind in settings.kinds:
            yield connections, kind.name, idle(kind, connections)


CURVES = {
    "members": Curve(
        "Members of one room (5 speak, window 16)",
        "members",
        (("deliveries", "deliveries/s, millions", 1e-6), ("cpu_delivery", "server's CPU for a delivery, ns", 1e9)),
        _members,
    ),
    "rooms": Curve(
        "500 members in so many rooms (100 speak, window 16)",
        "rooms",
        (("accepted", "messages/s, thousands", 1e-3), ("cpu_message", "server's CPU for a message, µs", 1e6)),
        _rooms,
    ),
    "history": Curve(
        "Messages in the database",
        "messages",
        (
            ("latest50_p50", "the latest 50 messages, ms (p50)", 1),
            ("before50_p50", "50 messages before one, ms (p50)", 1),
            ("join50_p50", "joining with 50 lines, ms (p50)", 1),
        ),
        _history,
    ),
    "connections": Curve(
        "Idle connections",
        "connections",
        (("bytes_each", "memory of each, KB", 1 / 1024), ("ping_p50", "round trip of a PING, ms (p50)", 1)),
        _connections,
    ),
}
