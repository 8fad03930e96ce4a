"""What other threads have for the network's thread, which waits for it as it waits for the server."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")
_CHUNK = 4096


class Inbox(Generic[T]):
    """put() is for all threads, take() for the network's. `fd` is readable while something waits."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[T], None]] = deque()
        self._lock = threading.Lock()
        self._closed = False
        self.fd, self._write = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._write, False)

    def put(self, action: Callable[[T], None]) -> None:
        """Have this called by take(). After close() it never is."""
        with self._lock:
            if self._closed:
                return
            self._waiting.append(action)
            with suppress(BlockingIOError):  # a full pipe wakes the loop, too
                os.write(self._write, b"!")

    def take(self, subject: T) -> None:
        """Call what waits, in order."""
        # The pipe is emptied before the queue: what comes in between leaves a byte, and wakes the loop.
        with suppress(BlockingIOError):
            while os.read(self.fd, _CHUNK):
                pass
        while self._waiting:
            self._waiting.popleft()(subject)

    def close(self) -> None:
        """Close the pipe. To be called when the network's thread doesn't use this any more."""
        with self._lock:
            if not self._closed:
                self._closed = True
                os.close(self.fd)
                os.close(self._write)
