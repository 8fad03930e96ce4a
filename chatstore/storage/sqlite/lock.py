"""One server per database: a lock on a file beside it, `<database>-lock`, which also says where that server is.

The lock is flock(2)'s, so it ends with its process, however that ends. The file stays; without the lock it
means nothing, but for its note. It lies beside the real file, so two paths that lead to one database by
symbolic links meet at it. SQLite's own locks can't serve: they are taken and given back with every
transaction. A database with several hard links is refused, because SQLite would keep a write-ahead log for
each of its names.

The lines of the file:

1. which server holds the lock, for those who are refused;
2. a note of what that server knew, for the next start (incarnation.py);
3. the server's page and endpoints, for commands that run beside it: what the server was told by flags, and
   the ports that it was given, stand in no configuration that another command reads.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from chatstore.storage.backend import Served
from chatstore.storage.errors import ServedError, StorageError
from chatstore.storage.files import open_beside, read_beside

_TRIES, _PAUSE = 20, 0.02
"""How often a start tries to get the lock, and how many seconds it waits between. A command that asks whether
the lock is held takes it for a moment."""
_UNNAMED = "a chatstore server"
_MAX_BYTES = 100_000
"""The most bytes of the file."""


def path_of(database: Path) -> Path:
    return Path(f"{os.path.realpath(database)}-lock")


class ServerLock:
    """The server's lock, which it holds from construction until close(). Raises StorageError if another
    server holds it, or it can't be taken."""

    def __init__(self, database: Path, who: str, *, linked: bool = False) -> None:
        """`who` describes this server in one line, for another server that is refused because of it. `linked`: the
        database may have several names, or not be there."""
        path = path_of(database)
        if not linked and os.stat(database).st_nlink > 1:
            raise StorageError(f"{database} has more than one name (hard links): remove all but one")
        try:
            self._file = open_beside(path, database if database.exists() else database.parent)
        except OSError as error:
            raise StorageError(f"cannot write {path}: {error.strerror}") from None
        try:
            if not _lock(self._file):
                holder = _lines(self._file)[0] or _UNNAMED
                raise ServedError(f"{database} is already served: {holder}; stop that server first")
            self.before = _note(self._file)
            """The note that the last server left; empty if there is none."""
            self._who, self._known, self._served = who, self.before, ""
            self._write()
        except OSError as error:
            os.close(self._file)
            raise StorageError(f"cannot lock {path}: {error.strerror}") from None
        except BaseException:
            os.close(self._file)
            raise
        with suppress(OSError):
            os.unlink(f"{os.path.realpath(database)}-served")  # an earlier version kept that in a file of its own

    def close(self) -> None:
        """Release the lock. The file stays, with the note: removing it could take the lock from a server that
        is starting."""
        self._who = self._served = ""
        with suppress(OSError):
            self._write()
        os.close(self._file)

    def note(self, known: Mapping[str, Any]) -> None:
        """Leave a note for the next start."""
        self._known = known
        with suppress(OSError):  # a full disk: a truncated note counts as none
            self._write()

    def advertise(self, where: Served) -> None:
        """Write where the server is. If that fails, commands use the configuration."""
        self._served = json.dumps(where)
        with suppress(OSError):
            self._write()

    def _write(self) -> None:
        """Write in place, because another file would have another lock."""
        note = json.dumps(self._known) if self._known else ""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{self._who}\n{note}\n{self._served}".encode(), 0)


def holder(database: Path) -> str:
    """The description of the server that serves a database now; empty if none does. Writes nothing."""
    lines = _lines_if_held(database)
    return "" if lines is None else lines[0] or _UNNAMED


def served(database: Path) -> Served | None:
    """Where the server of a database is; None if none runs, or it does not say."""
    try:
        page, endpoints = json.loads((_lines_if_held(database) or ("", "", ""))[2])
        return Served(str(page), {str(name): (str(host), int(port)) for name, (host, port) in endpoints.items()})
    except (ValueError, TypeError, AttributeError):
        return None


def _lines_if_held(database: Path) -> Sequence[str] | None:
    """The lines of the file if a server holds the lock; otherwise None."""
    try:
        file = read_beside(path_of(database))
    except OSError:
        return None
    try:
        return None if _lock(file, fcntl.LOCK_SH, tries=1) else _lines(file)
    except OSError:
        return None
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


def _lines(file: int) -> Sequence[str]:
    """The three lines of the file, whatever it contains."""
    text = os.pread(file, _MAX_BYTES, 0).decode(errors="replace")
    return [line.strip() for line in (*text.split("\n"), "", "", "")][:3]


def _note(file: int) -> Mapping[str, Any]:
    try:
        found = json.loads(_lines(file)[1] or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
