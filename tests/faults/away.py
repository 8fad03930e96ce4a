"""A server of `program.py` with the hands of `tests.running`: clients that connect, register, log in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.faults.journal import BrokenPromiseError
from tests.faults.program import Launch, Program
from tests.running import Running


class Away(Running):
    """It runs in a process of its own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.database = program.database

    def port(self, endpoint: str = "irc") -> int:
        assert endpoint == "irc"
        return self.program.port

    def stop(self) -> None:
        self.program.stop()


@contextmanager
def started(launch: Launch, folder: Path, *arguments: str, **settings: str) -> Iterator[Away]:
    """A server of its own; `settings` are CHATSTORE_… by what follows."""
    with launch_with(launch, {f"CHATSTORE_{name}": value for name, value in settings.items()}).starting() as start:
        yield Away(start(folder, *arguments))


def launch_with(launch: Launch, settings: Mapping[str, str]) -> Launch:
    return replace(launch, settings={**launch.settings, **settings})


def must(holds: bool, broken: str) -> None:
    """Raises BrokenPromiseError, which says what is broken."""
    if not holds:
        raise BrokenPromiseError(broken)
