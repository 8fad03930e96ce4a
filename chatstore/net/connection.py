"""One socket: its inbox, its outbox, one command at a time.

The I/O thread reads and hands lines to the conversation. When the conversation has to wait (for the disk,
for a worker) it returns a *pause*: a function that takes `resume` and calls it, once, from any thread, when
the wait is over; or, when its client has said too much, how many seconds to wait. Until then the lines that
arrive wait in the inbox, so answers come in the order of the commands and nothing overtakes. A full inbox is
not read into: the sender's own socket fills, nobody else's.

The end of the connection takes its place in that order too: what was sent before it is handled first, and
`closed` never runs while a command of the same connection does. When the end is ours, the other side may still be
sending: closing then would answer it with a reset, and a reset throws away what it has not read yet, the reason
among it. So we only stop sending, and read on until it has closed too, for a moment (`_LINGER`).

Where there are layers between the socket and the lines (layers.py), the conversation begins when they are ready:
only then it is known who is there.
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

from chatstore.net.layers import Peer, Stack
from chatstore.net.loop import READ, WRITE, Loop
from chatstore.net.outbox import TOO_SLOW, Outbox, has_hung_up

log = logging.getLogger(__name__)

_NOTHING: deque[Any] = deque(maxlen=0)
"""The inbox of who has said nothing, shared by all of them."""
Pause = Callable[[Callable[[], None]], None]
"""Starts a wait; its argument is called when the wait is over."""

_HUNG_UP = "connection closed"
_CHUNK = 65536
_LAST_WORDS = 5.0
"""Seconds that a closing connection gets to take what was sent to it."""
_LAST_HEARD = 30.0
"""Seconds for which it is heard what somebody had sent who has hung up: a script that says its lines and goes has
them said, and nobody is here for minutes because of a full inbox."""
_LINGER = 1.0
"""Seconds after which it is closed though the other side has not done so."""
_KEEP_ALIVE = 30.0
"""Seconds until the next request on a connection that was asked something and is no conversation."""


class Framing(Protocol):
    """Bytes to lines; see framing.py."""

    @property
    def has_partial(self) -> bool: ...
    def feed(self, data: bytes) -> list[Any]: ...
    def flush(self) -> list[Any]: ...


class LineProtocol(Protocol):
    """The language spoken on a connection. hear() and tick() run in the I/O thread and must not block."""

    patience: float | None
    """Seconds after which what has no line end counts as a line, as it does at the end of input; None: never."""

    def begun(self) -> None:
        """The connection is open."""

    def hear(self, inbox: deque[Any]) -> Pause | float | None:
        """Take lines from the inbox until it is empty (None), something must be waited for, or the next line
        comes too soon: seconds until it may be heard."""

    def tick(self, quiet: float) -> None:
        """Called every few seconds; nothing has been heard for `quiet` seconds."""

    def closed(self, why: str, *, arrived: Callable[[], bool]) -> None:
        """The connection is gone. `arrived`: whether everything that was sent until it is asked has been read, as
        far as can be known: by an orderly end, and nothing was sent that came too late for it."""


class Connection:
    """Made in the loop's thread. send(), push() and close() are for any thread.

    `handshake`: seconds that the layers may take until they are ready. `receive_queue`: items in the inbox of a
    busy connection above which its socket is not read.
    """

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
        self._busy = False
        self._reading = True
        self._going_on = False
        """What was read is not looked at to its end: nothing more is read."""
        self._ended: str | None = None
        self._deadline = False
        """The other side has hung up, and the time that it is still heard is running."""
        self._clean = False
        self._left = False
        """The other side has ended it, and not we."""
        self._closing = False
        self._finished = False
        self._linger = True
        self._lingering = False
        self._hung_up = False
        """The other side has: there is nobody who could lose our last words."""
        self._began = self._heard = time.monotonic()
        self._feeds = 0
        self.on_first_line: Callable[[], None] | None = None
        """Called once, when the first line has come: a health check says none."""
        self.send = self._outbox.send
        self.progress = self._outbox.progress

    def start(self, make_protocol: Callable[[Connection, Peer], LineProtocol]) -> None:
        """Watch the socket; `make_protocol` is called as soon as the layers are ready."""
        self._make_protocol = make_protocol
        self._watch()
        if self._stack.ready:
            self._begin()

    def push(self, item: Any) -> None:
        """Put something of the conversation's own among the lines that wait."""
        with self._lock:
            if self._closing:
                return
            self._keep([item])
            if self._busy:
                return
            self._busy = True
        self._loop.call_soon(self._advance)

    def moved(self, address: str) -> bool:
        """It is to be counted for another address; False when that has enough of them. In the I/O thread."""
        return self._on_move(self, address)

    def close(self, why: str, *, hear_rest: bool = False, linger: bool = True) -> None:
        """Hear nothing more (nor handle what was read, without `hear_rest`), let what was sent go out, then
        close; with `linger` when the other side has closed too, or after a moment."""

        def end() -> None:
            self._linger = self._linger and linger
            self._end(why, hear_rest=hear_rest, clean=True)

        self._loop.call_soon(end)

    def tick(self) -> None:
        """In the I/O thread, every few seconds."""
        if self._closing:
            return
        now = time.monotonic()
        if not self._reading:
            self._heard = now  # nobody is silent whom we don't listen to
            if has_hung_up(self._socket):  # which is read only behind what waits
                self._limit_the_rest()
        if self._protocol is not None:
            self._protocol.tick(now - self._heard)
        elif now - self._began > self._handshake:
            self._end("" if self._stack.rests else "the handshake took too long", hear_rest=False)

    # In the I/O thread.

    def _begin(self) -> None:
        assert self._make_protocol is not None
        self._protocol, self._make_protocol = self._make_protocol(self, self._stack.peer), None
        self._protocol.begun()

    def _ready(self, events: int) -> None:
        if events & WRITE and self._outbox.flush():
            if self._closing:
                self._hang_up()
            else:
                self._watch()
        if events & READ and self._reading and not self._going_on and self._ended is None and not self._left:
            self._read()

    def _read(self) -> None:
        try:
            data = self._socket.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._leave(error.strerror or "read error", clean=False)
            return
        if not data:
            if self._patience is not None:  # otherwise it is half a line, of somebody who was cut off
                self._put(self._framing.flush())
            self._leave(_HUNG_UP, clean=self._outbox.drained)
            return
        self._heard = time.monotonic()
        self._feeds += 1
        if self._stack.empty:
            self._take(data)
        else:
            self._take(self._outbox.exchange(self._stack.receive, data))
            self._look_at_layers()

    def _take(self, data: bytes) -> None:
        """What has come through the layers."""
        if self._protocol is None and self._stack.ready:
            self._begin()
        items = self._framing.feed(data)
        if data and not items and not self._framing.has_partial:
            items = [""]  # no line, but not for nothing
        self._put(items)
        if self._stack.ended is not None:
            why, clean = self._stack.ended
            self._left = True
            self._end(why, hear_rest=True, clean=clean and self._outbox.drained)
            return
        patience = self._patience
        if patience is not None and self._framing.has_partial:
            self._loop.call_later(patience, lambda feeds=self._feeds: self._out_of_patience(feeds))  # type: ignore[misc]

    def _look_at_layers(self) -> None:
        """Whether they have to go on with what they were given, or have done with a whole request."""
        if self._stack.rests:
            self._began = time.monotonic() + _KEEP_ALIVE - self._handshake
        waiting = self._stack.waiting
        if waiting and self._reading:
            self._loop.call_soon(self._go_on, urgent=False)
        if waiting is not self._going_on:
            self._going_on = waiting
            self._watch()

    def _go_on(self) -> None:
        """With what was read before. While the inbox is full this waits, as reading does."""
        if self._reading and self._ended is None and self._stack.waiting:
            self._take(self._outbox.exchange(lambda _: self._stack.go_on(), b""))
            self._look_at_layers()

    def _leave(self, why: str, *, clean: bool) -> None:
        """The other side has hung up. Thousands may do so at once, and saying goodbye to each takes a while: others
        come first."""
        self._hung_up = self._left = True
        self._loop.ignore(self._socket)
        self._limit_the_rest()
        self._loop.call_soon(lambda: self._end(why, hear_rest=True, clean=clean), urgent=False)

    def _limit_the_rest(self) -> None:
        """Nobody is there any more: what is not heard soon is not heard."""
        if self._deadline or not (self._busy or self._inbox):
            return
        self._deadline = True
        self._loop.call_later(_LAST_HEARD, self._drop_the_rest)

    def _drop_the_rest(self) -> None:
        if self._closing:
            return
        with self._lock:
            dropped = len(self._inbox)
            self._inbox.clear()
        log.info("%s disconnected; %d of its lines were dropped", self._stack.peer.address, dropped)
        self._hung_up = self._left = True
        self._end("connection closed", hear_rest=False)

    @property
    def _patience(self) -> float | None:
        return self._protocol.patience if self._protocol is not None else None

    def _out_of_patience(self, feeds: int) -> None:
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
                if len(self._inbox) > self._receive_queue and self._reading:
                    self._reading = False
                    self._loop.call_soon(self._watch)
                return
            self._busy = True
        self._advance()

    def _keep(self, items: Iterable[Any]) -> None:
        """Under the lock: put them into the inbox, which is there as long as there is something in it."""
        if self._inbox is _NOTHING:
            self._inbox = deque()
        self._inbox.extend(items)

    def _advance(self) -> None:
        """Let the conversation hear; this thread or nobody is doing so (`_busy` is set)."""
        while True:
            with self._lock:
                if self._closing:
                    self._inbox.clear()
                if not self._inbox:
                    self._inbox = _NOTHING
                    self._busy = False
                    ended = self._ended
                    break
            pause = self._hear()
            if isinstance(pause, float):
                self._loop.call_later(pause, self._resume)
                return
            if pause is not None:
                pause(self._resume)
                return
        if ended is not None:
            self._say_closed(ended)
        elif not self._reading:
            self._reading = True
            if self._going_on:
                self._loop.call_soon(self._go_on, urgent=False)
            self._watch()

    def _hear(self) -> Pause | float | None:
        assert self._protocol is not None
        try:
            return self._protocol.hear(self._inbox)
        except Exception:
            log.exception("a protocol failed")
            self._inbox.clear()
            self._end("internal error", hear_rest=False)
            return None

    def _resume(self) -> None:
        """The wait is over. In any thread: with nothing to do next, the I/O thread isn't woken for it."""
        with self._lock:
            if not self._inbox and self._reading and self._ended is None:
                self._inbox = _NOTHING
                self._busy = False
                return
        self._loop.call_soon(self._advance)

    def _end(self, why: str, *, hear_rest: bool, clean: bool = False) -> None:
        """Read no more. What was heard is handled first; the rest of close() is in _say_closed."""
        if self._ended is not None:
            if not hear_rest:
                self._inbox.clear()
            return
        with self._lock:
            self._ended = why
            self._clean = clean
            if not hear_rest:
                self._inbox.clear()
            busy, self._busy = self._busy, True
        self._watch()
        if not busy:
            self._advance()

    def _say_closed(self, why: str) -> None:
        if self._closing:
            return
        self._closing = True
        try:
            if self._protocol is not None:
                self._protocol.closed(why, arrived=self._arrived)
            elif why:
                level = logging.DEBUG if why == _HUNG_UP else logging.INFO  # a health check, most of the time
                log.log(level, "%s: %s", self._stack.peer.address, why)
        finally:
            self._outbox.finish(self._stack.close)
            if self._outbox.drained:
                self._hang_up()
            else:
                self._watch()
                self._loop.call_later(_LAST_WORDS, self._finish)

    def _arrived(self) -> bool:
        """What is sent to somebody who has hung up is read by nobody, and no error says so for a while; but it is
        not acknowledged either."""
        return self._clean and self._outbox.arrived(acknowledged=self._left)

    def _hang_up(self) -> None:
        """Everything was sent: send no more, and close when the other side has."""
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
        self._loop.watch(self._socket, READ, self._pass_over)
        self._loop.call_later(_LINGER, self._finish)

    def _pass_over(self, _events: int) -> None:
        """What comes after the end."""
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
        """Watch the socket for what matters now."""
        if self._finished or self._lingering:
            return
        reading = self._reading and not self._going_on and self._ended is None and not self._left
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
        # Who has hung up may have said something before; who doesn't read is not to be answered any more.
        self._hung_up = True
        self._loop.call_soon(lambda: self._end(why, hear_rest=why != TOO_SLOW), urgent=False)
