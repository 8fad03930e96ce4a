"""The index of `sqlite_shards`, for those who search: many threads, and nothing that one of them may break."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from chatstore.chat.model.phrases import Word
from chatstore.storage.sqlite_shards import (
    FORMAT,
    SELECT,
    Shard,
    identity,
    word_of_room,
    word_of_writer,
)

_MOST_ROOMS = 128
"""Rooms that are asked for inside the index."""


class Words:
    """The index, for searches. Every method blocks, may be called from any thread, and raises sqlite3.Error when it
    can't be asked just now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[tuple[tuple[int, int], sqlite3.Connection]] = []
        self._lock = threading.Lock()
        self.doubted = threading.Event()
        """Set when the file seems to be damaged."""

    @contextmanager
    def asking(self) -> Iterator[Questions | None]:
        """Questions to the index; None where there is none. sqlite3.Error inside ends it quietly."""
        connection = self._connection()
        if connection is None:
            yield None
            return
        questions = Questions(connection[1], self.doubted)
        try:
            yield questions
        finally:
            if questions.failed:
                connection[1].close()
            else:
                with self._lock:
                    self._idle.append(connection)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _connection(self) -> tuple[tuple[int, int], sqlite3.Connection] | None:
        try:
            file = identity(self._path)
            while True:
                with self._lock:
                    known = self._idle.pop() if self._idle else None
                if known is None:
                    break
                if known[0] == file:
                    return known
                known[1].close()  # of a file that was replaced
            connection = sqlite3.connect(
                f"file:{quote(str(self._path))}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
            )
            return file, connection
        except (OSError, sqlite3.Error):
            return None


class Questions:
    """One search's. Whatever fails answers as if nothing were indexed."""

    def __init__(self, connection: sqlite3.Connection, doubted: threading.Event) -> None:
        self._connection = connection
        self._doubted = doubted
        self.failed = False

    def shards(self) -> list[Shard]:
        """Those that can be asked, by number."""
        try:
            if self._connection.execute("SELECT format FROM about").fetchall() != [(FORMAT,)]:
                return []
            rows = self._connection.execute(f"{SELECT} WHERE live = 1 ORDER BY number").fetchall()
            return [Shard(*row) for row in rows]
        except sqlite3.Error as error:
            self._fail(error)
            return []

    def shares(self, rooms: Iterable[int]) -> Mapping[int, int]:
        """How many messages of these rooms each shard has, by its table's id; shards without any are left out."""
        shares: dict[int, int] = {}
        wanted = list(rooms)
        try:
            for begin in range(0, len(wanted), 500):
                some = wanted[begin : begin + 500]
                marks = ",".join("?" * len(some))
                query = f"SELECT shard_id, SUM(messages) FROM places WHERE room_id IN ({marks}) GROUP BY shard_id"
                for shard_id, messages in self._connection.execute(query, some).fetchall():
                    shares[shard_id] = shares.get(shard_id, 0) + messages
        except sqlite3.Error as error:
            self._fail(error)
        return shares

    def ids(
        self,
        shard: Shard,
        words: Sequence[Word],
        author: str,
        rooms: Iterable[int],
        between: tuple[int, int],
        most: int,
        *,
        newest: bool,
    ) -> list[int] | None:
        """Messages of a shard that may fit: they have these words, and the author (empty: any), and lie in
        `between` (an id, and the first after those). In the order of ids, from the newest or the oldest on.
        `rooms`: none asks for any room. None when the shard can't be asked."""
        match = [f'"{word.text}"{" *" if word.begins else ""}' for word in words]
        if author:
            match.append(f'"{word_of_writer(author)}"')
        if places := [f'"{word_of_room(room)}"' for room in rooms]:
            match.append(f"({' OR '.join(places)})")
        table = f"words_{shard.id}"
        query = (
            f"SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid >= ? AND rowid < ?"
            f" ORDER BY rowid {'DESC' if newest else 'ASC'} LIMIT ?"
        )
        try:
            found = self._connection.execute(query, (" AND ".join(match), *between, most)).fetchall()
        except sqlite3.Error as error:
            self._fail(error)
            return None
        return [id_ for (id_,) in found]

    def rooms_in(self, shard: Shard, wanted: Mapping[int, int]) -> Sequence[int]:
        """Those of the wanted rooms of which the shard has messages; none when they are too many to ask for."""
        query = "SELECT room_id FROM places WHERE shard_id = ?"
        try:
            there = [id_ for (id_,) in self._connection.execute(query, (shard.id,)).fetchall() if id_ in wanted]
        except sqlite3.Error as error:
            self._fail(error)
            return ()
        return there if len(there) <= _MOST_ROOMS else ()

    def _fail(self, error: sqlite3.Error) -> None:
        self.failed = True
        if "malformed" in str(error) or "not a database" in str(error):
            self._doubted.set()
