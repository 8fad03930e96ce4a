"""Token buckets, which limit how often something may happen. The caller passes the clock in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable


class TokenBuckets:
    """A token bucket for each key. It starts with `burst` tokens, gains one every `seconds`, and never holds
    more than `burst`.

    A full bucket is forgotten, so memory is bounded by the keys that were used lately.
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
        """Take a token; an empty bucket stays empty."""
        with self._lock:
            self._buckets[key] = (max(0.0, self._tokens(key) - 1.0), self._clock())
            if len(self._buckets) > self._keys:
                self._forget_full()

    def give_back(self, key: Hashable) -> None:
        """Put back one token that was taken."""
        with self._lock:
            if key in self._buckets:
                self._buckets[key] = (min(self._burst, self._tokens(key) + 1.0), self._clock())

    def _tokens(self, key: Hashable) -> float:
        now = self._clock()
        tokens, since = self._buckets.get(key, (float(self._burst), now))
        return min(float(self._burst), tokens + (now - since) / self._seconds)

    def _forget_full(self) -> None:
        self._buckets = {key: kept for key, kept in self._buckets.items() if self._tokens(key) < self._burst}
