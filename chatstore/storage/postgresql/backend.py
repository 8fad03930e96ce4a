"""PostgreSQL as a Backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event

from chatstore.chat.ports import Clock
from chatstore.storage.backend import NodeInfo, Reading
from chatstore.storage.errors import StorageError
from chatstore.storage.postgresql import driver
from chatstore.storage.postgresql.leader import Leader
from chatstore.storage.postgresql.node import Node
from chatstore.storage.postgresql.place import PostgresDatabase
from chatstore.storage.postgresql.words import PostgresWords
from chatstore.storage.postgresql.writing import PostgresWriter

_CONNECT = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "chatstore",
}
"""Seconds, and milliseconds for tcp_user_timeout: how long a server that does not answer is waited for."""


def open(url: URL, readers: int, *, create: bool, read_only: bool, follows: bool) -> Engine:
    """Readers see one state in a transaction (REPEATABLE READ). The writer's transactions are READ COMMITTED: see
    writing.py."""
    if not url.database:
        raise StorageError("the URL names no database (for example postgresql://HOST/NAME)")
    options = {name: value for name, value in _CONNECT.items() if name not in url.query}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=readers + 1,
        max_overflow=2,
        pool_pre_ping=True,
        hide_parameters=True,
        isolation_level="REPEATABLE READ",
        connect_args=options,
    )
    driver.configure(engine)
    if read_only:

        @event.listens_for(engine, "connect")
        def on_connect(connection: Any, _record: Any) -> None:
            connection.read_only = True

    return engine


def place(engine: Engine) -> PostgresDatabase:
    return PostgresDatabase(engine)


def writer(engine: Engine, clock: Clock, node: NodeInfo, *, checkpoints: bool) -> PostgresWriter:
    return PostgresWriter(engine, Node(node))


def leader(engine: Engine, node: str, silent: Callable[[str, int], None]) -> Leader:
    return Leader(engine, node, silent)


def words(engine: Engine, reading: Reading) -> PostgresWords:
    return PostgresWords(engine, reading)
