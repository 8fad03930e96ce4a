"""The body of a request on its way to a handler: collected in memory, or handed on piece by piece."""

from __future__ import annotations

import logging
from collections.abc import MutableSet
from http import HTTPStatus

from chatstore.net.http.messages import HttpError, Response
from chatstore.net.http.routes import Receiver

log = logging.getLogger(__name__)


def too_large(limit: int) -> HttpError:
    """The refusal of a body of more than `limit` bytes."""
    return HttpError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        detail=f"at most {limit} bytes are taken here",
        code="too-large",
        limit=limit,
    )


class Collecting:
    """A whole body in memory, of at most `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0

    def take(self, data: bytes) -> None:
        """Raises HttpError if it is too much."""
        self._size += len(data)
        if self._size > self._limit:
            self._pieces.clear()
            raise too_large(self._limit)
        self._pieces.append(data)

    @property
    def whole(self) -> bytes:
        """What was taken."""
        return b"".join(self._pieces)


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
