"""SQLite as a Backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, make_url

from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.ports import Clock
from chatstore.storage.backend import Check, NodeInfo, Reading, Restored, Verify
from chatstore.storage.errors import NoDatabaseError, StorageError
from chatstore.storage.packing import Report
from chatstore.storage.sqlite import driver, restoring
from chatstore.storage.sqlite.checking import CHECKS
from chatstore.storage.sqlite.file import SqliteFile
from chatstore.storage.sqlite.words import SqliteWords
from chatstore.storage.sqlite.writing import SqliteWriter


def open(address: str, readers: int, *, create: bool, read_only: bool, follows: bool) -> Engine:
    url = make_url(address)
    if not url.database or url.database == ":memory:":
        raise StorageError("the database must be a file: a database in memory keeps nothing")
    if restoring.unfinished(Path(url.database)):
        raise StorageError(
            f"{url.database} is being restored: if nobody does that now, run chatstore restore again"
        )
    if not create and not driver.exists(url.database):
        raise NoDatabaseError(
            f"there is no database at {url.database}: name another with --database, or start chatstore server to"
            " make one"
        )
    arguments: dict[str, Any] = {}
    try:
        if read_only:
            arguments["creator"] = driver.reader(url.database, follows=follows)
        else:
            driver.prepare_file(url.database)
    except OSError as error:
        what = "read" if read_only else "write"
        raise StorageError(f"cannot {what} {url.database}: {error.strerror}") from None
    engine = create_engine(url, pool_size=readers + 1, max_overflow=2, hide_parameters=True, **arguments)
    driver.configure(engine)
    return engine


def place(engine: Engine) -> SqliteFile:
    return SqliteFile(engine)


def writer(engine: Engine, clock: Clock, node: NodeInfo, *, checkpoints: bool) -> SqliteWriter:
    return SqliteWriter(engine, clock, checkpoints=checkpoints)


def leader(engine: Engine, node: str, silent: Callable[[str, int], None]) -> OnlyServer:
    return OnlyServer()


def words(engine: Engine, reading: Reading) -> SqliteWords:
    return SqliteWords(engine, reading)


def checks() -> Sequence[Check]:
    return CHECKS


def restore(url: str, backup: Path, verify: Verify, report: Report) -> Restored:
    database = make_url(url).database
    assert database
    return restoring.restore(Path(database), backup, verify, report)


class OnlyServer:
    """A Leader: there is no other server."""

    leads = True

    def start(self) -> None:
        return

    def stop(self) -> None:
        return


def change_words(connection: Connection, message: RoomEvent, body: str) -> None:
    """As forget_words: its thread finds the edit in the room."""


def forget_words(connection: Connection, room: int, seq: int) -> None:
    """The index is a file of its own: its thread finds the redaction in the room (see indexing.py)."""
