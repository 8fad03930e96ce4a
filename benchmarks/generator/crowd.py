"""The members who only listen and whom nobody waits for: read in turns, a few at a time.

Reading each of them whenever something comes would cost several system calls a delivery and be most of a run's
work. Their buffers in the kernel hold what comes meanwhile; how long a turn through all of them takes follows from
how much that is, so that the fullest buffer stays below the window that is offered to the server (64 KB at first).

They don't need TCP_QUICKACK: a socket that only listens acknowledges when its buffer is emptied.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from benchmarks.generator import MARK
from benchmarks.generator.member import CHUNK, GIVE_UP, CutOffError, Member

MAX_TURN = 0.025
"""The longest turn in seconds, below the 40 ms after which the kernel acknowledges by itself."""
_SHORTEST_TURN = 0.001
_FULLEST, _TOO_FULL = 24_000, 40_000
"""Bytes in the fullest buffer: below the first, a turn may take longer; above the second, it must be shorter."""
_AT_A_TIME = 24
"""Members read in one go, few enough that an observer never waits for long."""
_QUIET = 0.2
"""Seconds without new data after which everything counts as received."""


class Crowd:
    def __init__(self, members: Sequence[Member]) -> None:
        self._members = members
        self._place = 0
        self._turn = MAX_TURN / 4
        self._last = 0.0
        self._fullest = 0
        self._received = 0
        self._buffer = bytearray(CHUNK)

    def read_due(self, now: float) -> None:
        """Read the members whose turn it is at `now` (seconds of the monotonic clock)."""
        due = int((now - self._last) * len(self._members) / self._turn)
        if due > 0:
            self._last = now
            self._read(min(due, _AT_A_TIME))

    def read_all(self) -> None:
        for _ in range(0, len(self._members), _AT_A_TIME):
            self._read(_AT_A_TIME)

    def read_until_quiet(self) -> None:
        """Read until no more data comes: what the members are told of each other after they have joined."""
        last, received = time.monotonic(), -1
        until = last + GIVE_UP
        while (now := time.monotonic()) - last < _QUIET and now < until:
            self.read_all()
            if self._received != received:
                last, received = now, self._received
            else:
                time.sleep(MAX_TURN)

    def _read(self, n: int) -> None:
        members, buffer = self._members, self._buffer
        for member in members[self._place : self._place + n]:
            try:
                size = member.sock.recv_into(buffer)
            except BlockingIOError:
                continue
            except OSError as error:
                raise CutOffError(f"{member.nick} was cut off: {error}") from None
            if not size:
                raise CutOffError(f"{member.nick} was cut off")
            member.delivered += buffer.count(MARK, 0, size)
            self._received += size
            if size > self._fullest:
                self._fullest = size
        self._place += n
        if self._place >= len(members):
            self._place = 0
            self._pace()

    def _pace(self) -> None:
        if self._fullest > _TOO_FULL:
            self._turn = max(_SHORTEST_TURN, self._turn * 0.7)
        elif self._fullest < _FULLEST:
            self._turn = min(MAX_TURN, self._turn * 1.1)
        self._fullest = 0
