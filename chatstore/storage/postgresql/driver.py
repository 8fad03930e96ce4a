"""PostgreSQL's Driver: how statements are executed, and what its errors mean.

Each statement is a round trip, and each round trip lets other threads run before the next one. So many rows go to
the server as arrays, in one statement (`unnest`), whose plan is the same for every number of rows. And what needs
no answer goes along with the next statement that does (`later`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, ExceptionContext, Table, event
from sqlalchemy.exc import SQLAlchemyError

from chatstore.storage.backend import Fate
from chatstore.storage.errors import StorageError
from chatstore.storage.postgresql.trouble import driver_error, why
from chatstore.storage.schema import MESSAGE_COLUMNS, metadata

__all__ = ["driver_error", "why"]

ERRORS = (SQLAlchemyError, psycopg.Error)
REMOTE = True
_WRITES, _LATER = "writes", "later"
"""Where the information of a connection has the number of its statements that have written, and the statements that
were put off (later())."""

_TAKE_SEQS = """
    UPDATE rooms
    SET last_seq = last_seq + wanted.n,
        last_sent_at = CASE WHEN last_sent_at >= :now THEN last_sent_at + wanted.n ELSE :now + wanted.n - 1 END
    FROM unnest(CAST(:ids AS bigint[]), CAST(:ns AS bigint[])) AS wanted (id, n)
    WHERE rooms.id = wanted.id
    RETURNING rooms.id, last_seq, last_sent_at
"""
_RECORD = f"""
    WITH taken AS (
        UPDATE rooms
        SET last_seq = last_seq + 1, last_sent_at = CASE WHEN last_sent_at >= ? THEN last_sent_at + 1 ELSE ? END
        WHERE id = ? RETURNING id, last_seq, last_sent_at
    )
    INSERT INTO messages ({", ".join(MESSAGE_COLUMNS)})
    SELECT id, last_seq, last_sent_at, nullif(CAST(? AS bigint), 0), ?, ?, ?, nullif(?, ''), nullif(?, ''), ?
    FROM taken RETURNING seq, sent_at
"""
_TYPES = ["bigint"] * 4 + ["text"] * 6
_INSERT = f"""
    INSERT INTO messages ({", ".join(MESSAGE_COLUMNS)})
    SELECT room_id, seq, sent_at, nullif(account_id, 0), nick, kind, body, nullif(tags, ''), nullif(guest, ''),
           audience
    FROM unnest({", ".join(f"CAST(? AS {type}[])" for type in _TYPES)})
         WITH ORDINALITY AS new ({", ".join(MESSAGE_COLUMNS)}, place)
    ORDER BY place
"""
"""Ids rise in the order of the rows."""


def run(
    connection: Connection,
    sql: str,
    parameters: Sequence[Any] | Mapping[str, Any] = (),
    *,
    begins: bool = False,
) -> list[Any]:
    """`begins`: it is the first one of its transaction; BEGIN makes no round trip of its own then."""
    driver: Any = connection.connection.dbapi_connection
    statement, write = _translated(sql)
    info = connection.info
    if write:
        info[_WRITES] = info.get(_WRITES, 0) + 1
    put_off = info.pop(_LATER, ())
    with driver.cursor() as cursor:
        try:
            if put_off or begins:
                with driver.pipeline():
                    for each in put_off:
                        driver.execute(*each)
                    cursor.execute(statement, parameters or None)
            else:
                cursor.execute(statement, parameters or None)
            found: list[Any] = cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            _shorten(error)
            raise
    return found


def later(connection: Connection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> None:
    info = connection.info
    info[_WRITES] = info.get(_WRITES, 0) + 1
    info.setdefault(_LATER, []).append((_translated(sql)[0], parameters or None))


def flush(connection: Connection) -> None:
    if put_off := connection.info.pop(_LATER, ()):
        driver: Any = connection.connection.dbapi_connection
        try:
            with driver.pipeline():
                for each in put_off:
                    driver.execute(*each)
        except psycopg.Error as error:
            _shorten(error)
            raise


def forget(connection: Connection) -> None:
    """What was put off is not executed: it is undone."""
    if not is_lost(connection):
        connection.info.pop(_LATER, None)


def configure(engine: Engine) -> None:
    """Keep what people write out of the messages of errors, and count what is written."""

    @event.listens_for(engine, "before_cursor_execute")
    def on_execute(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        flush(connection)
        if _writes(statement):
            connection.info[_WRITES] = writes(connection) + 1

    event.listen(engine, "commit", flush)
    event.listen(engine, "rollback", forget)

    @event.listens_for(engine, "handle_error")
    def on_error(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, psycopg.Error):
            _shorten(context.original_exception)
            if context.sqlalchemy_exception is not None:
                _shorten(context.sqlalchemy_exception)


def _shorten(error: BaseException) -> None:
    """Leave the first line of an error's message. The others (DETAIL) may have the values of a row."""
    error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:]) if error.args else ()


@lru_cache(maxsize=256)
def _translated(sql: str) -> tuple[str, bool]:
    """The statement with psycopg's parameters, and whether it may write."""
    return re.sub(r":(\w+)", r"%(\1)s", sql.replace("%", "%%")).replace("?", "%s"), _writes(sql)


@lru_cache(maxsize=256)
def _writes(statement: str) -> bool:
    return not statement.lstrip().upper().startswith("SELECT")


def writes(connection: Connection) -> int:
    found: int = connection.info.get(_WRITES, 0)
    return found


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    run(connection, "SAVEPOINT unit")
    try:
        yield
        flush(connection)
    except BaseException:
        forget(connection)
        with suppress(psycopg.Error):  # the connection is gone: fate() sees that
            run(connection, "ROLLBACK TO SAVEPOINT unit")
            run(connection, "RELEASE SAVEPOINT unit")
        raise
    run(connection, "RELEASE SAVEPOINT unit")


def fate(error: BaseException, connection: Connection) -> Fate:
    found = driver_error(error)
    state = (found.sqlstate if found is not None else None) or ""
    if state.startswith("40") or is_lost(connection):  # deadlock, serialization failure
        return Fate.AGAIN
    if state == "53100":
        return Fate.FULL
    if state in ("55P03", "57014", "25006"):
        return Fate.OVER  # a lock or a statement that took too long; a server that became read-only
    if _status(connection) is not TransactionStatus.INTRANS:
        return Fate.CAREFULLY if _status(connection) is TransactionStatus.INERROR else Fate.OVER
    return Fate.TWICE if state == "23505" else Fate.UNIT


def is_lost(connection: Connection) -> bool:
    """Whether the connection to the server is gone."""
    if connection.closed or connection.invalidated:
        return True
    driver: Any = connection.connection.dbapi_connection
    return driver is None or driver.closed or _status(connection) is TransactionStatus.UNKNOWN


def has_failed(connection: Connection) -> bool:
    """Whether a statement of the transaction has failed, and was not undone."""
    return not is_lost(connection) and _status(connection) is TransactionStatus.INERROR


def _status(connection: Connection) -> TransactionStatus:
    driver: Any = connection.connection.dbapi_connection
    return TransactionStatus(driver.info.transaction_status)


def fill(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    driver: Any = connection.connection.dbapi_connection
    try:
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.DataError:
        for row in rows:
            values = dict(zip(table.columns.keys(), row, strict=True))
            for name, value in values.items():
                if isinstance(value, str) and "\0" in value:
                    where = ", ".join(f"{key} {values[key]}" for key in ("id", "room_id", "seq") if key in values)
                    raise StorageError(
                        f"PostgreSQL can't store the character NUL, which is in {table.name}.{name} ({where})"
                    ) from None
        raise


def last_ids(connection: Connection, tables: Sequence[Table]) -> dict[str, int]:
    found = {}
    for table in tables:
        if sequence := _sequence(connection, table):
            [(last, called)] = run(connection, f"SELECT last_value, is_called FROM {sequence}")
            found[table.name] = int(last) if called else 0
    return found


def set_last_ids(connection: Connection, tables: Sequence[Table], last: Mapping[str, int]) -> None:
    run(connection, "DELETE FROM message_word_range")  # it knows nothing of rows that came with ids of their own
    for name, value in last.items():
        sequence = _sequence(connection, metadata.tables[name])
        if sequence and value:
            run(connection, "SELECT setval(CAST(? AS regclass), ?)", (sequence, value))


def _sequence(connection: Connection, table: Table) -> str:
    """The sequence that a table's ids come from, as SQL names it; empty if there is none."""
    if "id" not in table.c:
        return ""
    return str(run(connection, "SELECT pg_get_serial_sequence(?, 'id')", (table.name,))[0][0] or "")


def analyze(connection: Connection, tables: Sequence[Table]) -> None:
    run(connection, f"ANALYZE {', '.join(table.name for table in tables)}")


def allow_long_statements(connection: Connection) -> None:
    run(connection, "SET LOCAL statement_timeout = 0")


def take_seqs(connection: Connection, wanted: Mapping[int, int], now: int) -> dict[int, tuple[int, int]]:
    values = {"ids": list(wanted), "ns": list(wanted.values()), "now": now}
    return {room: (seq, time) for room, seq, time in run(connection, _TAKE_SEQS, values)}


def insert_messages(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        run(connection, _INSERT, [[*column] for column in zip(*rows, strict=True)])


def record(connection: Connection, room: int, values: Sequence[Any], now: int) -> tuple[int, int]:
    [(seq, time)] = run(connection, _RECORD, (now, now, room, *values))
    return seq, time
