"""Which Backend a URL has."""

from __future__ import annotations

import importlib

from chatstore.storage.backend import Backend
from chatstore.storage.errors import StorageError

_NAMES = ("sqlite", "postgresql")


def named(dialect: str) -> Backend:
    """The backend of a kind of database, as SQLAlchemy names it. Raises StorageError if chatstore has none."""
    if dialect not in _NAMES:
        raise StorageError(f"chatstore keeps its data in SQLite or PostgreSQL; it can't open {dialect!r} URLs")
    found: Backend = importlib.import_module(f"chatstore.storage.{dialect}.backend")
    return found
