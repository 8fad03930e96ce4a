"""The incarnation of a PostgreSQL database, and a server that finds another database, or another state of it."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import create_engine, text

from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.model.names import room_name
from chatstore.storage.backend import NodeInfo
from chatstore.storage.errors import FencedError
from chatstore.storage.postgresql import incarnation
from chatstore.storage.postgresql.node import Node
from chatstore.storage.store import DatabaseStore
from tests.postgres import Cluster, programs
from tests.storage.database import SECONDS
from tests.storage.test_node import name_of
from tests.storage.test_postgresql_writer import wait_for_blocked


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Of its own: a server refuses one without fsync, and this one is started again."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    running = Cluster(fsync=True)
    yield running
    running.close()


def started_on(url: str) -> str:
    """The incarnation that a server finds."""
    store = DatabaseStore(url, readers=1, server="one")
    store.close()
    return store.incarnation


def test_it_stays_over_a_restart_of_the_database(cluster: Cluster) -> None:
    url = cluster.database()
    first = started_on(url)
    assert first == started_on(url)
    cluster.stop("fast")
    cluster.start()
    assert started_on(url) == first
    cluster.execute("VACUUM FULL messages", database=name_of(url))
    assert started_on(url) == first


def test_a_copy_and_a_restored_dump_have_others(cluster: Cluster) -> None:
    url = cluster.database()
    first = started_on(url)
    copy = cluster.empty()
    restored = cluster.empty()
    folder = programs()
    assert folder is not None
    dump = subprocess.run([folder / "pg_dump", url], stdout=subprocess.PIPE, check=True).stdout

    def restore(into: str) -> None:
        command = [folder / "psql", "-q", "-v", "ON_ERROR_STOP=1", into]
        subprocess.run(command, input=dump, stdout=subprocess.DEVNULL, check=True)

    restore(restored)
    cluster.execute(f"DROP DATABASE {name_of(copy)}", f"CREATE DATABASE {name_of(copy)} TEMPLATE {name_of(url)}")
    tokens = [started_on(each) for each in (url, copy, restored)]
    assert tokens[0] == first
    assert len(set(tokens)) == 3
    # The same database again, with the rows of the dump: everything in it is another table.
    tables = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
    cluster.execute(*tables.split(";"), database=name_of(url))
    restore(url)
    assert started_on(url) not in tokens


def test_nothing_special_is_granted(cluster: Cluster) -> None:
    """A role that owns its database, and is nothing else, can start a server."""
    url = cluster.empty()
    cluster.execute("CREATE ROLE plain LOGIN", f"ALTER DATABASE {name_of(url)} OWNER TO plain")
    cluster.execute("GRANT ALL ON SCHEMA public TO plain", database=name_of(url))
    assert started_on(url.replace("chat@", "plain@"))


def test_two_servers_that_renew_it_at_once_make_one(cluster: Cluster) -> None:
    """After a failover all servers find at the same time that the database has lost something."""
    url = cluster.database()
    known = started_on(url)
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))

    def renew_too() -> None:
        with engine.connect() as other, other.begin():
            incarnation.renew(other, known)

    second = threading.Thread(target=renew_too)
    with engine.connect() as one, one.begin():
        incarnation.renew(one, known)
        renewed = incarnation.current(one)
        second.start()
        wait_for_blocked(url)
    second.join(SECONDS)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT token FROM incarnations")).scalars().all() == [renewed]
    engine.dispose()
    assert started_on(url) == renewed != known


def nothing(_database: str) -> list[str]:
    return []


def room_is_behind(_database: str) -> list[str]:
    return ["UPDATE rooms SET last_seq = 4"]


def batch_is_behind(_database: str) -> list[str]:
    return ["UPDATE nodes SET batch = 0"]


def declared_dead(_database: str) -> list[str]:
    return ["DELETE FROM nodes"]


def other_incarnation(_database: str) -> list[str]:
    return ["UPDATE incarnations SET token = 'other'"]


def room_was_removed(_database: str) -> list[str]:
    return ["DELETE FROM rooms"]


def other_timeline(_database: str) -> list[str]:
    return ["UPDATE incarnations SET identity = 'before'"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (nothing, ""),
        (room_was_removed, ""),
        (other_timeline, ""),
        (room_is_behind, "has lost messages that were shown: #main ends at 4, and was at 5"),
        (batch_is_behind, "has lost batches of this server: it has 0 of 1"),
        (declared_dead, "declared this one dead"),
        (other_incarnation, "another state of it"),
    ],
)
def test_what_a_server_finds_when_it_connects_again(
    cluster: Cluster, change: Callable[[str], list[str]], said: str
) -> None:
    url = cluster.database()
    token = started_on(url)
    store = DatabaseStore(url, readers=1)
    store.start_writer(lambda _: None, time.time)
    room = store.submit([AddRoom(room_name("main"))]).result()
    store.close()
    cluster.execute("UPDATE rooms SET last_seq = 5", database=name_of(url))
    node = Node(NodeInfo("server", "one", "chat.example.org"))
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        with connection.begin():
            node.register(connection)
        with connection.begin():
            node.receipt(connection)
        node.committed()
        cluster.execute(*change(url), database=name_of(url))
        with connection.begin():
            if said:
                with pytest.raises(FencedError, match=said):
                    node.verify(connection, {room.id: 5})
            else:
                assert node.verify(connection, {room.id: 5}) == 1
    if not said:
        with engine.connect() as connection:
            assert connection.execute(text("SELECT token FROM incarnations")).scalar() == token
        assert started_on(url) == token
    engine.dispose()
