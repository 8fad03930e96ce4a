"""What goes out on one socket: sent at once, or kept until the socket takes more. Never blocks.

Any thread may send; the lock keeps each piece whole and in order. Once something is left over, everything
after it queues up behind it, and the I/O thread flushes when the socket is writable. A client that does not
keep up is closed by bytes *and* time: a byte limit alone closed healthy members during bursts.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import sys
import termios
import threading
import time
from collections import deque
from collections.abc import Callable

STALLED = 10.0
"""Seconds without progress after which an outbox over its limit closes its connection."""
TOO_SLOW = "reads too slowly"
_BYTES_ACKED = 120
"""Offset of tcpi_bytes_acked in struct tcp_info (linux/tcp.h)."""
_NEVER = 2**63
"""More bytes than any connection ever acknowledges."""
MAX_BACKLOG_FACTOR = 8
"""An outbox this many times over its limit closes its connection at once."""


class Outbox:
    """`limit`: bytes that may wait.

    `on_backlog` is called when the socket must be watched for writing, `on_dead` with a reason when the
    connection can't be written to any more. `wrap` turns what is sent into what goes on the socket. All three
    are called with the lock held, in whichever thread sends, and must not block or send.
    """

    __slots__ = (
        "_answered",
        "_bytes",
        "_clock",
        "_dead",
        "_finished",
        "_limit",
        "_lock",
        "_on_backlog",
        "_on_dead",
        "_progress",
        "_socket",
        "_waiting",
        "_wrap",
    )

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
        """A queue only once something had to wait: few of thousands of connections ever need one."""
        self._bytes = 0
        self._progress = 0.0
        self._answered = 0
        self._dead = False
        self._finished = False

    @property
    def drained(self) -> bool:
        """Whether nothing waits to be sent."""
        return not self._waiting

    @property
    def waiting(self) -> int:
        """The bytes that wait to be sent. Any thread may ask."""
        return self._bytes

    @property
    def dead(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._dead

    def wrap(self, wrap: Callable[[bytes], bytes]) -> None:
        """Turn what is sent from here on into what goes on the socket in this way."""
        with self._lock:
            if not self._finished:
                self._wrap = wrap

    def send(self, data: bytes) -> None:
        """Send bytes, or keep what the socket does not take. Does nothing once the connection is dead.

        _fan_out.c does the same for many outboxes: change both.
        """
        if not data:
            return
        with self._lock:
            if self._dead:
                return
            if self._wrap is not None:
                data = self._wrap(data)
                if not data:
                    return
            if self._waiting:  # to send now would overtake what waits
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
        """Let the layers handle received bytes while nobody sends: a layer must never be in two threads at
        once.

        `receive` returns what the layers made of the data, and an answer that goes on the socket as it is.
        """
        with self._lock:
            made, answer = receive(data)
            self._answered = len(answer)
            if answer and not self._dead:
                self._put(answer)
            return made

    def finish(self, last: Callable[[], bytes]) -> None:
        """Send the last bytes, unwrapped. Everything that is sent later is dropped."""
        with self._lock:
            if not self._dead and not self._finished:
                self._finished = True
                data = last()
                self._wrap = _nothing
                if data:
                    self._put(data)

    def flush(self) -> bool:
        """Send what waits, as far as the socket takes it. True if nothing waits any more. In the I/O
        thread."""
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
        """Whether everything that was sent has left, and no error is known. With `acknowledged`, the client's
        system must also have acknowledged it, except the last answer of the layers (see exchange)."""
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
        """(bytes sent so far, including those that wait; how many of them the client's system has
        acknowledged), or None where the system does not tell. Only differences of these numbers mean
        something."""
        with self._lock:
            try:
                # In this order: what is acknowledged between the two calls is then counted twice as sent,
                # which is harmless. The other order could miss bytes, and a message would count as received.
                unacknowledged, acknowledged = _unacknowledged(self._socket), _acknowledged(self._socket)
            except OSError:
                return None
            if acknowledged is None:
                return None
            if self._dead:
                return _NEVER, acknowledged
            return acknowledged + unacknowledged + self._bytes, acknowledged

    def stop(self) -> None:
        """Discard what waits. Nothing more is sent."""
        with self._lock:
            self._dead = True
            self._waiting = ()
            self._bytes = 0

    def _put(self, data: bytes) -> None:
        """As send(), without the checks. send() repeats it inline, to save two calls for each member of a
        room."""
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
        """How many bytes the socket took; -1 if the connection is dead."""
        try:
            return self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            self._die(error.strerror or "write error")
            return -1

    def _keep(self, data: bytes | memoryview) -> None:
        """Queue bytes, unless the client is too slow. Only what waited before counts: one long answer may be
        long."""
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
    """Bytes sent that the client's system has not acknowledged (Linux: SIOCOUTQ, tcp(7)). Raises OSError."""
    number = sock.fileno()
    if number < 0:  # closed: ioctl() would raise ValueError
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return int.from_bytes(fcntl.ioctl(number, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def _acknowledged(sock: socket.socket) -> int | None:
    """Bytes that the client's system has acknowledged (Linux 4.1: tcpi_bytes_acked of TCP_INFO, tcp(7))."""
    if not sys.platform.startswith("linux"):
        return None
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED + 8)
    return int.from_bytes(info[_BYTES_ACKED:], sys.byteorder) if len(info) == _BYTES_ACKED + 8 else None


def has_hung_up(sock: socket.socket) -> bool:
    """Whether the client has ended the connection, even if what it sent before is not read yet.

    Linux: the first byte of TCP_INFO is the state, tcp(7). Elsewhere only a read tells, and this returns
    False.
    """
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
