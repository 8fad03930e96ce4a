"""A fixed pool of threads for what may block, with a bounded queue."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

log = logging.getLogger(__name__)


class Workers:
    """`threads` at once, `most` waiting or running."""

    def __init__(self, threads: int, most: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threading.BoundedSemaphore(most)

    def submit(self, job: Callable[[], None]) -> bool:
        """Have it run by a worker; False when too much waits already. The job handles its own errors."""
        if not self._room.acquire(blocking=False):
            return False

        def run() -> None:
            try:
                job()
            except Exception:
                log.exception("in a worker")
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
