"""Make a backup: copy, look at the copy, compress it, give it its name, and remove old ones.

Whatever ends it, the file under the backup's name is whole, or what it was before; and no old backup is removed
before the new one is there.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from chatstore.storage.backend import Place, Reading, Verify
from chatstore.storage.checks.rows import messages_in
from chatstore.storage.content_copies import contents_of, drop, folder_of, held, save
from chatstore.storage.contents import Folder
from chatstore.storage.errors import NoSpaceError, StorageError, UnsoundError
from chatstore.storage.files import part_of, parts_of, put_in_place, sync
from chatstore.storage.packing import END, pack

_DAY = 86_400.0
Report = Callable[[str, int, int], None]
"""Is told what is done (`copying`, `compressing`), how much of it is, and how much there is."""


class Backup(NamedTuple):
    """A backup that was made. `removed`: older ones that are gone now. `stuck`: older ones that could not be
    removed, with the reason. `missing`: the contents of files that should be there and are not."""

    path: Path
    messages: int
    bytes: int
    removed: Sequence[Path]
    stuck: Sequence[tuple[Path, str]] = ()
    missing: Sequence[str] = ()


class Wanted(NamedTuple):
    """`target`: a file, or a folder, in which the backup gets a name with the time. `keep`: how many backups
    of this database stay in the folder; 0: all. `verify`: look at the copy before it gets its name."""

    target: Path
    replace: bool = False
    keep: int = 0
    compress: bool = False
    verify: Verify | None = None


def back_up(
    place: Place, reading: Reading, wanted: Wanted, report: Report, contents: Folder | None = None
) -> Backup:
    """Copy the database as it is at one moment, and the contents of its files. Raises StorageError."""
    path = _named(place, wanted)
    place.check_backup(path)
    if not wanted.replace and path.exists():
        raise StorageError(f"{path} already exists; --force replaces it")
    with place.listing(required=wanted.keep > 0) as listed:
        try:
            _need_space(place, path)
            with held(contents) as alive:
                messages, missing = _made(place, reading, path, wanted, report, contents, alive)
        except OSError as error:
            if isinstance(error, FileExistsError):
                raise StorageError(f"{path} already exists; --force replaces it") from None
            raise StorageError(f"{wanted.target} can't be written: {error.strerror or error}") from None
        if listed:
            place.list_backup(path)
        removed, stuck = _rotated(place, path, wanted.keep)
        if removed:
            with suppress(OSError):
                drop(folder_of(path), [one for one in path.parent.iterdir() if _is_beside(one, path)])
        _sweep(path, in_folder=wanted.target.is_dir())
    return Backup(path, messages, path.stat().st_size, removed, stuck, missing)


def _is_beside(one: Path, path: Path) -> bool:
    """Whether a file is a backup whose contents are in the same folder."""
    return one.is_file() and not one.name.startswith(".") and folder_of(one).folder == folder_of(path).folder


def _named(place: Place, wanted: Wanted) -> Path:
    """The path of the backup, which is absolute: the list of backups is read in other folders."""
    path = wanted.target.absolute()
    if path.is_dir():
        path = path / f"{_stem(place)}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.db"
    elif wanted.keep:
        raise StorageError(f"{wanted.target} is not a folder: --keep counts the backups in one")
    return path.with_name(path.name + END) if wanted.compress and path.suffix != END else path


def _stem(place: Place) -> str:
    return place.file.stem if place.file is not None else "chatstore"


def _need_space(place: Place, path: Path) -> None:
    """Say so at once if the copy can't fit, instead of filling the disk first."""
    free, size = shutil.disk_usage(path.parent).free, place.size()
    if free < size:
        raise NoSpaceError(
            f"{path.parent} has too little space: {size:,} bytes are needed and {free:,} are free there"
        )


def _made(
    place: Place,
    reading: Reading,
    path: Path,
    wanted: Wanted,
    report: Report,
    contents: Folder | None,
    alive: Callable[[], None],
) -> tuple[int, Sequence[str]]:
    """Make the file; returns the number of its messages, and the contents that are missing."""

    def reported(what: str) -> Callable[[int, int], None]:
        def tell(done: int, total: int) -> None:
            with suppress(OSError):
                alive()
            report(what, done, total)

        return tell

    with part_of(path) as part:
        with reading() as connection:
            messages = messages_in(connection)  # the first query: from here on it is one state
            kept = contents_of(connection)
            place.copy_to(connection, part, reported("copying"))
        began = time.time()
        missing = save(kept, contents, folder_of(path), reported("copying files"))
        os.utime(part, (began, began))  # its contents are younger: see content_copies.drop()
        if wanted.verify is not None and (wrong := wanted.verify(part)):
            said = "; ".join(f"{found.check}: {found.text}" for found in wrong)
            raise UnsoundError(f"the copy is not sound, and was not kept: {said}. Run chatstore doctor --deep")
        if not wanted.compress:
            sync(part)
            put_in_place(part, path, replace=wanted.replace)
            return messages, missing
        with part_of(path) as packed:
            pack(part, packed, reported("compressing"))
            os.utime(packed, (began, began))
            put_in_place(packed, path, replace=wanted.replace)
        return messages, missing


def _sweep(path: Path, *, in_folder: bool) -> None:
    """Remove what killed backups have left: parts that nobody has written for a day."""
    name = glob.escape(path.name.rpartition("-")[0]) + "-*" if in_folder else glob.escape(path.name)
    with suppress(OSError):  # whoever may only write the folder can't list it
        for part in parts_of(path.parent, name, _DAY):
            with suppress(OSError):
                part.unlink()


def _rotated(place: Place, path: Path, keep: int) -> tuple[Sequence[Path], Sequence[tuple[Path, str]]]:
    """Remove the oldest of the listed backups in the folder of `path`, until `keep` are left: only of those that
    have the name of _named(), because what somebody has given a name is to stay. Returns those that are gone, and
    those that could not be removed, with the reason."""
    gone: list[Path] = []
    stuck: list[tuple[Path, str]] = []
    if not keep:
        return gone, stuck
    named = re.compile(rf"{re.escape(_stem(place))}-\d{{8}}T\d{{6}}Z\.db({re.escape(END)})?")
    listed = [one.path for one in place.backups() if one.path.parent == path.parent and one.path != path]
    here = [one for one in listed if named.fullmatch(one.name)]
    for one in here[: max(0, len(here) + 1 - keep)]:
        try:
            one.unlink()
            gone.append(one)
        except FileNotFoundError:
            continue
        except OSError as error:
            stuck.append((one, error.strerror or str(error)))
    return gone, stuck
