"""A network that is banned from the server: at every door, however the client's address is known."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from chatstore.chat.changes.server_bans import BanFromServer
from chatstore.chat.model.server_bans import ServerBan
from tests.running import SECONDS, IrcClient, Running

RunServer = Callable[..., Running]
PROXIED = b"PROXY TCP4 203.0.113.9 192.0.2.1 56324 6667\r\n"
SAID = "you are banned from this server: bots"


@pytest.fixture
def server(run_server: RunServer) -> Running:
    return run_server(
        accounts={"guests": True, "nick_must_be_account": False},
        listen={"plain": "127.0.0.1:0", "web": "127.0.0.1:0", "proxies": ["127.0.0.1"]},
        web={"forwarded_from": ["127.0.0.1"]},
        webirc={"password": "secret", "gateways": ["203.0.113.9"]},
    )


def ban(server: Running, mask: str = "203.0.113.0/24") -> None:
    server.server.store.submit([BanFromServer(mask, "bots")]).result()


def everything(server: Running, endpoint: str, data: bytes) -> str:
    """All that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port(endpoint)), SECONDS) as sock:
        sock.sendall(data)
        got = b""
        while piece := sock.recv(65536):
            got += piece
    return got.decode(errors="replace")


@pytest.mark.parametrize("endpoint", ["irc", "plain"])
def test_behind_a_proxy(server: Running, endpoint: str) -> None:
    ban(server)
    assert SAID in everything(server, endpoint, PROXIED)
    assert server.server.acceptors[endpoint].figures.refused["banned"] == 1


def test_the_page_says_it(server: Running) -> None:
    """In the WebSocket, where the page can show it; files of the page are for everybody."""
    ban(server)
    upgrade = (
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"X-Forwarded-For: 203.0.113.9\r\n\r\n"
    )
    assert SAID in everything(server, "web", PROXIED + upgrade)


def test_a_gateways_client(server: Running) -> None:
    ban(server, "198.51.100.0/24")
    said = everything(server, "irc", PROXIED + b"WEBIRC secret gate host 198.51.100.7\r\n")
    assert " 465 " in said
    assert SAID in said


def test_at_once_where_nobody_speaks_for_others(run_server: RunServer) -> None:
    server = run_server()
    server.server.chat.hub.bans.put([ServerBan(1, "127.0.0.0/8", "bots", "x", 0, None)], 1)
    assert SAID in IrcClient("127.0.0.1", server.port()).rest()[0]


@pytest.mark.parametrize("endpoint", ["irc", "plain"])
def test_who_is_here_is_closed(server: Running, endpoint: str) -> None:
    """Also before the login."""
    with socket.create_connection(("127.0.0.1", server.port(endpoint)), SECONDS) as sock:
        sock.sendall(PROXIED + b"CAP LS 302\r\n")
        assert sock.recv(65536)
        ban(server)
        got = b""
        while piece := sock.recv(65536):
            got += piece
    assert SAID in got.decode()


def test_others_are_not_disturbed(server: Running) -> None:
    ban(server)
    with socket.create_connection(("127.0.0.1", server.port()), SECONDS) as sock:
        sock.sendall(b"PROXY TCP4 203.0.114.9 192.0.2.1 56324 6667\r\nNICK ann\r\nUSER a 0 * :a\r\n")
        got = b""
        while b" 001 " not in got:
            got += sock.recv(65536)
