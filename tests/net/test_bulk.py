"""Pieces of large files: one at a time, in turn by address, and later where the server has much to do."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from chatstore.net.http import bulk as bulk_module
from chatstore.net.http.bulk import Bulk
from chatstore.net.loop import Loop
from chatstore.net.workers import FairWorkers

SECONDS = 60


class Clock:
    """Stands in for the module time."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def take(self, seconds: float) -> None:
        self.now += seconds


class Now:
    """A loop and threads that do everything at once, and keep the timers."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def call_soon(self, call: Callable[[], None], *, urgent: bool = True) -> None:
        call()

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        self.timers.append((seconds, call))

    def run(self, job: Callable[[], None], _keys: tuple[str, ...]) -> None:
        job()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(bulk_module, "time", clock)
    return clock


def test_where_nothing_is_more_urgent_the_next_piece_comes_at_once(clock: Clock) -> None:
    loop, done = Now(), []
    bulk = Bulk(loop, loop.run)  # type: ignore[arg-type]
    for n in range(3):
        bulk.take("a", lambda: clock.take(0.5), lambda _, n=n: done.append(n))  # type: ignore[misc]
    assert done == [0, 1, 2]
    assert not loop.timers


@pytest.mark.parametrize(("seconds", "rest"), [(0.002, 0.016), (60.0, 0.1)])
@pytest.mark.parametrize("busy_at", [0, 1])
def test_all_rest_while_something_is_more_urgent(clock: Clock, seconds: float, rest: float, busy_at: int) -> None:
    """Whether that was so when a piece began or when it was done."""
    loop, done, asked = Now(), [], [busy_at == 0, busy_at == 1]
    bulk = Bulk(loop, loop.run, lambda: asked.pop(0) if asked else False)  # type: ignore[arg-type]
    bulk.take("a", lambda: clock.take(seconds), lambda _: done.append("a"))
    bulk.take("b", lambda: clock.take(seconds), lambda _: done.append("b"))
    assert done == ["a"]
    [(waited, go_on)] = loop.timers
    assert waited == pytest.approx(rest)
    go_on()
    assert done == ["a", "b"]
    assert len(loop.timers) == 1
    bulk.take("a", lambda: None, lambda _: done.append("again"))
    assert done == ["a", "b", "again"]


def test_one_at_a_time_and_in_turn_by_address() -> None:
    """Somebody with many uploads has no larger part of the server than somebody with one."""
    loop, pool = Loop("test"), FairWorkers(4, 100, "test")
    loop.start()
    go, over = threading.Event(), threading.Event()
    order: list[str] = []
    at_once, most = [0], [0]

    def piece(name: str) -> str:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        assert go.wait(SECONDS)
        at_once[0] -= 1
        return name

    def then(name: str) -> None:
        order.append(name)
        if len(order) == 7:
            over.set()

    def begin() -> None:
        bulk = Bulk(loop, lambda job, keys: None if pool.submit(job, keys) else pytest.fail("full"))
        for name in ("a1", "a2", "a3", "a4", "b1", "c1", "b2"):
            bulk.take(name[0], lambda name=name: piece(name), then)  # type: ignore[misc]
        go.set()

    loop.call_soon(begin)
    assert over.wait(SECONDS)
    pool.stop()
    loop.stop()
    assert order == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]
    assert most == [1]
