"""Which Backend a URL has."""

from __future__ import annotations

import importlib

from chatstore.storage.backend import Backend
from chatstore.storage.errors import StorageError

_NAMES = {"sqlite": "sqlite", "postgresql": "postgresql", "postgres": "postgresql"}
"""The packages, by the schemes of URLs."""


def named(dialect: str) -> Backend:
    """The backend of a kind of database, as SQLAlchemy or a URL names it. Raises StorageError if chatstore has
    none, or what it needs is not installed."""
    if dialect not in _NAMES:
        raise StorageError(f"chatstore keeps its data in SQLite or PostgreSQL; it can't open {dialect!r} URLs")
    try:
        found: Backend = importlib.import_module(f"chatstore.storage.{_NAMES[dialect]}.backend")
    except ImportError as error:
        if "psycopg" not in (error.name or "") and "pq wrapper" not in str(error):
            raise
        raise StorageError("PostgreSQL needs psycopg: run pip install 'chatstore[postgresql]'") from None
    return found
