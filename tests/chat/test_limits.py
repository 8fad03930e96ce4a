"""Token buckets, on a clock that the test controls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.chat.rules.rate_limits import TokenBuckets


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_a_burst_then_one_at_a_time(clock: FakeClock) -> None:
    buckets = TokenBuckets(3, 10.0, clock)
    for _ in range(3):
        assert buckets.wait("a") == 0
        buckets.take("a")
    assert buckets.wait("a") == pytest.approx(10.0)
    clock.now += 4
    assert buckets.wait("a") == pytest.approx(6.0)
    clock.now += 6
    assert buckets.wait("a") == 0
    buckets.take("a")
    assert buckets.wait("a") == pytest.approx(10.0)


def test_a_long_rest_gives_a_burst_and_no_more(clock: FakeClock) -> None:
    buckets = TokenBuckets(2, 1.0, clock)
    buckets.take("a")
    clock.now += 3600
    for _ in range(2):
        assert buckets.wait("a") == 0
        buckets.take("a")
    assert buckets.wait("a") == pytest.approx(1.0)


def test_keys_are_apart(clock: FakeClock) -> None:
    buckets = TokenBuckets(1, 10.0, clock)
    buckets.take("a")
    assert buckets.wait("a") > 0
    assert buckets.wait("b") == 0


def test_asking_takes_nothing(clock: FakeClock) -> None:
    buckets = TokenBuckets(1, 10.0, clock)
    assert [buckets.wait("a") for _ in range(5)] == [0] * 5


def test_giving_back_undoes_a_take_and_no_more(clock: FakeClock) -> None:
    buckets = TokenBuckets(2, 10.0, clock)
    buckets.take("a")
    buckets.take("a")
    buckets.give_back("a")
    assert buckets.wait("a") == 0
    for _ in range(10):
        buckets.give_back("a")
    buckets.give_back("never taken")
    for key in ("a", "never taken"):
        buckets.take(key)
        buckets.take(key)
        assert buckets.wait(key) == pytest.approx(10.0)


def test_an_empty_bucket_goes_no_lower(clock: FakeClock) -> None:
    buckets = TokenBuckets(1, 10.0, clock)
    for _ in range(50):
        buckets.take("a")
    assert buckets.wait("a") == pytest.approx(10.0)


def test_memory_is_bounded_by_what_was_used_lately(clock: FakeClock) -> None:
    buckets = TokenBuckets(1, 1.0, clock, keys=100)
    for n in range(5000):
        buckets.take(n)
        clock.now += 0.1
    assert len(buckets._buckets) <= 101
    assert buckets.wait(4999) > 0  # the latest is not forgotten


@given(
    burst=st.integers(1, 5),
    seconds=st.sampled_from([0.25, 1.0, 8.0]),
    pauses=st.lists(st.integers(0, 40), min_size=1, max_size=60),
)
def test_never_more_than_the_burst_and_one_every_so_often(burst: int, seconds: float, pauses: list[int]) -> None:
    """Pauses are eighths of a second, so that every number is exact in binary."""
    clock = FakeClock()
    buckets = TokenBuckets(burst, seconds, clock)
    start, taken = clock.now, 0
    for pause in pauses:
        clock.now += pause / 8
        if buckets.wait("a") == 0:
            buckets.take("a")
            taken += 1
        assert taken <= burst + (clock.now - start) / seconds
    clock.now += buckets.wait("a")  # and the wait that it says is enough
    assert buckets.wait("a") == 0


@given(st.lists(st.booleans(), max_size=30))
def test_a_token_is_there_when_it_was_said_to_be(takes: list[bool]) -> None:
    clock = FakeClock()
    buckets = TokenBuckets(2, 8.0, clock)
    for take in takes:
        clock.now += buckets.wait("a")
        assert buckets.wait("a") == 0
        if take:
            buckets.take("a")
