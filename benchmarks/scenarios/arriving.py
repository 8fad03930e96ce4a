"""J, J50 and R: people who are connected join rooms, all at once; people connect and register."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.load import Load, LoadFailedError, generators, limits, problems
from benchmarks.outcome import Outcome
from benchmarks.scenarios import Column, Measure, Scenario, Settings
from benchmarks.servers import Kind, Running, running

MEMBERS, WAVES = 500, 4
REGISTRATIONS = 3000


def measure_joins(server: Running, members: int, rooms: int, waves: int = WAVES) -> Outcome:
    """Let registered people join new rooms, all at once, several times. A wave is over when each has seen all
    others of the room, in the names or as a JOIN. `unseen`: how many were not seen."""
    seconds, spent, generator, unseen = 0.0, 0.0, 0.0, 0
    try:
        with generators(server.port, Load(members, rooms=0), 1, "j") as crowd:
            (came,) = crowd.connect()
            for wave in range(waves):
                before, used = server.cpu(), crowd.cpu()
                seconds += crowd.join(rooms, f"wave{wave}x")
                spent += server.cpu() - before
                generator += crowd.cpu() - used
                unseen += crowd.unseen()
    except LoadFailedError as error:
        return Outcome({}, (str(error),))
    joins = members * waves
    figures = {
        "cpu_join": spent / joins,
        "generator_cpu_join": generator / joins,
        "joins": joins / seconds,
        "unseen": unseen,
        "refused": came["refused"],
        "server_cpu": spent,
        "generator_cpu": generator,
        "rss": server.rss(),
    }
    return Outcome(figures, tuple(problems(figures)), tuple(limits(figures)))


def measure_registrations(server: Running, connections: int) -> Outcome:
    """Connect and register, all at once or as many as the server's queue takes, until all are welcomed."""
    before = server.rss()
    try:
        with generators(server.port, Load(connections, rooms=0), 1, "r") as crowd:
            spent, generator = server.cpu(), crowd.cpu()
            (came,) = crowd.connect(at_once=connections)
            spent, generator = server.cpu() - spent, crowd.cpu() - generator
            rss = server.rss()
    except LoadFailedError as error:
        return Outcome({}, (str(error),))
    here = max(1, connections - came["refused"])
    figures = {
        "cpu_registration": spent / here,
        "generator_cpu_registration": generator / here,
        "registered": here / came["connected"],
        "bytes_each": (rss - before) / here,
        "refused": came["refused"],
        "server_cpu": spent,
        "generator_cpu": generator,
    }
    return Outcome(figures, tuple(problems(figures)), tuple(limits(figures)))


def _contestants(once: Callable[[Running, Settings], Outcome]) -> Callable[[Settings], Mapping[str, Measure]]:
    def against(kind: Kind, settings: Settings) -> Measure:
        def measure(folder: Path) -> Outcome:
            with running(kind, folder) as server:
                return once(server, settings)

        return measure

    return lambda settings: {kind.name: against(kind, settings) for kind in settings.kinds}


def _joining(letter: str, rooms: int, title: str) -> Scenario:
    joining = _contestants(lambda server, settings: measure_joins(server, settings.of(MEMBERS, rooms), rooms))

    def of_those_that_tell(settings: Settings) -> Mapping[str, Measure]:
        return joining(replace(settings, kinds=[kind for kind in settings.kinds if kind.announces]))

    return Scenario(
        letter,
        title,
        of_those_that_tell,
        (
            Column("cpu_join", "server, µs a JOIN", ",.0f", 1e6),
            Column("generator_cpu_join", "load, µs a JOIN", ",.0f", 1e6),
            Column("joins", "joins/s"),
            Column("rss", "RSS, MB", ".0f", 1e-6),
        ),
        more_is_better=False,
        beside="joins",
    )


ARRIVING = (
    _joining("J", 1, f"{MEMBERS} people join one room at once, {WAVES} times"),
    _joining("J50", 50, f"{MEMBERS} people join 50 rooms at once, {WAVES} times"),
    Scenario(
        "R",
        f"{REGISTRATIONS:,} people connect and register at once",
        _contestants(lambda server, settings: measure_registrations(server, settings.of(REGISTRATIONS))),
        (
            Column("cpu_registration", "server, µs a registration", ",.0f", 1e6),
            Column("generator_cpu_registration", "load, µs a registration", ",.0f", 1e6),
            Column("registered", "registrations/s"),
            Column("bytes_each", "KB each", ".1f", 1 / 1024),
            Column("refused", "refused"),
        ),
        more_is_better=False,
        beside="registered",
    ),
)
