"""Flood control, on a clock that the test controls."""

from __future__ import annotations

import pytest

from chatstore.chat.model.accounts import Account
from chatstore.chat.rules.flood import Flood, Pace
from chatstore.chat.rules.policy import Limits


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def flood(clock: FakeClock, rate: float = 10.0, burst: int = 5, unlimited: tuple[str, ...] = ()) -> Flood:
    limits = Limits(
        lines_per_second=rate,
        lines_at_once=burst,
        unlimited=[*unlimited],
        questions_per_second=100.0,
        questions_at_once=20,
    )
    return Flood(limits, clock)


def account(number: int = 1, name: str = "alice", role: str = "user") -> Account:
    return Account(number, name.title(), name, name, role, "active", "", "", 0, None)  # type: ignore[arg-type]


def heard(pace: Pace, who: Account | None, most: int = 100, *, question: bool = False) -> int:
    """How many lines are heard before the next one has to wait."""
    for count in range(most):
        if pace.hear(who, question=question):
            return count
    return most


def test_a_burst_and_then_one_at_a_time(clock: FakeClock) -> None:
    pace = Pace(flood(clock))
    assert heard(pace, None) == 5
    assert pace.hear(None, 0) == pytest.approx(0.1)
    clock.now += 0.06
    assert pace.hear(None, 0) == pytest.approx(0.04)
    clock.now += 0.041
    assert heard(pace, None) == 1
    clock.now += 0.3001
    assert heard(pace, None) == 3


def test_a_long_rest_gives_a_burst_and_no_more(clock: FakeClock) -> None:
    pace = Pace(flood(clock))
    heard(pace, None)
    clock.now += 3600
    assert heard(pace, None) == 5


def test_later_lines_pay_for_an_expensive_one(clock: FakeClock) -> None:
    pace = Pace(flood(clock))
    assert heard(pace, None, most=4) == 4
    assert pace.hear(None, 0) == 0
    pace.take(None, 8)  # twelve lines, where five may be said at once
    clock.now += 0.7
    assert pace.hear(None, 0) == pytest.approx(0.1)
    clock.now += 0.1001
    assert heard(pace, None) == 1


def test_nobody_waits_longer_than_a_second_before_being_asked_again(clock: FakeClock) -> None:
    pace = Pace(flood(clock, rate=0.01))
    heard(pace, None)
    assert pace.hear(None, 0) == 1.0


def test_connections_are_apart_and_an_account_has_twice_as_much(clock: FakeClock) -> None:
    shared, who = flood(clock), account()
    one, two, three = Pace(shared), Pace(shared), Pace(shared)
    assert [heard(one, who), heard(two, None), heard(Pace(shared), None)] == [5, 5, 5]
    assert heard(three, who) == 4  # with the five of the first nine, and two fill it while one is charged
    assert heard(Pace(shared), who) == 0
    assert heard(Pace(shared), account(2, "bob")) == 5
    clock.now += 0.1001
    assert [heard(one, who), heard(three, who)] == [1, 1]


def test_administrators_and_named_bots_are_never_slowed(clock: FakeClock) -> None:
    shared = flood(clock, unlimited=("DeployBot",))
    assert heard(Pace(shared), account(2, "deploybot")) == 100
    assert heard(Pace(shared), account(3, "root", "admin")) == 100
    assert heard(Pace(shared), account()) == 5


def test_a_rate_of_zero_slows_nobody(clock: FakeClock) -> None:
    assert heard(Pace(flood(clock, rate=0.0)), account()) == 100


def test_memory_of_accounts_is_bounded(clock: FakeClock) -> None:
    shared = flood(clock)
    slowed = account(0, "zero")
    pace = Pace(shared)
    heard(pace, slowed)
    before = shared.lines.bucket(slowed)
    for number in range(1, 25_000):
        Pace(shared).take(account(number))
        if number == 10_000:
            assert shared.lines.bucket(slowed) is before
        clock.now += 0.00001
    clock.now += 60
    for number in range(30_000, 50_000):
        shared.lines.bucket(account(number))
    assert shared.lines.bucket(slowed) is not before
    assert len(shared.lines._accounts) <= 10_001


def test_questions_have_a_budget_of_their_own(clock: FakeClock) -> None:
    shared, who = flood(clock), account()
    pace = Pace(shared)
    assert heard(pace, who, question=True) == 20
    assert heard(pace, who) == 5
    assert [heard(Pace(shared), who, question=True), heard(Pace(shared), who)] == [19, 4]
    clock.now += 0.0101
    assert [heard(pace, who, question=True), heard(pace, who)] == [1, 0]


def test_the_work_of_an_answer_counts_so_that_questions_take_a_tenth_of_a_processor(clock: FakeClock) -> None:
    pace, answered, began = Pace(flood(clock)), 0, clock.now
    while clock.now < began + 100:
        if wait := pace.hear(None, 0, question=True):
            clock.now += wait
            continue
        pace.take(None, question=True)
        pace.worked(None, 0.05)
        answered += 1
    assert answered * 0.05 == pytest.approx(100 * 0.1, rel=0.1)
    assert heard(pace, None) == 5


def test_a_rate_of_zero_lets_questions_be_as_dear_as_they_are(clock: FakeClock) -> None:
    shared = Flood(Limits(questions_per_second=0.0), clock)
    pace = Pace(shared)
    pace.worked(None, 1000.0)
    assert heard(pace, None, question=True) == 100
