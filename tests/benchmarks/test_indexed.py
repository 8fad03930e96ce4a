"""How far the index of words is behind, as read from its file."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from benchmarks import indexed
from benchmarks.database import make
from benchmarks.indexed import lacking, sqlite_behind, until_whole
from benchmarks.searching import build
from chatstore.storage.sqlite.full_text import SHARD


def test_a_database_without_an_index_lacks_every_row_and_with_it_none(tmp_path: Path) -> None:
    made = make(tmp_path / "chat.db", 2_000, rooms=3)
    with contextlib.closing(sqlite3.connect(made.path)) as connection:
        (last,) = connection.execute("SELECT MAX(id) FROM messages").fetchone()
    assert sqlite_behind(made.path) == last
    build(made.path, 2_000)
    assert sqlite_behind(made.path) == 0


@pytest.mark.parametrize(
    ("last", "upto", "rows"),
    [
        (0, {}, 0),
        (10, {}, 10),
        (10, {0: 4}, 7),
        (10, {0: 11}, 0),
        (SHARD + 1, {0: SHARD, 1: SHARD}, 2),
        (SHARD + 1, {0: SHARD, 1: SHARD + 2}, 0),
        (SHARD + 1, {1: SHARD + 2}, SHARD - 1),
    ],
)
def test_rows_that_no_shard_has(last: int, upto: dict[int, int], rows: int) -> None:
    assert lacking(last, upto) == rows


class Index:
    """An index that lacks fewer rows at each look."""

    def __init__(self, *behind: int) -> None:
        self.behind = list(behind)

    def index_behind(self) -> int:
        return self.behind.pop(0) if len(self.behind) > 1 else self.behind[0]


def test_until_it_is_whole() -> None:
    figures = until_whole(Index(7, 3, 0), 9)
    assert (figures["index_behind"], figures["not_indexed"]) == (9, 0)
    assert figures["index_seconds"] > 0
    assert until_whole(Index(0), None) == {}


def test_an_index_that_goes_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexed, "_PATIENCE", 0.1)
    assert until_whole(Index(7), 9)["not_indexed"] == 7
