"""What two nodes do at the same moment: the database decides who comes first, and the other one finds that."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chatstore.chat.changes.pruning import Pruned, PruneHistory
from chatstore.chat.ports import Change
from tests.postgres import Cluster
from tests.storage.database import SECONDS, Database, Do
from tests.storage.test_postgresql_writer import wait_for_blocked

Pair = tuple[Database, Database]


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.database()


@pytest.fixture
def pair(url: str) -> Iterator[Pair]:
    """Two nodes."""
    nodes = Database(url), Database(url)
    yield nodes
    for node in nodes:
        node.close()


@pytest.fixture
def meet(pair: Pair, url: str) -> Callable[[Change, Change], list[Any]]:
    """Has the second node apply a change while the first one has applied its own and not committed it. Returns both
    outcomes."""

    def both(first: Change, second: Change) -> list[Any]:
        applied, go = threading.Event(), threading.Event()

        def wait(_tx: Any) -> None:
            applied.set()
            assert go.wait(2)

        one = pair[0].store.submit([first, Do(wait)])
        assert applied.wait(SECONDS)
        two = pair[1].store.submit([second])
        wait_for_blocked(url)
        go.set()
        return [one.wait()[0], two.wait()[0]]

    return both


def test_two_first_passes_of_retention(pair: Pair, meet: Callable[..., list[Any]]) -> None:
    """One that leads, and one that still believes that it does."""
    one, two = meet(PruneHistory(), PruneHistory())
    assert isinstance(one, Pruned)
    assert isinstance(two, Pruned)
    for node in pair:
        assert isinstance(node.do(PruneHistory()), Pruned)
