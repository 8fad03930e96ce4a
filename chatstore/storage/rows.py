"""What the classes of rows have in common."""

from __future__ import annotations

from sqlalchemy import Connection


class Rows:
    """The rows of one subject, bound to a connection with an open transaction. `now` (ms since 1970 UTC) dates new
    rows; a reader needs none."""

    __slots__ = ("_connection", "_now")

    def __init__(self, connection: Connection, now: int = 0) -> None:
        self._connection = connection
        self._now = now
