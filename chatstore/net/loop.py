"""An I/O thread: it waits for sockets, timers and calls from other threads. Nothing that it runs may block.

It asks epoll which sockets are ready; where there is no epoll, the best of `selectors`. epoll returns at most
`MAX_EVENTS` at a time, and goes round the ready sockets. When thousands of clients hang up at once, the others come
first.
"""

from __future__ import annotations

import contextlib
import heapq
import logging
import select
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import count

log = logging.getLogger(__name__)

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
MAX_EVENTS = 256

MAX_UNDER_WAY = 120
"""Calls in turn that are under way at a time."""

_CROWD = 8192
"""Ready sockets that epoll is asked for when some of the first `MAX_EVENTS` have hung up."""
_MAX_UNHURRIED = 8
"""Calls in a round of the loop that are not urgent, and as many in turn."""

Ready = Callable[[int], None]
"""Called with READ, WRITE or both; with both after an error."""
Pause = Callable[[Callable[[], None]], None]
"""Starts a wait. Its argument must be called once, from any thread, when the wait is over."""


class Loop:
    """One thread, started by start(). Any thread may use call_soon(); the rest is for the loop's own
    thread."""

    def __init__(self, name: str = "io") -> None:
        self._poll = best_poll()
        self._calls: deque[Callable[[], None]] = deque()
        self._unhurried: deque[Callable[[], None]] = deque()
        self._turns: deque[Callable[[], Pause | None]] = deque()
        self._under_way = 0
        """Calls in turn whose pauses are not over."""
        self._turns_limited = True
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._poll.watch(self._wake_reader.fileno(), READ, self._drain_wakes)
        self._awake = False
        self._running = True
        self._io_thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._io_thread.start()

    def stop(self) -> None:
        """Finish the queued calls, then end. Waits for that, except in the loop's own thread."""

        def last() -> None:
            self._running = False

        self.call_soon(lambda: self.limit_turns(False))
        self.call_soon(last, urgent=False)
        if threading.current_thread() is not self._io_thread and self._io_thread.is_alive():
            self._io_thread.join()

    def call_soon(self, call: Callable[[], None], *, urgent: bool = True) -> None:
        """Have the loop's thread call it. Any thread may ask. Calls that are not urgent run a few at a time,
        with a look at the sockets between: so thousands of them at once delay nobody."""
        # Queue first, then look at _awake: _drain_wakes() clears it before the calls are run, so a call is
        # either seen by that run or finds _awake cleared and wakes the loop. Two threads may both wake it;
        # that is harmless.
        (self._calls if urgent else self._unhurried).append(call)
        if not self._awake and threading.current_thread() is not self._io_thread:
            self._awake = True
            with contextlib.suppress(OSError):  # full: it is about to wake anyway
                self._wake_writer.send(b"\0")

    def call_in_turn(self, call: Callable[[], Pause | None]) -> None:
        """Call it, but not while `MAX_UNDER_WAY` such calls are under way. A call is under way until the pause that
        it returns is over. So what thousands of them hand to another thread does not pile up there."""
        self._turns.append(call)

    def limit_turns(self, limited: bool) -> None:
        """Whether a call in turn waits for others from now on. They need not where nothing could pile up."""
        self._turns_limited = limited

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call it after so many seconds. In the loop's thread, or before start()."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), call))

    def watch(self, sock: socket.socket, events: int, ready: Ready) -> None:
        """Call `ready` when the socket is ready for any of `events` (READ, WRITE). Replaces an earlier
        watch."""
        self._poll.watch(sock.fileno(), events, ready)

    def ignore(self, sock: socket.socket) -> None:
        """Stop watching a socket. Must be called before the socket is closed."""
        self._poll.ignore(sock.fileno())

    def _run(self) -> None:
        while self._running:
            for ready, events in self._poll.wait(self._timeout()):
                self._call(ready, events)
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                self._call(heapq.heappop(self._timers)[2])
            for _ in range(len(self._calls)):
                self._call(self._calls.popleft())
            for _ in range(self._due()):
                self._call(self._take_turn)
            for _ in range(min(_MAX_UNHURRIED, len(self._unhurried))):
                self._call(self._unhurried.popleft())
        self._poll.close()
        self._wake_reader.close()
        self._wake_writer.close()

    def _timeout(self) -> float | None:
        """Return the seconds to wait for sockets; None to wait without a limit."""
        if self._calls or self._unhurried or self._due():
            return 0
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _due(self) -> int:
        """How many calls in turn may be made in this round."""
        if not self._turns_limited:
            return len(self._turns)
        return max(0, min(len(self._turns), _MAX_UNHURRIED, MAX_UNDER_WAY - self._under_way))

    def _take_turn(self) -> None:
        pause = self._turns.popleft()()
        if pause is not None:
            self._under_way += 1
            pause(lambda: self.call_soon(self._end_turn))

    def _end_turn(self) -> None:
        self._under_way -= 1

    def _call(self, call: Callable[..., None], *arguments: int) -> None:
        try:
            call(*arguments)
        except Exception:
            log.exception(
                "a call in the %(thread)s thread failed", {"event": "call-failed", "thread": self._io_thread.name}
            )

    def _drain_wakes(self, _events: int) -> None:
        try:
            while self._wake_reader.recv(4096):
                pass
        except BlockingIOError:
            pass
        # Only after reading. The byte of a call that came meanwhile may be among those read above; if _awake
        # stayed set then, with no byte left to wake the loop, it would sleep through every later call. The
        # call itself was queued before its thread looked at _awake, so it is among those that run after this.
        self._awake = False


_HAS_EPOLL = hasattr(select, "epoll")
_READABLE = select.EPOLLIN | select.EPOLLRDHUP if _HAS_EPOLL else 0
_HUNG_UP = select.EPOLLHUP | select.EPOLLERR | select.EPOLLRDHUP if _HAS_EPOLL else 0


def _living_first(ready: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """`MAX_EVENTS` of those that have not hung up, then as many that have. The rest is ready the next time, too."""
    living = [each for each in ready if not each[1] & _HUNG_UP]
    gone = [each for each in ready if each[1] & _HUNG_UP]
    return living[:MAX_EVENTS] + gone[:MAX_EVENTS]


class Poll:
    """epoll, by file descriptor. For one thread."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched: dict[int, Ready] = {}

    def watch(self, fd: int, events: int, ready: Ready) -> None:
        """Call `ready` when the file descriptor is ready for any of `events`. Replaces an earlier watch."""
        mask = (_READABLE if events & READ else 0) | (select.EPOLLOUT if events & WRITE else 0)
        if fd in self._watched:
            self._epoll.modify(fd, mask)
        else:
            self._epoll.register(fd, mask)
        self._watched[fd] = ready

    def ignore(self, fd: int) -> None:
        """Stop watching, if it is watched. Must be called before the file descriptor is closed."""
        if self._watched.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def wait(self, seconds: float | None) -> list[tuple[Ready, int]]:
        """What is ready, after at most so many seconds (None: no limit)."""
        found = []
        ready = self._epoll.poll(seconds, MAX_EVENTS)
        if len(ready) == MAX_EVENTS and any(mask & _HUNG_UP for _, mask in ready):
            ready = _living_first(self._epoll.poll(0, _CROWD))
        for fd, mask in ready:
            events = (READ if mask & ~select.EPOLLOUT else 0) | (WRITE if mask & ~_READABLE else 0)
            found.append((self._watched[fd], events))
        return found

    def close(self) -> None:
        """Close it. Nothing is watched any more."""
        self._epoll.close()


class SelectorPoll(Poll):
    """The same by `selectors`, for systems without epoll."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def watch(self, fd: int, events: int, ready: Ready) -> None:
        if fd in self._selector.get_map():
            self._selector.modify(fd, events, ready)
        else:
            self._selector.register(fd, events, ready)

    def ignore(self, fd: int) -> None:
        if fd in self._selector.get_map():
            self._selector.unregister(fd)

    def wait(self, seconds: float | None) -> list[tuple[Ready, int]]:
        return [(key.data, events) for key, events in self._selector.select(seconds)]

    def close(self) -> None:
        self._selector.close()


def best_poll() -> Poll:
    """Return the best poll of this system: epoll if it has one."""
    return Poll() if _HAS_EPOLL else SelectorPoll()
