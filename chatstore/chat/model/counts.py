"""Counts by name, for what is rare enough that a lock costs nothing: logins, and refusals."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable, Mapping


class Counts:
    """How often each thing has happened since the start. Any thread may call both."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Hashable] = Counter()

    def add(self, what: Hashable) -> None:
        with self._lock:
            self._counts[what] += 1

    def all(self) -> Mapping[Hashable, int]:
        with self._lock:
            return dict(self._counts)
