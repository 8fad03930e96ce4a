"""Token buckets, for whatever must not happen too often. The clock is passed in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable


class TokenBuckets:
    """One bucket a key: `burst` tokens at first, one more every `seconds`, never over `burst`.

    Keys whose bucket is full again are forgotten, so the memory is bounded by what was used lately.
    """

    def __init__(self, burst: int, seconds: float, clock: Callable[[], float], keys: int = 10_000) -> None:
        self._burst = burst
        self._seconds = seconds
        self._clock = clock
        self._keys = keys
        self._buckets: dict[Hashable, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait(self, key: Hashable) -> float:
        """Seconds until the key has a token again; 0 when it has one now. Takes nothing."""
        with self._lock:
            return max(0.0, (1.0 - self._tokens(key)) * self._seconds)

    def take(self, key: Hashable) -> None:
        """Take a token; the bucket goes no lower than empty."""
        with self._lock:
            self._buckets[key] = (max(0.0, self._tokens(key) - 1.0), self._clock())
            if len(self._buckets) > self._keys:
                self._forget_full()

    def give_back(self, key: Hashable) -> None:
        """Put one taken token back."""
        with self._lock:
            if key in self._buckets:
                self._buckets[key] = (min(self._burst, self._tokens(key) + 1.0), self._clock())

    def _tokens(self, key: Hashable) -> float:
        now = self._clock()
        tokens, since = self._buckets.get(key, (float(self._burst), now))
        return min(float(self._burst), tokens + (now - since) / self._seconds)

    def _forget_full(self) -> None:
        self._buckets = {key: kept for key, kept in self._buckets.items() if self._tokens(key) < self._burst}
