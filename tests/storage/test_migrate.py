"""Making and migrating a database, and refusing other files, other programs' databases and newer ones without
changing them."""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, make_url

from chatstore.storage import migrate
from chatstore.storage.engine import open_engine
from chatstore.storage.errors import StorageError
from chatstore.storage.postgresql.tables import metadata as tables_of_postgresql
from chatstore.storage.schema import metadata
from chatstore.storage.sqlite import driver as sqlite
from chatstore.storage.store import DatabaseStore
from tests.postgres import Cluster
from tests.storage.database import Database, pragma

SECOND = """
revision = "9999"
down_revision = "{before}"

from alembic import op
import sqlalchemy as sa

def upgrade():
    op.add_column("rooms", sa.Column("colour", sa.String))
    op.execute("UPDATE rooms SET colour = 'blue'")
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
    {then}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


def open_(path: Path) -> DatabaseStore:
    return DatabaseStore(f"sqlite:///{path}")


def contents(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def schema(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        return [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql != '' ORDER BY name")]


def head(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        [(revision,)] = connection.execute("SELECT version_num FROM alembic_version")
    return str(revision)


@pytest.fixture
def filled(path: Path) -> Path:
    """A database of this version, with a room and a message in it; closed."""
    database = Database(path)
    database.say(database.room(), "hello")
    database.close()
    return path


def later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, before: str, then: str = "") -> None:
    """Make this program know one more revision."""
    scripts = tmp_path / "scripts"
    shutil.copytree(migrate._scripts(), scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9999_later.py").write_text(SECOND.format(before=before, then=then))
    monkeypatch.setattr(migrate, "_scripts", lambda: scripts)


def refused(path: Path, *words: str) -> None:
    """The file is refused in one line, and every byte of it stays."""
    gc.collect()  # Alembic leaves cursors in cycles; what they keep open is written back when they are collected
    before, files = contents(path), sorted(path.parent.iterdir())
    with pytest.raises(StorageError) as error:
        open_(path)
    assert "\n" not in str(error.value)
    for word in (str(path), *words):
        assert word in str(error.value)
    assert contents(path) == before
    assert sorted(path.parent.iterdir()) == files


def shape(path: Path) -> dict[str, object]:
    """Every table, whatever the order of its columns: columns, keys, indexes, and whether ids are used again."""
    shapes: dict[str, object] = {}
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        for name, sql in tables:
            if "alembic" in name:
                continue
            columns = sorted(row[1:] for row in connection.execute(f"PRAGMA table_info({name})"))
            keys = sorted(row[2:] for row in connection.execute(f"PRAGMA foreign_key_list({name})"))
            indexes = sorted(
                (row[2], [column[2] for column in connection.execute(f"PRAGMA index_info({row[1]})")])
                for row in connection.execute(f"PRAGMA index_list({name})")
            )
            shapes[name] = columns, keys, indexes, "AUTOINCREMENT" in sql
    return shapes


def test_the_migrations_lead_to_exactly_the_schema(path: Path) -> None:
    open_(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        missing = compare_metadata(context, metadata)
    engine.dispose()
    assert missing == []
    other = path.with_name("made.db")
    engine = create_engine(f"sqlite:///{other}")
    metadata.create_all(engine)
    engine.dispose()

    assert shape(path) == shape(other)


def test_the_migrations_lead_to_exactly_the_schema_of_postgresql(cluster: Cluster) -> None:
    """Its own tables, too: types, keys, indexes, defaults and collations."""
    made = cluster.empty()
    for tables in (metadata, tables_of_postgresql):
        engine = open_engine(made, 1)
        tables.create_all(engine)
        engine.dispose()
    migrated = cluster.empty()
    DatabaseStore(migrated).close()
    engine = open_engine(migrated, 1)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, [metadata, tables_of_postgresql]) == []
    engine.dispose()
    assert shape_in_postgresql(cluster, migrated) == shape_in_postgresql(cluster, made)


def shape_in_postgresql(cluster: Cluster, url: str) -> list[list[Any]]:
    """Columns, constraints and indexes, whatever the order of columns."""
    columns = (
        "SELECT table_name, column_name, udt_name, is_nullable, column_default, collation_name"
        " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
    )
    constraints = (
        "SELECT CAST(CAST(conrelid AS regclass) AS text), conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = CAST('public' AS regnamespace) ORDER BY 1, 2"
    )
    indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    name = make_url(url).database
    found = [cluster.execute(query, database=str(name)) for query in (columns, constraints, indexes)]
    return [[row for row in rows if "alembic" not in row[0]] for rows in found]


def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "chat.db"
    database = Database(path, copied=False)
    assert database.store.created
    assert database.store.migration_copy is None
    database.say(database.room(), "hello")
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert {mode(file) for file in path.parent.iterdir()} == {0o600}
    database.close()


def test_folders_that_are_made_are_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut must not lose the folder with its contents: the names of new folders are synced, too."""
    synced: list[Path] = []
    real = sqlite.sync

    def sync(path: Path) -> None:
        synced.append(path)
        real(path)

    monkeypatch.setattr(sqlite, "sync", sync)
    open_(tmp_path / "a" / "b" / "chat.db").close()
    assert synced == [tmp_path / "a", tmp_path]
    open_(tmp_path / "a" / "b" / "chat.db").close()
    assert len(synced) == 2


def test_an_old_folder_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    open_(tmp_path / "chat.db").close()
    assert mode(tmp_path) == 0o755


def test_the_promises_are_in_the_pragmas(path: Path) -> None:
    database = Database(path, copied=False)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "wal_autocheckpoint": 1000}
    assert {name: database.do(pragma(name)) for name in wanted} == wanted
    with database.store._engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    assert found == {**wanted, "wal_autocheckpoint": 0}
    database.close()
    beside = Database(path, checkpoints=False)
    assert beside.do(pragma("wal_autocheckpoint")) == 0
    beside.close()


def test_opening_again_changes_nothing(filled: Path) -> None:
    before = contents(filled)
    store = open_(filled)
    assert not store.created
    assert store.migration_copy is None
    store.close()
    assert contents(filled) == before
    assert [file.name for file in filled.parent.iterdir()] == [filled.name]


def test_a_migration_is_made_after_a_copy(filled: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old, revision = schema(filled), head(filled)
    later(monkeypatch, tmp_path, revision)
    database = Database(filled)
    copy = database.store.migration_copy
    assert not database.store.created
    assert copy == filled.with_name("chat.db.before-9999")
    assert mode(copy) == 0o600
    assert (schema(copy), head(copy)) == (old, revision)
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT body FROM messages").fetchall() == [("hello",)]
    assert head(filled) == "9999"
    with sqlite3.connect(filled) as connection:
        assert connection.execute("SELECT name, colour FROM rooms").fetchall() == [("main", "blue")]
    assert database.bodies(database.room()) == ["hello"]
    database.close()
    assert open_(filled).migration_copy is None


@pytest.mark.parametrize("then", ['op.execute("SELECT * FROM nowhere")', 'raise OSError("cut off")'])
def test_a_migration_that_fails_midway_changes_nothing(
    filled: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, then: str
) -> None:
    old, revision = schema(filled), head(filled)
    later(monkeypatch, tmp_path, revision, then)
    with pytest.raises((StorageError, OSError)):
        open_(filled)
    assert (schema(filled), head(filled)) == (old, revision)
    monkeypatch.undo()
    database = Database(filled)
    assert database.bodies(database.room()) == ["hello"]
    database.close()


def test_a_first_migration_that_fails_leaves_no_tables(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    open_(tmp_path / "other.db").close()
    later(monkeypatch, tmp_path, head(tmp_path / "other.db"), 'raise OSError("cut off")')
    with pytest.raises(OSError, match="cut off"):
        open_(path)
    assert not path.exists() or schema(path) == []
    monkeypatch.undo()
    store = open_(path)
    assert store.created
    store.close()


def test_a_database_of_a_newer_program(filled: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    later(monkeypatch, tmp_path, head(filled))
    open_(filled).close()
    filled.with_name("chat.db.before-9999").unlink()
    monkeypatch.undo()
    refused(filled, "newer chatstore", "9999")


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_bytes(b"this is a letter to my aunt\n" * 300)
    refused(path, "can't be used as a database")


@pytest.mark.parametrize(
    "statements",
    [
        "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('abc')",
        "CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE messages (id INTEGER)",
    ],
    ids=["another program that has Alembic", "no version"],
)
def test_alembics_table_alone_makes_no_chatstore(path: Path, statements: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript(statements)
    connection.close()
    refused(path, "another program")


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_database_of_another_program(path: Path, journal: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode={journal}")
    connection.execute("CREATE TABLE songs (title)")
    connection.commit()
    connection.close()
    refused(path, "another program")


def test_an_empty_file_is_a_new_database(path: Path) -> None:
    path.touch()
    store = open_(path)
    assert store.created
    store.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "not a database URL"),
        ("mysql://host/chat", "SQLite or PostgreSQL"),
        ("sqlite://", "memory"),
        ("sqlite:///:memory:", "memory"),
        ("sqlite:////proc/none/chat.db", "cannot write"),
    ],
)
def test_urls_that_will_not_do(url: str, words: str) -> None:
    with pytest.raises(StorageError, match=words):
        DatabaseStore(url)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot write"):
        open_(tmp_path)


def test_copies_from_before_a_migration_do_not_keep_erased_words_for_ever(
    filled: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "chatstore")
    old, young, other = (filled.with_name(f"chat.db.before-{end}") for end in ("0002", "0003", "mine"))
    for copy in (old, young, other):
        shutil.copyfile(filled, copy)
    for copy in (old, other):
        os.utime(copy, (0, 0))
    assert b"hello" in old.read_bytes()
    open_(filled).close()  # a command removes nothing
    assert old.exists()
    DatabaseStore(f"sqlite:///{filled}", server="process 1").close()
    assert not old.exists()
    assert young.exists()
    assert other.exists()
    assert f"{young} is a copy from before a migration. It keeps what is erased later" in caplog.text
