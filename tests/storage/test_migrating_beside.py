"""A newer version starts beside servers of an older one, on one PostgreSQL database."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.model.names import room_name
from chatstore.storage import migrate
from chatstore.storage.backend import NodeInfo
from chatstore.storage.errors import StorageError
from chatstore.storage.postgresql import place
from chatstore.storage.store import DatabaseStore
from tests.postgres import Cluster
from tests.storage.test_node import name_of

_NEWER = '''"""A migration of the future."""

import sqlalchemy as sa
from alembic import op

revision = "9998"
down_revision = "{before}"
branch_labels = None
depends_on = None
{more}


def upgrade():
    op.add_column("rooms", sa.Column("colour", sa.String, nullable=False, server_default=""))
'''


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """From now on this program is of a version that has one migration more."""

    def come(more: str) -> None:
        last = migrate._revisions()[-1]
        scripts = tmp_path / "migrations"
        shutil.copytree(migrate._scripts(), scripts)
        (scripts / "versions" / "9998_future.py").write_text(_NEWER.format(before=last, more=more))
        monkeypatch.setattr(migrate, "_scripts", lambda: scripts)

    return come


def test_one_that_only_adds(cluster: Cluster, newer: Callable[[str], None]) -> None:
    url = cluster.database()
    older = DatabaseStore(url, readers=1, node=NodeInfo("server", "the older one"))
    older.start_writer(lambda _: None, time.time)
    newer("")
    DatabaseStore(url, readers=1, node=NodeInfo("server", "the newer one")).close()
    assert cluster.execute("SELECT version_num FROM alembic_version", database=name_of(url)) == [("9998",)]
    room = older.submit([AddRoom(room_name("tea"))]).result()
    assert [each.name for each in older.rooms.all()] == [room.name]
    older.close()


def test_one_that_removes_waits_until_the_older_ones_are_gone(
    cluster: Cluster, newer: Callable[[str], None]
) -> None:
    url = cluster.database()
    older = DatabaseStore(url, readers=1, node=NodeInfo("server", "the older one"))
    older.start_writer(lambda _: None, time.time)
    newer("removes = True")
    with pytest.raises(StorageError, match="in use: the older one; restart that server with this version"):
        DatabaseStore(url, readers=1)
    assert cluster.execute("SELECT version_num FROM alembic_version", database=name_of(url)) != [("9998",)]
    older.close()
    DatabaseStore(url, readers=1).close()
    assert cluster.execute("SELECT version_num FROM alembic_version", database=name_of(url)) == [("9998",)]


def test_an_older_one_does_not_start_on_a_newer_schema(
    cluster: Cluster, newer: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = cluster.database()
    newer("")
    DatabaseStore(url, readers=1).close()
    monkeypatch.undo()
    with pytest.raises(StorageError, match=r"written by a newer chatstore \(schema 9998\)"):
        DatabaseStore(url, readers=1)


def test_servers_work_while_a_migration_waits_for_a_dump(
    cluster: Cluster, newer: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that waits for a table has all others queue behind it."""
    monkeypatch.setattr(place, "_WAIT", 0.1)
    monkeypatch.setattr(place, "_PAUSES", (0.1,))
    url = cluster.database()
    older = DatabaseStore(url, readers=1, node=NodeInfo("server", "the older one"))
    older.start_writer(lambda _: None, time.time)
    newer("")
    with psycopg.connect(f"{url}&application_name=pg_dump") as dump:
        number = dump.execute("SELECT count(*), pg_backend_pid() FROM rooms").fetchone()
        assert number is not None
        with ThreadPoolExecutor() as threads:
            starting = threads.submit(DatabaseStore, url, readers=1, node=NodeInfo("server", "the newer one"))
            while not starting.done():
                older.rooms.all()
                older.submit([AddRoom(room_name(f"tea{len(older.rooms.all())}"))]).result()
            with pytest.raises(
                StorageError, match=rf"while pg_dump \(process {number[1]}\) keeps its tables in use"
            ):
                starting.result()
    older.close()
    DatabaseStore(url, readers=1).close()
    assert cluster.execute("SELECT version_num FROM alembic_version", database=name_of(url)) == [("9998",)]
