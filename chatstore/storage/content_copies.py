"""The contents of files that go with backups.

They lie in a folder beside the backups, `chat.files` beside `chat-20261130T054700Z.db.gz`, which all backups
of a database in one folder share: each content is there once, and a new backup copies what is new. Each
backup gives its contents the time, so what is older than the oldest backup that is left belongs to none.

Such a folder may come from anybody, and root may read it. So no link in it is followed: what it leads to could be
any file of the machine, which then had a URL here.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, inspect

from chatstore.storage.contents import Folder
from chatstore.storage.files import give_to_owner, part_of, put_in_place
from chatstore.storage.packing import END
from chatstore.storage.schema import files
from chatstore.storage.uploads import Files

_NAME = re.compile(rf"(?:-\d{{8}}T\d{{6}}Z)?(?:\.db)?(?:{re.escape(END)})?$")
_MARGIN = 60.0
"""Seconds by which times of files may differ that were given in one moment."""


class Kept(NamedTuple):
    """A content: its place, digest and bytes, and the bytes of its thumbnail."""

    place: str
    digest: str
    size: int
    thumbnail: int


def folder_of(backup: Path) -> Folder:
    """The contents that go with a backup."""
    return Folder(backup.with_name(f"{_NAME.sub('', backup.name) or backup.name}.files"))


def exported_folder(export: Path) -> Folder:
    """The contents that go with an export in JSONL: `chat.jsonl.files` beside `chat.jsonl.gz`, too."""
    return Folder(export.with_name(f"{export.name.removesuffix('.gz')}.files"))


def contents_of(connection: Connection) -> list[Kept]:
    """All contents that files have; none in a database of an earlier version."""
    if not inspect(connection).has_table(files.name):
        return []
    rows, found, after = Files(connection), [], 0
    while page := rows.contents(after):
        found += [Kept(*row[1:]) for row in page]
        after = page[-1][0]
    return found


@contextmanager
def held(contents: Folder | None) -> Iterator[Callable[[], None]]:
    """Nothing is removed from this folder meanwhile, as far as this process may write there."""
    try:
        holding = contents.hold() if contents is not None and contents.folder.is_dir() else None
        alive = holding.__enter__() if holding is not None else lambda: None
    except OSError:
        holding, alive = None, lambda: None
    try:
        yield alive
    finally:
        if holding is not None:
            with suppress(OSError):
                holding.__exit__(None, None, None)


def save(kept: Sequence[Kept], source: Folder | None, target: Folder, did: Callable[[int, int], None]) -> list[str]:
    """Copy contents to the folder of a backup. Returns the places of those that are missing. Raises OSError."""
    missing = []
    for number, one in enumerate(kept, 1):
        if source is None or not _is_there(source, one):
            missing.append(one.place)
        else:
            _copy_all(one, source, target, link=True)
        did(number, len(kept))
    return missing


def bring(kept: Iterable[Kept], source: Folder, target: Folder, like: Path) -> list[str]:
    """Copy contents back that are not there, for whoever owns `like`. Returns the places of those that are
    missing. Raises OSError."""
    missing = []
    for one in kept:
        if _is_there(target, one):
            continue
        if not _is_there(source, one):
            missing.append(one.place)
            continue
        _copy_all(one, source, target, link=False)
        with suppress(FileNotFoundError):
            for path in (target.folder, target.path(one.place).parent):
                state = like.stat()
                if os.geteuid() == 0:
                    os.chown(path, state.st_uid, state.st_gid, follow_symlinks=False)
            give_to_owner(target.path(one.place), like)
            if one.thumbnail:
                give_to_owner(target.thumbnail(one.place), like)
    return missing


def drop(folder: Folder, backups: Sequence[Path]) -> None:
    """Remove the contents that belong to none of these backups, which are all that are left."""
    times = []
    for path in backups:
        with suppress(FileNotFoundError):
            times.append(path.stat().st_mtime)
    if not times:
        return
    oldest = min(times)
    for place in [*folder.untouched(oldest - _MARGIN)]:
        folder.remove([place])


def _copy_all(one: Kept, source: Folder, target: Folder, *, link: bool) -> None:
    _copy(source.path(one.place), target.path(one.place), one.size, link=link)
    if one.thumbnail and _is_whole(source.thumbnail(one.place), one.thumbnail):  # without, a picture is shown whole
        _copy(source.thumbnail(one.place), target.thumbnail(one.place), one.thumbnail, link=link)


def _is_there(folder: Folder, one: Kept) -> bool:
    try:
        return _is_whole(folder.path(one.place), one.size)
    except FileNotFoundError:  # it is no place
        return False


def _is_whole(path: Path, size: int) -> bool:
    """Whether this is a file of so many bytes, and no link leads there."""
    try:
        state = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return stat.S_ISREG(state.st_mode) and state.st_size == size and not path.parent.is_symlink()


def _open(path: Path) -> int:
    """Open a file for reading, where no link leads to. Raises OSError."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    folder = os.open(path.parent, flags | os.O_DIRECTORY)
    try:
        return os.open(path.name, flags | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)


def _copy(source: Path, target: Path, size: int, *, link: bool) -> None:
    """Put a file where it is not yet, and give it the time."""
    if not _is_whole(target, size):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if target.parent.is_symlink():
            raise OSError(errno.ELOOP, f"{target.parent} is a link: remove it")
        target.unlink(missing_ok=True)
        linked = False
        if link:
            with suppress(OSError):  # another file system, or one without hard links
                os.link(source, target, follow_symlinks=False)
                linked = True
        if not linked:
            with part_of(target) as part:
                with os.fdopen(_open(source), "rb") as there, part.open("rb+") as file:
                    shutil.copyfileobj(there, file, 1 << 20)
                    file.flush()
                    os.fsync(file.fileno())
                put_in_place(part, target, replace=True)
    with suppress(PermissionError):
        os.utime(target)
