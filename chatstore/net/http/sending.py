"""Responses that take a while: a file, read as its client takes it, and a stream of events."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

from chatstore.net.connection import Connection
from chatstore.net.http.messages import FileBody
from chatstore.net.loop import Loop

log = logging.getLogger(__name__)

PIECE = 256 * 1024
"""Bytes of a file that are read at a time."""
PIECE_SECONDS = 120.0
"""Seconds that a client may take for one piece."""
BEAT_SECONDS = 15.0


class OpenFile:
    """A file that is being sent. Any thread may call read(), one at a time. Raises OSError if there is none, or it
    is shorter than it should be."""

    def __init__(self, body: FileBody) -> None:
        self._file: BinaryIO = body.path.open("rb", buffering=0)
        try:
            size = self._file.seek(0, 2)
            self.left = size - body.start if body.length is None else body.length
            if self.left < 0 or body.start + self.left > size:
                raise OSError(f"{body.path} is shorter than it should be")
            self._file.seek(body.start)
        except BaseException:
            self._file.close()
            raise

    def read(self) -> bytes:
        """The next piece; empty at the end. Raises OSError if the file has become shorter."""
        if not self.left:
            return b""
        data = self._file.read(min(PIECE, self.left))
        if not data:
            raise OSError("the file has become shorter")
        self.left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()


class FileSending:
    """Sends a file over a connection. All methods run in the I/O thread. `read` starts a read in a handler's
    thread, after which got() is called."""

    def __init__(self, connection: Connection, file: OpenFile, read: Callable[[], None]) -> None:
        self._connection = connection
        self.file = file
        self._read = read
        self._reading = False
        self.began = time.monotonic()
        """When the client was given the piece that it takes now."""

    def go_on(self) -> None:
        """Read the next piece, once the client has taken the last one."""
        if not self._reading and not self._connection.waiting:
            self._reading = True
            self.began = time.monotonic()
            self._read()

    def got(self) -> None:
        """A read has ended."""
        self._reading = False
        self.began = time.monotonic()

    @property
    def reading(self) -> bool:
        """Whether a read is on its way."""
        return self._reading


class ChunkStream:
    """A Stream over a connection. `chunks`: the client understands chunks; otherwise the end of the connection is
    that of the stream. `run` runs a call in a handler's thread. `ended` is called once in the I/O thread."""

    def __init__(
        self,
        connection: Connection,
        loop: Loop,
        run: Callable[[Callable[[], None]], None],
        ended: Callable[[], None],
        *,
        chunks: bool,
    ) -> None:
        self._connection = connection
        self._loop = loop
        self._run = run
        self._ended = ended
        self._chunks = chunks
        self._lock = threading.Lock()
        """Nothing is sent after the end. It is held while the outbox is asked, never the other way round."""
        self._closed = False
        self._drained: list[Callable[[], None]] = []
        self.on_closed: Callable[[], None] = lambda: None
        self.last_sent = time.monotonic()

    @property
    def closed(self) -> bool:
        """Whether the stream has ended."""
        return self._closed

    @property
    def waiting(self) -> int:
        """The bytes that the client has not taken yet."""
        return self._connection.waiting

    def send(self, data: bytes) -> bool:
        """Send bytes. False if the stream is closed."""
        if not data:
            return not self._closed
        if self._chunks:
            data = b"%x\r\n%s\r\n" % (len(data), data)
        with self._lock:
            if self._closed:
                return False
            self._connection.send(data)
        self.last_sent = time.monotonic()
        return not self._connection.lost

    def when_drained(self, call: Callable[[], None]) -> None:
        """Have a handler's thread call it once nothing waits any more."""
        self._loop.call_soon(lambda: self._ask(call))

    def _ask(self, call: Callable[[], None]) -> None:
        self._drained.append(call)
        self.go_on()

    def go_on(self) -> None:
        """Run what waits for the client to take everything. In the I/O thread."""
        if self._drained and not self._closed and not self._connection.waiting:
            calls, self._drained = self._drained, []
            for call in calls:
                self._run(call)

    def close(self) -> None:
        """End the stream. Any thread may call it, also again."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._chunks:
                self._connection.send(b"0\r\n\r\n")
        self._loop.call_soon(self._end)

    def _end(self) -> None:
        self._drained.clear()
        try:
            self.on_closed()
        except Exception:
            log.exception("the end of a stream failed", {"event": "stream-failed"})
        finally:
            self._ended()
