"""The database that is made for benchmarks is a real one, and the search benchmark runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.database import PASSWORD, Made, make
from benchmarks.searching import build, measure_cost, measure_irc, measure_store, queries
from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.passwords import verify_password
from chatstore.storage.store import DatabaseStore

MESSAGES = 3_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("made") / "chat.db", MESSAGES, rooms=5)


def test_it_is_a_database_of_ours(made: Made) -> None:
    """Every room's seqs are there from 1 on, rising in time, and alice can log in."""
    store = DatabaseStore(made.url)
    total = 0
    for room in (*made.rooms, *made.direct_conversations):
        page = store.messages.page(HistoryQuery(room, MESSAGES))
        assert [event.seq for event in page.events] == list(range(1, page.last_seq + 1))
        times = [event.time for event in page.events]
        assert times == sorted(set(times))
        total += page.last_seq
    assert total == MESSAGES
    alice = store.accounts.named("alice")
    assert alice is not None
    assert verify_password(PASSWORD, alice.password)
    store.close()


def test_the_same_arguments_make_the_same(made: Made, tmp_path: Path) -> None:
    again = make(tmp_path / "chat.db", MESSAGES, rooms=5)
    assert (again.common, again.cjk, again.cyrillic) == (made.common, made.cjk, made.cyrillic)
    bodies = []
    for each in (made, again):
        store = DatabaseStore(each.url)
        bodies.append([event.body for event in store.messages.page(HistoryQuery(1, MESSAGES)).events])
        store.close()
    assert bodies[0] == bodies[1]


def test_searching_is_measured(made: Made) -> None:
    built = build(made.path, MESSAGES)
    assert built.rate > 0
    assert 0 < built.index < built.database
    for table in (measure_store(made, rounds=1), measure_irc(made, rounds=1), measure_cost(made, 1, 0.1)):
        assert table.count("|") > 10
    assert all(name in measure_store(made, rounds=1) for name in queries(made))
