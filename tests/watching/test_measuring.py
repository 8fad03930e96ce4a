"""What has to be measured: one measurement at a time, and rates are differences between them."""

from __future__ import annotations

import copy
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import Queue

import pytest

from chatstore.watching import figures, watch
from chatstore.watching.figures import Sizes
from tests.running import SECONDS, Running


def test_a_database_that_does_not_answer_takes_one_worker(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = run_server()
    watched, loop, work = running.server._watch, running.server._loop, running.server._watch._work
    asked: Queue[None] = Queue()
    submitted: list[Callable[[], None]] = []
    answered, looked, over = threading.Event(), threading.Event(), threading.Event()
    loop.call_soon(looked.set)  # the first measurement, which a server begins by itself, has begun
    assert looked.wait(SECONDS)
    until = time.monotonic() + SECONDS
    while watched._measuring:
        assert time.monotonic() < until
        time.sleep(0.001)
    monkeypatch.setattr(watch, "MEASURE_SECONDS", 3600)  # only when the test says so
    monkeypatch.setattr(watched.figures, "measure", lambda: (asked.put(None), answered.wait(SECONDS)))
    monkeypatch.setattr(
        watched, "_work", lambda job: (submitted.append(job), work(lambda: (job(), over.set())[1]))[1]
    )

    def measure(times: int) -> None:
        """Let the loop begin so many measurements, and wait until it has."""
        looked.clear()
        for _ in range(times):
            loop.call_soon(watched._measure)
        loop.call_soon(looked.set)
        assert looked.wait(SECONDS)

    measure(1)
    asked.get(timeout=SECONDS)
    measure(10)
    assert len(submitted) == 1
    answered.set()
    assert over.wait(SECONDS)
    measure(1)
    asked.get(timeout=SECONDS)


def test_little_space_is_a_warning(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    found, warnings = server.server._watch.figures, server.server.warnings
    monkeypatch.setattr(figures, "_LITTLE_SPACE", 2**62)
    found.measure()
    if found.sizes is not None and found.sizes.free is None:
        pytest.skip("the database is not on a disk of this machine")
    assert [warning.key for warning in warnings.list()] == ["disk"]
    monkeypatch.undo()
    found.measure()
    assert not warnings.list()
    assert isinstance(found.sizes, Sizes)


def test_rates_are_of_the_last_minutes(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    found = copy.copy(server.server._watch.figures)
    now = time.monotonic()
    zero = found.moment()
    found._moments = deque()  # the server goes on measuring into its own
    found._moments.extend(zero._replace(at=now - age, messages=1000 - age) for age in range(960, -1, -15))
    assert [found.since(minutes).messages for minutes in (1, 5, 15)] == [1000 - 60, 1000 - 300, 1000 - 900]
    found._moments.clear()
    found._moments.append(zero._replace(at=now - 3))
    assert found.since(15).at == now - 3
