"""A migration that is killed, or loses its power, at any step: the database is the old one or the new one."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chatstore.storage.errors import StorageError
from chatstore.storage.store import DatabaseStore
from tests.faults import disk
from tests.faults.disk import VARIANTS, Disk
from tests.faults.journal import BrokenPromiseError
from tests.faults.program import ROOT
from tests.faults.tracing import fault, needs_strace, steps, strace
from tests.storage.test_migration_0002 import at_0001

pytestmark = pytest.mark.timeout(300)

_OPEN = "import sys; from chatstore.storage.store import DatabaseStore as D; D('sqlite:///' + sys.argv[1]).close()"
_MIGRATE = (sys.executable, "-c", _OPEN)
"""What every command does that writes: it opens the database, and so migrates it. Those that only read don't."""
_OPEN_EVERY = 25
"""Images between two that are opened by the program, which then migrates the old ones."""

Schema = list[tuple[str, ...]]


def _schema(path: Path) -> Schema:
    """Its tables and indexes; raises BrokenPromiseError where it does not open or is damaged."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise BrokenPromiseError("integrity_check fails")
            return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    except sqlite3.Error as error:
        raise BrokenPromiseError(f"the database does not open: {error}") from error


def _contents(path: Path) -> Any:
    """What was in it before, by columns that every schema has."""
    with closing(sqlite3.connect(path)) as connection:
        return [
            connection.execute(f"SELECT {columns} FROM {table} ORDER BY id").fetchall()
            for table, columns in (
                ("accounts", "id, name, password"),
                ("rooms", "id, name, topic, password, founder_id, last_seq"),
                ("memberships", "room_id, account_id, role, joined_seq, seen_seq"),
                ("messages", "room_id, seq, sent_at, nick, kind, body"),
            )
        ]


def _old(folder: Path) -> Path:
    """A database of the first schema with a little in it, with no log beside it."""
    folder.mkdir()
    at_0001(folder / "chat.db")
    return folder / "chat.db"


def _open(path: Path, schema: Schema, before: Any) -> None:
    """Opened by the program it is of the new schema, with everything in it."""
    try:
        store = DatabaseStore(f"sqlite:///{path}", readers=1)
    except StorageError as error:
        raise BrokenPromiseError(f"the program does not open it: {error}") from error
    store.close()
    if store.migration_copy is not None and _contents(store.migration_copy) != before:
        raise BrokenPromiseError("the copy that was made before is not what was there")
    if _schema(path) != schema:
        raise BrokenPromiseError("it was opened, and is not of the new schema")
    if _contents(path) != before:
        raise BrokenPromiseError("it was opened, and something is missing")


def migration_cut_off(folder: Path, *, seed: int = 0) -> int:
    """Record a migration. As it would be after a kill (all that was written is there) and after a power cut (of
    what was not synced: none, some, torn) at each step, the database has the old schema or the new one, and all
    that was in it. Returns how many images there were."""
    needs_strace()
    path = _old(folder / "data")
    now = Disk(path.parent)
    now.load()
    old, before = _schema(path), _contents(path)
    subprocess.run([*strace(folder / "trace"), *_MIGRATE, str(path)], cwd=ROOT, check=True, capture_output=True)
    new = _schema(path)
    assert old != new
    chance = random.Random(seed)
    image = folder / "image"
    looked = 0
    schemas = set()
    for number, step in enumerate(steps(folder / "trace", path.parent)):
        for variant in VARIANTS if now.take(step) else ():
            disk.write(now.image(variant, chance), image)
            looked += 1
            try:
                found = _schema(image / "chat.db")
                if found not in (old, new):
                    raise BrokenPromiseError("it is neither of the old schema nor of the new one")
                if _contents(image / "chat.db") != before:
                    raise BrokenPromiseError("something is missing")
                schemas.add(found == new)
                if looked % _OPEN_EVERY == 0:
                    _open(image / "chat.db", new, before)
            except BrokenPromiseError as error:
                raise BrokenPromiseError(f"at step {number}, {type(step).__name__}, {variant}: {error}") from error
    assert schemas == {False, True}
    return looked


def test_a_migration_cut_off_at_every_step(tmp_path: Path) -> None:
    assert migration_cut_off(tmp_path) > 200


@pytest.mark.parametrize(
    ("call", "nth"), [("pwrite64", 2), ("fdatasync", 1), ("fsync", 1), ("pwrite64", 40), ("fdatasync", 2)]
)
def test_a_migration_that_is_killed(tmp_path: Path, call: str, nth: int) -> None:
    """The same by real kills, at some of the steps."""
    needs_strace()
    path = _old(tmp_path / "data")
    before = _contents(path)
    command = [*strace(tmp_path / "trace", fault(call, "signal=KILL", nth)), *_MIGRATE, str(path)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode != 0, f"there was no {call} number {nth}"
    whole = _old(tmp_path / "whole")
    DatabaseStore(f"sqlite:///{whole}", readers=1).close()
    _open(path, _schema(whole), before)


@pytest.mark.mutants
def test_a_migration_in_several_transactions_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was before each migration began with BEGIN: Python's sqlite3 commits DDL by itself."""
    monkeypatch.setattr(
        "tests.faults.test_migration._MIGRATE", (sys.executable, "-m", "tests.faults.careless_migration")
    )
    with pytest.raises(BrokenPromiseError, match="neither of the old schema"):
        migration_cut_off(tmp_path)
