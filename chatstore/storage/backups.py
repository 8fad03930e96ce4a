"""Make a backup: copy, look at the copy, compress it, give it its name, and remove old ones.

Whatever ends it, the file under the backup's name is whole, or what it was before; and no old backup is removed
before the new one is there.
"""

from __future__ import annotations

import errno
import glob
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from chatstore.storage.backend import Place, Reading
from chatstore.storage.checks.finding import Finding
from chatstore.storage.checks.rows import messages_in
from chatstore.storage.errors import StorageError
from chatstore.storage.files import part_of, put_in_place, sync
from chatstore.storage.packing import END, pack

_DAY = 86_400.0
Report = Callable[[str, int, int], None]
"""Is told what is done (`copying`, `compressing`), how much of it is, and how much there is."""
Verify = Callable[[Path], Sequence[Finding]]
"""Looks at a copy, and returns what is wrong with it."""


class Backup(NamedTuple):
    """A backup that was made. `removed`: older ones that are gone now."""

    path: Path
    messages: int
    bytes: int
    removed: Sequence[Path]


class Restored(NamedTuple):
    """A backup that was restored. `replaced`: where the database from before is; None if there was none."""

    path: Path
    replaced: Path | None


class Wanted(NamedTuple):
    """`target`: a file, or a folder, in which the backup gets a name with the time. `keep`: how many backups
    of this database stay in the folder; 0: all. `verify`: look at the copy before it gets its name."""

    target: Path
    replace: bool = False
    keep: int = 0
    compress: bool = False
    verify: Verify | None = None


def back_up(place: Place, reading: Reading, wanted: Wanted, report: Report) -> Backup:
    """Copy the database as it is at one moment. Raises StorageError."""
    path = _named(place, wanted)
    place.check_backup(path)
    if not wanted.replace and path.exists():
        raise StorageError(f"{path} already exists; --force replaces it")
    with place.listing(required=wanted.keep > 0) as listed:
        try:
            _need_space(place, path)
            messages = _made(place, reading, path, wanted, report)
        except OSError as error:
            if isinstance(error, FileExistsError):
                raise StorageError(f"{path} already exists; --force replaces it") from None
            raise StorageError(f"{wanted.target} can't be written: {error.strerror or error}") from None
        if listed:
            place.list_backup(path)
        removed = _rotated(place, path, wanted.keep)
        _sweep(path, in_folder=wanted.target.is_dir())
    return Backup(path, messages, path.stat().st_size, removed)


def _named(place: Place, wanted: Wanted) -> Path:
    """The path of the backup, which is absolute: the list of backups is read in other folders."""
    path = wanted.target.absolute()
    if path.is_dir():
        stem = place.file.stem if place.file is not None else "chatstore"
        path = path / f"{stem}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.db"
    elif wanted.keep:
        raise StorageError(f"{wanted.target} is not a folder: --keep counts the backups in one")
    return path.with_name(path.name + END) if wanted.compress and path.suffix != END else path


def _need_space(place: Place, path: Path) -> None:
    """Say so at once if the copy can't fit, instead of filling the disk first."""
    free, size = shutil.disk_usage(path.parent).free, place.size()
    if free < size:
        raise OSError(errno.ENOSPC, f"{size:,} bytes are needed and {free:,} are free there")


def _made(place: Place, reading: Reading, path: Path, wanted: Wanted, report: Report) -> int:
    """Make the file; returns the number of its messages."""
    with part_of(path) as part:
        with reading() as connection:
            messages = messages_in(connection)  # the first query: from here on it is one state
            place.copy_to(connection, part, lambda done, total: report("copying", done, total))
        if wanted.verify is not None and (wrong := wanted.verify(part)):
            said = "; ".join(f"{found.check}: {found.text}" for found in wrong)
            raise StorageError(f"the copy is not sound, and was not kept: {said}. Run chatstore doctor --deep")
        if not wanted.compress:
            sync(part)
            put_in_place(part, path, replace=wanted.replace)
            return messages
        with part_of(path) as packed:
            pack(part, packed, lambda done, total: report("compressing", done, total))
            put_in_place(packed, path, replace=wanted.replace)
        return messages


def _sweep(path: Path, *, in_folder: bool) -> None:
    """Remove what killed backups have left: parts that nobody has written for a day."""
    name = path.name.rpartition("-")[0] + "-" if in_folder else f"{path.name}."
    for part in path.parent.glob(f".{glob.escape(name)}*.part"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > _DAY:
                part.unlink()


def _rotated(place: Place, path: Path, keep: int) -> Sequence[Path]:
    """Remove the oldest of the listed backups in the folder of `path`, until `keep` are left."""
    if not keep:
        return []
    here = [one for one in place.backups() if one.path.parent == path.parent and one.path != path]
    gone: list[Path] = []
    for one in here[: max(0, len(here) + 1 - keep)]:
        with suppress(FileNotFoundError):
            one.path.unlink()
            gone.append(one.path)
    return gone
