"""Search on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from chatstore.chat.model.messages import Found, Search
from chatstore.chat.ports import Clock
from chatstore.storage import search as searching
from chatstore.storage.backend import Reading


class PostgresWords:
    """Words."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def start(self, clock: Clock, busy: Callable[[], bool]) -> None:
        return

    def search(self, search: Search, go_on: Callable[[], bool]) -> Found:
        return searching.search(self._reading, search, go_on, nullcontext)

    def close(self) -> None:
        return
