"""Bulk: pieces of large files, which give way to people who talk.

Pieces come one at a time, in turn by address. Where the server has something more urgent to do, the next one comes
several times as long after a piece as that took. So most of the time belongs to people who talk, and a file costs
them little. Elsewhere it comes at once.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from chatstore.net.loop import Loop
from chatstore.net.workers import Job

_PATIENCE = 8.0
"""How many times as long as a piece took the rest after it is, while there is something more urgent."""
_LONGEST = 0.1
"""Seconds. A longer rest would leave less than 2.5 MB/s."""


class _Piece(NamedTuple):
    job: Callable[[], Any]
    then: Callable[[Any], None]


class Bulk:
    """`run` has a handler's thread do a job for an address. `busy` says whether there is something more urgent; it
    must not block. All methods are for the I/O thread."""

    def __init__(
        self, loop: Loop, run: Callable[[Job, tuple[str, ...]], None], busy: Callable[[], bool] = lambda: False
    ) -> None:
        self._loop = loop
        self._run = run
        self._busy = busy
        self._waiting: dict[str, deque[_Piece]] = {}
        """By address; the one that has waited longest is the first."""
        self._taken = False
        """A piece is on its way, or the rest after it is not over."""

    def take(self, address: str, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do a job in its turn, then call `then` with what it has returned. The job must not raise."""
        self._waiting.setdefault(address, deque()).append(_Piece(job, then))
        if not self._taken:
            self._next()

    def _next(self) -> None:
        self._taken = bool(self._waiting)
        if not self._taken:
            return
        address, pieces = next(iter(self._waiting.items()))
        piece = pieces.popleft()
        del self._waiting[address]
        if pieces:
            self._waiting[address] = pieces
        begun, busy = time.monotonic(), self._busy()

        def run() -> None:
            result = piece.job()
            self._loop.call_soon(lambda: self._go_on(piece, result, begun, busy=busy))

        self._run(run, (address,))

    def _go_on(self, piece: _Piece, result: object, begun: float, *, busy: bool) -> None:
        """A piece is done. `busy`: whether there was something more urgent when it began."""
        if busy or self._busy():
            self._loop.call_later(min(_LONGEST, _PATIENCE * (time.monotonic() - begun)), self._next)
        else:
            self._loop.call_soon(self._next, urgent=False)
        piece.then(result)
