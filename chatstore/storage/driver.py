"""The driver, without SQLAlchemy in between: for the few statements that every batch of the writer has.

SQLAlchemy's own part of an execution costs more than all that SQLite does for a small statement. These statements
are text, with parameters in the driver's own style.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection


def run(connection: Connection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
    """Execute it in the transaction that is open, and fetch what it returns. Errors are the driver's own."""
    driver: Any = connection.connection.dbapi_connection
    cursor = driver.cursor()
    try:
        cursor.execute(sql, parameters)
        found: list[Any] = cursor.fetchall() if cursor.description else []
    finally:
        cursor.close()
    return found
