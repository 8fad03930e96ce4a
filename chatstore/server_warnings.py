"""Warnings: what is wrong with the server now, for its administrators.

A warning is a state, not an event: it stands until it is cleared. `chatstore status`, the page and /metrics show
those that stand; the log says when one begins, changes and ends.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

log = logging.getLogger(__name__)

_DAY = 86_400.0


class ServerWarning(NamedTuple):
    """What is wrong. `key` names the kind for programs, such as `backup` or `certificate`, and does not change;
    `text` is one line for people, which says what to do. `since`: seconds since 1970 UTC."""

    key: str
    text: str
    since: float


class Warnings:
    """The warnings that stand, by key. Any thread may call everything; nothing blocks."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._standing: dict[str, ServerWarning] = {}
        self._logged: dict[str, float] = {}
        """When the log got a line of each."""
        self._told: list[Callable[[ServerWarning], None]] = []

    def set(self, key: str, text: str) -> None:
        """Something is wrong. Say it again as often as you like: the log gets a line only if it is new, its text is
        another, or a day has gone. So a text has no figure that changes all the time."""
        now = self._clock()
        with self._lock:
            before = self._standing.get(key)
            new = before is None or before.text != text
            if not new and now - self._logged[key] < _DAY:
                return
            self._logged[key] = now
            self._standing[key] = warning = ServerWarning(key, text, before.since if before is not None else now)
            told = tuple(self._told) if new else ()
        log.warning("%(what)s", {"event": "warning", "warning": key, "what": text})
        for tell in told:
            tell(warning)

    def clear(self, key: str) -> None:
        """It is not wrong any more. Does nothing if it was not."""
        with self._lock:
            before = self._standing.pop(key, None)
        if before is not None:
            log.info("no longer so: %(what)s", {"event": "warning-ended", "warning": key, "what": before.text})

    def list(self) -> Sequence[ServerWarning]:
        """Those that stand, the oldest first."""
        with self._lock:
            return sorted(self._standing.values(), key=lambda warning: (warning.since, warning.key))

    def tell(self, told: Callable[[ServerWarning], None]) -> Callable[[], None]:
        """Call `told` with each warning that is new, or has another text, in the thread that sets it; it must not
        block. Returns what ends that."""
        with self._lock:
            self._told.append(told)

        def end() -> None:
            with self._lock, suppress(ValueError):
                self._told.remove(told)

        return end
