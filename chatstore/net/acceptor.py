"""A listening socket: it accepts connections, counts them, and turns away those over a limit."""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from chatstore.net.addresses import PerAddressLimit, normal
from chatstore.net.connection import Connection, Framing, LineProtocol
from chatstore.net.framing import Pieces
from chatstore.net.layers import Layer, Peer, Stack
from chatstore.net.loop import READ, Loop
from chatstore.net.proxy import ProxyLayer
from chatstore.urls import Networks

log = logging.getLogger(__name__)

_BACKLOG = 4096
"""The listen backlog. With 128, five thousand clients that come at once wait 37 seconds instead of 1.4."""
_MAX_ACCEPTS = 256
"""Connections that are accepted before the loop handles other sockets."""
_BREATH = 0.2
"""Seconds without accepting after the system ran out of file descriptors or memory."""
_TICK = 5.0
"""Seconds between two ticks of all connections."""
_SEND_BUFFER = 128 * 1024
"""Bytes of a socket's send buffer in the kernel."""
_RECEIVE_QUEUE = 2
"""Pieces of at most 64 KiB that wait for a busy connection that speaks HTTP, beside the one that it handles."""
_PIECES = Pieces()
_MAX_UNREAD = 16 * 1024
"""Bytes of a refused client that are read, so that closing does not discard the refusal."""

TOO_MANY = "too many connections from your address"
_FULL = "this server is full"
_SETTINGS = {TOO_MANY: "[limits] connections_per_address", _FULL: "[limits] connections"}
_ARRIVALS = "[limits] requests_per_address"
_UNKNOWN_PROXY = "clients of a proxy count as one address, unless [web] forwarded_from names the proxy"

ProtocolFactory = Callable[[Connection, Peer], LineProtocol]
"""Makes the protocol of a new connection, once its handshakes have shown who the peer is."""
FirstProtocol = Callable[[Connection, Peer, ProtocolFactory], LineProtocol]
"""Makes the protocol with which a connection begins; it makes the other one when the client asks for that."""


@dataclass(frozen=True)
class Endpoint:
    """What is spoken at an address: the layers, the framing and the protocol of each connection.

    `layers` makes the layers of one connection, outermost first. `refusal` encodes the reason for turning a
    client away; `early_refusal` does so before a handshake, and is None if the endpoint has none. Where there
    is a handshake, a connection counts as a request until it turns out to be a chat client's. `http` makes the
    protocol that answers requests until one asks for the chat: then web proxies may connect here, and their headers
    say for whom.
    """

    framing: Callable[[], Framing]
    protocol: ProtocolFactory
    refusal: Callable[[str], bytes]
    layers: Callable[[], Sequence[Layer]] = tuple
    early_refusal: Callable[[str], bytes] | None = None
    http: FirstProtocol | None = None


@dataclass
class AcceptorSettings:
    """What all endpoints share. A change counts for connections that are accepted after it.

    `max_connections`: of one endpoint. `handshake`: seconds. `receive_queue`: lines that may wait for a busy
    connection. `send_queue`: bytes that may wait to be sent to one client. `connections_per_address`:
    sessions; `requests_per_address`: connections that ask for a page or are in a handshake. `proxies`:
    networks from which a PROXY header is expected, and nobody else's is taken. `web_proxies`: networks whose
    X-Forwarded and Forwarded headers are believed. `banned` says why clients of an address are turned away, or
    nothing; it must not block.
    """

    send_queue: int
    max_connections: int
    handshake: float = 10.0
    receive_queue: int = 64
    connections_per_address: PerAddressLimit = field(default_factory=PerAddressLimit)
    requests_per_address: PerAddressLimit = field(default_factory=PerAddressLimit)
    proxies: Networks = field(default_factory=Networks)
    web_proxies: Networks = field(default_factory=Networks)
    banned: Callable[[str], str] = lambda _address: ""


@dataclass
class AcceptorFigures:
    """Since the start. The loop's thread alone changes it, and any thread may read it. `refused`: by reason;
    the reasons are `full`, `address` (too many connections from one), `files` (no file descriptor is
    left) and `banned`. `too_slow`: closed because the client did not keep up."""

    accepted: int = 0
    too_slow: int = 0
    refused: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("full", "address", "files", "banned"), 0)
    )


class Acceptor:
    """One listening socket in one loop, and its connections. Raises OSError if the address can't be bound."""

    def __init__(self, host: str, port: int, loop: Loop, endpoint: Endpoint, settings: AcceptorSettings) -> None:
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
        host, port = self._socket.getsockname()[:2]
        self.address: tuple[str, int] = (host, port)
        """Host and port as bound: if 0 was asked for, the port that the system chose."""
        self._loop = loop
        self._endpoint = endpoint
        self._settings = settings
        self._connections: dict[Connection, str] = {}
        """All connections, each with the address for which it counts as a session; empty while it does
        not."""
        self._arrivals: dict[Connection, str] = {}
        """The connections that count as requests, each with its address."""
        self.figures = AcceptorFigures()
        self._gone, self._moved, self._spoken = self._end, self._move, self._make_protocol
        self._asked = self._make_http
        """Bound methods, made once for thousands of connections."""
        self._open = True

    def start(self) -> None:
        """Begin to accept connections. Any thread may call it."""
        self._loop.call_soon(lambda: self._loop.watch(self._socket, READ, self._accept))
        self._loop.call_soon(self._tick)

    def stop_accepting(self) -> None:
        """Close the listening socket. In the loop's thread."""
        if self._open:
            self._open = False
            self._loop.ignore(self._socket)
            self._socket.close()

    def close_all(self, why: str) -> None:
        """Let every connection handle what was received, tell its client, and close. In the loop's thread."""
        for connection in list(self._connections):
            connection.close(why, handle_rest=True, linger=False)

    def close_some(self, why: str, most: int) -> int:
        """The same for at most so many connections that are not closing yet, the oldest first. Returns how
        many."""
        chosen = list(islice((each for each in self._connections if not each.closing), most))
        for connection in chosen:
            connection.close(why, handle_rest=True, linger=False)
        return len(chosen)

    def drop_received(self) -> None:
        """Drop what connections that close have received and not handled yet: it would only be refused. A
        client that gets no answer knows that it has to ask. In the loop's thread."""
        for connection in list(self._connections):
            connection.close("", linger=False)

    @property
    def count(self) -> int:
        """The number of connections. Any thread may ask."""
        return len(self._connections)

    @property
    def waiting(self) -> int:
        """The bytes that wait to be sent to all connections. Any thread may ask."""
        return sum(connection.waiting for connection in list(self._connections))

    @property
    def empty(self) -> bool:
        """Whether no connection is left."""
        return not self._connections

    def _accept(self, _events: int) -> None:
        for _ in range(_MAX_ACCEPTS):
            try:
                sock, peer = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    # Clients wait in the kernel, and the socket stays readable: to try again at once would
                    # spin.
                    self.figures.refused["files"] += 1
                    log.warning(
                        "cannot accept more connections: %(why)s", {"event": "accept-failed", "why": error.strerror}
                    )
                    self._loop.ignore(self._socket)
                    self._loop.call_later(_BREATH, self._accept_again)
                return
            self._welcome(sock, normal(str(peer[0])))

    def _accept_again(self) -> None:
        if self._open:
            self._loop.watch(self._socket, READ, self._accept)

    def _welcome(self, sock: socket.socket, address: str) -> None:
        settings = self._settings
        proxied = address in settings.proxies
        speaks_for_others = proxied or (self._endpoint.http is not None and address in settings.web_proxies)
        admission = None if speaks_for_others else self._admission
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            refused = self._refused(address, admission)
            if refused:
                sock.send((self._endpoint.early_refusal or self._endpoint.refusal)(refused))
                with contextlib.suppress(BlockingIOError):
                    sock.recv(_MAX_UNREAD)  # closing with unread bytes sends a reset, and the refusal would be lost
                sock.close()
                return
        except OSError:  # gone already
            sock.close()
            return
        layers = [*([ProxyLayer()] if proxied else []), *self._endpoint.layers()]
        connection = Connection(
            sock,
            self._loop,
            self._endpoint.framing() if self._endpoint.http is None else _PIECES,
            settings.send_queue,
            self._gone,
            self._moved,
            Stack(layers, Peer(address)),
            settings.handshake,
            settings.receive_queue if self._endpoint.http is None else _RECEIVE_QUEUE,
        )
        self.figures.accepted += 1
        self._connections[connection] = address if admission is settings.connections_per_address else ""
        if admission is settings.requests_per_address:
            self._arrivals[connection] = address
        connection.start(self._spoken if self._endpoint.http is None else self._asked)

    @property
    def _admission(self) -> PerAddressLimit:
        """The limit that applies to a new connection."""
        return (
            self._settings.connections_per_address
            if self._endpoint.early_refusal is None
            else self._settings.requests_per_address
        )

    def _refused(self, address: str, admission: PerAddressLimit | None) -> str:
        """Why a new connection is refused, or an empty text; then it is counted."""
        if len(self._connections) >= self._settings.max_connections:
            self.figures.refused["full"] += 1
            log.info(
                "refused a connection from %(address)s: %(why)s (%(setting)s)",
                {"event": "connection-refused", "address": address, "why": _FULL, "setting": _SETTINGS[_FULL]},
            )
            return _FULL
        direct = admission is self._settings.connections_per_address  # others are told after their handshake
        if direct and (banned := self._settings.banned(address)):
            self.figures.refused["banned"] += 1
            log.info(
                "refused a connection from %(address)s: %(why)s",
                {"event": "connection-banned", "address": address, "why": banned},
            )
            return banned
        if admission is not None and not admission.enter(address):
            self.figures.refused["address"] += 1
            setting = _SETTINGS[TOO_MANY] if admission is self._settings.connections_per_address else _ARRIVALS
            log.info(
                "refused a connection from %(address)s: %(why)s (%(setting)s)",
                {"event": "connection-refused", "address": address, "why": TOO_MANY, "setting": setting},
            )
            return TOO_MANY
        return ""

    def _make_http(self, connection: Connection, peer: Peer) -> LineProtocol:
        """Make the protocol that answers requests until one asks for the chat."""
        assert self._endpoint.http is not None
        return self._endpoint.http(connection, peer, self._spoken)

    def _make_protocol(self, connection: Connection, peer: Peer) -> LineProtocol:
        """Make the protocol of a connection. If it came through a proxy or by a handshake, it is counted only
        now, because only now the client is known."""
        self._arrived(connection)
        if banned := self._settings.banned(peer.address):
            self.figures.refused["banned"] += 1
            log.info(
                "refused a connection from %(address)s: %(why)s",
                {"event": "connection-banned", "address": peer.address, "why": banned},
            )
            return _TurnedAway(connection, self._endpoint.refusal(banned))
        if not self._connections[connection]:
            if not self._settings.connections_per_address.enter(peer.address, proxied=peer.proxied):
                self.figures.refused["address"] += 1
                unknown = peer.proxied and self._endpoint.http is not None and not self._settings.web_proxies
                hint = f"; {_UNKNOWN_PROXY}" if unknown else ""
                setting = f"{_SETTINGS[TOO_MANY]}{hint}"
                log.info(
                    "refused a connection from %(address)s: %(why)s (%(setting)s)",
                    {"event": "connection-refused", "address": peer.address, "why": TOO_MANY, "setting": setting},
                )
                return _TurnedAway(connection, self._endpoint.refusal(TOO_MANY))
            self._connections[connection] = peer.address
        return self._endpoint.protocol(connection, peer)

    def _arrived(self, connection: Connection) -> None:
        address = self._arrivals.pop(connection, "")
        if address:
            self._settings.requests_per_address.leave(address)

    def _move(self, connection: Connection, address: str) -> bool:
        """Count a connection for another address. False if that has too many already. In the loop's
        thread."""
        if not self._settings.connections_per_address.enter(address):
            return False
        self._forget(connection)
        self._connections[connection] = address
        return True

    def _end(self, connection: Connection) -> None:
        if connection.was_too_slow:
            self.figures.too_slow += 1
        self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        self._arrived(connection)
        address = self._connections.pop(connection, "")
        if address:
            self._settings.connections_per_address.leave(address)

    def _tick(self) -> None:
        for connection in list(self._connections):
            connection.tick()
        if self._open:
            self._loop.call_later(_TICK, self._tick)


class _TurnedAway:
    """The protocol of a client over the limit: it sends the reason and closes. `refusal`: the reason,
    encoded."""

    partial_line_timeout: float | None = None

    def __init__(self, connection: Connection, refusal: bytes) -> None:
        self._connection = connection
        self._refusal = refusal

    def connected(self) -> None:
        """Send the reason and close."""
        self._connection.send(self._refusal)
        self._connection.close(TOO_MANY)

    def lines_received(self, inbox: deque[Any]) -> None:
        """Drop the lines."""
        inbox.clear()

    def tick(self, quiet: float) -> None:
        """Does nothing: the connection is closing."""

    def disconnected(self, why: str, *, arrived: Callable[[], bool]) -> None:
        """Does nothing: there is no session to end."""
