"""Files that are whole, or not there: made beside their place, put on disk, and given their name."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_ENDS = ("", "-wal", "-shm", "-journal")
_PARTS = tuple(f".part{end}" for end in _ENDS)
TEMPORARY = "chatstore"
"""The name of which temporary files are parts: `.chatstore.XXXXXXXX.part`."""


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


@contextmanager
def part_or_temporary(path: Path) -> Iterator[Path]:
    """part_of(), or where nothing can be written there, the same among the temporary files, under TEMPORARY."""
    with ExitStack() as held:
        try:
            part = held.enter_context(part_of(path))
        except OSError:
            part = held.enter_context(part_of(Path(tempfile.gettempdir()) / TEMPORARY))
        yield part


def parts_of(folder: Path, name: str, older_than: float) -> list[Path]:
    """What part_of() has left of files with this name (a pattern of glob) when it was killed. `older_than`: seconds
    since it was written last."""
    now, found = time.time(), []
    for path in sorted(folder.glob(f".{name}.*.part*")):
        try:
            state = path.lstat()
        except OSError:
            continue
        if path.name.endswith(_PARTS) and stat.S_ISREG(state.st_mode) and now - state.st_mtime > older_than:
            found.append(path)
    return found


def open_part(path: Path) -> int:
    """Open what part_of() has made for writing. Raises OSError."""
    return _open_own(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)


def open_beside(path: Path, like: Path) -> int:
    """Open a file for reading and writing that chatstore keeps beside another one, `like` (or in that folder);
    make it if it is missing (mode 0600). If this is root, a new one is given to whoever owns `like`: a command
    that an administrator runs must not leave files which the server can't open. (SQLite does the same.)

    Whoever owns the folder can put there what they like, so that root would write or give away a file from
    elsewhere. So a link is refused, and by root what belongs to anybody else. Raises OSError."""
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        file, made = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600), True
    except FileExistsError:
        file, made = _open_own(path, flags), False
    try:
        if os.geteuid() == 0:
            owner = like.stat()
            if made:
                os.fchown(file, owner.st_uid, owner.st_gid)
            elif os.fstat(file).st_uid != owner.st_uid:
                raise OSError(errno.EPERM, f"it belongs to another user than {like}: run chown --reference={like}")
    except BaseException:
        os.close(file)
        raise
    return file


def read_beside(path: Path) -> int:
    """Open such a file for reading. Raises OSError."""
    return _open_own(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)


def _open_own(path: Path, flags: int) -> int:
    """Open a file that has no other name. Raises OSError."""
    try:
        file = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise OSError(error.errno, "it is no file of chatstore: remove it", str(path)) from None
        raise
    state = os.fstat(file)
    if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
        os.close(file)
        raise OSError(errno.EMLINK, "it is no file of chatstore, or has another name: remove it", str(path))
    return file


def give_to_owner(path: Path, like: Path) -> None:
    """Give a file that this process has made to whoever owns another file or folder. Raises OSError."""
    owner = like.stat()
    if owner.st_uid == os.geteuid():
        return
    file = read_beside(path)
    try:
        if os.fstat(file).st_uid != os.geteuid():
            raise OSError(errno.EPERM, f"{path.name} was put there by another user")
        os.fchown(file, owner.st_uid, owner.st_gid)
    finally:
        os.close(file)


def hide_from_others(path: Path) -> None:
    """Take all rights on a file from users who neither own it nor are in its group. Raises OSError."""
    file = read_beside(path)
    try:
        os.fchmod(file, stat.S_IMODE(os.fstat(file).st_mode) & ~stat.S_IRWXO)
    finally:
        os.close(file)


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
