"""A listening socket: everybody is let in up to the limit; one more is told so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from chatstore.net.acceptor import Acceptor, AcceptorSettings, Endpoint, ProtocolFactory
from chatstore.net.connection import Connection
from chatstore.net.framing import LineFraming
from chatstore.net.layers import Peer
from chatstore.net.loop import Loop
from tests.net.test_connection import SECONDS, Talk

FULL = b"ERROR :this server is full\r\n"


def endpoint(protocol: ProtocolFactory) -> Endpoint:
    return Endpoint(
        framing=lambda: LineFraming(100, 1000),
        protocol=protocol,
        refusal=lambda why: f"ERROR :{why}\r\n".encode(),
    )


class House:
    """An acceptor on a free port, and who came in."""

    def __init__(self, most: int = 100, host: str = "127.0.0.1") -> None:
        self.loop = Loop()
        self.talks: list[Talk] = []
        self.peers: list[str] = []
        self.came = threading.Semaphore(0)
        self.acceptor = Acceptor(
            host,
            0,
            self.loop,
            endpoint(self._welcome),
            AcceptorSettings(1 << 20, most),
        )
        self.acceptor.start()
        self.loop.start()

    def _welcome(self, connection: Connection, peer: Peer) -> Talk:
        talk = Talk()
        self.talks.append(talk)
        self.peers.append(peer.address)
        connection.send(b"welcome\n")
        self.came.release()
        return talk

    def connect(self) -> socket.socket:
        return socket.create_connection(self.acceptor.address, timeout=SECONDS)

    def enter(self) -> socket.socket:
        """A client that was let in."""
        client = self.connect()
        assert client.recv(100) == b"welcome\n"
        return client

    def in_loop(self, call: Callable[[], object]) -> None:
        done = threading.Event()
        self.loop.call_soon(lambda: (call(), done.set()))  # type: ignore[func-returns-value]
        assert done.wait(SECONDS)

    def until_empty(self) -> None:
        while not self.acceptor.empty:
            self.in_loop(lambda: None)

    def stop(self) -> None:
        self.in_loop(self.acceptor.stop_accepting)
        self.in_loop(lambda: self.acceptor.close_all("stop"))
        self.until_empty()
        self.loop.stop()


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.stop()


def test_clients_come_in_and_are_heard(house: House) -> None:
    clients = [house.enter() for _ in range(20)]
    for client in clients:
        client.sendall(b"hello\n")
    for talk in house.talks:
        assert [talk.next(), talk.next()] == ["connected", "hello"]
    assert house.peers == ["127.0.0.1"] * 20
    assert not house.acceptor.empty
    for client in clients:
        client.close()
    house.until_empty()


def test_small_messages_are_not_kept_back(house: House) -> None:
    client = house.enter()
    [connection] = house.acceptor._connections
    assert connection._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert connection._socket.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) >= 64 * 1024
    assert connection._socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert not connection._socket.getblocking()
    client.close()


def test_one_too_many_is_told_all_of_it_and_nobody_else_notices() -> None:
    house = House(most=2)
    first, second = house.enter(), house.enter()
    for _ in range(3):
        refused = house.connect()
        assert refused.makefile("rb").read() == FULL
    assert len(house.talks) == 2
    first.close()
    while len(house.acceptor._connections) == 2:
        house.in_loop(lambda: None)
    third = house.enter()
    second.sendall(b"still here\n")
    assert [house.talks[1].next(), house.talks[1].next()] == ["connected", "still here"]
    for client in (second, third):
        client.close()
    house.stop()


def test_stopping_lets_nobody_in_and_lets_those_inside_finish(house: House) -> None:
    client = house.enter()
    client.sendall(b"wait\nlast\n")
    [talk] = house.talks
    assert [talk.next(), talk.next()] == ["connected", "wait"]
    address = house.acceptor.address
    house.in_loop(house.acceptor.stop_accepting)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=SECONDS)
    house.in_loop(lambda: house.acceptor.close_all("the server is stopping"))
    assert not house.acceptor.empty
    talk.wait_over()
    assert [talk.next(), talk.next()] == ["last", "disconnected: the server is stopping"]
    assert client.recv(100) == b""
    house.until_empty()


def test_a_port_in_use_is_an_error(house: House) -> None:
    host, port = house.acceptor.address
    loop = Loop()
    with pytest.raises(OSError, match="in use"):
        Acceptor(
            host,
            port,
            loop,
            endpoint(house._welcome),
            AcceptorSettings(1, 1),
        )


def test_ipv6() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        house = House(host="::1")
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    house.enter().close()
    assert house.peers == ["::1"]
    house.stop()
