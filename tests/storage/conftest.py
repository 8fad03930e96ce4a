from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatstore.storage.postgresql import writing
from tests.postgres import Cluster
from tests.storage.database import Database


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that opens a database runs on each kind of it, unless it is marked as SQLite's."""
    if "database_url" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("sqlite")
        metafunc.parametrize("database_url", ["sqlite"] if only else ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of the test's own: `chat.db`, or one of the session's PostgreSQL server."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'chat.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.database()


@pytest.fixture
def open_database(database_url: str) -> Iterator[Callable[..., Database]]:
    """Opens the test's database with a writer at each call; closes everything in the end."""
    opened: list[Database] = []

    def open_(**arguments: Any) -> Database:
        database = Database(database_url, **arguments)
        opened.append(database)
        return database

    yield open_
    for database in reversed(opened):
        database.close()


@pytest.fixture
def database(open_database: Callable[..., Database]) -> Database:
    return open_database()


@pytest.fixture
def patient_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers of PostgreSQL wait for each other, and are waited for, for as long as a busy machine takes."""
    settings = dict.fromkeys(writing._SETTINGS, "60s") | {"synchronous_commit": "on"}
    told = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings.items())
    monkeypatch.setattr(writing, "_SET", f"SELECT {told}")
