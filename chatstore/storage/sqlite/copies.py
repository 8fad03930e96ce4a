"""The copies of a database: which there are, and what they still have that was erased since.

`<database>-backups` lists the backups, one JSON object a line: the path and the time. Whoever makes a backup
holds a lock on that file (flock), so that two at once don't take each other's space, and removes old ones
only if they stand there: a folder may have backups of another database, or other files.
"""

from __future__ import annotations

import fcntl
import glob
import json
import os
import sqlite3
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from chatstore.chat.model.room_events import MESSAGE_KINDS, RemovedMessage
from chatstore.storage.copies import Copy
from chatstore.storage.errors import BackingUpError, StorageError
from chatstore.storage.files import TEMPORARY, open_beside, parts_of, read_beside
from chatstore.storage.packing import compressed, unpacked
from chatstore.storage.sqlite import driver

_LOST = ("-wal", "-journal")
"""What a restore has put aside of a database that was gone (restoring.py)."""
_MOST = 1_000
"""The most backups that are listed."""
_ERASED = f"""
    SELECT count(*) FROM main.messages c WHERE kind IN ({", ".join(f"'{kind}'" for kind in MESSAGE_KINDS)})
    AND (
        EXISTS (
            SELECT 1 FROM live.messages m
            WHERE m.room_id = c.room_id AND m.seq = c.seq AND m.id = c.id AND m.kind = '{RemovedMessage.kind}'
        )
        OR EXISTS (SELECT 1 FROM live.rooms r WHERE r.id = c.room_id AND r.first_seq > c.seq)
        OR EXISTS (
            SELECT 1 FROM main.rooms o JOIN live.audit a ON a.about = '#' || o.name
            WHERE o.id = c.room_id AND a.action = 'room.remove'
            AND NOT EXISTS (SELECT 1 FROM live.rooms r WHERE r.id = o.id)
        )
    )
"""
"""What is known to have been redacted, pruned or removed with its room. What the database only lacks may be
lost there: then the copy is what has it."""


def list_beside(database: Path) -> Path:
    return Path(f"{os.path.realpath(database)}-backups")


def noted(database: Path) -> list[Copy]:
    """The backups in the list that are still there, the oldest first."""
    try:
        with open(read_beside(list_beside(database)), encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return []
    found: dict[Path, Copy] = {}
    for line in lines:
        try:
            row = json.loads(line)
            one = Copy(Path(row["path"]), "backup", int(row["made_at"]), None)
        except (ValueError, KeyError, TypeError):
            continue
        if one.path.exists():
            found[one.path] = one
    return sorted(found.values(), key=lambda one: one.made_at)


@contextmanager
def alone(database: Path, *, required: bool) -> Iterator[bool]:
    """While a backup of a database is made: nobody else makes one. Yields whether it can be listed, which
    whoever may only read the database can't. Raises StorageError."""
    path = list_beside(database)
    try:
        file = open_beside(path, database)
    except OSError as error:
        if required:
            raise StorageError(f"cannot write {path}, the list of backups: {error.strerror}") from None
        yield False
        return
    try:
        if not _locked(file):
            raise BackingUpError(f"another backup of {database} is being made: try again when it is done")
        yield True
    finally:
        os.close(file)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def note(database: Path, backup: Path) -> None:
    """Add a backup to the list, which forgets those that are gone. Raises StorageError. Only inside alone():
    the file is written in place, because another file would have another lock."""
    listed = [one for one in noted(database) if one.path != backup]
    listed.append(Copy(backup, "backup", int(time.time() * 1000), None))
    path = list_beside(database)
    try:
        with open(open_beside(path, database), "r+", encoding="utf-8") as file:
            for one in listed[-_MOST:]:
                file.write(json.dumps({"path": str(one.path), "made_at": one.made_at}) + "\n")
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageError(f"cannot write {path}, the list of backups: {error.strerror}") from None


def copies(database: Path, *, deep: bool) -> Sequence[Copy]:
    """The copies that are there. `deep`: also count what compressed ones have."""
    found: list[Copy] = []
    for end, kind in (("before-[0-9][0-9][0-9][0-9]", "migration"), ("replaced-*Z", "replaced")):
        for path in sorted(database.parent.glob(f"{glob.escape(database.name)}.{end}")):
            made_at = int(path.stat().st_mtime * 1000)
            found.append(Copy(path, kind, made_at, erased_in(path, database)))  # type: ignore[arg-type]
    for end in _LOST:
        with suppress(OSError):
            path = database.with_name(f"{database.name}.lost{end}")
            found.append(Copy(path, "replaced", int(path.stat().st_mtime * 1000), None))
    for one in noted(database):
        look = deep or not compressed(one.path)
        found.append(one._replace(erased=erased_in(one.path, database) if look else None))
    return found


def erased_in(path: Path, database: Path) -> int | None:
    """How many messages of a copy were erased in the database since; None if the copy can't be read."""
    try:
        with unpacked(path, database) as copy, closing(driver.reader(str(copy), follows=False)()) as connection:
            connection.execute("ATTACH ? AS live", (driver.read_only(str(database), follows=False),))
            return int(connection.execute(_ERASED).fetchone()[0])
    except (OSError, EOFError, zlib.error, sqlite3.Error):
        return None


def leftovers(database: Path, older_than: float) -> list[Path]:
    """What was killed while it was made, and has much of the database in it: parts of copies, of backups, and of
    what is unpacked to be looked at. `older_than`: seconds since they were written last."""
    database = database.absolute()
    beside = glob.escape(database.name)
    names = {(database.parent, f"{beside}{end}") for end in ("", ".before-*", "-search")}
    names.add((Path(tempfile.gettempdir()), TEMPORARY))
    for one in noted(database):
        names |= {
            (one.path.parent, glob.escape(one.path.name)),
            (one.path.parent, f"{glob.escape(database.stem)}-*Z.db*"),
        }
    found = {part for folder, name in names for part in parts_of(folder, name, older_than)}
    return sorted(part for part in found if _is_ours(part, database))


def _is_ours(part: Path, database: Path) -> bool:
    """Temporary files may be other people's."""
    return part.parent != Path(tempfile.gettempdir()) or part.lstat().st_uid == os.geteuid()
