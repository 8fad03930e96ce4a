"""The scenarios: a file for each kind; each scenario has a letter.

A scenario has *contestants*, which are measured in turns: servers, or the same server under different
conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.outcome import Outcome
from benchmarks.servers import Kind

SMALL = 50_000
"""Messages of the small database. They are few, but some rooms still have more than a page of 1,000."""


@dataclass(frozen=True)
class Settings:
    """`kinds`: the servers that take part. `seconds`: how long a load talks that has a rate or something beside
    it. `stores`: a folder that keeps large databases for the next run. `messages`: of the large and of the small
    database. `share`: of the messages, JOINs and registrations, where a scenario has a number of them."""

    kinds: Sequence[Kind]
    seconds: float
    stores: Path
    messages: Sequence[int] = (5_000_000, SMALL)
    share: float = 1.0

    def of(self, number: int, least: int = 1) -> int:
        """Our share of a number."""
        return max(least, round(self.share * number))


Measure = Callable[[Path], Outcome]
"""A function that measures once, in an empty folder."""


@dataclass(frozen=True)
class Column:
    """A figure that the tables show; `form` is as in format()."""

    figure: str
    head: str
    form: str = ",.0f"
    scale: float = 1.0


@dataclass(frozen=True)
class Scenario:
    """A scenario. `figure` is the one that counts, and the first of the columns; `beside` is the column that the
    overview shows, too. `reference` is the contestant that the others are compared with; if it is empty, the first
    one."""

    letter: str
    title: str
    contestants: Callable[[Settings], Mapping[str, Measure]]
    columns: Sequence[Column]
    more_is_better: bool = True
    reference: str = "chatstore"
    beside: str = ""

    @property
    def figure(self) -> str:
        return self.columns[0].figure
