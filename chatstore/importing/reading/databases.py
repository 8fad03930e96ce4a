"""SQLite databases of other programs. They are opened read-only, and nothing in them is run: no views, no
functions of their schema (<https://www.sqlite.org/security.html>)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chatstore.importing.reading.files import UnreadableError
from chatstore.importing.source import SourceError

_FIRST = b"SQLite format 3\0"
_STEP = 200
"""Rows between two looks at how far it is."""


def is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_FIRST)) == _FIRST
    except OSError:
        return False


class Database:
    """A database with these tables. Raises SourceError without them."""

    def __init__(self, path: Path, what: str, tables: Sequence[str]) -> None:
        if not path.exists():
            raise SourceError(f"there is no {path}")
        if not is_database(path):
            raise SourceError(f"{path} is no {what}: it is no SQLite database")
        self.read, self.size = 0, path.stat().st_size
        self._path = path
        try:
            self._connection = self._connected("mode=ro")
            found = self.tables()
        except sqlite3.Error:
            self._connection = self._connected("mode=ro&immutable=1")  # its WAL can't be used in this folder
            try:
                found = self.tables()
            except sqlite3.Error as error:
                raise SourceError(f"{path} can't be read: {error}") from None
        if missing := [table for table in tables if table not in found]:
            raise SourceError(f"{path} is no {what}: it has no table {missing[0]}")

    def _connected(self, how: str) -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{quote(str(self._path.absolute()))}?{how}", uri=True)
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA cell_size_check=ON")
        connection.text_factory = _text
        return connection

    def tables(self) -> set[str]:
        """Its tables; not views, which are code."""
        return {name for (name,) in self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def columns(self, table: str) -> list[str]:
        return [row[1] for row in self._connection.execute(f'PRAGMA table_info("{table}")')]

    def rows(self, query: str, values: Sequence[object] = (), count: int = 0) -> Iterator[tuple[Any, ...]]:
        """The rows of a query. `count`: how many they will be, so that `read` follows. Raises
        UnreadableError."""
        try:
            for number, row in enumerate(self._connection.execute(query, values), 1):
                if count and number % _STEP == 0:
                    self.read = self.size * min(number, count) // count
                yield row
        except sqlite3.Error as error:
            hint = f"; `sqlite3 {self._path.name} .recover` saves what can be" if "malformed" in str(error) else ""
            raise UnreadableError(f"{self._path.name} can't be read further: {error}{hint}") from None
        self.read = self.size

    def one(self, query: str) -> Any:
        return next(self.rows(query), (None,))[0]

    def close(self) -> None:
        self._connection.close()


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
