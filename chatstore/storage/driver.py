"""The driver, without SQLAlchemy in between: for the few statements that every batch of the writer has.

SQLAlchemy's own part of an execution costs more than all that SQLite does for a small statement. The statements are
SQLAlchemy's all the same, compiled once for the database at hand; only their execution is the driver's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection


@lru_cache(maxsize=64)
def compiled(statement: Any, dialect: Any) -> tuple[str, tuple[str, ...]]:
    """A statement in the driver's words, and the names of its parameters in the order in which it takes them."""
    made = statement.compile(dialect=dialect)
    return str(made), tuple(made.positiontup or ())


def run(connection: Connection, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
    """Execute it in the transaction that is open, and fetch what it returns. Errors are the driver's own."""
    driver: Any = connection.connection.dbapi_connection
    cursor = driver.cursor()
    try:
        cursor.execute(sql, parameters)
        found: list[Any] = cursor.fetchall() if cursor.description else []
    finally:
        cursor.close()
    return found
