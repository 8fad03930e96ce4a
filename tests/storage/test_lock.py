"""One server per database, by a lock beside it."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from chatstore.storage import migrate
from chatstore.storage.errors import StorageError
from chatstore.storage.sqlite import driver as sqlite
from chatstore.storage.sqlite import lock
from chatstore.storage.sqlite.backend import place
from chatstore.storage.store import DatabaseStore
from tests.storage.database import Database


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def contents(folder: Path) -> dict[str, str]:
    """The contents of all files except the log's index, which is shared memory."""
    files = [file for file in folder.iterdir() if not file.name.endswith("-shm")]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def elsewhere(act: Callable[[], None]) -> int:
    """Run `act` in another process; returns its exit code."""
    process = multiprocessing.get_context("fork").Process(target=act)
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def test_a_second_server_is_refused_before_it_writes(tmp_path: Path) -> None:
    first = DatabaseStore(url(tmp_path / "chat.db"), server="process 1, at irc 127.0.0.1:1")
    (tmp_path / "other name").symlink_to(tmp_path / "chat.db")
    before = contents(tmp_path)
    for path in (tmp_path / "chat.db", tmp_path / "other name"):
        with pytest.raises(StorageError) as refused:
            DatabaseStore(url(path), server="process 2")
        why = "is already served: process 1, at irc 127.0.0.1:1; stop that server first"
        assert str(refused.value) == f"{path} {why}"
    assert contents(tmp_path) == before
    DatabaseStore(url(tmp_path / "chat.db")).close()  # commands work beside it
    first.close()
    assert lock.holder(tmp_path / "chat.db") == ""
    DatabaseStore(url(tmp_path / "chat.db"), server="process 2").close()


def test_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    def serve_and_die() -> None:
        DatabaseStore(url(tmp_path / "chat.db"), server="process 1")
        os._exit(7)

    assert elsewhere(serve_and_die) == 7
    DatabaseStore(url(tmp_path / "chat.db"), server="process 2").close()


def test_nothing_is_migrated_under_a_server(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    held = lock.ServerLock(path, "process 1")
    before = path.read_bytes()
    why = r"was written by an older chatstore \(schema 0001, not \d+\) and is in use: process 1;"
    with pytest.raises(StorageError, match=why):
        DatabaseStore(url(path))
    assert path.read_bytes() == before
    held.close()


def test_a_file_system_without_a_write_ahead_log_is_refused(tmp_path: Path) -> None:
    """Like network file systems, SQLite's dot-file locking has no shared memory: WAL is refused."""
    path = tmp_path / "chat.db"
    engine = create_engine(
        url(path), creator=lambda: sqlite3.connect(f"file:{path}?vfs=unix-dotfile", uri=True, isolation_level=None)
    )
    sqlite.configure(engine)
    why = r"chat\.db can't have a write-ahead log \(its journal mode stays 'delete'\)"
    with pytest.raises(StorageError, match=why):
        migrate.upgrade(engine, place(engine))
    engine.dispose()
    assert sqlite3.connect(path).execute("SELECT name FROM sqlite_master").fetchall() == []
