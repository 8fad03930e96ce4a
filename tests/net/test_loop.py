"""An I/O thread: calls from everywhere, timers in order, sockets, and no end by an exception."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from chatstore.net import loop as loop_module
from chatstore.net.loop import MAX_EVENTS, MAX_UNDER_WAY, READ, WRITE, Loop, Pause, Poll, SelectorPoll
from tests.waiting import until

SECONDS = 60


@pytest.fixture(params=[Poll, SelectorPoll])
def loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    monkeypatch.setattr(loop_module, "best_poll", request.param)
    loop = Loop("test")
    loop.start()
    yield loop
    loop.stop()
    assert not loop._io_thread.is_alive()


def ran(loop: Loop, seconds: float = SECONDS) -> bool:
    """Whether the loop gets to a call that this thread makes now."""
    called = threading.Event()
    loop.call_soon(called.set)
    return called.wait(seconds)


def test_calls_run_in_the_loops_thread_in_order(loop: Loop) -> None:
    seen: list[tuple[int, str]] = []
    for n in range(100):
        loop.call_soon(lambda n=n: seen.append((n, threading.current_thread().name)))  # type: ignore[misc]
    assert ran(loop)
    assert seen == [(n, "test") for n in range(100)]


def test_calls_from_many_threads_all_run_each_threads_in_order(loop: Loop) -> None:
    seen: list[tuple[int, int]] = []
    threads, each = 8, 500

    def call(who: int) -> None:
        for n in range(each):
            loop.call_soon(lambda n=n: seen.append((who, n)))  # type: ignore[misc]

    started = [threading.Thread(target=call, args=(who,)) for who in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join(SECONDS)
    assert ran(loop)
    for who in range(threads):
        assert [n for someone, n in seen if someone == who] == list(range(each))


def test_a_call_that_comes_while_the_wake_up_is_read_loses_no_later_one(loop: Loop) -> None:
    """The byte of the one in between is read along with the first; the next call must wake the loop again."""

    class Reader:
        """The loop's own end of its wake-up pair; another thread calls in the middle of reading it."""

        def __init__(self, real: socket.socket) -> None:
            self.real = real
            self.between = threading.Event()

        def recv(self, size: int) -> bytes:
            if not self.between.is_set():
                self.between.set()
                thread = threading.Thread(target=loop.call_soon, args=(lambda: None,))
                thread.start()
                thread.join(SECONDS)
            return self.real.recv(size)

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

    reader = Reader(loop._wake_reader)
    loop._wake_reader = reader  # type: ignore[assignment]
    loop.call_soon(lambda: None)
    assert reader.between.wait(SECONDS)
    assert ran(loop, 5)
    assert ran(loop, 5)


def test_one_thread_after_the_other_always_wakes_it(loop: Loop) -> None:
    """Each call is made when the loop has just run the one before and may be falling asleep."""
    for _ in range(2000):
        assert ran(loop, 5)


def test_a_call_may_call(loop: Loop) -> None:
    called = threading.Event()
    loop.call_soon(lambda: loop.call_soon(lambda: loop.call_soon(called.set)))
    assert called.wait(SECONDS)


def test_later_calls_come_in_the_order_of_their_times(loop: Loop) -> None:
    seen: list[str] = []
    done = threading.Event()

    def begin() -> None:
        loop.call_later(0.03, done.set)
        loop.call_later(0.02, lambda: seen.append("third"))
        loop.call_later(0.01, lambda: seen.append("first"))
        loop.call_later(0.01, lambda: seen.append("second"))
        loop.call_later(3600, lambda: seen.append("never"))
        loop.call_soon(lambda: seen.append("at once"))

    loop.call_soon(begin)
    assert done.wait(SECONDS)
    assert seen == ["at once", "first", "second", "third"]


def test_two_timers_of_one_moment_keep_their_order(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    done = threading.Event()

    def begin() -> None:
        with monkeypatch.context() as patched:
            patched.setattr("time.monotonic", lambda: 0.0)
            for n in range(50):
                loop.call_later(0, lambda n=n: seen.append(n))  # type: ignore[misc]
            loop.call_later(0, done.set)

    loop.call_soon(begin)
    assert done.wait(SECONDS)
    assert seen == list(range(50))


def test_an_exception_ends_nothing(loop: Loop, caplog: pytest.LogCaptureFixture) -> None:
    ours, theirs = socket.socketpair()
    heard = threading.Event()

    def fail() -> None:
        raise ValueError("on purpose")

    def ready(_events: int) -> None:
        ours.recv(100)
        heard.set()
        raise ValueError("on purpose")

    loop.call_soon(fail)
    loop.call_soon(lambda: loop.call_later(0, fail))
    loop.call_soon(lambda: loop.watch(ours, READ, ready))
    for _ in range(2):
        heard.clear()
        theirs.send(b"x")
        assert heard.wait(SECONDS)
    assert ran(loop)
    assert caplog.text.count("ValueError: on purpose") == 4
    loop.call_soon(lambda: loop.ignore(ours))
    assert ran(loop)
    ours.close()
    theirs.close()


def test_sockets_are_watched_for_what_was_asked(loop: Loop) -> None:
    ours, theirs = socket.socketpair()
    seen: list[int] = []
    came = threading.Event()

    def ready(events: int) -> None:
        seen.append(events)
        if events & READ:
            ours.recv(100)
            loop.ignore(ours)
            loop.ignore(ours)  # twice is once
            came.set()
        else:
            loop.watch(ours, READ, ready)

    loop.call_soon(lambda: loop.watch(ours, WRITE, ready))
    assert ran(loop)
    assert ran(loop)
    theirs.send(b"x")
    assert came.wait(SECONDS)
    assert seen == [WRITE, READ]
    theirs.send(b"ignored")
    assert ran(loop)
    assert seen == [WRITE, READ]
    ours.close()
    theirs.close()


def test_who_comes_last_waits_for_a_few_of_thousands_that_are_ready(loop: Loop) -> None:
    """Each look goes on where the one before it ended, though the others stay ready for ever."""
    pairs = [socket.socketpair() for _ in range(3 * MAX_EVENTS)]
    rounds = [0] * len(pairs)
    served = threading.Event()

    def ready(number: int) -> None:
        rounds[number] += 1
        if all(rounds):
            served.set()

    def watch() -> None:
        for number, (ours, theirs) in enumerate(pairs):
            theirs.send(b"never read")
            loop.watch(ours, READ, lambda _events, number=number: ready(number))  # type: ignore[misc]

    loop.call_soon(watch)
    assert served.wait(SECONDS)
    loop.call_soon(lambda: [loop.ignore(ours) for ours, _ in pairs])  # type: ignore[arg-type, return-value]
    assert ran(loop)
    for pair in pairs:
        for each in pair:
            each.close()


def test_who_has_not_hung_up_comes_before_thousands_who_have() -> None:
    poll = Poll()
    pairs = [socket.socketpair() for _ in range(3 * MAX_EVENTS)]
    here, there = socket.socketpair()
    gone: list[int] = []
    half, other_half = socket.socketpair()
    poll.watch(half.fileno(), READ, lambda events: None)
    other_half.shutdown(socket.SHUT_WR)
    assert [events for _, events in poll.wait(0)] == [READ]
    poll.ignore(half.fileno())
    for number, (ours, theirs) in enumerate(pairs):
        poll.watch(ours.fileno(), READ, lambda _events, number=number: gone.append(number))  # type: ignore[misc]
        theirs.shutdown(socket.SHUT_WR) if number % 2 else theirs.close()
    poll.watch(here.fileno(), READ, lambda _events: gone.append(-1))
    there.send(b"x")
    found = poll.wait(0)
    for ready, events in found:
        ready(events)
    assert gone[0] == -1
    assert len(gone) == 1 + MAX_EVENTS  # the rest the next time
    poll.ignore(here.fileno())
    while len(gone) <= len(pairs):
        for ours, _ in (pairs[number] for number in gone[1:]):
            poll.ignore(ours.fileno())
        for ready, events in poll.wait(0):
            ready(events)
    assert sorted(gone[1:]) == [*range(len(pairs))]
    poll.close()
    for pair in [*pairs, (here, there), (half, other_half)]:
        for each in pair:
            each.close()


def test_few_calls_in_turn_are_under_way_at_a_time(loop: Loop) -> None:
    begun: list[int] = []
    over: list[Callable[[], None]] = []

    def call(number: int) -> Pause:
        begun.append(number)
        return over.append

    def queue() -> None:
        for number in range(2 * MAX_UNDER_WAY):
            loop.call_in_turn(lambda number=number: call(number))  # type: ignore[misc]

    loop.call_soon(queue)
    until(lambda: len(begun) >= MAX_UNDER_WAY)
    assert ran(loop)
    assert ran(loop)
    assert begun == [*range(MAX_UNDER_WAY)]
    for number in range(3):
        over[number]()
    until(lambda: len(begun) >= MAX_UNDER_WAY + 3)
    assert ran(loop)
    assert ran(loop)
    assert begun == [*range(MAX_UNDER_WAY + 3)]
    loop.stop()
    assert begun == [*range(2 * MAX_UNDER_WAY)]


def test_a_call_in_turn_that_is_over_at_once_or_fails_keeps_nobody_from_theirs(loop: Loop) -> None:
    done = threading.Event()

    def call(number: int) -> Pause | None:
        if number % 3 == 0:
            raise ValueError
        return None if number % 3 == 1 else lambda resume: resume()

    def queue() -> None:
        for number in range(4 * MAX_UNDER_WAY):
            loop.call_in_turn(lambda number=number: call(number))  # type: ignore[misc]
        loop.call_in_turn(done.set)

    loop.call_soon(queue)
    assert done.wait(SECONDS)


def test_a_stop_runs_what_is_queued_first() -> None:
    loop = Loop("test")
    seen: list[int] = []
    for n in range(10):
        loop.call_soon(lambda n=n: seen.append(n))  # type: ignore[misc]
    loop.start()
    loop.stop()
    assert seen == list(range(10))
    loop.call_soon(lambda: seen.append(99))  # too late, and no error
    assert len(seen) == 10
