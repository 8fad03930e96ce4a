"""Fixed pools of threads for what may block, with bounded queues."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

log = logging.getLogger(__name__)

Job = Callable[[], None]


class Workers:
    """`threads` at once, `most` waiting or running."""

    def __init__(self, threads: int, most: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threading.BoundedSemaphore(most)

    def submit(self, job: Job) -> bool:
        """Have it run by a worker; False when too much waits already. The job handles its own errors."""
        if not self._room.acquire(blocking=False):
            return False

        def run() -> None:
            try:
                job()
            except Exception:
                log.exception("a job failed")
            finally:
                self._room.release()

        try:
            self._pool.submit(run)
        except RuntimeError:  # shutting down
            self._room.release()
            return False
        return True

    def stop(self) -> None:
        """Drop what waits, finish what runs."""
        self._pool.shutdown(wait=True, cancel_futures=True)


@dataclass
class _Waiting:
    job: Job
    keys: Sequence[Hashable]
    number: int
    """In the order in which they came."""


class FairWorkers:
    """The same for jobs that take long, and that one party could ask for without end.

    A job has keys: on whose account it is (an account, an address, ...). Next is the job whose keys have been
    served least since they last had nothing to do, and of several the one that came first. So whoever brings one
    job waits for one job of those who bring many, and not for all of theirs.
    """

    def __init__(self, threads: int, most: int, name: str) -> None:
        self.threads, self._most = threads, most
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._open: Counter[Hashable] = Counter()
        """Jobs of each key that wait or run."""
        self._served: Counter[Hashable] = Counter()
        """Jobs of each key that were begun since it last had none open."""
        self._came = self._running = 0
        self._begun = self._stopped = False
        self._threads = [threading.Thread(target=self._work, name=f"{name}_{n}") for n in range(threads)]

    def submit(self, job: Job, keys: Sequence[Hashable] = ()) -> bool:
        """Have it run by a worker; False when too much waits already. The job handles its own errors."""
        with self._changed:
            if self._stopped or len(self._waiting) + self._running >= self._most:
                return False
            if not self._begun:
                self._begun = True
                for thread in self._threads:
                    thread.start()
            self._came += 1
            self._waiting.append(_Waiting(job, keys, self._came))
            self._open.update(keys)
            self._changed.notify()
            return True

    def stop(self) -> None:
        """Drop what waits, finish what runs."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join()

    def _work(self) -> None:
        while (waiting := self._next()) is not None:
            try:
                waiting.job()
            except Exception:
                log.exception("a job failed")
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
