"""A database with an index that the test updates, and what a search should find in it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from chatstore.chat.model.messages import Search
from chatstore.storage.sqlite.full_text import Shard, path_beside
from chatstore.storage.sqlite.indexing import Indexer
from tests.storage.database import Database


class Searched:
    """A Database with an index, which lags behind until `catch_up`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = database.store
        self.path = path_beside(self.store.path)
        self.indexer = self.another()

    def another(self) -> Indexer:
        """Another indexer, as after a restart."""
        return Indexer(self.path, self.store._reading, lambda: self.database.now, self.store._words.index.doubted)

    def restart(self) -> None:
        self.indexer.stop()
        self.indexer = self.another()

    def catch_up(self) -> None:
        self.indexer.catch_up()

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

    def shards(self) -> list[Shard]:
        """The shards that searches may ask."""
        with self.store._words.index.asking() as index:
            return index.shards() if index is not None else []

    def indexed_ids(self, word: str) -> list[int]:
        """The messages that the index has under a word."""
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
