"""A reader of the store stands in for a class of rows, which mypy takes it for: it can only call methods."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatstore.storage.rows import Rows
from chatstore.storage.store import DatabaseStore
from tests.storage.database import Database


def _subclasses(base: type[Rows]) -> Iterator[type[Rows]]:
    for one in base.__subclasses__():
        yield one
        yield from _subclasses(one)


ALL = sorted(set(_subclasses(Rows)), key=lambda rows: rows.__name__)


def test_the_classes_of_rows_are_found() -> None:
    assert {"Accounts", "Messages", "Rooms", "Tokens"} <= {rows.__name__ for rows in ALL}


@pytest.mark.parametrize("rows", ALL)
def test_each_public_name_is_a_method_that_returns_when_it_has_read(rows: type[Rows]) -> None:
    """A property would be a function in the stand-in, and a generator would read after its connection was
    given back."""
    names = [name for name in dir(rows) if not name.startswith("_")]
    assert names
    for name in names:
        found = inspect.getattr_static(rows, name)
        assert inspect.isfunction(found), f"{rows.__name__}.{name}"
        assert not inspect.isgeneratorfunction(found), f"{rows.__name__}.{name}"


def test_the_stand_in_calls_them(tmp_path: Path) -> None:
    database = Database(tmp_path / "chat.db", start=False)
    store: DatabaseStore = database.store
    assert store.rooms.all() == []
    assert store.rooms.by_id(7) is None
    with pytest.raises(AttributeError):
        store.rooms.no_such_method()  # type: ignore[attr-defined]
    database.close()
