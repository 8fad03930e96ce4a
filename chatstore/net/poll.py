"""Which sockets are ready: by epoll, and where there is none by whatever `selectors` finds.

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
"""Called with what has come true, of READ and WRITE; with both at an error."""


class Poll:
    """By file descriptor. For one thread."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched: dict[int, Ready] = {}

    def watch(self, fd: int, events: int, ready: Ready) -> None:
        """Call `ready` as these come true; what is watched already is watched for them alone."""
        mask = (select.EPOLLIN if events & READ else 0) | (select.EPOLLOUT if events & WRITE else 0)
        if fd in self._watched:
            self._epoll.modify(fd, mask)
        else:
            self._epoll.register(fd, mask)
        self._watched[fd] = ready

    def ignore(self, fd: int) -> None:
        """Watch it no more; nothing if it was not watched. To be called before it is closed."""
        if self._watched.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def wait(self, seconds: float | None) -> list[tuple[Ready, int]]:
        """What is ready, after so many seconds at most (None: as long as it takes)."""
        found = []
        for fd, mask in self._epoll.poll(seconds, MAX_EVENTS):
            events = (READ if mask & ~select.EPOLLOUT else 0) | (WRITE if mask & ~select.EPOLLIN else 0)
            found.append((self._watched[fd], events))
        return found

    def close(self) -> None:
        self._epoll.close()


class SelectorPoll(Poll):
    """The same where there is no epoll, for as many as there are."""

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
