"""How far a long command is, on standard error: a bar on a terminal, otherwise a line from time to time."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

import click

_SECONDS = 10.0
"""Seconds between two lines where there is no terminal; what takes less has none."""


class Progress:
    """Called with what is done (one word), how much of it is, and how much there is. `unit`: of what.

    Use it in a `with`, so that whatever comes next begins on a line of its own."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._bar: Any = None
        self._what, self._more, self._began, self._done, self._said = "", "", 0.0, 0, 0.0

    def __call__(self, what: str, done: int, total: int, more: str = "") -> None:
        """`more`: what else there is to say, in place of the rate."""
        now = time.monotonic()
        self._more = more
        if what != self._what:
            self._end()
            self._what, self._began, self._done, self._said = what, now, 0, now
            if sys.stderr.isatty():
                self._bar = click.progressbar(
                    length=total,
                    label=what,
                    file=sys.stderr,
                    show_pos=True,
                    item_show_func=lambda _item: self._rate(),
                )
                self._bar.__enter__()
        if self._bar is not None:
            self._bar.update(done - self._done)
        self._done = done
        ended = done == total and now - self._began >= _SECONDS
        if self._bar is None and (now - self._said >= _SECONDS or ended):
            self._said = now
            left = round((total - done) * (now - self._began) / done) if done else 0
            rest = f", {left // 60}:{left % 60:02} left" if done < total else ""
            click.echo(f"chatstore: {what}: {done:,} of {total:,} {self._unit}, {self._rate()}{rest}", err=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _rate(self) -> str:
        return self._more or f"{self._done / max(time.monotonic() - self._began, 1e-3):,.0f}/s"

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None
