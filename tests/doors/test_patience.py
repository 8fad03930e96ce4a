"""How long somebody may take: for the handshake, and to register."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from chatstore.net import listener
from chatstore.net.connection import Connection
from tests.doors.ways import Ways
from tests.running import IrcClient


def only_connection(doors: Ways, door: str) -> Connection:
    while not doors.server.doors[door]._connections:
        doors.connect().sync()
    [connection] = doors.server.doors[door]._connections
    return connection


@pytest.mark.parametrize("door", ["ircs", "wss", "web"])
@pytest.mark.parametrize("begun", [b"", b"\x16"])
def test_a_handshake_that_takes_too_long(doors: Ways, door: str, begun: bytes) -> None:
    client = IrcClient("127.0.0.1", doors.port(door))
    client.send_bytes(begun if door != "web" else begun and b"GET / HT")
    connection = only_connection(doors, door)
    connection._began -= 11
    doors.server._loop.call_soon(connection.tick)
    assert client.rest() == []


def test_a_handshake_has_its_time(open_doors: Callable[..., Ways]) -> None:
    doors = open_doors(limits={"handshake_seconds": 60})
    client = IrcClient("127.0.0.1", doors.port("web"))
    connection = only_connection(doors, "web")
    connection._began -= 11
    doors.server._loop.call_soon(connection.tick)
    client.send("GET /healthz HTTP/1.1", "Host: x", "")
    assert client.line() == "HTTP/1.1 200 OK"


def test_between_two_requests_there_is_time(doors: Ways, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = IrcClient("127.0.0.1", doors.port("web"))
    connection = only_connection(doors, "web")
    for passed in (25, 31):
        client.send("GET /healthz HTTP/1.1", "Host: x", "")
        said = b""
        while not said.endswith(b"ok\n"):
            said += client._socket.recv(1000)

        def pass_time(seconds: int = passed) -> None:
            connection._began -= seconds
            connection.tick()

        doors.server._loop.call_soon(pass_time)
    assert client.rest() == []
    assert "handshake" not in caplog.text


@pytest.mark.parametrize(("seconds", "ended"), [(5, True), (500, False)])
def test_registration(open_doors: Callable[..., Ways], seconds: int, ended: bool) -> None:
    doors = open_doors(limits={"registration_seconds": seconds})
    client = doors.come("web")
    client.send("NICK alice", "PING x")
    client.wait("PONG")
    connection = only_connection(doors, "web")
    connection._heard -= 100
    ticked = threading.Event()
    doors.server._loop.call_soon(lambda: (connection.tick(), ticked.set()))  # type: ignore[func-returns-value]
    assert ticked.wait(20)
    if not ended:
        client.send("PING y")
    assert ("registration timed out" in client.line()) == ended


@pytest.mark.parametrize("way", ["irc", "web"])
def test_who_is_quiet_is_asked_before_a_proxy_cuts_them_off(doors: Ways, way: str) -> None:
    """Within 45 s: HAProxy's usual settings end a connection after 50 s without a byte, nginx's after 60."""
    doors.register("alice").close()
    client = doors.come(way)
    client.send("PASS :alice:correct horse", "NICK alice", "USER a 0 * :A")
    client.wait(" 422 ")
    client.sync()
    [connection] = doors.server.doors[way]._connections

    def pass_time() -> None:
        connection._heard -= 45 - listener._TICK
        connection.tick()

    doors.server._loop.call_soon(pass_time)
    assert client.line() == "PING :chatstore.local"
