"""How long somebody may take: for the handshake, and to register."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from chatstore.net import acceptor
from chatstore.net.connection import Connection
from tests.endpoints.reaching import OpenServer
from tests.running import IrcClient


def only_connection(running: OpenServer, endpoint: str) -> Connection:
    while not running.server.acceptors[endpoint]._connections:
        running.connect().sync()
    [connection] = running.server.acceptors[endpoint]._connections
    return connection


@pytest.mark.parametrize("endpoint", ["ircs", "wss", "web"])
@pytest.mark.parametrize("begun", [b"", b"\x16"])
def test_a_handshake_that_takes_too_long(running: OpenServer, endpoint: str, begun: bytes) -> None:
    client = IrcClient("127.0.0.1", running.port(endpoint))
    client.send_bytes(begun if endpoint != "web" else begun and b"GET / HT")
    connection = only_connection(running, endpoint)
    connection.began -= 11
    running.server._loop.call_soon(connection.tick)
    assert client.rest() == []


def test_a_handshake_has_its_time(open_server: Callable[..., OpenServer]) -> None:
    running = open_server(limits={"handshake_seconds": 60})
    client = IrcClient("127.0.0.1", running.port("web"))
    connection = only_connection(running, "web")
    connection.began -= 11
    running.server._loop.call_soon(connection.tick)
    client.send("GET /healthz HTTP/1.1", "Host: x", "")
    assert client.line() == "HTTP/1.1 200 OK"


def test_between_two_requests_there_is_time(running: OpenServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = IrcClient("127.0.0.1", running.port("web"))
    connection = only_connection(running, "web")
    for passed in (25, 31):
        client.send("GET /healthz HTTP/1.1", "Host: x", "")
        said = b""
        while not said.endswith(b"ok\n"):
            said += client._socket.recv(1000)

        def pass_time(seconds: int = passed) -> None:
            connection.began -= seconds
            connection.tick()

        running.server._loop.call_soon(pass_time)
    assert client.rest() == []
    assert "handshake" not in caplog.text


@pytest.mark.parametrize(("seconds", "ended"), [(5, True), (500, False)])
def test_registration(open_server: Callable[..., OpenServer], seconds: int, ended: bool) -> None:
    running = open_server(limits={"registration_seconds": seconds})
    client = running.come("web")
    client.send("NICK alice", "PING x")
    client.wait("PONG")
    connection = only_connection(running, "web")
    connection._last_received -= 100
    ticked = threading.Event()
    running.server._loop.call_soon(lambda: (connection.tick(), ticked.set()))  # type: ignore[func-returns-value]
    assert ticked.wait(60)
    if not ended:
        client.send("PING y")
    assert ("registration timed out" in client.line()) == ended


@pytest.mark.parametrize("way", ["irc", "web"])
def test_who_is_quiet_is_asked_before_a_proxy_cuts_them_off(running: OpenServer, way: str) -> None:
    """Within 45 s: HAProxy's usual settings end a connection after 50 s without a byte, nginx's after 60."""
    running.register("alice").close()
    client = running.come(way)
    client.send("PASS :alice:correct horse", "NICK alice", "USER a 0 * :A")
    client.wait(" 422 ")
    client.sync()
    [connection] = running.server.acceptors[way]._connections

    def pass_time() -> None:
        connection._last_received -= 45 - acceptor._TICK
        connection.tick()

    running.server._loop.call_soon(pass_time)
    assert client.line() == "PING :chatstore.local"
