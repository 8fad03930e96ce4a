"""The base of the classes that read and write rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select

_AT_ONCE = 1_000
"""The most values of one query."""


Method = TypeVar("Method", bound=Callable[..., Any])


def one_statement(method: Method) -> Method:
    """Mark a method of Rows that reads by one statement: it sees one state without a transaction."""
    method.one_statement = True  # type: ignore[attr-defined]
    return method


@dataclass(slots=True, eq=False)
class Rows:
    """The rows of one subject, bound to a connection with an open transaction. `now` (ms since 1970 UTC)
    dates new rows; a reader does not need it."""

    _connection: Connection
    _now: int = 0


def rows_of(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], values: Collection[int] | None
) -> Iterator[Any]:
    """The rows of a query; with `values`, those whose column has one of them."""
    if values is None:
        yield from connection.execute(query).all()
        return
    wanted = sorted(values)
    for begin in range(0, len(wanted), _AT_ONCE):
        yield from connection.execute(query.where(column.in_(wanted[begin : begin + _AT_ONCE]))).all()
