"""Bind, accept, and keep the connections of one address of ours."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Callable

from chatstore.net.connection import Connection, Conversation, Framing
from chatstore.net.loop import READ, Loop

log = logging.getLogger(__name__)

_BACKLOG = 4096
"""With 128, five thousand clients that come at once wait for 37 seconds instead of 1.4."""
_AT_ONCE = 256
_BREATH = 0.2
_TICK = 5.0
_SEND_BUFFER = 128 * 1024

Spoken = Callable[[Connection, str], Conversation]
"""Makes the conversation of a new connection from a peer's address."""


class Listener:
    """One listening socket in one loop. Raises OSError when the address can't be had."""

    def __init__(
        self,
        host: str,
        port: int,
        loop: Loop,
        *,
        framing: Callable[[], Framing],
        conversation: Spoken,
        send_queue: int,
        most: int,
        full: bytes,
    ) -> None:
        """`most` connections; whoever comes then is sent `full` and closed. `most` and `send_queue` may be changed
        for those who come later."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.setblocking(False)
            self._socket.bind((host, port))
            self._socket.listen(_BACKLOG)
        except OSError:
            self._socket.close()
            raise
        self._loop = loop
        self._framing = framing
        self._conversation = conversation
        self.send_queue = send_queue
        self.most = most
        self._full = full
        self._connections: dict[Connection, None] = {}
        self._open = True

    @property
    def address(self) -> tuple[str, int]:
        """Host and port as bound (the port is a real one where 0 was asked for)."""
        host, port = self._socket.getsockname()[:2]
        return host, port

    def start(self) -> None:
        self._loop.call_soon(lambda: self._loop.watch(self._socket, READ, self._accept))
        self._loop.call_soon(self._tick)

    def stop_accepting(self) -> None:
        """In the loop's thread."""
        if self._open:
            self._open = False
            self._loop.ignore(self._socket)
            self._socket.close()

    def close_all(self, why: str) -> None:
        """In the loop's thread: every connection finishes what was read, is told, and closes."""
        for connection in list(self._connections):
            connection.close(why, hear_rest=True)

    @property
    def empty(self) -> bool:
        return not self._connections

    def _accept(self, _events: int) -> None:
        for _ in range(_AT_ONCE):
            try:
                sock, peer = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    # The kernel keeps them waiting; trying again at once would only spin.
                    log.warning("cannot accept more connections: %s", error.strerror)
                    self._loop.ignore(self._socket)
                    self._loop.call_later(_BREATH, self._accept_again)
                return
            self._welcome(sock, str(peer[0]))

    def _accept_again(self) -> None:
        if self._open:
            self._loop.watch(self._socket, READ, self._accept)

    def _welcome(self, sock: socket.socket, address: str) -> None:
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if len(self._connections) >= self.most:
                sock.send(self._full)
                sock.close()
                return
        except OSError:  # gone already
            sock.close()
            return
        connection = Connection(sock, self._loop, self._framing(), self.send_queue, self._forget)
        self._connections[connection] = None
        connection.start(self._conversation(connection, address))

    def _forget(self, connection: Connection) -> None:
        self._connections.pop(connection, None)

    def _tick(self) -> None:
        for connection in list(self._connections):
            connection.tick()
        if self._open:
            self._loop.call_later(_TICK, self._tick)
