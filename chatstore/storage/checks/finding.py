"""What a check is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sqlalchemy import Connection

from chatstore.storage.backend import Place, Reading

State = Literal["ok", "warning", "problem", "skipped"]
"""`problem`: something is damaged, or does not work. `warning`: it will be, or may be. `skipped`: it could
not be looked at, or does not apply."""
_SHOWN = 3
"""The most examples that one line names."""


@dataclass(frozen=True)
class Finding:
    """What a check has found, in one line. `advice`: what to do, in one line; empty if there is nothing to
    do."""

    state: State
    text: str
    advice: str = ""
    check: str = ""
    """The name of the check, which stays the same in later versions."""
    repaired: str = ""
    """What `--repair` has done about it."""

    @property
    def well(self) -> bool:
        return self.state in ("ok", "skipped")


@dataclass(frozen=True)
class Examined:
    """The database that is looked at. `now` is ms since 1970 UTC. `deep`: look at everything, however long that
    takes. `copy`: it is a backup, which no server serves. `older`: its schema is that of an earlier version."""

    reading: Reading
    place: Place
    now: int
    deep: bool = False
    copy: bool = False
    older: bool = False

    @property
    def served(self) -> bool:
        """Whether a server runs on the database."""
        if self.copy:
            return False
        nodes = self.place.nodes()
        if nodes is None:
            return bool(self.place.served_by(removes=True))
        return any(one.kind == "server" and one.alive for one in nodes)


Writing = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction that writes the database."""


class Check(NamedTuple):
    """`name` is stable, for programs. `repair` puts right what can be put right without losing anything, and
    says what it did; an empty text if that was nothing.

    `removes`: the repair removes something as not needed any more, judged by the rest of the database. So it is
    done only if the rest is whole: `ground` is what looks at that, and finds a problem otherwise. `slow`: the
    check reads every event, so it is left out without --deep."""

    name: str
    run: Callable[[Examined], Finding]
    repair: Callable[[Examined, Writing], str] | None = None
    removes: bool = False
    ground: Callable[[Examined], Finding] | None = None
    slow: bool = False


def ok(text: str) -> Finding:
    return Finding("ok", text)


def skipped(text: str) -> Finding:
    return Finding("skipped", text)


def warning(text: str, advice: str) -> Finding:
    return Finding("warning", text, advice)


def problem(text: str, advice: str) -> Finding:
    return Finding("problem", text, advice)


def some(names: Sequence[str]) -> str:
    """The first of many: `#a, #b, #c, and 4 more`."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f", and {more} more" if more > 0 else "")
