"""A node's row on PostgreSQL: its receipt, its beat, and its permission to write."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import room_name
from chatstore.storage.backend import NodeInfo
from chatstore.storage.errors import StorageError
from chatstore.storage.postgresql import node
from chatstore.storage.store import DatabaseStore
from tests.postgres import Cluster
from tests.running import SECONDS

Open = Callable[..., DatabaseStore]


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.database()


@contextmanager
def opened(url: str, on_fatal: Callable[[], None] = lambda: None, **about: object) -> Iterator[DatabaseStore]:
    info = NodeInfo(**{"kind": "server", "name": "one", "server": "chat.example.org", **about})  # type: ignore[arg-type]
    store = DatabaseStore(url, readers=1, node=info)
    try:
        store.start_writer(lambda _: None, time.time, on_fatal=on_fatal)
        yield store
    finally:
        store.close()


def name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def rows(cluster: Cluster, url: str, columns: str = "*") -> list[tuple[object, ...]]:
    name = url.partition("?")[0].rpartition("/")[2]
    return [
        tuple(row) for row in cluster.execute(f"SELECT {columns} FROM nodes ORDER BY started_at", database=name)
    ]


def change(cluster: Cluster, url: str, statement: str) -> None:
    cluster.execute(statement, database=name_of(url))


def test_a_node_has_a_row_while_it_runs(cluster: Cluster, url: str) -> None:
    with opened(url, version="1.0", policy=lambda: "abc"):
        columns = "kind, name, server, version, policy, batch"
        assert rows(cluster, url, columns) == [("server", "one", "chat.example.org", "1.0", "abc", 0)]
    assert rows(cluster, url) == []


def test_settings_may_change_while_it_runs(cluster: Cluster, url: str) -> None:
    policies = ["abc"]
    with opened(url, policy=lambda: policies[-1]) as store:
        policies.append("def")
        store.submit([AddRoom(room_name("main"))]).result()
        assert rows(cluster, url, "policy") == [("def",)]


def test_each_batch_writes_a_receipt(cluster: Cluster, url: str) -> None:
    with opened(url, connections=lambda: 7) as store:
        for number in (1, 2):
            store.submit([AddRoom(room_name(f"room{number}"))]).result()
            assert rows(cluster, url, "batch, connections") == [(number, 7)]


def test_an_idle_node_beats(cluster: Cluster, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "BEAT", 0.1)
    with opened(url):
        [(first,)] = rows(cluster, url, "beat_at")
        end = time.monotonic() + SECONDS
        while rows(cluster, url, "beat_at") == [(first,)]:
            assert time.monotonic() < end


@pytest.mark.parametrize("writes", [True, False], ids=["by its next batch", "by its next beat"])
def test_a_node_without_a_row_ends_and_stores_nothing(
    cluster: Cluster, url: str, writes: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(node, "BEAT", 0.1 if not writes else 1000.0)
    ended = threading.Event()
    with opened(url, on_fatal=ended.set) as store:
        change(cluster, url, "DELETE FROM nodes")
        if writes:
            store.submit([AddRoom(room_name("lost"))])
        assert ended.wait(SECONDS)
    [said] = [record for record in caplog.records if record.levelname == "CRITICAL"]
    assert "have declared this one dead" in said.getMessage()
    assert said.exc_info is None
    assert cluster.execute("SELECT name FROM rooms", database=name_of(url)) == []


def test_another_server_name_is_refused(cluster: Cluster, url: str) -> None:
    with opened(url):
        with (
            pytest.raises(StorageError, match=r"served as chat.example.org \(one\), not as other.example.org"),
            opened(url, server="other.example.org"),
        ):
            pass
        assert len(rows(cluster, url)) == 1
    with opened(url, server="other.example.org"):
        pass


def test_commands_may_have_no_name_and_the_dead_do_not_count(cluster: Cluster, url: str) -> None:
    with opened(url):
        with opened(url, kind="command", server=""):
            assert rows(cluster, url, "kind") == [("server",), ("command",)]
        change(cluster, url, f"UPDATE nodes SET beat_at = beat_at - {int(node.LEASE * 1000) + 1000}")
        with opened(url, server="other.example.org"):
            pass


def test_the_clock_is_the_databases(url: str) -> None:
    info = NodeInfo("server", "one", "chat.example.org")
    store = DatabaseStore(url, readers=1, node=info)
    store.start_writer(lambda _: None, lambda: time.time() + 3600)
    room = store.submit([AddRoom(room_name("main"))]).result()
    store.close()
    assert not isinstance(room, ChatError)
    assert abs(room.created_at / 1000 - time.time()) < 60
