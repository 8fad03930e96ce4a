"""Passwords come by TLS, or from this machine. A proxy's client is never from this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace

import pytest

from chatstore.net import acceptor
from tests.endpoints.reaching import OpenServer, TlsClient, trusting
from tests.running import PASSWORD, IrcClient, plain

FROM_AFAR = "PROXY TCP4 203.0.113.9 127.0.0.1 4000 6667"


def from_afar(running: OpenServer) -> IrcClient:
    client = IrcClient("127.0.0.1", running.port("irc"))
    client.send(FROM_AFAR)
    return client


@pytest.fixture
def running(open_server: Callable[..., OpenServer]) -> OpenServer:
    """With alice, and then with a proxy on this machine."""
    server = open_server(accounts={"registration": "open"})
    server.register("alice").close()
    server.server._endpoints._settings.proxies = type(server.server._endpoints._settings.proxies)(["127.0.0.1"])
    return server


def test_sasl_is_not_offered_and_plain_is_refused(running: OpenServer) -> None:
    client = from_afar(running)
    assert "sasl" not in " ".join(client.ask("CAP LS 302"))
    client.send("CAP REQ :sasl")
    client.wait("NAK :sasl")


def test_pass_is_refused_and_says_why(running: OpenServer) -> None:
    client = from_afar(running)
    client.send(f"PASS alice:{PASSWORD}", "NICK alice", "USER a 0 * :A")
    assert "TLS only" in client.wait(" 464 ")
    assert "TLS only" in client.rest()[-1]


def test_register_is_refused_and_says_why(running: OpenServer) -> None:
    client = from_afar(running)
    client.send("CAP LS 302", "NICK bob", "USER b 0 * :B", f"REGISTER * * :{PASSWORD}")
    assert "TLS only" in client.wait("FAIL REGISTER")


def test_registration_is_not_offered(running: OpenServer) -> None:
    assert "account-registration" not in " ".join(from_afar(running).ask("CAP LS 302"))


def test_nickserv_and_oper_refuse_in_the_same_words(open_server: Callable[..., OpenServer]) -> None:
    running = open_server(accounts={"guests": True, "registration": "open"})
    running.server._endpoints._settings.proxies = type(running.server._endpoints._settings.proxies)(["127.0.0.1"])
    client = from_afar(running)
    client.send("NICK bob", "USER b 0 * :B")
    client.wait(" 422 ")
    for line in (
        f"PRIVMSG NickServ :REGISTER {PASSWORD}",
        f"PRIVMSG NickServ :IDENTIFY {PASSWORD}",
        f"OPER bob :{PASSWORD}",
    ):
        (answer,) = client.ask(line)
        assert "asswords are accepted over TLS only" in answer


def test_the_plain_endpoint_does_not_even_ask(running: OpenServer) -> None:
    with socket.create_connection(("127.0.0.1", running.port("plain")), timeout=60) as sock:
        sock.sendall(f"{FROM_AFAR}\r\n".encode())
        said = b"".join(iter(lambda: sock.recv(1000), b""))
    assert b"TLS only" in said
    assert b"name" not in said


def test_a_guest_of_the_plain_endpoint_is_not_asked_for_a_password(open_server: Callable[..., OpenServer]) -> None:
    running = open_server(accounts={"guests": True, "registration": "open"}, listen={"proxies": ["127.0.0.1"]})
    settings = running.server._endpoints._settings
    proxies, settings.proxies = settings.proxies, type(settings.proxies)()
    running.register("alice").close()
    settings.proxies = proxies
    with socket.create_connection(("127.0.0.1", running.port("plain")), timeout=60) as sock:
        sock.sendall(f"{FROM_AFAR}\r\nalice\nann\n".encode())
        said = b""
        while b"Hello ann" not in said:
            said += sock.recv(1000)
    assert b"alice has a password, but passwords are accepted over TLS only" in said
    assert b"Password of" not in said


def test_with_tls_it_is_fine(running: OpenServer) -> None:
    client = IrcClient("127.0.0.1", running.port("ircs"))
    client.send(FROM_AFAR)
    tls = TlsClient.__new__(TlsClient)
    tls.__dict__.update(client.__dict__)
    tls._socket = trusting(running.pair).wrap_socket(client._socket, server_hostname="localhost")
    tls.send("CAP LS 302", "NICK alice", "USER a 0 * :A", "CAP REQ :sasl", "AUTHENTICATE PLAIN")
    tls.wait("AUTHENTICATE")
    assert any("account-registration=" in line for line in tls.log)
    tls.send(f"AUTHENTICATE {plain('alice')}")
    tls.wait(" 903 ")


def test_it_can_be_allowed(open_server: Callable[..., OpenServer]) -> None:
    running = open_server(accounts={"unencrypted_passwords": "everywhere", "registration": "open"})
    running.server._endpoints._settings.proxies = type(running.server._endpoints._settings.proxies)(["127.0.0.1"])
    client = from_afar(running)
    client.send("CAP LS 302", "NICK bob", "USER b 0 * :B", f"REGISTER * * :{PASSWORD}")
    client.wait("REGISTER SUCCESS")


def test_what_it_allowed_is_over_when_it_is_allowed_no_more(
    open_server: Callable[..., OpenServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acceptor, "_TICK", 0.02)
    accounts = {"unencrypted_passwords": "everywhere", "registration": "open"}
    running = open_server(accounts=accounts, limits={"registration_seconds": 1_000_000})
    running.server._endpoints._settings.proxies = type(running.server._endpoints._settings.proxies)(["127.0.0.1"])
    client = from_afar(running)
    assert "ACK" in client.ask("CAP LS 302", "CAP REQ :draft/account-registration sasl setname")[-1]
    chat = running.server.chat
    local = replace(chat.policy.accounts, unencrypted_passwords="local")
    chat.apply_policy(replace(chat.policy, accounts=local))
    assert client.wait(" DEL ").endswith(" DEL :draft/account-registration sasl")
    assert client.ask("CAP REQ :-setname")[0].endswith(" ACK :-setname")
    assert client.ask("CAP LIST")[0].endswith(" LIST :cap-notify")
