"""A page of a room's history, from a database of 50,000 messages."""

from __future__ import annotations

from typing import Any

import pytest

from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.room_events import MESSAGE_KINDS
from chatstore.storage.store import DatabaseStore

LARGEST = 1
"""The room with the most messages."""


@pytest.mark.parametrize("lines", [50, 1000])
def test_latest_page(benchmark: Any, store: DatabaseStore, lines: int) -> None:
    query = HistoryQuery(LARGEST, lines, kinds=tuple(MESSAGE_KINDS))
    assert len(benchmark(store.messages.page, query).events) == lines


def test_page_in_the_middle(benchmark: Any, store: DatabaseStore) -> None:
    query = HistoryQuery(LARGEST, 50, before=2000, kinds=tuple(MESSAGE_KINDS))
    assert len(benchmark(store.messages.page, query).events) == 50
