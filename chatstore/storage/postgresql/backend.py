"""PostgreSQL as a Backend."""

from __future__ import annotations

import select
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.ports import Clock
from chatstore.storage.backend import Check, NodeInfo, Reading, Verify
from chatstore.storage.errors import StorageError
from chatstore.storage.packing import Report
from chatstore.storage.postgresql import driver
from chatstore.storage.postgresql.address import parsed
from chatstore.storage.postgresql.checking import CHECKS
from chatstore.storage.postgresql.leader import Leader
from chatstore.storage.postgresql.node import Node
from chatstore.storage.postgresql.place import PostgresDatabase
from chatstore.storage.postgresql.words import PostgresWords, forget, reword
from chatstore.storage.postgresql.writing import PostgresWriter


def open(url: str, readers: int, *, create: bool, read_only: bool, follows: bool) -> Engine:
    """Readers see one state in a transaction (REPEATABLE READ). The writer's transactions are READ COMMITTED: see
    writing.py."""
    engine = create_engine(
        parsed(url),
        pool_size=readers + 1,
        max_overflow=2,
        hide_parameters=True,
        isolation_level="REPEATABLE READ",
    )
    driver.configure(engine)
    event.listen(engine, "checkout", _check)
    if read_only:

        @event.listens_for(engine, "connect")
        def on_connect(connection: Any, _record: Any) -> None:
            connection.read_only = True

    return engine


def _check(connection: Any, _record: Any, _proxy: Any) -> None:
    """Of a connection of the pool: is it still there? The server says nothing to one that nobody uses, so if
    something can be read, that is its end. To ask would be a round trip."""
    if not connection.closed:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        if not poll.poll(0):
            return
    raise DisconnectionError


def place(engine: Engine) -> PostgresDatabase:
    return PostgresDatabase(engine)


def writer(engine: Engine, clock: Clock, node: NodeInfo, *, checkpoints: bool) -> PostgresWriter:
    return PostgresWriter(engine, Node(node))


def leader(engine: Engine, node: str, silent: Callable[[str, int], None]) -> Leader:
    return Leader(engine, node, silent)


def words(engine: Engine, reading: Reading) -> PostgresWords:
    return PostgresWords(engine, reading)


def change_words(connection: Connection, message: RoomEvent, body: str) -> None:
    if not message.audience:
        reword(connection, message, body)


def forget_words(connection: Connection, room: int, seq: int) -> None:
    forget(connection, room, seq)


def restore(url: str, backup: Path, verify: Verify, report: Report) -> NoReturn:
    place = PostgresDatabase(create_engine(parsed(url)))
    raise StorageError(
        "PostgreSQL has a program for that: make an empty database, then run"
        f" pg_restore --no-owner --dbname={shlex.quote(place.name)} {shlex.quote(str(backup))}"
    )


def checks() -> Sequence[Check]:
    return CHECKS
