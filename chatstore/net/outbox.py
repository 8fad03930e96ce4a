"""What goes out on one socket: sent at once, or kept until the socket takes more. Never blocks.

Any thread may send; the lock keeps each piece whole and in order. Once something is left over, everything
after it queues up behind it, and the I/O thread flushes when the socket is writable. A reader who is slow
for good is closed by bytes *and* time: a byte limit alone closed healthy members during bursts.
"""

from __future__ import annotations

import fcntl
import socket
import sys
import termios
import threading
import time
from collections import deque
from collections.abc import Callable

STALLED = 10.0
"""Seconds without any progress after which an outbox over its limit is given up."""
TOO_SLOW = "reads too slowly"
_BYTES_ACKED = 120
"""Where it stands in struct tcp_info (linux/tcp.h)."""
_NEVER = 2**63
"""More bytes than are ever acknowledged."""
MAX_BACKLOG_FACTOR = 8
"""Times the limit at which it is given up at once."""


class Outbox:
    """`limit`: bytes that may wait. `on_backlog`: the socket must be watched for writing from now on.
    `on_dead`: the connection can't be written to any more. Both are called under the lock, by any thread.
    `wrap`, if there is one, is too: it turns what is sent into what goes on the socket."""

    def __init__(
        self,
        sock: socket.socket,
        limit: int,
        on_backlog: Callable[[], None],
        on_dead: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        wrap: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._socket = sock
        self._limit = limit
        self._on_backlog = on_backlog
        self._on_dead = on_dead
        self._clock = clock
        self._wrap = wrap
        self._lock = threading.Lock()
        self._waiting: deque[bytes | memoryview] | tuple[()] = ()
        """A queue only once something had to wait, which of thousands of connections few ever need."""
        self._bytes = 0
        self._progress = 0.0
        self._answered = 0
        self._dead = False
        self._finished = False

    @property
    def drained(self) -> bool:
        return not self._waiting

    def send(self, data: bytes) -> None:
        """Send it, or keep what the socket does not take. After the connection is dead: nothing happens."""
        if not data:
            return
        with self._lock:
            if self._dead:
                return
            if self._wrap is not None:
                data = self._wrap(data)
                if not data:
                    return
            if self._waiting:
                self._keep(data)
                return
            try:
                sent = self._socket.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError as error:
                self._die(error.strerror or "write error")
                return
            if sent < len(data):
                self._leave_over(data, sent)

    def exchange(self, receive: Callable[[bytes], tuple[bytes, bytes]], data: bytes) -> bytes:
        """Have something done with what was received, where nobody sends meanwhile: it returns what it made of
        the data, and what goes on the socket as it is."""
        with self._lock:
            made, answer = receive(data)
            self._answered = len(answer)
            if answer and not self._dead:
                self._put(answer)
            return made

    def finish(self, last: Callable[[], bytes]) -> None:
        """Send the last words, as they are. Whatever is sent after it is dropped."""
        with self._lock:
            if not self._dead and not self._finished:
                self._finished = True
                words = last()
                self._wrap = _nothing
                if words:
                    self._put(words)

    def flush(self) -> bool:
        """Send what waits, as far as the socket takes it; True when nothing waits any more."""
        with self._lock:
            waiting = self._waiting
            while waiting and not self._dead:
                piece = waiting[0]
                sent = self._try(piece)
                if sent <= 0:
                    return False
                self._progress = self._clock()
                self._bytes -= sent
                if sent < len(piece):
                    waiting[0] = memoryview(piece)[sent:]
                    return False
                waiting.popleft()
            self._waiting = ()
            return True

    def arrived(self, *, acknowledged: bool) -> bool:
        """Whether everything that was sent has left, and nothing is known to have failed. `acknowledged`: and the
        other side's system has said that it has it, but for what was answered last (see exchange)."""
        with self._lock:
            if self._dead or self._waiting:
                return False
            try:
                if self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    return False
                return not acknowledged or _unacknowledged(self._socket) <= self._answered
            except OSError:
                return False

    def progress(self) -> tuple[int, int] | None:
        """Bytes that were sent so far, those that wait among them, and how many of these the other side's system
        has acknowledged; None where the system does not tell. Only differences mean something."""
        with self._lock:
            try:
                # What is acknowledged between the two calls is counted twice in what was sent: never too little.
                unacknowledged, acknowledged = _unacknowledged(self._socket), _acknowledged(self._socket)
            except OSError:
                return None
            if acknowledged is None:
                return None
            if self._dead:
                return _NEVER, acknowledged
            return acknowledged + unacknowledged + self._bytes, acknowledged

    def stop(self) -> None:
        """Forget what waits; send nothing more."""
        with self._lock:
            self._dead = True
            self._waiting = ()
            self._bytes = 0

    def _put(self, data: bytes) -> None:
        """What send() does, which writes it out to save two calls a member."""
        if self._waiting:
            self._keep(data)
            return
        sent = self._try(data)
        if 0 <= sent < len(data):
            self._leave_over(data, sent)

    def _leave_over(self, data: bytes, sent: int) -> None:
        self._progress = self._clock()
        self._keep(memoryview(data)[sent:])
        self._on_backlog()

    def _try(self, data: bytes | memoryview) -> int:
        """Bytes the socket took; -1 when it is dead."""
        try:
            return self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            self._die(error.strerror or "write error")
            return -1

    def _keep(self, data: bytes | memoryview) -> None:
        """What waits already is what counts: one long answer is nobody's slowness."""
        if self._bytes > self._limit:
            stalled = self._clock() - self._progress > STALLED
            if stalled or self._bytes > MAX_BACKLOG_FACTOR * self._limit:
                self._die(TOO_SLOW)
                return
        if isinstance(self._waiting, tuple):
            self._waiting = deque()
        self._waiting.append(data)
        self._bytes += len(data)

    def _die(self, why: str) -> None:
        self._dead = True
        self._waiting = ()
        self._bytes = 0
        self._on_dead(why)


def _unacknowledged(sock: socket.socket) -> int:
    """Bytes that were sent and that the other side's system has not acknowledged (Linux: SIOCOUTQ, tcp(7))."""
    return int.from_bytes(fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def _acknowledged(sock: socket.socket) -> int | None:
    """Bytes that the other side's system has acknowledged (Linux 4.1: tcpi_bytes_acked of TCP_INFO, tcp(7))."""
    if not sys.platform.startswith("linux"):
        return None
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED + 8)
    return int.from_bytes(info[_BYTES_ACKED:], sys.byteorder) if len(info) == _BYTES_ACKED + 8 else None


def has_hung_up(sock: socket.socket) -> bool:
    """Whether the other side has ended the connection, though what it sent before may not be read yet (Linux: the
    first byte of TCP_INFO is the state, tcp(7)). Elsewhere nobody knows before it is read."""
    if not hasattr(socket, "TCP_INFO"):
        return False
    try:
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in _HUNG_UP
    except OSError:
        return False


_HUNG_UP = (7, 8)
"""TCP_CLOSE and TCP_CLOSE_WAIT of the kernel's tcp_states.h."""


def _nothing(_data: bytes) -> bytes:
    return b""
