"""The body of a request on its way to a handler: collected in memory, or handed on piece by piece."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import MutableSet
from http import HTTPStatus

from chatstore.amounts import sized
from chatstore.net.http.messages import HttpError, Response
from chatstore.net.http.routes import Receiver

log = logging.getLogger(__name__)

_LATER = {"Retry-After": "5"}


def too_large(limit: int) -> HttpError:
    """The refusal of a body of more than `limit` bytes."""
    return HttpError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        detail=f"that is too large: at most {sized(limit)} are taken here",
        code="too-large",
        limit=limit,
    )


class Memory:
    """What bodies take that are collected: at most `most` bytes, and `each` of those from one address. A body's
    first `free` bytes are not counted, so that there is always room for a short one. Any thread may call."""

    def __init__(self, most: int = 64 << 20, each: int = 8 << 20, free: int = 16 << 10) -> None:
        self._most, self._each, self.free = most, each, free
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    @property
    def taken(self) -> int:
        """Bytes, of all together."""
        with self._lock:
            return sum(self._taken.values())

    def take(self, address: str, size: int) -> bool:
        """Whether there is room for so many bytes more, which count from now on."""
        with self._lock:
            if self._taken[address] + size > self._each or sum(self._taken.values()) + size > self._most:
                return False
            self._taken[address] += size
            return True

    def give(self, address: str, size: int) -> None:
        """They are not needed any more."""
        with self._lock:
            self._taken[address] -= size
            if not self._taken[address]:
                del self._taken[address]


class Collecting:
    """A whole body in memory, of at most `limit` bytes, from an address. Whoever asks may be a stranger, so all
    that is collected is bounded by `memory` too, until release()."""

    def __init__(self, limit: int, memory: Memory, address: str) -> None:
        self._limit, self._memory, self._address = limit, memory, address
        self._body = bytearray()
        self._counted = 0

    def take(self, data: bytes) -> None:
        """Raises HttpError if it is too much."""
        size = len(self._body) + len(data)
        if size > self._limit:
            raise too_large(self._limit)
        more = size - self._memory.free - self._counted
        if more > 0:
            if not self._memory.take(self._address, more):
                raise HttpError(
                    HTTPStatus.SERVICE_UNAVAILABLE, detail="too much is sent at once: try again", headers=_LATER
                )
            self._counted += more
        self._body += data

    @property
    def whole(self) -> bytes:
        """What was taken."""
        return bytes(self._body)

    def release(self) -> None:
        """The body is not needed any more. May be called more than once."""
        counted, self._counted = self._counted, 0
        if counted:
            self._memory.give(self._address, counted)
        self._body = bytearray()


class Receiving:
    """An upload. The methods run in a handler's thread, one at a time; the receiver is abandoned once if they fail,
    or if abandon() is called before the end. It is in `running` until its end."""

    def __init__(self, receiver: Receiver, limit: int, running: MutableSet[Receiving]) -> None:
        self._receiver = receiver
        self._limit = limit
        self._left = limit
        self._running = running
        self._over = False
        running.add(self)

    def take(self, data: bytes) -> None:
        """Hand on some bytes. Raises what the receiver raises, and HttpError if it is too much."""
        try:
            self._left -= len(data)
            if self._left < 0:
                raise too_large(self._limit)
            if data:
                self._receiver.write(data)
        except BaseException:
            self.abandon()
            raise

    def finish(self, data: bytes) -> Response:
        """Hand on the last bytes. Returns the response. Raises what the receiver raises."""
        self.take(data)
        try:
            response = self._receiver.finish()
        except BaseException:
            self.abandon()
            raise
        self._over = True
        self._running.discard(self)
        return response

    def abandon(self) -> None:
        """It will not be complete. Does nothing after the end."""
        if self._over:
            return
        self._over = True
        self._running.discard(self)
        try:
            self._receiver.abandon()
        except Exception:
            log.exception("an upload could not be cleaned up", {"event": "upload-failed"})
