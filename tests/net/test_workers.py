"""The pool: so many at once, so many waiting, and no more."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from chatstore.net.workers import FairWorkers, Workers

SECONDS = 60


def test_so_many_at_once_and_so_many_in_all() -> None:
    workers = Workers(2, 5, "test")
    release, running = threading.Event(), threading.Semaphore(0)
    at_once: list[int] = []
    lock = threading.Lock()
    active = 0

    def job() -> None:
        nonlocal active
        with lock:
            active += 1
            at_once.append(active)
        running.release()
        release.wait(SECONDS)
        with lock:
            active -= 1

    assert [workers.submit(job) for _ in range(7)] == [True] * 5 + [False] * 2
    for _ in range(2):
        assert running.acquire(timeout=SECONDS)
    release.set()
    for _ in range(3):
        assert running.acquire(timeout=SECONDS)
    workers.stop()
    assert len(at_once) == 5
    assert max(at_once) == 2


def test_there_is_room_again_when_jobs_are_done() -> None:
    workers = Workers(1, 1, "test")
    for _ in range(20):
        done = threading.Event()
        while not workers.submit(done.set):  # the one before is just being counted off
            pass
        assert done.wait(SECONDS)
    workers.stop()


def test_a_job_that_fails_gives_its_place_back() -> None:
    workers = Workers(1, 1, "test")

    def fail() -> None:
        raise ValueError("on purpose")

    for _ in range(5):
        while not workers.submit(fail):
            pass
    done = threading.Event()
    while not workers.submit(done.set):
        pass
    assert done.wait(SECONDS)
    workers.stop()


def test_a_job_has_its_place_before_what_it_waits_for_begins() -> None:
    workers = Workers(1, 1, "test")
    waiting: list[Callable[[], None]] = []

    def before(begin: Callable[[], None], _leave: Callable[[], None]) -> None:
        waiting.append(begin)

    done = threading.Event()
    assert workers.submit(done.set, before)
    assert not workers.submit(lambda: None, before)  # the only place is taken
    assert (len(waiting), workers.waiting, workers.running) == (1, 1, 0)
    waiting.pop()()
    assert done.wait(SECONDS)
    while not workers.submit(lambda: None):
        pass
    workers.stop()


def test_a_place_is_given_back_once() -> None:
    workers = Workers(1, 1, "test")

    def before(_begin: Callable[[], None], leave: Callable[[], None]) -> None:
        leave()
        raise LookupError("on purpose")

    with pytest.raises(LookupError, match="on purpose"):
        workers.submit(lambda: None, before)
    waiting: list[Callable[[], None]] = []
    assert workers.submit(lambda: None, lambda begin, _: waiting.append(begin))
    assert not workers.submit(lambda: None)  # there is one place, not two
    waiting.pop()()
    workers.stop()


def test_a_job_that_is_not_needed_leaves_its_place() -> None:
    workers = Workers(1, 1, "test")
    assert workers.submit(lambda: pytest.fail("run"), lambda _begin, leave: leave())  # type: ignore[func-returns-value]
    assert workers.waiting == 0
    done = threading.Event()
    assert workers.submit(done.set)
    assert done.wait(SECONDS)
    workers.stop()


def test_what_could_not_begin_leaves_its_place() -> None:
    workers = Workers(1, 1, "test")

    def fail(_begin: Callable[[], None], _leave: Callable[[], None]) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        workers.submit(lambda: None, fail)
    assert workers.waiting == 0
    done = threading.Event()
    assert workers.submit(done.set)
    assert done.wait(SECONDS)
    workers.stop()


def test_a_stop_finishes_what_runs_and_drops_what_waits() -> None:
    workers = Workers(1, 10, "test")
    started, release, finished, dropped = (threading.Event() for _ in range(4))

    def job() -> None:
        started.set()
        release.wait(SECONDS)
        finished.set()

    workers.submit(job)
    assert started.wait(SECONDS)
    workers.submit(dropped.set)
    stopper = threading.Thread(target=workers.stop)
    stopper.start()
    while workers.submit(lambda: None):  # until the stop is known
        pass
    release.set()
    stopper.join(SECONDS)
    assert finished.is_set()
    assert not dropped.is_set()


def test_who_brings_one_job_waits_for_one_of_those_who_bring_many() -> None:
    workers = FairWorkers(1, 100, "test")
    begun, release, order = threading.Event(), threading.Event(), list[str]()

    def first() -> None:
        begun.set()
        release.wait(SECONDS)

    def job(name: str) -> Callable[[], None]:
        return lambda: order.append(name)

    workers.submit(first)
    assert begun.wait(SECONDS)
    for n in range(16):  # one account, from sixteen addresses
        workers.submit(job("mallory"), ("account mallory", f"address {n}"))
    for n in range(16):  # one address, with sixteen names
        workers.submit(job("eve"), (f"account eve{n}", "address eve"))
    workers.submit(job("alice"), ("account alice", "address alice"))
    workers.submit(job("bob"), ("account bob", "address bob"))
    done = threading.Event()
    workers.submit(done.set, ("address eve",))
    release.set()
    assert done.wait(SECONDS)
    workers.stop()
    assert sorted(order[:4]) == ["alice", "bob", "eve", "mallory"]
    assert sorted(order[4:]) == ["eve"] * 15 + ["mallory"] * 15


def test_the_fair_ones_take_so_many_and_drop_what_waits() -> None:
    workers = FairWorkers(1, 2, "test")
    begun, release, ran = threading.Event(), threading.Event(), list[int]()

    def first() -> None:
        begun.set()
        release.wait(SECONDS)

    assert workers.submit(first)
    assert begun.wait(SECONDS)
    assert workers.submit(lambda: ran.append(1))
    assert not workers.submit(lambda: ran.append(2))
    stopping = threading.Thread(target=workers.stop)
    stopping.start()
    while workers.submit(lambda: None):  # until it takes nothing any more
        pass
    release.set()
    stopping.join(SECONDS)
    assert ran == []


def test_a_job_that_fails_ends_nothing() -> None:
    workers = FairWorkers(1, 10, "test")
    done = threading.Event()
    workers.submit(lambda: 1 / 0, ("a",))
    workers.submit(done.set, ("a",))
    assert done.wait(SECONDS)
    workers.stop()
    assert not workers._open
    assert not workers._served
