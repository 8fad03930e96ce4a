"""Pools of threads for jobs that may block. The number of threads is fixed, the queue is bounded."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

log = logging.getLogger(__name__)

Job = Callable[[], None]
Before = Callable[[Job, Job], None]
"""Starts something that a job waits for. One of its arguments must be called once, from any thread, when that is
over: the first starts the job, the second gives its place back."""


class Workers:
    """Runs `threads` jobs at once; at most `max_jobs` wait or run."""

    def __init__(self, threads: int, max_jobs: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threading.BoundedSemaphore(max_jobs)
        self.threads = threads
        self.refused = 0
        """Jobs that were refused because the queue was full."""
        # Sets, because adding and discarding are atomic.
        self._jobs: set[object] = set()
        self._running: set[object] = set()

    def submit(self, job: Job, before: Before | None = None) -> bool:
        """Queue a job; False if the queue is full. The job must handle its own errors: they are only
        logged. `before` is started once the job has its place in the queue; no thread runs the job until that is
        over, and none does if it turns out not to be needed."""
        if not self._room.acquire(blocking=False):
            self.refused += 1
            return False

        def run() -> None:
            self._running.add(run)
            try:
                job()
            except Exception:
                log.exception("a job failed", {"event": "job-failed"})
            finally:
                self._running.discard(run)
                self._leave(run)

        self._jobs.add(run)
        if before is None:
            return self._start(run)
        try:

            def begin() -> None:
                self._start(run)

            before(begin, partial(self._leave, run))
        except BaseException:
            self._leave(run)
            raise
        return True

    def _start(self, run: Job) -> bool:
        """Give a job that has its place to the threads."""
        try:
            self._pool.submit(run)
        except RuntimeError:  # shutting down
            self._leave(run)
            return False
        return True

    def _leave(self, run: Job) -> None:
        """Give a job's place back, once."""
        try:
            self._jobs.remove(run)
        except KeyError:  # it has been given back
            return
        self._room.release()

    @property
    def running(self) -> int:
        """The number of jobs that run. Any thread may ask."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """The number of jobs that wait. Any thread may ask."""
        return max(0, len(self._jobs) - len(self._running))

    def stop(self) -> None:
        """Drop the jobs that wait, and wait for those that run."""
        self._pool.shutdown(wait=True, cancel_futures=True)


@dataclass
class _Waiting:
    job: Job
    keys: Sequence[Hashable]
    number: int
    """Order of arrival."""


class FairWorkers:
    """As Workers, for long jobs that one party could submit without end.

    A job has keys that say for whom it is (an account, an address). The next job is the one whose keys were
    served least since they last had no job; of several, the first that came. So somebody with one job waits
    for one job of somebody with many, and not for all of theirs.
    """

    def __init__(self, threads: int, max_jobs: int, name: str) -> None:
        self.threads, self._max_jobs = threads, max_jobs
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._open: Counter[Hashable] = Counter()
        """For each key, the jobs that wait or run."""
        self._served: Counter[Hashable] = Counter()
        """For each key, the jobs started since it last had none open."""
        self._came = self._running = 0
        self.refused = 0
        """Jobs that were refused because the queue was full."""
        self._started = self._stopped = False
        self._threads = [threading.Thread(target=self._work, name=f"{name}_{n}") for n in range(threads)]

    def submit(self, job: Job, keys: Sequence[Hashable] = ()) -> bool:
        """Queue a job; False if the queue is full. The job must handle its own errors: they are only
        logged."""
        with self._changed:
            if self._stopped or len(self._waiting) + self._running >= self._max_jobs:
                self.refused += 1
                return False
            if not self._started:
                self._started = True
                for thread in self._threads:
                    thread.start()
            self._came += 1
            self._waiting.append(_Waiting(job, keys, self._came))
            self._open.update(keys)
            self._changed.notify()
            return True

    def stop(self) -> None:
        """Drop the jobs that wait, and wait for those that run."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join()

    @property
    def running(self) -> int:
        """The number of jobs that run. Any thread may ask."""
        return self._running

    @property
    def waiting(self) -> int:
        """The number of jobs that wait. Any thread may ask."""
        return len(self._waiting)

    def _work(self) -> None:
        while (waiting := self._next()) is not None:
            try:
                waiting.job()
            except Exception:
                log.exception("a job failed", {"event": "job-failed"})
            with self._changed:
                self._running -= 1
                for key in waiting.keys:
                    self._open[key] -= 1
                    if not self._open[key]:
                        del self._open[key]
                        self._served.pop(key, None)

    def _next(self) -> _Waiting | None:
        with self._changed:
            while not self._waiting and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return None
            waiting = min(self._waiting, key=self._rank)
            self._waiting.remove(waiting)
            self._served.update(waiting.keys)
            self._running += 1
            return waiting

    def _rank(self, waiting: _Waiting) -> tuple[int, int, int]:
        served = [self._served[key] for key in waiting.keys]
        return max(served, default=0), sum(served), waiting.number
