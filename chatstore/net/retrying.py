"""When to try again: growing waits with jitter, and what a server asks for by Retry-After.

The clock and the chance are passed in. Spec: RFC 9110 section 10.2.3 (Retry-After), 5.6.7 (HTTP-date).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime

MAX_RETRY_AFTER = 24 * 3600.0
"""Seconds. A server that asks for more is asked again then."""


@dataclass(frozen=True)
class Backoff:
    """Waits that double from `first` to `most` seconds; each is shortened by chance, by at most half of it, so
    that many that failed together don't return together."""

    first: float = 5.0
    most: float = 3600.0
    chance: Callable[[], float] = random.random
    """A number from 0 to 1."""

    def delay(self, failures: int, asked: float | None = None) -> float:
        """Seconds to wait after so many failures in a row (1: the first). `asked`: what the server asked for,
        in seconds; it is never less than that."""
        if failures < 1:
            return max(0.0, asked or 0.0)
        whole = min(self.most, self.first * 2.0 ** min(failures - 1, 60))
        wait = whole * (1 - self.chance() / 2)
        return wait if asked is None else max(wait, asked)


def retry_after(value: str | None, now: float) -> float | None:
    """What a Retry-After header asks for, in seconds from now, at most MAX_RETRY_AFTER; None if it says nothing
    that can be read. `now`: seconds since 1970 UTC."""
    text = (value or "").strip()
    if not text or len(text) > 64 or not text.isascii():
        return None
    if text.isdigit():
        return min(float(text), MAX_RETRY_AFTER)
    try:
        date = parsedate_to_datetime(text)
        at = (date if date.tzinfo is not None else date.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(0.0, at - now), MAX_RETRY_AFTER)
