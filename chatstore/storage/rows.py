"""What the classes of rows have in common."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection


@dataclass(slots=True, eq=False)
class Rows:
    """The rows of one subject, bound to a connection with an open transaction. `now` (ms since 1970 UTC) dates new
    rows; a reader needs none."""

    _connection: Connection
    _now: int = 0
