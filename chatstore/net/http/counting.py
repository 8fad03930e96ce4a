"""Counts the requests that were answered: by what their path begins with, method and class of status. The labels
are few, whatever clients send."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple


class Answered(NamedTuple):
    """`route`: the first part of the path where a route is (`api`, `files`), `page` for the page and the health
    checks, `none` for what is no request. `status`: `2xx` and so on."""

    route: str
    method: str
    status: str


class RequestCounts:
    """Any thread may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Answered] = Counter()

    def add(self, route: str, method: str, status: int) -> None:
        with self._lock:
            self._counts[Answered(route, method, f"{status // 100}xx")] += 1

    def all(self) -> Mapping[Answered, int]:
        with self._lock:
            return dict(self._counts)
