"""SQLite's Driver, and everything about it that needs SQLite's own words: the file, the pragmas, the errors,
the copy.

WAL with synchronous=FULL: a commit that has returned is on disk. Only the server's writer checkpoints.
Every other connection switches automatic checkpoints off, because SQLite before 3.51.3 can lose commits
when two connections write and checkpoint at the wrong moment (the WAL-reset bug).
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.exc import SQLAlchemyError

from chatstore.storage.backend import Fate
from chatstore.storage.files import sync
from chatstore.storage.schema import MESSAGE_COLUMNS

log = logging.getLogger(__name__)

ERRORS = (SQLAlchemyError, sqlite3.Error)
"""The errors of the database, through SQLAlchemy or directly from the driver (run())."""
REMOTE = False
_WAL_FORMAT = b"\x02\x02"
"""Bytes 18 and 19 of a database in WAL mode (SQLite's file format, section 1.3.3)."""
_CHECKPOINT_PAGES = 1000
_COPY_PAGES = 1024
"""Pages that a copy takes at once; then others may have the processor."""
_PATIENCE = 10_000
"""Milliseconds that a write waits for another process."""
_START_PATIENCE = 2_000
"""Milliseconds that the start of a server waits for readers of the write-ahead log that it finds."""
_TAKE_SEQS = """
    UPDATE rooms
    SET last_seq = last_seq + :n,
        last_sent_at = CASE WHEN last_sent_at >= :now THEN last_sent_at + :n ELSE :now + :n - 1 END
    WHERE id = :room
    RETURNING last_seq, last_sent_at
"""
"""Takes n seqs and n rising times from a room's row. Returns those of the last of the n."""

_INSERT = f"INSERT INTO messages ({', '.join(MESSAGE_COLUMNS)}) VALUES "
_ROW = "(?, ?, ?, nullif(?, 0), ?, ?, ?, nullif(?, ''), nullif(?, ''), ?)"
"""One message, in the order of MESSAGE_COLUMNS. No NULL is bound: for a None, Python's driver asks its
adapters first, which costs as much as the row."""
_INSERTS = tuple((rows, _INSERT + ", ".join([_ROW] * rows)) for rows in (64, 16, 4, 1))
"""By number of rows, the most first. Many rows in one statement cost half of what executemany does (2.7
against 5 µs a row), which lets go of the GIL after each row. There are few sizes, because the driver keeps
each statement prepared."""
_ROOM = itemgetter(MESSAGE_COLUMNS.index("room_id"))


def run(connection: Connection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
    driver: Any = connection.connection.dbapi_connection
    cursor = driver.cursor()
    try:
        cursor.execute(sql, parameters)
        found: list[Any] = cursor.fetchall() if cursor.description else []
    finally:
        cursor.close()
    return found


def later(connection: Connection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> None:
    run(connection, sql, parameters)


def flush(connection: Connection) -> None:
    """Nothing is put off."""


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """See Driver.savepoint. It is written by hand, because every join and quit takes one: SQLAlchemy's nested
    transaction costs fifty times what SQLite needs."""
    run(connection, "SAVEPOINT unit")
    try:
        yield
    except BaseException:
        run(connection, "ROLLBACK TO SAVEPOINT unit")
        run(connection, "RELEASE SAVEPOINT unit")
        raise
    run(connection, "RELEASE SAVEPOINT unit")


def writes(connection: Connection) -> int:
    return 0


def fate(error: BaseException, connection: Connection) -> Fate:
    if out_of_space(error):
        return Fate.FULL
    return Fate.OVER if transaction_lost(connection) else Fate.UNIT


def why(error: BaseException) -> str:
    return str(getattr(error, "orig", error)).partition("\n")[0] or type(error).__name__


def fill(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    marks = ", ".join("?" * len(table.columns))
    driver: Any = connection.connection.dbapi_connection
    driver.executemany(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', rows)


def last_ids(connection: Connection, tables: Sequence[Table]) -> dict[str, int]:
    counted = dict(run(connection, "SELECT name, seq FROM sqlite_sequence"))
    for table in tables:
        if table.name not in counted and "id" in table.c:
            counted[table.name] = run(connection, f'SELECT coalesce(max(id), 0) FROM "{table.name}"')[0][0]
    return {table.name: int(counted[table.name]) for table in tables if table.name in counted}


def set_last_ids(connection: Connection, tables: Sequence[Table], last: Mapping[str, int]) -> None:
    for table in tables:
        run(connection, "DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        if last.get(table.name):
            run(connection, "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last[table.name]))


def analyze(connection: Connection, tables: Sequence[Table]) -> None:
    """Every statement has its plan without statistics (tests/storage/plans.py)."""


def allow_long_statements(connection: Connection) -> None:
    return


def take_seqs(connection: Connection, wanted: Mapping[int, int], now: int) -> dict[int, tuple[int, int]]:
    taken: dict[int, tuple[int, int]] = {}
    for room, n in wanted.items():
        for seq, time in run(connection, _TAKE_SEQS, {"room": room, "n": n, "now": now}):
            taken[room] = seq, time
    return taken


def insert_messages(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    rows, done = sorted(rows, key=_ROOM), 0  # see docs/decisions/0042
    for size, sql in _INSERTS:
        while len(rows) - done >= size:
            run(connection, sql, [*chain.from_iterable(rows[done : done + size])])
            done += size


def record(connection: Connection, room: int, values: Sequence[Any], now: int) -> tuple[int, int]:
    [(seq, time)] = run(connection, _TAKE_SEQS, {"n": 1, "room": room, "now": now})
    insert_messages(connection, [(room, seq, time, *values)])
    return seq, time


def exists(database: str) -> bool:
    """Whether there is a database. An empty file comes from a start that was interrupted, and counts as
    none."""
    try:
        return os.stat(database).st_size > 0
    except OSError as error:
        return not isinstance(error, (FileNotFoundError, NotADirectoryError))


def prepare_file(database: str) -> None:
    """Make sure that the file can be written: create it (mode 0600) and its folder if they are missing. Raises
    OSError."""
    prepare_folder(Path(database))
    os.close(os.open(database, os.O_RDWR | os.O_CREAT, 0o600))


def prepare_folder(path: Path) -> None:
    """Make the folder of a file (mode 0700) if it is missing. Raises OSError. SQLite syncs the folder of the file;
    nobody but us syncs the folders above."""
    missing = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    if missing:
        path.parent.mkdir(mode=0o700, parents=True)
    for folder in missing:
        sync(folder.parent)


def configure(engine: Engine) -> None:
    """Set pragmas on every connection, and begin transactions ourselves: the driver would commit a DDL
    statement by itself, and would begin a write too late to wait for its turn."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_PATIENCE}")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA wal_autocheckpoint=0")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("chatstore_writes", False):
            run(connection, "BEGIN IMMEDIATE")  # through SQLAlchemy, it is a fifth of a batch of one message
        else:
            connection.exec_driver_sql("BEGIN")


def reader(database: str, *, follows: bool) -> Callable[[], sqlite3.Connection]:
    """A function that opens a file for reading only, and leaves nothing behind. Raises OSError if it can't be
    read.

    A file in WAL mode is read together with its log and the log's index. If they exist, SQLite is told to
    use them and to write nothing (mode=ro). If they don't, nobody has the file open, and SQLite would
    create them; so it is told that nobody will change the file (immutable=1), unless the reader `follows`
    what is written from now on. Files in another mode, such as backups, need neither.
    """
    uri = read_only(database, follows=follows)
    return lambda: sqlite3.connect(uri, uri=True, check_same_thread=False)


def read_only(database: str, *, follows: bool) -> str:
    """The URI by which SQLite opens a file as reader() says. Raises OSError if it can't be read."""
    wal = in_wal_mode(database)
    path = os.path.realpath(database)
    alone = wal and not exists(f"{path}-wal") and not exists(f"{path}-shm")
    mode = "immutable=1" if alone and not follows else "mode=ro"
    return f"file:{quote(path)}?{mode}"


def in_wal_mode(database: str) -> bool:
    """Whether a database's file is in WAL mode, as a server leaves it. Raises OSError."""
    with open(database, "rb") as file:
        return file.read(20)[18:20] == _WAL_FORMAT


def use_wal(engine: Engine) -> str:
    """Switch the file to WAL, which the file remembers. Returns why that is not possible, or an empty text.
    Not done on every connection, because it writes to a file that may turn out to be another program's."""
    try:
        with engine.connect() as connection:
            [(mode,)] = run(connection, "PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        return str(error)
    return "" if mode == "wal" else f"its journal mode stays {mode!r}"


def writing(engine: Engine, *, checkpoints: bool) -> Connection:
    """A connection for writing: its transactions hold the write lock from their beginning."""
    connection = engine.connect().execution_options(chatstore_writes=True)
    run(connection, "PRAGMA secure_delete=ON")  # what is erased is overwritten in the file
    if checkpoints:
        start_log_anew(connection)
        run(connection, f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    return connection


def start_log_anew(connection: Connection) -> None:
    """Empty the write-ahead log that an earlier process has left, before anything is appended to it.

    After a flush that failed, the kernel shows the pages to readers and never writes them again. They would
    be missing after a power cut, and with them everything that was appended. Carried over into the database
    they are written once more.
    """
    if not forget_log(connection, patience=_START_PATIENCE):
        log.warning(
            "the write-ahead log could not be emptied: another process may be reading the database",
            {"event": "log-not-emptied"},
        )


def forget_log(connection: Connection, patience: int = 0) -> bool:
    """Carry the write-ahead log over into the database and empty it, so that no old page is left in it.
    Returns False if somebody kept reading for `patience` milliseconds; try again later."""
    run(connection, f"PRAGMA busy_timeout={patience}")
    try:
        [(busy, _, _)] = run(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError:
        return False
    finally:
        run(connection, f"PRAGMA busy_timeout={_PATIENCE}")
    return not busy


def identity(database: str) -> tuple[int, int]:
    """Device and inode, which differ for another file under the same name. Raises OSError."""
    status = os.stat(database)
    return status.st_dev, status.st_ino


class Files:
    """The database and its write-ahead log, as they were opened. After one of them is removed or replaced,
    whatever is committed goes where nobody will find it."""

    def __init__(self, database: str) -> None:
        real = os.path.realpath(database)
        self._known = {name: identity(name) for name in (real, f"{real}-wal") if os.path.exists(name)}

    def missing(self) -> str:
        """The file that is gone or was replaced; empty if all is well. Costs a stat or two."""
        for name, known in self._known.items():
            try:
                if identity(name) != known:
                    return name
            except OSError:
                return name
        return ""


def foreign_commits(connection: Connection) -> int:
    """A number that changes when another connection has committed (PRAGMA data_version)."""
    return int(run(connection, "PRAGMA data_version")[0][0])


def newest_id(connection: Connection, table: str) -> int:
    """The highest id that a table has ever given out, also if that row is gone; 0 if it never had a row."""
    found = run(connection, "SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
    return int(found[0][0]) if found else 0


def out_of_space(error: BaseException) -> bool:
    """Whether the transaction was rolled back cleanly because the disk is full (SQLITE_FULL)."""
    seen: BaseException | None = error
    while seen is not None:
        cause = getattr(seen, "orig", seen)
        if isinstance(cause, sqlite3.Error) and "database or disk is full" in str(cause):
            return True
        seen = seen.__cause__ or seen.__context__  # then the savepoint's own rollback fails, and hides the error
    return False


def transaction_lost(connection: Connection) -> bool:
    """Whether SQLite has ended the transaction by itself, as it does after some errors (SQLITE_FULL, IOERR,
    NOMEM). The next statement would then be committed alone."""
    open_one: Any = connection.connection.dbapi_connection
    return not open_one.in_transaction


def copy_to(connection: Connection, path: Path, report: Callable[[int, int], None]) -> None:
    """Copy what this connection's transaction sees to an empty file. The server does not wait meanwhile, but
    its write-ahead log grows. The copy has no log of its own, so it can be read on read-only media. `report`
    is told how many bytes are done, and of how many; what it raises ends the copy. Raises sqlite3.Error."""
    run(connection, "SELECT count(*) FROM sqlite_master")  # the transaction sees one state from here on
    source: Any = connection.connection.dbapi_connection
    copy_from(source, path, report)


def copy_from(source: sqlite3.Connection, path: Path, report: Callable[[int, int], None]) -> None:
    """The same, from a connection of the driver."""
    [(size,)] = source.execute("PRAGMA page_size").fetchall()
    with closing(sqlite3.connect(path, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous=OFF")  # it is synced as a whole in the end
        copy.execute("PRAGMA journal_mode=OFF")
        source.backup(
            copy, pages=_COPY_PAGES, progress=lambda _, left, total: report((total - left) * size, total * size)
        )
        if copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'incarnations'").fetchall():
            copy.execute("DELETE FROM incarnations")  # a server that starts on the copy makes a new one
        copy.execute("PRAGMA journal_mode=DELETE")


def size(engine: Engine) -> int:
    """The bytes of the database on disk, including the write-ahead log."""
    database = engine.url.database
    assert database is not None
    files = (Path(database), Path(f"{database}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def log_size(engine: Engine) -> int:
    """The bytes of the write-ahead log."""
    log_file = Path(f"{engine.url.database}-wal")
    return log_file.stat().st_size if log_file.exists() else 0
