"""Amounts in words."""

from __future__ import annotations

import pytest

from chatstore.amounts import ago, counted, sized, span


def test_counts() -> None:
    assert [counted(number, "room") for number in (0, 1, 2, 1200)] == [
        "0 rooms",
        "1 room",
        "2 rooms",
        "1,200 rooms",
    ]
    assert counted(2, "copy", "copies") == "2 copies"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536 * 1024, "1.5 MiB"), (2**60, "1048576.0 TiB")],
)
def test_sizes(count: int, text: str) -> None:
    assert sized(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 seconds"),
        (1, "1 second"),
        (59.4, "59 seconds"),
        (59.9, "1 minute"),
        (62, "1 minute 2 seconds"),
        (3600, "1 hour"),
        (3 * 3600 + 59, "3 hours"),
        (86_400 * 3 + 4 * 3600 + 5, "3 days 4 hours"),
    ],
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_how_long_ago() -> None:
    assert [ago(seconds) for seconds in (0, 59, 60, 7500)] == [
        "just now",
        "just now",
        "1 minute ago",
        "2 hours 5 minutes ago",
    ]
