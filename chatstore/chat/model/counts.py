"""Counts by what and how, for what is rare enough that a lock costs nothing: logins, and refusals."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping


class Counts:
    """How often each (what, how) has happened since the start. Any thread may call both."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, what: tuple[str, str]) -> None:
        with self._lock:
            self._counts[what] += 1

    def all(self) -> Mapping[tuple[str, str], int]:
        with self._lock:
            return dict(self._counts)
