"""Which sockets are ready: by epoll, or where there is none by the best of `selectors`.

epoll returns at most `MAX_EVENTS` at a time, and goes round the ready sockets. So when thousands of
connections end at once, the next event waits for a few of them, not for all.
"""

from __future__ import annotations

import select
import selectors
from collections.abc import Callable

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
MAX_EVENTS = 256

Ready = Callable[[int], None]
"""Called with READ, WRITE or both; with both after an error."""


class Poll:
    """epoll, by file descriptor. For one thread."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched: dict[int, Ready] = {}

    def watch(self, fd: int, events: int, ready: Ready) -> None:
        """Call `ready` when the file descriptor is ready for any of `events`. Replaces an earlier watch."""
        mask = (select.EPOLLIN if events & READ else 0) | (select.EPOLLOUT if events & WRITE else 0)
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
        for fd, mask in self._epoll.poll(seconds, MAX_EVENTS):
            events = (READ if mask & ~select.EPOLLOUT else 0) | (WRITE if mask & ~select.EPOLLIN else 0)
            found.append((self._watched[fd], events))
        return found

    def close(self) -> None:
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
    return Poll() if hasattr(select, "epoll") else SelectorPoll()
