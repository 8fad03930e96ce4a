"""How the members talk, with a window or at a rate, and what they receive."""

from __future__ import annotations

import select
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.generator.crowd import Crowd
from benchmarks.generator.member import GIVE_UP, Member, Observer, Watcher

_WARM_UP = 0.1
"""The share of the time at the beginning that is not counted."""
_QUIET = 0.4
"""Seconds without new data after which everything counts as received."""
_TICK = 0.001
_SAMPLED = 8
"""One of so many messages is timed if they are sent as fast as possible; at a given rate, every one is."""


@dataclass
class Talked:
    """What one process sent and received. `accepted` (messages that the observers saw) and `delivered`
    (copies that arrived) cover the `seconds` that count; the `total_` figures cover the whole time. Latencies
    are in seconds."""

    seconds: float = 0.0
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
        prompt: set[Member] = set()
        for room in {member.room: None for member in members}:
            listeners = [member for member in members if member.room == room and not member.sends]
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

    def run(self, seconds: float, window: int = 0, rate: float = 0.0) -> Talked:
        """Send for so many seconds: each sender keeps `window` messages on their way, or all together send
        `rate` messages a second."""
        talked = Talked()
        begun = time.monotonic()
        warm, end = begun + _WARM_UP * seconds, begun + seconds
        self._until(begun, warm, window, rate)
        self._crowd.read_all()
        since, accepted, delivered = time.monotonic(), self._accepted(), self._delivered()
        self._latencies.clear()
        self._until(begun, end, window, rate)
        self._crowd.read_all()
        talked.seconds = time.monotonic() - since
        talked.accepted = self._accepted() - accepted
        talked.delivered = self._delivered() - delivered
        talked.latencies = [round(latency / 1e9, 7) for latency in self._latencies]
        self._until_quiet()
        talked.total_sent = sum(member.sent for member in self._senders)
        talked.total_delivered = self._delivered()
        talked.duplicated = sum(observer.duplicated for observer in self._observers)
        talked.out_of_order = sum(observer.out_of_order for observer in self._observers)
        return talked

    def _until(self, begun: float, end: float, window: int, rate: float) -> None:
        if not self._senders:
            while time.monotonic() < end:
                self._listen(_TICK)
        elif rate:
            self._paced(begun, end, rate)
        else:
            self._windowed(end, window)

    def _windowed(self, end: float, window: int) -> None:
        self._credited.update(self._senders)
        while time.monotonic() < end:
            for sender in self._credited:
                room = window - (sender.sent - sender.credited)
                if room * 2 >= window:  # several at a time, like text that is pasted or relayed
                    sender.say(room, _SAMPLED)
            self._credited.clear()
            self._listen(_TICK)

    def _paced(self, begun: float, end: float, rate: float) -> None:
        senders = self._senders
        said = sum(sender.sent for sender in senders)
        while (now := time.monotonic()) < end:
            for i in range(said, int((now - begun) * rate)):
                senders[i % len(senders)].say(1, sampled=1)
                said += 1
            self._listen(min(_TICK, max(0.0, begun + (said + 1) / rate - time.monotonic())))

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
            sender.credited = heard
            self._credited.add(sender)

    def _accepted(self) -> int:
        return sum(member.credited for member in self._senders)

    def _delivered(self) -> int:
        return sum(member.delivered for member in self._members)
