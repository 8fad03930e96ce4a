"""Fixtures that several pieces use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks import stores
from benchmarks.stores import Stored, stored
from chatstore.storage.store import DatabaseStore

MESSAGES = 50_000


@pytest.fixture(scope="session")
def large() -> Stored:
    return stored(stores.DEFAULT, MESSAGES)


@pytest.fixture
def store(large: Stored) -> Iterator[DatabaseStore]:
    opened = DatabaseStore(f"sqlite:///{large.path}")
    yield opened
    opened.close()
