"""Waits between attempts, and Retry-After. Spec: RFC 9110 sections 10.2.3 and 5.6.7."""

from __future__ import annotations

import pytest

from chatstore.net.retrying import MAX_RETRY_AFTER, Backoff, retry_after


def test_waits_double_up_to_the_most() -> None:
    backoff = Backoff(first=5, most=60, chance=lambda: 0.0)
    assert [backoff.delay(n) for n in (0, 1, 2, 3, 4, 5, 6, 10_000)] == [0, 5, 10, 20, 40, 60, 60, 60]


def test_chance_takes_at_most_half() -> None:
    assert Backoff(first=8, most=60, chance=lambda: 1.0).delay(2) == 8
    assert Backoff(first=8, most=60, chance=lambda: 0.5).delay(2) == 12


def test_a_server_is_given_the_time_that_it_asks_for() -> None:
    backoff = Backoff(first=8, most=60, chance=lambda: 0.0)
    assert backoff.delay(1, asked=100) == 100
    assert backoff.delay(1, asked=3) == 8
    assert backoff.delay(0, asked=3) == 3


NOW = 784111777.0
"""Sun, 06 Nov 1994 08:49:37 GMT, the time in the RFC's examples."""


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Sun, 06 Nov 1994 08:51:37 GMT", 120),
        ("Sunday, 06-Nov-94 08:51:37 GMT", 120),
        ("Sun Nov  6 08:51:37 1994", 120),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("99999999999", MAX_RETRY_AFTER),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER),
        (None, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("9" * 1000, None),
        ("Sun, 99 Nov 1994 08:51:37 GMT", None),
        ("Sun, 06 Nov 99999 08:51:37 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
