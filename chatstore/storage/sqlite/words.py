"""Search on SQLite: the index of words in its own file, and the thread that keeps it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from chatstore.chat.model.messages import Found, Search
from chatstore.chat.ports import Clock
from chatstore.storage import search as searching
from chatstore.storage.backend import Reading
from chatstore.storage.sqlite import full_text
from chatstore.storage.sqlite.indexing import Indexer

log = logging.getLogger(__name__)


class SqliteWords:
    """Words: see full_text.py and indexing.py."""

    def __init__(self, engine: Engine, reading: Reading) -> None:
        self._path = full_text.path_beside(Path(str(engine.url.database)))
        self._reading = reading
        self.index = full_text.IndexReader(self._path)
        self.indexer: Indexer | None = None

    def start(self, clock: Clock, busy: Callable[[], bool], leads: Callable[[], bool]) -> None:
        if not full_text.available():
            log.info(
                "this SQLite has no full-text search (FTS5): searches read messages one by one",
                {"event": "index-unsupported"},
            )
            return
        self.indexer = Indexer(self._path, self._reading, clock, self.index.doubted, busy)
        self.indexer.start()

    def search(self, search: Search, go_on: Callable[[], bool]) -> Found:
        return searching.search(self._reading, search, go_on, self.index.asking)

    @property
    def behind(self) -> int | None:
        return self.indexer.behind if self.indexer is not None else None

    def close(self) -> None:
        self.index.close()
        if self.indexer is not None:
            self.indexer.stop()
