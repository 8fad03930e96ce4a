"""What a connection costs in memory: a server holds thousands of them, and nearly all of them are silent.

The bytes are those that the server's own code allocates and keeps (tracemalloc), without Python's and the
kernel's for the socket.
"""

from __future__ import annotations

import gc
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import chatstore
from chatstore.chat.live.direct_conversations import Reader
from chatstore.chat.live.listener import Person
from chatstore.chat.live.room import Member
from chatstore.chat.rules.flood import Pace
from chatstore.chat.session import Session
from chatstore.chat.session.delivered import Delivered
from chatstore.chat.session.invitations import Invitations
from chatstore.chat.session.metadata import Metadata
from chatstore.chat.session.sending import Sending
from chatstore.chat.session.visibility import Visibility
from chatstore.irc.client import Registration
from chatstore.irc.keepalive import Keepalive
from chatstore.irc.protocol import IrcProtocol
from chatstore.irc.reply import Outgoing, Reply
from chatstore.net.connection import Connection
from chatstore.net.cross_protocol import CrossProtocolGuard
from chatstore.net.framing import LineFraming, TelnetFraming
from chatstore.net.layers import Peer, Stack
from chatstore.net.outbox import Outbox
from chatstore.net.proxy import ProxyLayer
from chatstore.net.tls import TlsLayer
from chatstore.net.websocket import WebSocketLayer
from chatstore.plain.login import Login
from chatstore.plain.protocol import PlainProtocol
from chatstore.turns import Turns
from tests.running import SECONDS, Running

CAPABILITIES = (
    "account-notify account-tag away-notify batch cap-notify echo-message extended-join invite-notify "
    "labeled-response message-tags multi-prefix server-time setname"
)
"""What a usual client asks for."""
CONNECTIONS = 60
IDLE, REGISTERED = 4_000, 7_000
"""The most bytes of a connection that has said nothing, and of one that is in a room."""

EACH = (
    *(Connection, Outbox, LineFraming, TelnetFraming, Stack, Peer),
    *(CrossProtocolGuard, ProxyLayer, TlsLayer, WebSocketLayer),
    *(IrcProtocol, Registration, Keepalive, Reply, Outgoing, Turns, PlainProtocol, Login),
    *(Session, Visibility, Sending, Metadata, Invitations, Delivered, Pace, Person, Member, Reader),
)
"""What connections have one of, or may have."""


@pytest.mark.pure
@pytest.mark.parametrize("kind", EACH)
def test_what_each_connection_has_one_of_has_slots(kind: type) -> None:
    assert kind.__dictoffset__ == 0, f"{kind.__name__} or a base of it has no __slots__"


@contextmanager
def connected(running: Running, say: Callable[[int], str], until: bytes) -> Iterator[None]:
    """Many connections, each of which has sent these lines and read up to this text."""
    with ExitStack() as stack:
        for number in range(CONNECTIONS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", running.port()), SECONDS))
            client.sendall(say(number).encode())
            said = b""
            while until not in said:
                said += client.recv(65536) or pytest.fail(f"closed: {said!r}")
        running.connect().sync()  # accepted after all of them
        yield


def kept() -> int:
    """The bytes that chatstore's code has allocated since tracing began, and keeps."""
    gc.collect()
    code = f"{Path(chatstore.__file__).parent}/*"
    found = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, code)])
    return sum(each.size for each in found.statistics("filename"))


@pytest.fixture
def running(run_server: Callable[..., Running]) -> Iterator[Running]:
    limits = {"connections_per_address": 0, "lines_per_second": 0.0, "joins_at_once": 0}
    server = run_server(limits=limits, accounts={"guests": True})
    with connected(server, registering("warm"), b" 366 "):  # what the first clients load
        tracemalloc.start()
        yield server
        tracemalloc.stop()


def registering(name: str) -> Callable[[int], str]:
    """The lines of clients that join a room."""
    return lambda number: (
        f"CAP LS 302\r\nNICK {name}{number}\r\nUSER {name} 0 * :somebody\r\n"
        f"CAP REQ :{CAPABILITIES}\r\nCAP END\r\nJOIN #main\r\n"
    )


def test_a_connection_that_says_nothing(running: Running) -> None:
    before = kept()
    with connected(running, lambda _: "", b""):
        each = (kept() - before) / CONNECTIONS
    assert 500 < each < IDLE


def test_a_connection_in_a_room(running: Running) -> None:
    before = kept()
    with connected(running, registering("more"), b" 366 "):
        each = (kept() - before) / CONNECTIONS
    assert 500 < each < REGISTERED


def test_parts_that_few_need_are_made_once(alice: object, server: Running) -> None:
    """Threads that ask first at the same time get the same part."""
    person = server.server.chat.hub.person("alice")
    assert person is not None
    session = person.sessions[0]
    assert isinstance(session, Session)
    for name in ("own_data", "delivered"):
        setattr(session, f"_{name}", None)
        found: list[object] = []
        barrier = threading.Barrier(8)

        def ask(name: str = name, found: list[object] = found, barrier: threading.Barrier = barrier) -> None:
            barrier.wait(SECONDS)
            found.append(getattr(session, name))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
        assert len(found) == 8
        assert len(set(map(id, found))) == 1
