"""One server per database: a lock on a file beside it, `<database>-lock`.

The lock is flock(2)'s, so it ends with its process, however that ends; the file stays and means nothing alone. It
lies beside the real file, so two paths that lead to one database by symbolic links meet at it. SQLite's own locks
can't serve: they are taken and given back with every transaction. The first line of the file names the server that
holds the lock; the second is a note of what that server knew, for the next start (incarnation.py). A database with
several hard links is refused: SQLite would keep a write-ahead log for each of its names.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from chatstore.storage.engine import StorageError

_TRIES, _PAUSE = 20, 0.02
"""A command that looks whether the lock is held holds it for a moment itself; a start waits for that (seconds)."""


def path_of(database: Path) -> Path:
    return Path(f"{os.path.realpath(database)}-lock")


class ServerLock:
    """Held from its making until `close`. Raises StorageError where another server has it, or none can be had."""

    def __init__(self, database: Path, who: str) -> None:
        """`who`: which server this is, as one line for those who are refused because of it."""
        path = path_of(database)
        if os.stat(database).st_nlink > 1:
            raise StorageError(f"{database} has more than one name (hard links): remove all but one")
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageError(f"cannot write {path}: {error.strerror}") from None
        try:
            if not _lock(self._file):
                raise StorageError(f"{database} is already served: {_holder(self._file)}; stop that server first")
            self.before = _note(self._file)
            """The note that the last server left; empty where there is none."""
            self._who, self._known = who, self.before
            self._write()
        except OSError as error:
            os.close(self._file)
            raise StorageError(f"cannot lock {path}: {error.strerror}") from None
        except BaseException:
            os.close(self._file)
            raise

    def close(self) -> None:
        """Give it back. The file stays, with the note: to remove it could take it from a server that starts just
        now."""
        self._who = ""
        with suppress(OSError):
            self._write()
        os.close(self._file)

    def note(self, known: Mapping[str, Any]) -> None:
        """What the next start is to know."""
        self._known = known
        with suppress(OSError):  # a full disk: a note that is cut off counts as none
            self._write()

    def _write(self) -> None:
        """In place: another file would have another lock."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{self._who}\n{json.dumps(self._known) if self._known else ''}".encode(), 0)


def holder(database: Path) -> str:
    """Which server serves a database now; empty for none. Writes nothing."""
    try:
        file = os.open(path_of(database), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return "" if _lock(file, fcntl.LOCK_SH, tries=1) else _holder(file)
    except OSError:
        return ""
    finally:
        os.close(file)


def _lock(file: int, how: int = fcntl.LOCK_EX, tries: int = _TRIES) -> bool:
    for remaining in reversed(range(tries)):
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
            return True
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
        if remaining:
            time.sleep(_PAUSE)
    return False


def _holder(file: int) -> str:
    return os.pread(file, 1000, 0).decode(errors="replace").partition("\n")[0].strip() or "a chatstore server"


def _note(file: int) -> Mapping[str, Any]:
    try:
        found = json.loads(os.pread(file, 10_000, 0).partition(b"\n")[2] or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
