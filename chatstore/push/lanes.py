"""What waits to be sent to push services, and the threads that send it.

Each push service has a *lane*: at most one request to it is open, and what waits for it is bounded. While a
service does not answer, its lane rests, for longer each time; the others go on. A service that has not taken
anything yet, or has failed last, may be anybody's own host that answers as slowly as it can: all such lanes
together use half of the threads.

A message takes the place of one that waits for the same subscription and has the same topic, as it would at
the push service (RFC 8030 section 5.4)."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from chatstore.chat.model.push import Subscription
from chatstore.net.retrying import Backoff

log = logging.getLogger(__name__)

MAX_WAITING = 10_000
MAX_IN_LANE = 2_000
MAX_LANES = 1_000
MAX_TRIES = 6
BACKOFF = Backoff(first=5.0, most=1800.0)
_IDLE = 3600.0
"""Seconds without work after which a lane is forgotten."""

Verdict = Literal["sent", "gone", "refused", "too large", "slower", "failed"]
"""`gone`: the subscription has ended. `refused`: this message won't be taken. `slower`: this subscription gets too
much. `failed`: the service did not answer, or has an error."""


@dataclass(frozen=True)
class Outcome:
    verdict: Verdict
    wait: float | None = None
    """Seconds that the service asks for."""
    why: str = ""


@dataclass(frozen=True)
class Message:
    """A message for one subscription. `topic`: what it replaces. `short`: the payload for a service that takes no
    longer ones. `time`: of the last event that it tells of (ms since 1970 UTC)."""

    subscription: Subscription
    room: int
    time: int
    topic: str
    payload: bytes
    short: bytes = b""
    urgent: bool = True
    tries: int = 0

    @property
    def key(self) -> tuple[int, str]:
        return self.subscription.id, self.topic


@dataclass(eq=False)
class _Lane:
    service: str
    waiting: OrderedDict[tuple[int, str], Message] = field(default_factory=OrderedDict)
    held: dict[int, float] = field(default_factory=dict)
    """Subscriptions that rest, by id: until when (monotonic)."""
    busy: bool = False
    failures: int = 0
    proven: bool = False
    ready_at: float = 0.0
    used_at: float = 0.0
    told: bool = False
    """Whether the log says that it refuses messages."""

    @property
    def suspect(self) -> bool:
        return self.failures > 0 or not self.proven


@dataclass
class LaneFigures:
    """Counted under the lock of the lanes."""

    sent: int = 0
    failed: int = 0
    """Requests that were not answered, or with an error."""
    dropped: int = 0
    """Messages that were given up, or for which there was no place."""
    ended: int = 0
    """Subscriptions that their push service knows no more."""


Send = Callable[[Message], Outcome]
Done = Callable[[Message, Outcome], None]


class Lanes:
    """Sends messages. `send` is called in a thread of the lanes, and may block. `done` is told of each
    message that was sent, or whose subscription has ended."""

    def __init__(
        self,
        send: Send,
        done: Done,
        threads: int = 8,
        backoff: Backoff = BACKOFF,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send, self._done, self._backoff, self._clock = send, done, backoff, clock
        self._changed = threading.Condition()
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()
        self._waiting = 0
        self._suspects = 0
        """Suspect lanes that are busy now."""
        self._stopped = False
        self._most_suspects = max(1, threads // 2)
        self._names = [f"push_{number}" for number in range(threads)]
        self._threads: list[threading.Thread] = []
        self.figures = LaneFigures()

    @property
    def waiting(self) -> int:
        """The messages that wait. Any thread may ask."""
        return self._waiting

    @property
    def resting(self) -> int:
        """The services that don't answer."""
        with self._changed:
            return sum(lane.failures > 0 for lane in self._lanes.values())

    def put(self, message: Message) -> None:
        """Queue a message; drop it if there is no place. Never blocks. The threads start with the first one."""
        with self._changed:
            if self._stopped:
                return
            service = message.subscription.service
            lane = self._lanes.get(service)
            if lane is None:
                self._forget_idle()
                if len(self._lanes) >= MAX_LANES:
                    self.figures.dropped += 1
                    return
                lane = self._lanes[service] = _Lane(service, used_at=self._clock())
            if message.key in lane.waiting:
                lane.waiting[message.key] = replace(message, tries=lane.waiting[message.key].tries)
            elif self._waiting >= MAX_WAITING or len(lane.waiting) >= MAX_IN_LANE:
                self.figures.dropped += 1
            else:
                lane.waiting[message.key] = message
                self._waiting += 1
            if not self._threads:
                self._start()
            self._changed.notify()

    def drop(self, subscription: Subscription, topic: str, until: int) -> None:
        """Drop what waits for a subscription under a topic, and tells of nothing after `until` (ms since 1970
        UTC)."""
        with self._changed:
            lane = self._lanes.get(subscription.service)
            message = lane.waiting.get((subscription.id, topic)) if lane is not None else None
            if lane is not None and message is not None and message.time <= until:
                del lane.waiting[message.key]
                self._waiting -= 1

    def stop(self) -> None:
        """Drop what waits. Threads that send end with their request, for which nobody waits."""
        with self._changed:
            self._stopped = True
            self._lanes.clear()
            self._waiting = 0
            self._changed.notify_all()

    def _start(self) -> None:
        self._threads = [threading.Thread(target=self._work, name=name, daemon=True) for name in self._names]
        for thread in self._threads:
            thread.start()

    def _forget_idle(self) -> None:
        """Forget lanes that nobody has used for long."""
        if len(self._lanes) < MAX_LANES // 2:
            return
        since = self._clock() - _IDLE
        for service, lane in [*self._lanes.items()]:
            if not lane.waiting and not lane.busy and lane.used_at < since:
                del self._lanes[service]

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            lane, message, suspect = taken
            try:
                outcome = self._send(message)
            except Exception as error:
                log.exception("a push message could not be sent", {"event": "push-failed"})
                outcome = Outcome("refused", why=str(error))
            self._finish(lane, message, outcome, suspect=suspect)
            if outcome.verdict in ("sent", "gone"):
                try:
                    self._done(message, outcome)
                except Exception:
                    log.exception("what came of a push message could not be noted", {"event": "push-failed"})

    def _take(self) -> tuple[_Lane, Message, bool] | None:
        """The next message, once there is one that may be sent; None when the lanes are stopped."""
        with self._changed:
            while not self._stopped:
                now, soonest = self._clock(), 60.0
                for lane in self._lanes.values():
                    if lane.busy or not lane.waiting or (lane.suspect and self._suspects >= self._most_suspects):
                        continue
                    message, wait = self._next(lane, now)
                    if message is None:
                        soonest = min(soonest, wait)
                        continue
                    return self._taken(lane, message)
                self._changed.wait(soonest)
            return None

    def _next(self, lane: _Lane, now: float) -> tuple[Message | None, float]:
        """What a lane may send now; otherwise None, and for how long not."""
        if lane.ready_at > now:
            return None, lane.ready_at - now
        lane.held = {number: until for number, until in lane.held.items() if until > now}
        for message in lane.waiting.values():
            if message.subscription.id not in lane.held:
                return message, 0.0
        return None, min(lane.held.values()) - now

    def _taken(self, lane: _Lane, message: Message) -> tuple[_Lane, Message, bool]:
        del lane.waiting[message.key]
        self._waiting -= 1
        lane.busy, lane.used_at, suspect = True, self._clock(), lane.suspect
        self._suspects += suspect
        self._lanes.move_to_end(lane.service)  # the others come first now
        return lane, message, suspect

    def _finish(self, lane: _Lane, message: Message, outcome: Outcome, *, suspect: bool) -> None:
        """Note what came of a message: under the lock, and quickly."""
        with self._changed:
            lane.busy = False
            self._suspects -= suspect
            now, figures = self._clock(), self.figures
            match outcome.verdict:
                case "sent":
                    figures.sent += 1
                case "gone":
                    figures.ended += 1
                case "too large" if message.short and message.payload != message.short:
                    self._again(lane, replace(message, payload=message.short))
                case "slower":
                    lane.held[message.subscription.id] = now + self._backoff.delay(message.tries + 1, outcome.wait)
                    self._again(lane, message)
                case "failed":
                    figures.failed += 1
                    lane.failures += 1
                    lane.ready_at = now + self._backoff.delay(lane.failures, outcome.wait)
                    self._again(lane, message)
                case _:
                    figures.dropped += 1
            if outcome.verdict != "failed":
                lane.failures, lane.proven = 0, lane.proven or outcome.verdict == "sent"
            self._tell(lane, outcome)
            self._changed.notify_all()

    def _again(self, lane: _Lane, message: Message) -> None:
        """Queue a message once more, before the others of its lane, unless a newer one has its place."""
        if message.tries + 1 >= MAX_TRIES or self._stopped:
            self.figures.dropped += 1
        elif message.key not in lane.waiting:
            lane.waiting[message.key] = replace(message, tries=message.tries + 1)
            lane.waiting.move_to_end(message.key, last=False)
            self._waiting += 1

    def _tell(self, lane: _Lane, outcome: Outcome) -> None:
        if outcome.verdict == "sent":
            lane.told = False
        elif outcome.verdict == "refused" and not lane.told:
            lane.told = True
            log.warning(
                "the push service %(service)s refuses a message: %(why)s",
                {"event": "push-refused", "service": lane.service, "why": outcome.why},
            )
        elif lane.failures == 1:
            log.warning(
                "the push service %(service)s does not take messages: %(why)s",
                {"event": "push-service-failing", "service": lane.service, "why": outcome.why},
            )
