"""A word in the largest room of a database of 50,000 messages."""

from __future__ import annotations

from typing import Any

from benchmarks.stores import Stored
from chatstore.chat.model.messages import Search
from chatstore.storage.store import DatabaseStore


def test_common_word(benchmark: Any, store: DatabaseStore, large: Stored) -> None:
    search = Search({1: 1}, 50, large.common)
    assert len(benchmark(store.search, search, lambda: True).events) == 50


def test_word_that_is_nowhere(benchmark: Any, store: DatabaseStore) -> None:
    search = Search({1: 1}, 50, "antidisestablishmentarianism")
    assert not benchmark(store.search, search, lambda: True).events
