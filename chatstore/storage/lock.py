"""One server on one database: a lock on `<database>-lock`, a file beside the real database file.

The lock is flock(2)'s, so it ends with the process that holds it, however that ends. The file stays, with a note
in it: who holds the lock (for the one who is refused), and what the server knew then (for `incarnation`). It is
taken before anything of the database is read or written. A database with several hard links is refused: SQLite
would keep a write-ahead log for each of its names.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from pathlib import Path
from typing import Any

from chatstore.storage.engine import StorageError


class ServerLock:
    """take() it, release() it. `before`: the note that the last server left, empty where there is none."""

    def __init__(self, database: Path) -> None:
        self._database = Path(os.path.realpath(database))
        self._path = Path(f"{self._database}-lock")
        self._file: int | None = None
        self._note: dict[str, Any] = {}
        self.before: dict[str, Any] = {}

    def take(self, addresses: str) -> None:
        """`addresses`: where this server is reached. Raises StorageError, which names who holds the lock."""
        if self._database.stat().st_nlink > 1:
            raise StorageError(f"{self._database} has more than one name (hard links): remove all but one")
        try:
            self._file = self._locked()
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise StorageError(f"{self._database} is in use by {holder(self._database)}") from None
            raise StorageError(f"{self._path} can't be locked: {error.strerror}") from None
        self.before = _read(self._path)
        self._note = {**self.before, "pid": os.getpid(), "since": _now(), "addresses": addresses}
        self._write()

    def note(self, **known: Any) -> None:
        """Keep what the next start is to know."""
        self._note.update(known)
        self._write()

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _locked(self) -> int:
        """A lock on the file that has the name: somebody may have removed the one that was opened."""
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                mine, named = os.fstat(file), os.stat(self._path)
                if (mine.st_dev, mine.st_ino) == (named.st_dev, named.st_ino):
                    return file
            except FileNotFoundError:
                pass
            except BaseException:
                os.close(file)
                raise
            os.close(file)

    def _write(self) -> None:
        """In place, because another file would have another lock. A note that is cut off counts as none."""
        assert self._file is not None
        text = json.dumps(self._note).encode() + b"\n"
        with contextlib.suppress(OSError):  # a full disk: then the next start draws another incarnation
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, text, 0)


def holder(database: Path) -> str:
    """Who holds the lock, for people."""
    note = _read(Path(f"{os.path.realpath(database)}-lock"))
    known = [f"pid {note['pid']}"] if "pid" in note else []
    known += [f"since {note['since']}"] if "since" in note else []
    known += [f"at {note['addresses']}"] if note.get("addresses") else []
    return "another chatstore server" + (f" ({', '.join(known)})" if known else "")


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %Z")
