"""Measures what a message and a JOIN cost beside a fixed loop: short runs, in turns, so that a busy machine slows
down both. The index of words is included: the processor time counts until it has caught up."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.load import measure
from benchmarks.outcome import Outcome
from benchmarks.ratios import middle, ratio
from benchmarks.scenarios.arriving import measure_joins
from benchmarks.scenarios.talking import A, B, C
from benchmarks.servers import Running, chatstore, running

_TURNS = 60_000


class CheckFailedError(Exception):
    """A run lost something, so that its figures say nothing, or lacks the figure that counts."""


Check = tuple[Callable[[Running], Outcome], str]
"""How something is measured, and the figure of it that counts."""

CHECKS: Mapping[str, Check] = {
    "A": (lambda server: measure(server, replace(A, messages=1000)), "cpu_message_indexed"),
    "B": (lambda server: measure(server, replace(B, messages=500)), "cpu_message_indexed"),
    "C": (lambda server: measure(server, replace(C, messages=100)), "cpu_message_indexed"),
    "JOIN": (lambda server: measure_joins(server, 200, 1, 5), "cpu_join"),
}


def calibrate(turns: int = _TURNS) -> float:
    """The processor time of a fixed piece of work in pure Python, in seconds: what a server does with text, dicts,
    calls and lists, without a system call."""
    rooms: dict[str, list[str]] = {}

    def say(room: str, text: str) -> int:
        said = rooms.setdefault(room, [])
        said.append(f":{room} PRIVMSG {text}\r\n")
        if len(said) == 16:
            joined = "".join(said).encode()
            said.clear()
            return joined.count(b"\n")
        return 0

    begun = time.process_time()
    lines = 0
    for i in range(turns):
        command, _, rest = f"PRIVMSG #room{i % 50} :the quick brown fox {i}".partition(" ")
        room, _, text = rest.partition(" :")
        lines += say(room.lower(), text.strip()) if command == "PRIVMSG" else 0
    return time.process_time() - begun


def measure_ratios(
    rounds: int, say: Callable[[str], None] = lambda _: None, checks: Mapping[str, Check] = CHECKS
) -> dict[str, float]:
    """The ratio of each check: the median of its rounds. Raises CheckFailedError."""
    return middle([dict(_round(turn, rounds, say, checks)) for turn in range(rounds)])


def _round(
    turn: int, rounds: int, say: Callable[[str], None], checks: Mapping[str, Check]
) -> list[tuple[str, float]]:
    found = []
    before = calibrate()
    for letter, (once, figure) in checks.items():
        say(f"{letter}, round {turn + 1} of {rounds}")
        with (
            tempfile.TemporaryDirectory(prefix="chatstore-benchmark-") as folder,
            running(chatstore(), Path(folder)) as server,
        ):
            outcome = once(server)
        if outcome.problems:
            raise CheckFailedError(f"{letter}: {'; '.join(outcome.problems)}")
        spent = outcome.figures.get(figure)
        if spent is None:
            raise CheckFailedError(
                f"{letter}: the ratios include the index of words, which this SQLite cannot make: it lacks FTS5"
            )
        after = calibrate()
        found.append((letter, ratio(spent, (before, after))))
        before = after
    return found
