"""Token buckets, for whatever must not happen too often. The clock is passed in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from chatstore.chat.model.names import NICK_LENGTH


@dataclass
class Limits:
    """The bounds on what one connection, account or address may use; `[limits]` in the configuration."""

    message_length: int = 4096
    multiline_bytes: int = 16384
    multiline_lines: int = 256
    topic_length: int = 390
    reason_length: int = 390
    away_length: int = 390
    nick_length: int = NICK_LENGTH
    rooms_per_account: int = 100
    rooms_founded: int = 50
    rooms_made_per_hour: int = 20
    joins_at_once: int = 10
    registrations_at_once: int = 100
    bans_per_room: int = 100
    reaction_bytes: int = 64
    reactions_per_message: int = 50
    reactions_per_person: int = 20
    stored_tags_bytes: int = 1024
    history_page: int = 1000
    history_page_bytes: int = 524_288
    targets: int = 4
    lines_per_second: float = 5.0
    lines_at_once: int = 50
    questions_per_second: float = 100.0
    questions_at_once: int = 1000
    unlimited: Sequence[str] = field(default_factory=list)
    watched: int = 100
    realname_length: int = 150
    metadata_keys: int = 50
    metadata_subscriptions: int = 100
    metadata_value_bytes: int = 300
    metadata_changes: int = 200


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
