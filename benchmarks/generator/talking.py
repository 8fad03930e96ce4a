"""How the members talk, with a window or at a rate, and what they receive."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.generator.crowd import Crowd
from benchmarks.generator.member import GIVE_UP, Member, Observer, Watcher

_WARM_UP = 0.1
"""The share at the beginning that is not counted: of the messages, or of the time."""
_QUIET = 0.4
"""Seconds without new data after which everything counts as received."""
_TICK = 0.001
_SAMPLED = 8
"""One of so many messages is timed if they are sent as fast as possible; at a given rate, every one is."""
_NO_END = 1 << 62


@dataclass
class Talked:
    """What one process sent and received. `accepted` (messages that the observers saw) and `delivered`
    (copies that arrived) cover the `seconds` that count; the `total_` figures cover the whole time. `lasted`:
    seconds from the first message sent to the last one that was delivered. Latencies are in seconds."""

    seconds: float = 0.0
    lasted: float = 0.0
    accepted: int = 0
    delivered: int = 0
    total_sent: int = 0
    total_delivered: int = 0
    duplicated: int = 0
    out_of_order: int = 0
    latencies: list[float] = field(default_factory=list)


class Talk:
    """The talk of one process. `watchers` members of each room take times, besides its observer. They are
    spread evenly over the order in which the members came, because a server goes through a room in some
    order."""

    def __init__(self, members: Sequence[Member], watchers: int) -> None:
        self._members = members
        self._senders = [member for member in members if member.sends]
        self._by_number = {member.number: member for member in self._senders}
        self._latencies: list[int] = []
        self._poll = select.epoll()
        self._prompt: dict[int, Watcher] = {}
        self._observers: list[Observer] = []
        self._credited: set[Member] = set()
        self._accepted = 0
        """How many messages of this process its observers have seen."""
        self._talked = Talked()
        prompt: set[Member] = set()
        by_room: dict[str, list[Member]] = {member.room: [] for member in members}
        for member in members:
            if not member.sends:
                by_room[member.room].append(member)
        for room, listeners in by_room.items():
            if not listeners:
                raise ValueError(f"nobody in {room} only listens, so nobody can observe it")
            observer = listeners[len(listeners) // 2]
            self._observers.append(Observer(observer, self._latencies, self._credit))
            self._watch(observer, self._observers[-1])
            prompt.add(observer)
            for i in range(watchers):
                listener = listeners[(2 * i + 1) * len(listeners) // (2 * watchers)]
                if listener not in prompt:
                    prompt.add(listener)
                    self._watch(listener, Watcher(listener, self._latencies))
        self._crowd = Crowd([member for member in members if member not in prompt])
        for member in members:
            member.sent = member.credited = member.delivered = 0

    def run(self, seconds: float, messages: int, speakers: int, window: int, rate: float) -> None:
        """Talk: each sender keeps `window` messages on their way, or all together send `rate` messages a second.
        If `messages` is given, each sender sends so many, and it is over when all members have received what
        the `speakers` of their room sent, whichever process they are in; otherwise it is over after so many
        seconds. Then `settle` says what came."""
        begun = time.monotonic()
        if messages:
            total = messages * len(self._senders)
            warm, end = self._short_of(round(_WARM_UP * total)), self._short_of(total)
        else:
            messages = _NO_END
            warm, end = _before(begun + _WARM_UP * seconds), _before(begun + seconds)
        self._send(warm, begun, messages, window, rate)
        self._crowd.read_all()
        since, accepted, delivered = time.monotonic(), self._accepted, self._delivered()
        self._latencies.clear()
        self._send(end, begun, messages, window, rate)
        if messages != _NO_END:
            self._until_delivered(messages * sum(speakers - member.sends for member in self._members))
        self._crowd.read_all()
        now = time.monotonic()
        self._talked.lasted, self._talked.seconds = now - begun, now - since
        self._talked.accepted = self._accepted - accepted
        self._talked.delivered = self._delivered() - delivered

    def settle(self) -> Talked:
        """Read until nothing more comes, and tell everything."""
        talked = self._talked
        talked.latencies = [round(latency / 1e9, 7) for latency in self._latencies]
        self._until_quiet()
        talked.total_sent = sum(member.sent for member in self._senders)
        talked.total_delivered = self._delivered()
        talked.duplicated = sum(observer.duplicated for observer in self._observers)
        talked.out_of_order = sum(observer.out_of_order for observer in self._observers)
        return talked

    def _short_of(self, goal: int) -> Callable[[], bool]:
        """Whether fewer of our messages were accepted, and not so long ago."""
        last, seen = time.monotonic(), -1

        def short() -> bool:
            nonlocal last, seen
            if self._accepted != seen:
                last, seen = time.monotonic(), self._accepted
            return self._accepted < goal and time.monotonic() - last < GIVE_UP

        return short

    def _send(self, going: Callable[[], bool], begun: float, messages: int, window: int, rate: float) -> None:
        if not self._senders:
            while going():
                self._listen(_TICK)
        elif rate:
            self._paced(going, begun, messages * len(self._senders), rate)
        else:
            self._windowed(going, messages, window)

    def _windowed(self, going: Callable[[], bool], messages: int, window: int) -> None:
        self._credited.update(self._senders)
        while going():
            for sender in self._credited:
                free = window - (sender.sent - sender.credited)
                if free * 2 >= window and sender.sent < messages:  # several at a time, like a paste or a relay
                    sender.say(min(free, messages - sender.sent), _SAMPLED)
            self._credited.clear()
            self._listen(_TICK)

    def _paced(self, going: Callable[[], bool], begun: float, most: int, rate: float) -> None:
        senders = self._senders
        said = sum(sender.sent for sender in senders)
        while going():
            for i in range(said, min(most, int((time.monotonic() - begun) * rate))):
                senders[i % len(senders)].say(1, sampled=1)
                said += 1
            self._listen(min(_TICK, max(0.0, begun + (said + 1) / rate - time.monotonic())))

    def _until_delivered(self, expected: int) -> None:
        last, heard = time.monotonic(), -1
        while (delivered := self._delivered()) < expected and (now := time.monotonic()) - last < GIVE_UP:
            if delivered != heard:
                last, heard = now, delivered
            self._listen(_TICK)

    def _listen(self, patience: float) -> None:
        for fd, _ in self._poll.poll(patience):
            self._prompt[fd].hear()
        self._crowd.read_due(time.monotonic())

    def _until_quiet(self) -> None:
        last, heard = time.monotonic(), -1
        until = last + GIVE_UP
        while (now := time.monotonic()) - last < _QUIET and now < until:
            self._listen(10 * _TICK)
            if (delivered := self._delivered()) != heard:
                last, heard = now, delivered

    def _watch(self, member: Member, watcher: Watcher) -> None:
        self._prompt[member.sock.fileno()] = watcher
        self._poll.register(member.sock.fileno(), select.EPOLLIN)

    def _credit(self, number: int, heard: int) -> None:
        sender = self._by_number.get(number)
        if sender is not None:
            self._accepted += heard - sender.credited
            sender.credited = heard
            self._credited.add(sender)

    def _delivered(self) -> int:
        return sum(member.delivered for member in self._members)


def _before(end: float) -> Callable[[], bool]:
    return lambda: time.monotonic() < end
