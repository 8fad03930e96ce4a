"""The file of a SQLite database as a Place: its lock, its incarnation, its copies."""

from __future__ import annotations

import glob
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine

from chatstore.storage.backend import NodeInfo, Result, Served
from chatstore.storage.copies import Copy
from chatstore.storage.errors import StorageError
from chatstore.storage.files import part_of, put_in_place, sync
from chatstore.storage.sqlite import driver, incarnation
from chatstore.storage.sqlite.copies import alone, copies, leftovers, list_beside, note, noted
from chatstore.storage.sqlite.full_text import path_beside
from chatstore.storage.sqlite.lock import ServerLock, holder, path_of, served

log = logging.getLogger(__name__)

KEPT = 14 * 24 * 60 * 60
"""Seconds that a copy from before a migration is kept."""
_DAY = 86_400.0
_ENDS = ("", "-wal", "-shm", "-journal")


class SqliteFile:
    """A Place."""

    shared = False

    def __init__(self, engine: Engine) -> None:
        assert engine.url.database is not None
        self._engine = engine
        self._lock: ServerLock | None = None
        self._file: tuple[int, int] = (0, 0)
        self._incarnation = ""
        self.file: Path = Path(engine.url.database)

    @property
    def name(self) -> str:
        return str(self.file)

    def claim(self, server: str, node: NodeInfo) -> None:
        """Take the lock of the one server (see lock.py). Nothing is written before it is held."""
        self._lock = ServerLock(self.file, server)

    def restored(self) -> tuple[str, int] | None:
        if self._lock is None:
            return None
        try:
            name, at = self._lock.before["restored"]
            return str(name), int(at)
        except (KeyError, ValueError, TypeError):
            return None

    def missing(self, error: Exception) -> bool:
        return False

    def served_by(self, *, removes: bool) -> str:
        return "" if self._lock is not None else holder(self.file)

    def nodes(self) -> None:
        return

    def prepare(self) -> None:
        if why := driver.use_wal(self._engine):
            raise StorageError(
                f"{self.file} can't have a write-ahead log ({why}). Network shares often can't:"
                " put the database on a local disk"
            )

    def unsafe(self) -> str:
        return ""

    def copy_before(self, revision: str) -> Path:
        """Copy the database beside itself. An existing copy comes from a migration that failed, and is
        replaced."""
        path = Path(f"{self.file}.before-{revision}")
        try:
            with part_of(path) as part:
                with self._engine.connect() as connection, connection.begin():
                    driver.copy_to(connection, part, lambda _done, _all: None)
                sync(part)
                put_in_place(part, path, replace=True)
        except (OSError, *driver.ERRORS) as error:
            raise StorageError(f"{path}, the copy from before the migration, can't be written: {error}") from None
        return path

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        with driver.writing(self._engine, checkpoints=False) as connection, connection.begin():
            yield connection

    def migrate(self, work: Callable[[Connection], Result]) -> Result:
        with self.migrating() as connection:
            return work(connection)

    @contextmanager
    def read_locked(self) -> Iterator[Connection]:
        """Holds the server's lock, and the lock of who writes."""
        self.claim(f"process {os.getpid()}, which copies it", NodeInfo())
        with driver.writing(self._engine, checkpoints=False) as connection, connection.begin():
            yield connection

    @contextmanager
    def bulk_load(self) -> Iterator[Connection]:
        with driver.writing(self._engine, checkpoints=True) as connection:
            yield connection

    def ensure_incarnation(self) -> str:
        assert self._lock is not None, "claim() comes first"
        self._file = driver.identity(self.name)
        self._incarnation = incarnation.ensure(self._engine, self._lock.before, path_beside(self.file))
        for copy in drop_old_copies(self.file, time.time()):
            log.info(
                "%(file)s is a copy from before a migration. It keeps what is erased later, and is removed two"
                " weeks after it was made",
                {"event": "copy-kept", "file": copy},
            )
        return self._incarnation

    def drop_old_copies(self) -> None:
        drop_old_copies(self.file, time.time())
        for part in leftovers(self.file, _DAY):
            with suppress(OSError):
                part.unlink()
                log.info(
                    "removed %(file)s, left by something that was killed", {"event": "part-removed", "file": part}
                )

    def note_for_next_start(self) -> None:
        if self._lock is not None:
            newest = incarnation.newest(self._engine)
            self._lock.note({"incarnation": self._incarnation, "file": self._file, "newest": newest})

    def kept_by_servers(self) -> bool:
        return driver.in_wal_mode(self.name) and os.access(self.file, os.W_OK)

    def served(self) -> Served | None:
        return served(self.file)

    def advertise(self, page: str, endpoints: Mapping[str, tuple[str, int]]) -> None:
        if self._lock is not None:
            self._lock.advertise(Served(page, dict(endpoints)))

    def size(self) -> int:
        """The bytes on disk, including the write-ahead log."""
        return driver.size(self._engine)

    def log_size(self) -> int:
        return driver.log_size(self._engine)

    def check_backup(self, path: Path) -> None:
        if self._is_ours(path):
            raise StorageError(f"{path} belongs to the database itself: choose another file")

    def copy_to(self, connection: Connection, path: Path, report: Callable[[int, int], None]) -> None:
        try:
            driver.copy_to(connection, path, report)
        except driver.ERRORS as error:
            raise StorageError(f"the copy can't be written: {driver.why(error)}") from None

    def listing(self, *, required: bool) -> AbstractContextManager[bool]:
        return alone(self.file, required=required)

    def list_backup(self, path: Path) -> None:
        note(self.file, path)

    def backups(self) -> Sequence[Copy]:
        return noted(self.file)

    def copies(self, *, deep: bool) -> Sequence[Copy]:
        return copies(self.file, deep=deep)

    def remove_leftovers(self) -> None:
        """Remove an empty file that a failed start has left."""
        try:
            if self.file.stat().st_size == 0:
                os.unlink(self.file)
        except OSError:
            pass

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _is_ours(self, path: Path) -> bool:
        """Whether a file is the database, its index or its lock, or one that SQLite keeps beside them."""
        ours = [Path(f"{file}{end}") for file in (self.file, path_beside(self.file)) for end in _ENDS]
        ours += [path_of(self.file), list_beside(self.file)]
        return path.resolve() in [own.resolve() for own in ours]


def drop_old_copies(database: Path, now: float) -> list[Path]:
    """Remove copies from before a migration that are older than KEPT, because they still have what was
    erased since. Returns those that stay. `now`: seconds since 1970 UTC. A server calls it when it has
    opened the migrated database."""
    kept: list[Path] = []
    for copy in sorted(database.parent.glob(f"{glob.escape(database.name)}.before-[0-9][0-9][0-9][0-9]")):
        try:
            if now - copy.stat().st_mtime > KEPT:
                copy.unlink()
                log.info(
                    "removed %(file)s: the migration was more than two weeks ago",
                    {"event": "copy-removed", "file": copy},
                )
            else:
                kept.append(copy)
        except OSError as error:
            log.warning(
                "%(file)s, a copy from before a migration, can't be removed: %(why)s",
                {"event": "copy-not-removed", "file": copy, "why": error.strerror},
            )
    return kept
