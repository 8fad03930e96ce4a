"""What a check finds. What a check is stands in backend.py, which has the database that it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

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
