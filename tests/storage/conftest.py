from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.storage.database import Database


@pytest.fixture
def open_database(tmp_path: Path) -> Iterator[Callable[..., Database]]:
    """Opens `chat.db` with a writer at each call; closes everything in the end."""
    opened: list[Database] = []

    def open_(**arguments: Any) -> Database:
        database = Database(tmp_path / "chat.db", **arguments)
        opened.append(database)
        return database

    yield open_
    for database in reversed(opened):
        database.close()


@pytest.fixture
def database(open_database: Callable[..., Database]) -> Database:
    return open_database()
