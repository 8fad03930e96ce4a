"""Put a backup in the place of the database.

The old database is not touched before the new one is on disk and sound, and it stays, under another name.
There is no moment without a database: a server that was started then would begin a new one. Only a file system
without hard links has one; there a mark refuses such a start until the restore is done again (unfinished()).
"""

from __future__ import annotations

import glob
import os
import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain, count
from pathlib import Path

from chatstore.storage.backend import Restored, Verify
from chatstore.storage.errors import NoDatabaseError, StorageError
from chatstore.storage.files import give_to_owner, open_beside, part_of, put_in_place, read_beside, sync
from chatstore.storage.packing import Report, unpacked
from chatstore.storage.sqlite import driver, full_text
from chatstore.storage.sqlite.lock import ServerLock

_PATIENCE = 10_000
"""Milliseconds that other processes have to let go of the old database."""
_BESIDE = ("-wal", "-shm", "-journal")


def restore(database: Path, backup: Path, verify: Verify, report: Report) -> Restored:
    """Raises StorageError; then the database is what it was."""
    database = Path(os.path.realpath(database))
    if not backup.is_file():
        raise NoDatabaseError(f"there is no file {backup}")
    if database.exists() and backup.samefile(database):
        raise StorageError(f"{backup} is the database itself")
    try:
        driver.prepare_folder(database)
        with _alone(database) as lock, part_of(database) as part:
            _fill(part, backup, database, report)
            if wrong := verify(part):
                said = "; ".join(f"{found.check}: {found.text}" for found in wrong)
                raise StorageError(f"{backup} is not sound, and was not restored: {said}")
            give_to_owner(part, database if database.exists() else database.parent)  # often made as root
            sync(part)
            try:
                old = _replaced(part, database)
            finally:
                if database.exists():
                    _mark(database).unlink(missing_ok=True)
            lock.note({**lock.before, "restored": [backup.name, int(time.time() * 1000)]})
    except OSError as error:
        raise StorageError(f"{database} can't be replaced: {error.strerror or error}") from None
    return Restored(database, old)


@contextmanager
def _alone(database: Path) -> Iterator[ServerLock]:
    """Hold the lock of a server. A crash in the middle may have left the old database with two names."""
    lock = ServerLock(database, f"process {os.getpid()}, which restores a backup", linked=True)
    try:
        yield lock
    finally:
        lock.close()


def _fill(part: Path, backup: Path, database: Path, report: Report) -> None:
    """Copy a backup into an empty file, without its incarnation: the next start makes a new one."""
    try:
        with unpacked(backup, database) as plain, closing(driver.reader(str(plain), follows=False)()) as source:
            driver.copy_from(source, part, report)
    except (EOFError, zlib.error) as error:
        raise StorageError(f"{backup} can't be unpacked: {error}") from None
    except sqlite3.Error as error:
        raise StorageError(f"{backup} can't be read as a database: {error}") from None


def _replaced(part: Path, database: Path) -> Path | None:
    """Put the new file in place; returns where the old one is."""
    if not driver.exists(str(database)):
        lost = database.with_name(f"{database.name}.lost")
        _move(database, lost)  # what is left of a database that is gone would be read as changes of the new one
        put_in_place(part, database, replace=True)
        return _put_aside(database)
    _empty_log(database)
    old = _named_twice(database)
    try:
        _move(database, old)
        sync(database.parent)
        full_text.remove(full_text.path_beside(database))
        put_in_place(part, database, replace=True)
    except BaseException:
        if not database.exists():
            os.rename(old, database)
        elif database.samefile(old):
            old.unlink()
        else:  # the new one is in place
            raise
        _move(old, database)
        raise
    return old


def _named_twice(database: Path) -> Path:
    """The old database's other name: one that a restore gave it which was killed then, or a new one."""
    for known in sorted(database.parent.glob(f"{glob.escape(database.name)}.replaced-*Z")):
        if known.samefile(database):
            return known
    stamp = f"{database.name}.replaced-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}"
    names = (database.with_name(f"{stamp}{more}Z") for more in chain([""], (f"-{number}" for number in count(2))))
    old = next(name for name in names if not name.exists())
    try:
        os.link(database, old)
    except OSError:  # a file system without hard links
        _set_mark(database, old)
        os.rename(database, old)
    return old


def unfinished(database: Path) -> bool:
    """Whether a restore was killed when there was no database."""
    database = Path(os.path.realpath(database))
    return not driver.exists(str(database)) and _mark(database).exists()


def _mark(database: Path) -> Path:
    return database.with_name(f"{database.name}.restoring")


def _set_mark(database: Path, old: Path) -> None:
    with open(open_beside(_mark(database), database), "w", encoding="utf-8") as file:
        file.write(old.name)
        file.flush()
        os.fsync(file.fileno())
    sync(database.parent)


def _put_aside(database: Path) -> Path | None:
    """Where a restore has put the database that was killed then."""
    try:
        with open(read_beside(_mark(database)), encoding="utf-8") as file:
            old = database.with_name(Path(file.read()).name)
    except (OSError, ValueError):
        return None
    return old if old.name.startswith(f"{database.name}.replaced-") and old.exists() else None


def _move(path: Path, to: Path) -> None:
    """Rename what SQLite keeps beside a file, so that it is beside another."""
    for end in _BESIDE:
        with suppress(FileNotFoundError):
            os.rename(f"{path}{end}", f"{to}{end}")


def _empty_log(database: Path) -> None:
    """Carry the log over into the old database. If that one is damaged, its log goes along as it is."""
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA busy_timeout={_PATIENCE}")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.DatabaseError as error:
        busy = "locked" in str(error)
    if busy:
        raise StorageError(f"another process reads or writes {database}: end it, and try again")
