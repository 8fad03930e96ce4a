"""One socket: its inbox, its outbox, and one command at a time.

The I/O thread reads the socket and hands lines to the protocol. A protocol that has to wait (for the disk,
for a worker) returns a *pause*: a function that takes `resume` and calls it once, from any thread, when the
wait is over. If its client sends too fast, it returns the seconds to wait instead. Lines that arrive
meanwhile wait in the inbox, so answers come in the order of the commands. While the inbox is full, the socket
is not read: the client's own socket fills up, and nobody else's.

The end of the connection takes its place in the same order. What the client sent before its end is handled
first, and `disconnected` never runs beside a command of the same connection. If the end is ours, the client may
still be sending. To close the socket then would answer with a reset, and a reset discards what the client has
not read yet, the reason for the end included. So we shut down our side only, and read until the client closes
too or `_LINGER_SECONDS` has passed.

If there are layers between the socket and the lines (layers.py), the protocol is made once they are ready:
only then the client's address and certificate are known.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from chatstore.net.layers import Layer, Peer, Stack
from chatstore.net.loop import READ, WRITE, Loop, Pause
from chatstore.net.outbox import TOO_SLOW, Outbox, has_hung_up

log = logging.getLogger(__name__)

_NOTHING: deque[Any] = deque(maxlen=0)
"""The inbox of every idle connection; one object for all of them saves memory."""

_HUNG_UP = "connection closed"
HANDSHAKE_TOO_LONG = "the handshake took too long"
_CHUNK, _BULK_CHUNK = 64 * 1024, 256 * 1024
"""Bytes that are read at once."""
_BULK_QUEUE = 2
_FLUSH_SECONDS = 5.0
"""Seconds that a closing connection gets to take what is still in its outbox."""
_DRAIN_SECONDS = 30.0
"""Seconds for which the lines of a client that has hung up are still handled. So a script that sends its
lines and goes has them delivered, but a full inbox does not keep a client that is gone online for minutes."""
_LINGER_SECONDS = 1.0
"""Seconds after which the socket is closed even if the client has not closed it."""


class Framing(Protocol):
    """Turns bytes into lines; see framing.py."""

    @property
    def has_partial(self) -> bool:
        """Whether bytes have arrived that no line end follows yet."""

    def feed(self, data: bytes) -> list[Any]:
        """The lines that these bytes complete."""

    def flush(self) -> list[Any]:
        """What has no line end yet, as a line."""


class LineProtocol(Protocol):
    """What one connection speaks, as asyncio.Protocol with lines instead of bytes.

    All methods run in the I/O thread and must not block.
    """

    partial_line_timeout: float | None
    """Seconds after which bytes without a line end count as a line. They then do so at the end of input, too.
    None: they never do."""

    def connected(self) -> None:
        """The connection is open, and its layers are ready."""

    def lines_received(self, inbox: deque[Any]) -> Pause | float | None:
        """Handle lines: take them from the left of the inbox.

        Returns None once the inbox is empty, a pause if something has to be waited for, or the seconds until
        the next line may be handled if it came too soon.
        """

    def tick(self, quiet: float) -> None:
        """Called every few seconds, also during a pause. Nothing was received for `quiet` seconds."""

    def disconnected(self, why: str, *, arrived: Callable[[], bool]) -> Pause | None:
        """The connection has ended; `why` says how. Bytes that are sent from here on still go into the
        outbox. Returns a pause if something of the end is still to be done elsewhere; see Loop.call_in_turn().

        `arrived` returns whether the client has read everything that was sent before the call, as far as that
        can be known: the end was orderly, and nothing was sent too late for it.
        """


class Connection:
    """Made in the loop's thread. Any thread may call send(), push() and close().

    `send_queue`: bytes that the outbox may keep. `on_gone` is called once the socket is closed, `on_move`
    when the client turns out to have another address. `handshake`: seconds that the layers may take until
    they are ready. `receive_queue`: lines in the inbox of a busy connection above which its socket is not
    read.
    """

    __slots__ = (
        "_busy",
        "_clean",
        "_closing",
        "_deadline",
        "_end_due",
        "_ended",
        "_feeds",
        "_finished",
        "_framing",
        "_handshake",
        "_hung_up",
        "_inbox",
        "_last_received",
        "_layers_busy",
        "_left",
        "_linger",
        "_lingering",
        "_lock",
        "_loop",
        "_make_protocol",
        "_on_gone",
        "_on_move",
        "_outbox",
        "_protocol",
        "_reading",
        "_receive_queue",
        "_socket",
        "_stack",
        "began",
        "bulk",
        "linger_seconds",
        "on_drained",
        "on_end",
        "on_first_line",
        "progress",
        "send",
    )

    def __init__(
        self,
        sock: socket.socket,
        loop: Loop,
        framing: Framing,
        send_queue: int,
        on_gone: Callable[[Connection], None],
        on_move: Callable[[Connection, str], bool] = lambda _connection, _address: True,
        stack: Stack | None = None,
        handshake: float = 10.0,
        receive_queue: int = 64,
    ) -> None:
        self._socket = sock
        self._loop = loop
        self._framing = framing
        self._on_gone = on_gone
        self._on_move = on_move
        self._stack = stack or Stack((), Peer(""))
        self._handshake = handshake
        self._receive_queue = receive_queue
        self._make_protocol: Callable[[Connection, Peer], LineProtocol] | None = None
        self._protocol: LineProtocol | None = None
        self._inbox = _NOTHING
        self._outbox = Outbox(
            sock,
            send_queue,
            self._backlog,
            self._write_failed,
            wrap=self._stack.send if self._stack.translates else None,
        )
        self._lock = threading.Lock()
        """Guards the inbox, `_busy` and `_ended`: push() and a resume come from other threads."""
        self._busy = False
        """A command runs or waits, or _advance() is queued. Code that sets it must call or queue _advance()."""
        self._reading = True
        """False while the inbox is too full to read the socket."""
        self._layers_busy = False
        """A layer has not handled all that it was given: nothing more is read until it has."""
        self._set_up_end()
        self.began = self._last_received = time.monotonic()
        """`began`: when the wait began for the layers, or for a request of HTTP."""
        self._feeds = 0
        """Reads so far: tells a timer for half a line whether more has arrived since it was set."""
        self.on_first_line: Callable[[], None] | None = None
        """Called once, when the first line arrives. A health check sends none."""
        self.on_end: Callable[[], None] | None = None
        """Called in the I/O thread when the connection is about to end and its protocol still waits for
        something."""
        self.on_drained: Callable[[], None] | None = None
        """Called in the I/O thread when the socket has taken everything that waited."""
        self.bulk = False
        """Whether megabytes arrive: they are read in large chunks, of which few wait in the inbox."""
        self.linger_seconds = 0.0
        """Seconds after which the socket is closed even if the client has not closed it; 0: the usual ones."""
        # Bound here, because a wrapping method would cost a call for each member that a message goes to.
        self.send = self._outbox.send
        self.progress = self._outbox.progress

    def _set_up_end(self) -> None:
        """The state of the end, in the order in which it comes."""
        self._ended: str | None = None
        """Why nothing more is read. The lines in the inbox may still be handled."""
        self._end_due = False
        """The inbox is handled, and the end comes in its turn. The protocol is asked for nothing else."""
        self._left = False
        """The client ended the connection, not we."""
        self._hung_up = False
        """The client is gone, so there is no need to linger: nobody could lose our last bytes."""
        self._deadline = False
        """The client has hung up, and the timer after which its lines are dropped runs."""
        self._clean = False
        """The end was orderly, as far as what the client has read is concerned."""
        self._closing = False
        """The protocol has been told of the end; the outbox is flushed."""
        self._linger = True
        """Wait for the client to close after we have sent everything."""
        self._lingering = False
        """We have sent everything and shut our side down; the socket waits for the client to close."""
        self._finished = False
        """The socket is closed."""

    def start(self, make_protocol: Callable[[Connection, Peer], LineProtocol]) -> None:
        """Begin to watch the socket. `make_protocol` is called as soon as the layers are ready."""
        self._make_protocol = make_protocol
        self._watch()
        if self._stack.ready:
            self._begin()

    def upgrade(
        self,
        layer: Layer,
        framing: Framing,
        make_protocol: Callable[[Connection, Peer], LineProtocol],
        receive_queue: int,
    ) -> None:
        """Speak something else from here on: a layer is put on top of the others, and another protocol made. In the
        I/O thread, by the protocol that gives way, which has left nothing in the inbox."""
        self._framing, self._receive_queue = framing, receive_queue
        self._stack.add(layer)
        self._outbox.wrap(self._stack.send)
        self.on_end = self.on_drained = None
        self._make_protocol = make_protocol
        self._begin()
        self._check_layers()

    def push(self, item: Any) -> None:
        """Append an item of the protocol's own to the inbox, so that it is handled in its turn."""
        with self._lock:
            if self._closing or self._end_due:
                return
            self._keep([item])
            if self._busy:  # what is running now takes it from the inbox
                return
            self._busy = True
        self._loop.call_soon(self._advance)

    def moved(self, address: str) -> bool:
        """Count the connection for another address. False if that has too many already. In the I/O thread."""
        return self._on_move(self, address)

    def close(self, why: str, *, handle_rest: bool = False, linger: bool = True) -> None:
        """Read nothing more, send what is in the outbox, then close.

        `handle_rest`: handle first the lines that were received. `linger`: wait a moment for the client to
        close too, so that it can read everything (see the top of this file).
        """

        def end() -> None:
            self._linger = self._linger and linger
            self._end(why, handle_rest=handle_rest, clean=True)

        self._loop.call_soon(end)

    @property
    def closing(self) -> bool:
        """Whether it has begun to close."""
        return self._closing or self._ended is not None

    @property
    def waiting(self) -> int:
        """The bytes that wait to be sent. Any thread may ask."""
        return self._outbox.waiting

    @property
    def lost(self) -> bool:
        """Whether nothing can be sent any more. Any thread may ask."""
        return self._outbox.dead

    @property
    def left(self) -> bool:
        """Whether the client has ended the connection, or at least its own half of it."""
        return self._left or self._hung_up

    @property
    def was_too_slow(self) -> bool:
        """Whether it was closed because its client did not keep up."""
        return self._ended == TOO_SLOW

    def tick(self) -> None:
        """Called every few seconds in the I/O thread: time limits, and the protocol's tick()."""
        if self._closing or self._end_due:
            return
        now = time.monotonic()
        if not self._reading:
            self._last_received = now  # a client that we don't read is not silent
            if has_hung_up(self._socket):  # a read would tell only after everything that waits before the end
                self._limit_drain()
        if self._protocol is not None:
            self._protocol.tick(now - self._last_received)
        elif now - self.began > self._handshake:
            self._end(HANDSHAKE_TOO_LONG, handle_rest=False)

    # In the I/O thread.

    def _begin(self) -> None:
        assert self._make_protocol is not None
        self._protocol, self._make_protocol = self._make_protocol(self, self._stack.peer), None
        self._protocol.connected()

    def _ready(self, events: int) -> None:
        if events & WRITE and self._outbox.flush():
            if self._closing:
                self._shut_down()
            else:
                self._watch()
                if self.on_drained is not None:
                    self.on_drained()
        if events & READ and self._reading and not self._layers_busy and self._ended is None and not self._left:
            self._read()

    def _read(self) -> None:
        try:
            data = self._socket.recv(_BULK_CHUNK if self.bulk else _CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._peer_left(error.strerror or "read error", clean=False)
            return
        if not data:
            # Half a line counts at the end of input only where it would count after a while, too. Elsewhere
            # the connection was lost in the middle of it, and what it would have said is unknown.
            if self._partial_line_timeout is not None:
                self._put(self._framing.flush())
            self._peer_left(_HUNG_UP, clean=self._outbox.drained)
            return
        self._last_received = time.monotonic()
        self._feeds += 1
        if self._stack.empty:
            self._take(data)
        else:
            self._take(self._outbox.exchange(self._stack.receive, data))
            self._check_layers()

    def _take(self, data: bytes) -> None:
        """Hand on what has come through the layers."""
        if self._protocol is None and self._stack.ready:
            self._begin()
        items = self._framing.feed(data)
        if data and not items and not self._framing.has_partial:
            items = [""]  # empty lines only: the client is alive
        self._put(items)
        if self._stack.ended is not None:
            why, clean = self._stack.ended
            self._left = True
            self._end(why, handle_rest=True, clean=clean and self._outbox.drained)
            return
        partial_line_timeout = self._partial_line_timeout
        if partial_line_timeout is not None and self._framing.has_partial:
            self._loop.call_later(partial_line_timeout, lambda feeds=self._feeds: self._flush_partial_line(feeds))  # type: ignore[misc]

    def _check_layers(self) -> None:
        """Let layers continue that have not handled all their input."""
        waiting = self._stack.waiting
        if waiting and self._reading:
            self._loop.call_soon(self._continue_layers, urgent=False)
        if waiting is not self._layers_busy:
            self._layers_busy = waiting
            self._watch()

    def _continue_layers(self) -> None:
        """Let the layers handle more of what was read. Waits while the inbox is full, as reading does."""
        if self._reading and self._ended is None and self._stack.waiting:
            self._take(self._outbox.exchange(lambda _: self._stack.go_on(), b""))
            self._check_layers()

    def _peer_left(self, why: str, *, clean: bool) -> None:
        """The client has hung up."""
        self._hung_up = self._left = True
        self._loop.ignore(self._socket)
        self._limit_drain()
        self._end(why, handle_rest=True, clean=clean)

    def _limit_drain(self) -> None:
        """The client is gone: drop the lines that are not handled soon."""
        if self._deadline or not (self._busy or self._inbox):
            return
        self._deadline = True
        self._loop.call_later(_DRAIN_SECONDS, self._drop_inbox)

    def _drop_inbox(self) -> None:
        if self._closing or self._end_due:
            return
        with self._lock:
            dropped = len(self._inbox)
            self._inbox.clear()
        log.info(
            "%(address)s disconnected; %(lines)d of its lines were dropped",
            {"event": "lines-dropped", "address": self._stack.peer.address, "lines": dropped},
        )
        self._hung_up = self._left = True
        self._end("connection closed", handle_rest=False)

    @property
    def _partial_line_timeout(self) -> float | None:
        """The protocol's partial_line_timeout; None before there is a protocol."""
        return self._protocol.partial_line_timeout if self._protocol is not None else None

    def _flush_partial_line(self, feeds: int) -> None:
        """The timeout has passed. If nothing arrived since, the partial line counts as one. `feeds`: reads so
        far when the timer was set."""
        if feeds == self._feeds and self._ended is None:
            self._put(self._framing.flush())

    def _put(self, items: list[Any]) -> None:
        if not items or self._closing:
            return
        if self.on_first_line is not None:
            on_first_line, self.on_first_line = self.on_first_line, None
            on_first_line()
        with self._lock:
            self._keep(items)
            if self._busy:
                if len(self._inbox) > (_BULK_QUEUE if self.bulk else self._receive_queue) and self._reading:
                    self._reading = False
                    self._loop.call_soon(self._watch)
                return
            self._busy = True
        self._advance()

    def _keep(self, items: Iterable[Any]) -> None:
        """Append to the inbox; the lock is held. An empty inbox is the shared _NOTHING."""
        if self._inbox is _NOTHING:
            self._inbox = deque()
        self._inbox.extend(items)

    def _advance(self) -> None:
        """Hand the inbox to the protocol until it is empty or the protocol waits. `_busy` is set, so that no
        other call does so at the same time."""
        while True:
            with self._lock:
                if self._closing:
                    self._inbox.clear()
                idle, ended = not self._inbox, self._ended
                if idle:
                    # Under one lock with the look into the inbox: an item that is put now either is seen
                    # here, or finds nobody busy and queues _advance() itself.
                    self._inbox = _NOTHING
                    self._busy = False
                    self._end_due = ended is not None
            if idle:
                break
            pause = self._handle_lines()
            if isinstance(pause, float):
                self._loop.call_later(pause, self._resume)
                return
            if pause is not None:
                pause(self._resume)
                return
        if ended is not None:
            why = ended
            if self.left:
                # Thousands may hang up at once, and each end takes a while here and in the writer.
                self._loop.call_in_turn(lambda: self._end_protocol(why))
            else:
                self._end_protocol(why)
        elif not self._reading:
            self._reading = True
            if self._layers_busy:
                self._loop.call_soon(self._continue_layers, urgent=False)
            self._watch()

    def _handle_lines(self) -> Pause | float | None:
        assert self._protocol is not None
        try:
            return self._protocol.lines_received(self._inbox)
        except Exception:
            log.exception("a protocol failed", {"event": "protocol-failed"})
            self._inbox.clear()
            self._end("internal error", handle_rest=False)
            return None

    def _resume(self) -> None:
        """A wait is over. In any thread. Wakes the I/O thread only if there is something to do next."""
        with self._lock:
            if not self._inbox and self._reading and self._ended is None:
                self._inbox = _NOTHING
                self._busy = False
                return
        self._loop.call_soon(self._advance)

    def _end(self, why: str, *, handle_rest: bool, clean: bool = False) -> None:
        """Read no more. The end itself comes in its turn: _end_protocol(), once no command runs and the inbox
        is empty."""
        if self._ended is not None:
            if not handle_rest:
                self._inbox.clear()
            if self.on_end is not None and self._busy:
                self.on_end()
            return
        with self._lock:
            self._ended = why
            self._clean = clean
            if not handle_rest:
                self._inbox.clear()
            busy, self._busy = self._busy, True
        self._watch()
        if not busy:
            self._advance()
        elif self.on_end is not None:
            self.on_end()

    def _end_protocol(self, why: str) -> Pause | None:
        if self._closing:
            return None
        self._closing = True
        try:
            if self._protocol is not None:
                return self._protocol.disconnected(why, arrived=self._arrived)
            if why:
                level = logging.DEBUG if why == _HUNG_UP else logging.INFO  # a health check, most of the time
                log.log(
                    level,
                    "%(address)s: %(why)s",
                    {"event": "connection-ended", "address": self._stack.peer.address, "why": why},
                )
            return None
        finally:
            self._outbox.finish(self._stack.close)
            if self._outbox.drained:
                self._shut_down()
            else:
                self._watch()
                self._loop.call_later(_FLUSH_SECONDS, self._finish)

    def _arrived(self) -> bool:
        """Whether the client has everything that was sent. After a hang-up, sending succeeds for a while
        although nobody reads; but what is sent then is not acknowledged."""
        return self._clean and self._outbox.arrived(acknowledged=self._left)

    def _shut_down(self) -> None:
        """Everything is sent: shut our side down, and close when the client has closed."""
        if self._lingering:
            return
        if self._hung_up or not self._linger:
            self._finish()
            return
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            self._finish()
            return
        self._lingering = True
        self._loop.watch(self._socket, READ, self._discard)
        self._loop.call_later(self.linger_seconds or _LINGER_SECONDS, self._finish)

    def _discard(self, _events: int) -> None:
        """Discard what arrives after the end."""
        try:
            if self._socket.recv(_CHUNK):
                return
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            pass
        self._finish()

    def _finish(self) -> None:
        if self._finished:
            return
        self._finished = True
        self._outbox.stop()
        self._loop.ignore(self._socket)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._on_gone(self)

    def _watch(self) -> None:
        """Watch the socket for reading, writing, both or neither, as the state demands. In the I/O thread."""
        if self._finished or self._lingering:
            return
        reading = self._reading and not self._layers_busy and self._ended is None and not self._left
        events = READ if reading else 0
        if not self._outbox.drained:
            events |= WRITE
        if events:
            self._loop.watch(self._socket, events, self._ready)
        else:
            self._loop.ignore(self._socket)

    # From the outbox, under its lock, in any thread.

    def _backlog(self) -> None:
        self._loop.call_soon(self._watch)

    def _write_failed(self, why: str) -> None:
        # A client that has hung up may have sent lines before, and they count. One that doesn't read gets no
        # answers.
        self._hung_up = True
        self._loop.call_soon(lambda: self._end(why, handle_rest=why != TOO_SLOW), urgent=False)
