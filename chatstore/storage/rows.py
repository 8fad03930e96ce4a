"""The base of the classes that read and write rows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection


@dataclass(slots=True, eq=False)
class Rows:
    """The rows of one subject, bound to a connection with an open transaction. `now` (ms since 1970 UTC)
    dates new rows; a reader does not need it."""

    _connection: Connection
    _now: int = 0
