"""How far the server's index of words is behind its messages, read from outside: the server does nothing for it.

The index works behind the commits, so the processor time until the last delivery has only a part of its cost, and
a different one each time. Beside it stands what is used until the index has caught up.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, text

from chatstore.storage.sqlite import full_text

_LOOK = 0.05
"""Seconds between two looks."""
_PATIENCE = 120.0
"""Seconds without progress after which the index counts as stuck."""
_LAST = "SELECT COALESCE(MAX(id), 0) FROM messages"


class Indexing(Protocol):
    def index_behind(self) -> int | None:
        """How many rows the index lacks; None if the server has none."""


def until_whole(server: Indexing, behind: int | None) -> dict[str, float]:
    """Wait until the index has caught up. Returns `index_behind`, what it lacked, `index_seconds`, how long that
    took from now on, and `not_indexed`, what it lacks still if it goes no further; nothing without an index."""
    if behind is None:
        return {}
    begun = last = time.monotonic()
    fewest = now = server.index_behind() or 0
    while now and time.monotonic() - last < _PATIENCE:
        time.sleep(_LOOK)
        now = server.index_behind() or 0
        if now < fewest:
            fewest, last = now, time.monotonic()
    return {"index_behind": behind, "index_seconds": time.monotonic() - begun, "not_indexed": now}


def sqlite_behind(database: Path) -> int | None:
    """Rows of messages that the index beside this database lacks, as far as it is committed; None if this SQLite
    has no full-text search."""
    if not full_text.available():
        return None
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (last,) = connection.execute(_LAST).fetchone()
    reader = full_text.IndexReader(full_text.path_beside(database))
    with contextlib.closing(reader), reader.asking() as index:
        upto = {shard.number: shard.upto for shard in index.shards()} if index is not None else {}
    return lacking(last, upto)


def lacking(last: int, upto: dict[int, int]) -> int:
    """How many of the rows 1 to `last` are not indexed; `upto` says for each shard below which id it is whole."""
    return sum(
        max(0, min(full_text.first_id(number + 1), last + 1) - upto.get(number, max(1, full_text.first_id(number))))
        for number in range(full_text.number_of(last) + 1)
    )


def postgresql_behind(url: str) -> Callable[[], int]:
    """The same for a database of PostgreSQL; each call asks it once."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))

    def behind() -> int:
        with engine.connect() as connection:
            last = connection.execute(text(_LAST)).scalar_one()
            found = connection.execute(
                text("SELECT first, upto FROM message_word_range WHERE id = 1")
            ).one_or_none()
        first, upto = found if found is not None and found.upto else (last + 1, last + 1)
        return max(0, int(first) - 1) + max(0, int(last) + 1 - int(upto))

    return behind
