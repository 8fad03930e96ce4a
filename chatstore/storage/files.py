"""Files that are whole, or not there: made beside their place, put on disk, and given their name."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ENDS = ("", "-wal", "-shm", "-journal")


@contextmanager
def part_of(path: Path) -> Iterator[Path]:
    """A new file beside `path` (mode 0600), which is gone in the end if it was not put in place."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(number)
    try:
        yield Path(name)
    finally:
        for end in _ENDS:
            with suppress(FileNotFoundError):
                os.unlink(name + end)


def share_owner(file: int, like: Path) -> None:
    """Give an open file to whoever owns another file or folder, if this is root: a command that an administrator
    runs must not leave files which the server can't open. (SQLite does the same with its files.)"""
    if os.geteuid() == 0:
        with suppress(OSError):
            state = like.stat()
            os.fchown(file, state.st_uid, state.st_gid)


def put_in_place(part: Path, path: Path, *, replace: bool) -> None:
    """Give a file that is on disk its name. Raises FileExistsError, OSError."""
    if replace:
        os.replace(part, path)
    else:
        rename_to_new(part, path)
    sync(path.parent)


def rename_to_new(part: Path, path: Path) -> None:
    """Rename without replacing anything: not even a file that has just appeared, if the file system has hard
    links."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        os.rename(part, path)


def sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
