"""The checks of a SQLite database: the file, and what lies beside it. Those of its rows are in
checks/rows.py."""

from __future__ import annotations

import glob
import os
import re
import shutil
import sqlite3
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from chatstore.amounts import counted, sized
from chatstore.storage.backend import Check, Examined, Writing
from chatstore.storage.checks import rows
from chatstore.storage.checks.finding import Finding, ok, problem, skipped, some, warning
from chatstore.storage.copies import Copy
from chatstore.storage.files import hide_from_others
from chatstore.storage.sqlite import driver, full_text
from chatstore.storage.sqlite.copies import copies as copies_of
from chatstore.storage.sqlite.copies import leftovers, list_beside
from chatstore.storage.sqlite.lock import path_of
from chatstore.storage.sqlite.word_checks import words

_MB = 1 << 20
_FULL = 64 * _MB
"""Bytes that are free, below which a disk counts as full."""
_LARGE_LOG = 64 * _MB
_DAY = 86_400.0
_KEPT_MS = 14 * 86_400_000
_NETWORKS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "fuse.glusterfs", "afs", "ceph", "davfs"}
"""File systems of other machines, on which locks and the write-ahead log of SQLite are not safe."""
_SIDES = ("", "-wal", "-shm", "-journal")
_WAL_RESET_FIXED = (3, 51, 3)
_RESTORE = "restore the newest backup that is whole (chatstore doctor FILE, then chatstore restore FILE)"


def integrity(subject: Examined) -> Finding:
    """SQLite's own check of the file; with --deep also of each index against its table."""
    with subject.reading() as connection:
        found = driver.run(connection, f"PRAGMA {'integrity_check' if subject.deep else 'quick_check'}(20)")
    lines = [line.strip() for (text,) in found for line in str(text).split("\n") if line.strip()]
    lines = [line for line in lines if not line.startswith("***")]
    if lines == ["ok"]:
        return ok("every page and every index is whole" if subject.deep else "every page is whole")
    if lines and all(re.search(r"missing from index|wrong # of entries in index", line) for line in lines):
        return problem(
            f"an index does not agree with its table: {some(lines)}",
            "stop the server and run chatstore doctor --repair, which makes the indexes again",
        )
    return problem(f"the file is damaged: {some(lines)}", _RESTORE)


def whole(subject: Examined) -> Finding:
    """The same, always with every index: what is missing in one seems to be gone."""
    return integrity(replace(subject, deep=True))


def repair_indexes(subject: Examined, writing: Writing) -> str:
    """Make the indexes again, if that is all that is damaged and no server runs: it takes as long as it
    takes."""
    if subject.served or "an index" not in integrity(subject).text:
        return ""
    with writing() as connection:
        driver.run(connection, "REINDEX")
    return "made the indexes of all tables again"


def foreign_keys(subject: Examined) -> Finding:
    """Whether what rows refer to is there."""
    return _refer(subject, ())


def foreign_keys_of_others(subject: Examined) -> Finding:
    """The same without memberships, whose repair is to remove them."""
    return _refer(subject, ("memberships",))


def _refer(subject: Examined, without: Sequence[str]) -> Finding:
    with subject.reading() as connection:
        found = driver.run(connection, "PRAGMA foreign_key_check")
    found = [row for row in found if row[0] not in without]
    if found:
        tables = [f"{row[0]} to {row[2]}" for row in found]
        names = [f"{name} ({tables.count(name)})" for name in dict.fromkeys(tables)]
        return problem(
            f"{counted(len(found), 'row')} refer to what is gone: {some(names)}",
            "run chatstore doctor --repair, which removes memberships of what is gone; for others, " + _RESTORE,
        )
    return ok("what rows refer to is there")


def files(subject: Examined) -> Finding:
    """Who may read the database and the files beside it, and where it is."""
    database = _file(subject)
    if where := _network(database):
        return problem(
            f"{database} is on a network file system ({where})",
            "move it to a local disk: SQLite's log is not safe there",
        )
    if not subject.copy and database.stat().st_nlink > 1:
        return problem(
            f"{database} has more than one name (hard links)", "remove all but one: a server refuses such a file"
        )
    owner = database.stat().st_uid
    foreign = [path.name for path in _ours(database) if path.stat().st_uid != owner]
    if foreign:
        return problem(
            f"{some(foreign)} {'belong' if len(foreign) > 1 else 'belongs'} to another user than {database.name}",
            f"run chown --reference={database} on them: a command ran as another user",
        )
    if exposed := _exposed(database):
        return warning(
            f"every user of this machine can read or write {some([path.name for path in exposed])}",
            "run chatstore doctor --repair, or chmod o-rwx: they hold private rooms and password hashes",
        )
    folder = database.absolute().parent
    if (mode := folder.stat().st_mode) & stat.S_IWOTH and not mode & stat.S_ISVTX:
        return warning(f"every user of this machine can replace files in {folder}", f"run chmod o-w {folder}")
    return ok("only their owner can read them")


def repair_files(subject: Examined, writing: Writing) -> str:
    names = []
    for path in _exposed(Path(os.path.realpath(_file(subject)))):
        with suppress(OSError):
            hide_from_others(path)
            names.append(path.name)
    return f"other users can't read {some(names)} any more" if names else ""


def _exposed(database: Path) -> list[Path]:
    return [path for path in _ours(database) if path.stat().st_mode & stat.S_IRWXO & ~stat.S_IXOTH]


def _ours(database: Path) -> list[Path]:
    """The database's files that are there, and its copies."""
    index = full_text.path_beside(database)
    named = [Path(f"{file}{end}") for file in (database, index) for end in _SIDES]
    named += [path_of(database), list_beside(database)]
    for end in ("before-*", "replaced-*", "lost-*"):
        named += sorted(database.absolute().parent.glob(f"{glob.escape(database.name)}.{end}"))
    return [path for path in named if path.exists() and (path == database or not path.is_symlink())]


def _network(path: Path) -> str:
    """The type of the file system, if it is one of another machine."""
    real, best, kind = os.path.realpath(path), "", ""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    for line in mounts:
        _, where, found, *_ = line.split(" ")
        where = where.replace("\\040", " ")
        inside = real == where or real.startswith(where.rstrip("/") + "/")
        if inside and len(where) >= len(best):
            best, kind = where, found
    return kind if kind in _NETWORKS else ""


def disk(subject: Examined) -> Finding:
    """Whether there is space: for messages, and for a copy of the database."""
    database = _file(subject)
    folder = database.absolute().parent
    free, size = shutil.disk_usage(folder).free, database.stat().st_size
    inodes = os.statvfs(folder)
    said = f"{sized(free)} free where the database ({sized(size)}) is"
    if free < _FULL or (inodes.f_files and not inodes.f_favail):
        said = said if free < _FULL else f"no file can be made in {folder}: the file system has no inodes left"
        return problem(said, "free some space now: messages are refused when the disk is full")
    if free < size and not subject.copy:
        return warning(
            said, "free some space: a migration, a backup there and a restore need as much as the database has"
        )
    return ok(said)


def log_size(subject: Examined) -> Finding:
    """The size of the write-ahead log."""
    database = _file(subject)
    if subject.copy:
        if not driver.in_wal_mode(str(database)):
            return ok("it needs none")
        if driver.exists(f"{database}-wal"):
            return warning(
                f"{database}-wal belongs to it", "keep the two together; chatstore backup makes one file"
            )
        return warning(
            "it was not made by chatstore backup: if a server ran meanwhile, it may lack what was written last",
            "make backups with chatstore backup, or copy the file while no server runs",
        )
    size = subject.place.log_size()
    if not subject.served:
        return ok(f"{sized(size)}: the next start stores it in the database" if size else "none is left")
    if size > max(_LARGE_LOG, database.stat().st_size // 4):
        return warning(
            f"it has {sized(size)}, because some process has been reading the database for long",
            "end that process (a backup, sqlite3, a script): the log is emptied when nobody reads an old state",
        )
    return ok(sized(size))


def index(subject: Examined) -> Finding:
    """The index of words for searches."""
    if subject.copy:
        return skipped("a backup has none: the server makes it anew")
    if not full_text.available():
        return warning(
            f"SQLite {sqlite3.sqlite_version} has no full-text search (FTS5): searches read messages one by one",
            "use a Python whose SQLite has it (Debian's and python.org's do)",
        )
    return words(subject, full_text.path_beside(_file(subject)))


def repair_index(subject: Examined, writing: Writing) -> str:
    """Remove an index that can't be used: the next start makes it anew. Not beside a server, which has it
    open."""
    path = full_text.path_beside(_file(subject))
    if subject.served or not path.exists():
        return ""
    full_text.remove(path)
    return f"removed {path.name}: the next start of the server makes it anew"


def copies(subject: Examined) -> Finding:
    """Copies that chatstore has made, with messages that the database no longer has; and parts of copies that
    were not completed."""
    if subject.copy:
        return skipped("asked of the database itself")
    database = _file(subject)
    found = copies_of(database, deep=subject.deep)
    parts = leftovers(database, _DAY)
    if parts:
        return warning(
            f"{some([path.name for path in parts])} left by a copy that was killed",
            "run chatstore doctor --repair, which removes them",
        )
    stale = [copy for copy in found if copy.kind == "migration" and copy.erased]
    if stale:
        return warning(
            f"{_told(stale)}, from before a migration",
            "run chatstore doctor --repair, which removes them, unless you may go back to the older version",
        )
    old = [copy for copy in found if copy.kind == "replaced" and subject.now - copy.made_at > _KEPT_MS]
    if old:
        return warning(
            f"{some([copy.path.name for copy in old])} kept since a restore more than two weeks ago",
            "delete what you don't need any more, with the files beside it",
        )
    backups = [copy for copy in found if copy.erased]
    unseen = sum(copy.erased is None for copy in found)
    said = counted(len(found), "copy", "copies")
    if backups:
        said = f"{said}: {_told(backups)}"
    elif unseen < len(found):
        said += ", none with messages that were erased since"
    return ok(said + (f"; {unseen} compressed, which --deep looks into" if unseen else ""))


def _told(found: Sequence[Copy]) -> str:
    """Copies with what they have, the file's name and the number."""
    return some([f"{copy.path} still has {counted(copy.erased or 0, 'message')} erased since" for copy in found])


def repair_copies(subject: Examined, writing: Writing) -> str:
    """Remove copies from before a migration with erased messages, and what killed copies have left. Only where
    the database is whole (Check.removes): otherwise these may be all that is."""
    database = _file(subject)
    found = copies_of(database, deep=False)
    gone = [copy.path for copy in found if copy.kind == "migration" and copy.erased]
    gone += leftovers(database, _DAY)
    for path in gone:
        path.unlink()
    return f"removed {some([path.name for path in gone])}" if gone else ""


def software(subject: Examined) -> Finding:
    """The version of SQLite, and its faults that are known."""
    found = f"SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < (3, 35):
        return problem(f"{found} is too old", "use a Python with SQLite 3.35 or newer")
    if sqlite3.sqlite_version_info < _WAL_RESET_FIXED:
        return ok(f"{found}; before 3.51.3 no other program should write the database (WAL-reset bug)")
    return ok(found)


def _file(subject: Examined) -> Path:
    assert subject.place.file is not None
    return subject.place.file


CHECKS = (
    Check("integrity", integrity, repair_indexes, ground=whole),
    Check("tables", rows.whole_schema, ground=rows.whole_schema),
    Check("members", rows.members, rows.repair_members, removes=True),
    Check("references", foreign_keys, ground=foreign_keys_of_others),
    Check("numbers", rows.seqs, ground=rows.seqs),
    Check("times", rows.times, rows.repair_times),
    Check("clock", rows.clock),
    Check("reactions", rows.reactions, rows.repair_reactions, removes=True),
    Check("tags", rows.tags, slow=True),
    Check("uploads", rows.uploads),
    Check("search index", index, repair_index),
    Check("files", files, repair_files),
    Check("disk", disk),
    Check("write-ahead log", log_size),
    Check("copies", copies, repair_copies, removes=True),
    Check("sqlite", software),
)
"""Members before references, so that a repair of these is seen there."""
