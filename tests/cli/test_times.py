from __future__ import annotations

from datetime import datetime, timezone

import pytest

from chatstore.cli.times import local_time, parse_time, utc_time

NOW = datetime(2026, 11, 22, 18, 0, 30, tzinfo=timezone.utc).timestamp()
"""19:00:30 in Berlin."""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-22", "2026-11-21T23:00:00.000Z"),
        ("2026-07-01", "2026-06-30T22:00:00.000Z"),
        ("2026-11-22 18:52", "2026-11-22T17:52:00.000Z"),
        ("2026-11-22T18:52:38", "2026-11-22T17:52:38.000Z"),
        ("2026-11-22 18:52:38.1239", "2026-11-22T17:52:38.123Z"),
        ("2026-11-22t18:52:38,5z", "2026-11-22T18:52:38.500Z"),
        ("2026-11-22T18:52:38+02:00", "2026-11-22T16:52:38.000Z"),
        ("2026-11-22T18:52:38-0330", "2026-11-22T22:22:38.000Z"),
        ("2026-11-22T18:52+01", "2026-11-22T17:52:00.000Z"),
        ("today", "2026-11-21T23:00:00.000Z"),
        (" Yesterday ", "2026-11-20T23:00:00.000Z"),
        ("45s", "2026-11-22T17:59:45.000Z"),
        ("30m", "2026-11-22T17:30:30.000Z"),
        ("2h", "2026-11-22T16:00:30.000Z"),
        ("1h30m", "2026-11-22T16:30:30.000Z"),
        ("3d", "2026-11-19T18:00:30.000Z"),
        ("1w", "2026-11-15T18:00:30.000Z"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
    ],
)
def test_a_time(text: str, meant: str) -> None:
    assert utc_time(parse_time(text, NOW)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2 h",
        "-2h",
        "2y",
        "2026-13-01",
        "2026-02-30",
        "2026-11-22 25:00",
        "2026-11-22T18:52+99:00",
        "20261122",
        "2026-11-22x",
        "99999999999999w",
        "٢h",
        "0001-01-01",
    ],
)
def test_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(text, NOW)


def test_how_times_are_shown() -> None:
    assert local_time(int(NOW * 1000) + 999) == "2026-11-22 19:00:30"
    assert utc_time(int(NOW * 1000) + 7) == "2026-11-22T18:00:30.007Z"
