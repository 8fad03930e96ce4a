"""A database with an index that the test updates, and what a search should find in it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from chatstore.chat.model.messages import Search
from chatstore.storage import search as storage_search
from chatstore.storage.postgresql import lexemes
from chatstore.storage.postgresql.indexing import LOOK, Filler
from chatstore.storage.sqlite import full_text
from chatstore.storage.sqlite.full_text import Shard, path_beside
from chatstore.storage.sqlite.indexing import Indexer
from tests.storage.database import SECONDS, Database


def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards and blocks of a few messages, so that there are many; and no room is too small for asking the
    index."""
    monkeypatch.setattr(full_text, "SHARD", 8)
    monkeypatch.setattr(lexemes, "BLOCK", 8)
    monkeypatch.setattr(storage_search, "_SMALL", 0)


class Searched:
    """A Database, and what searches find in it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = database.store

    def found(
        self, text: str = "", rooms: Mapping[int, int] | None = None, limit: int = 100, **more: int | str
    ) -> list[str]:
        """The bodies that a search finds, ascending; it searches everywhere unless `rooms` is given."""
        events = self.store.search(self.search_for(text, rooms, limit, **more), lambda: True).events
        return [event.body for event in events]

    def search_for(
        self, text: str = "", rooms: Mapping[int, int] | None = None, limit: int = 100, **more: int | str
    ) -> Search:
        if rooms is None:
            rooms = {room.id: 1 for room in self.store.roster()[0]}
        return Search(rooms, limit, text, **more)  # type: ignore[arg-type]

    def catch_up(self) -> None:
        """Index everything that there is."""
        raise NotImplementedError

    def indexed(self) -> int:
        """How many messages the index has."""
        raise NotImplementedError

    def indexed_ids(self, word: str) -> list[int]:
        """The messages that the index has under a word."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the indexer."""
        raise NotImplementedError


class InFile(Searched):
    """SQLite's index, which lags behind until `catch_up`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.path = path_beside(self.store.place.file)
        self.indexer = self.another()

    def another(self, **options: Any) -> Indexer:
        """Another indexer, as after a restart."""
        doubted = self.store._words.index.doubted
        return Indexer(self.path, self.store._reading, lambda: self.database.now, doubted, **options)

    def restart(self) -> None:
        self.indexer.stop()
        self.indexer = self.another()

    def stop(self) -> None:
        self.indexer.stop()

    def catch_up(self) -> None:
        self.indexer.catch_up()

    def shards(self) -> list[Shard]:
        """The shards that searches may ask."""
        with self.store._words.index.asking() as index:
            return index.shards() if index is not None else []

    def indexed(self) -> int:
        return sum(shard.messages for shard in self.shards())

    def indexed_ids(self, word: str) -> list[int]:
        found: list[int] = []
        with sqlite3.connect(self.path) as connection:
            for shard in self.shards():
                query = f"SELECT rowid FROM words_{shard.id} WHERE words_{shard.id} MATCH ?"
                found += [id_ for (id_,) in connection.execute(query, (f'"{word}"',))]
        connection.close()
        return found

    def bytes(self) -> bytes:
        """Everything in the index's files."""
        files = (self.path, Path(f"{self.path}-wal"))
        return b"".join(file.read_bytes() for file in files if file.exists())

    def damage(self) -> None:
        """Overwrite the middle of the file, as a bad disk would."""
        size = os.stat(self.path).st_size
        with self.path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(size - 4096))


class InTables(Searched):
    """PostgreSQL's index, which lags behind until `catch_up`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.filler = self.another()

    def another(self) -> Filler:
        return Filler(self.store._engine)

    def restart(self) -> None:
        self.filler.stop()
        self.filler = self.another()

    def stop(self) -> None:
        self.filler.stop()

    def catch_up(self) -> None:
        until = time.monotonic() + SECONDS
        while True:
            rest = self.filler.work()
            if rest >= LOOK and self.is_whole():
                return
            assert time.monotonic() < until

    def is_whole(self) -> bool:
        """Whether every message is in the range."""
        last = "SELECT coalesce(max(id), 0) FROM messages"
        return bool(self.rows(f"SELECT 1 FROM message_word_range WHERE first = 1 AND upto > ({last})"))

    def rows(self, sql: str, **values: Any) -> list[Any]:
        with self.store._engine.connect() as connection:
            return [*connection.execute(text(sql), values).all()]

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """A transaction of somebody else; what runs it."""
        engine = self.store._engine.execution_options(isolation_level="READ COMMITTED")
        with engine.begin() as connection:
            yield lambda sql, **values: connection.execute(text(sql), values)

    def indexed(self) -> int:
        [(count,)] = self.rows("SELECT count(*) FROM message_words WHERE words != CAST('' AS tsvector)")
        return int(count)

    def indexed_ids(self, word: str) -> list[int]:
        found = self.rows("SELECT id FROM message_words WHERE :word = ANY(tsvector_to_array(words))", word=word)
        return [id_ for (id_,) in found]

    def words(self) -> set[str]:
        """Every word in the table."""
        found = self.rows("SELECT DISTINCT unnest(tsvector_to_array(words)) FROM message_words")
        return {word for (word,) in found}
