"""Who counts as this machine at the web endpoint, and whom a web proxy speaks for.

A client that says what nginx, Caddy, Apache, HAProxy or a tunnel on the same host would say; the programs
themselves are in tests/proxies."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from websockets.exceptions import InvalidStatus

from chatstore.net.forwarded_headers import ContradictionError, client_behind
from chatstore.net.layers import Peer
from chatstore.urls import Networks
from tests.endpoints.reaching import OpenServer, WebClient
from tests.running import PASSWORD

PUBLIC = "chat.example.org"
TRUSTED = {"web": {"forwarded_from": ["127.0.0.0/8"]}}


def come(running: OpenServer, host: str = "", origin: str = "", **headers: str) -> WebClient:
    """Through a proxy on this machine that says this; `_` stands for `-` in the names of headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebClient(
        f"ws://127.0.0.1:{running.port('web')}/", "text.ircv3.net", host=host, origin=origin or None, headers=named
    )


def registers(client: WebClient, name: str) -> str:
    """What the answer to an attempt to make an account is."""
    client.send("CAP LS 302", f"NICK {name}", f"USER {name} 0 * :x", f"REGISTER * * :{PASSWORD}")
    said = client.wait("REGISTER")
    client.close()
    return said.partition(" ")[2] if said.startswith(":") else said


@pytest.mark.parametrize(
    "said",
    [
        {"X_Forwarded_For": "203.0.113.9"},
        {"X_Forwarded_For": "127.0.0.1"},
        {"X_Forwarded_Proto": "https"},
        {"X_Forwarded_Host": "localhost"},
        {"X_Real_IP": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"Via": "1.1 proxy"},
        {"CF_Connecting_IP": "203.0.113.9"},
        {"host": PUBLIC},
        {"host": f"{PUBLIC}:8097"},
        {"host": "203.0.113.1"},
        {"host": "localhost.example.org"},
        {"host": "127.0.0.1.example.org"},
        {"origin": f"https://{PUBLIC}"},  # nginx without `proxy_set_header Host`
    ],
    ids=str,
)
def test_strangers_register_with_no_configuration_of_ours(
    open_server: Callable[..., OpenServer], said: dict[str, str]
) -> None:
    """They may not: neither with the defaults, nor with what the 403 says is to be set."""
    running = open_server(web={"origins": [f"https://{PUBLIC}"]}, accounts={"registration": "local"})
    assert "FAIL REGISTER" in registers(come(running, **said), "stranger")
    assert registers(come(running), "ann").startswith("REGISTER SUCCESS")


@pytest.mark.parametrize("url", ["http://127.0.0.1:{}/", "http://localhost:{}/", "http://app.localhost:{}/"])
def test_the_page_of_this_machine_is_this_machine(running: OpenServer, url: str) -> None:
    page = url.format(running.port("web"))
    host = page.removeprefix("http://").rstrip("/")
    allowed = running.server._endpoints._origins
    allowed.allow(["*"], [], allowed.trusted)
    assert registers(come(running, host=host, origin=page.rstrip("/")), "ann").startswith("REGISTER SUCCESS")


@pytest.mark.parametrize("web", [{"url": f"https://{PUBLIC}/"}, {"origins": [f"https://{PUBLIC}"]}, {}], ids=str)
@pytest.mark.parametrize("server", [{}, {"name": PUBLIC}], ids=str)
def test_no_password_is_taken_of_strangers_without_tls(
    open_server: Callable[..., OpenServer], web: dict[str, object], server: dict[str, object]
) -> None:
    running = open_server(web=web, server=server)
    client = come(running, X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https")
    assert "sasl" not in " ".join(client.ask("CAP LS 302"))
    running.server._endpoints._settings.web_proxies = Networks(["127.0.0.1"])
    running.server._endpoints._origins.trusted = Networks(["127.0.0.1"])
    for proto, offered in (("https", True), ("http", False), ("https, http", False)):
        client = come(running, X_Forwarded_For="203.0.113.9", X_Forwarded_Proto=proto)
        assert ("sasl" in " ".join(client.ask("CAP LS 302"))) is offered
    assert "sasl" not in " ".join(come(running, X_Forwarded_For="203.0.113.9").ask("CAP LS 302"))
    client = come(running, Forwarded="for=203.0.113.9;proto=https")
    assert "sasl" in " ".join(client.ask("CAP LS 302"))


def test_wrong_guesses_count_for_the_address_that_a_trusted_proxy_tells(
    open_server: Callable[..., OpenServer],
) -> None:
    running = open_server(accounts={"registration": "open"}, **TRUSTED)
    running.register("alice").close()

    def guess(address: str, password: str) -> str:
        client = come(running, X_Forwarded_For=address, X_Forwarded_Proto="https")
        client.send(f"PASS :alice:{password}", "NICK alice", "USER a 0 * :A")
        said = client.wait("( 464 | 001 |FAIL|ERROR)")
        client.close()
        return said

    for _ in range(10):
        assert "too many" not in guess("203.0.113.9", "wrong")
    assert "too many" in guess("203.0.113.9", "wrong")
    assert " 001 " in guess("198.51.100.1", PASSWORD)


def test_who_comes_by_a_trusted_proxy_is_counted_and_told(
    open_server: Callable[..., OpenServer], caplog: pytest.LogCaptureFixture
) -> None:
    running = open_server(limits={"connections_per_address": 2, "requests_per_address": 1}, **TRUSTED)
    caplog.set_level(logging.INFO)
    here = [come(running, X_Forwarded_For="203.0.113.9") for _ in range(2)]
    for client in here:
        client.sync()
    assert "connection from 203.0.113.9 (irc, WebSocket, through a proxy)" in caplog.text
    assert come(running, X_Forwarded_For="203.0.113.9").rest() == ["ERROR :too many connections from your address"]
    come(running, X_Forwarded_For="203.0.113.10").sync()
    come(running).sync()  # the proxy's machine itself


def test_an_unknown_proxy_is_one_address_and_the_log_says_what_to_set(
    open_server: Callable[..., OpenServer], caplog: pytest.LogCaptureFixture
) -> None:
    running = open_server(limits={"connections_per_address": 2})
    caplog.set_level(logging.INFO)
    here = [come(running, X_Forwarded_For=f"203.0.113.{n}") for n in range(2)]
    for client in here:
        client.sync()
    assert come(running, X_Forwarded_For="203.0.113.7").rest() == ["ERROR :too many connections from your address"]
    assert "unless [web] forwarded_from names the proxy" in caplog.text
    for client in [running.come("web") for _ in range(4)]:  # this machine itself isn't bounded
        client.sync()


def test_a_page_that_may_not_connect_is_told_what_to_set(open_server: Callable[..., OpenServer]) -> None:
    """Also where the proxy leaves the port out of Host: `proxy_set_header Host $host`."""
    running = open_server(server={"name": PUBLIC})
    come(running, host=PUBLIC, origin=f"https://{PUBLIC}").sync()
    with pytest.raises(InvalidStatus) as refused:
        come(running, host=PUBLIC, origin=f"https://{PUBLIC}:8443")
    assert refused.value.response.status_code == 403
    assert f'set url = "https://{PUBLIC}:8443/" in [web]'.encode() in (refused.value.response.body or b"")
    running.stop()
    running = open_server(web={"url": f"https://{PUBLIC}:8443"})
    come(running, host=PUBLIC, origin=f"https://{PUBLIC}:8443").sync()


def test_the_default_name_is_nobodys(running: OpenServer) -> None:
    """On a local network anybody may answer to chatstore.local (RFC 6762)."""
    with pytest.raises(InvalidStatus):
        come(running, host="chatstore.local", origin="http://chatstore.local")


@pytest.mark.parametrize(
    ("headers", "address", "secure"),
    [
        ({"x-forwarded-for": "198.51.100.1, 203.0.113.9"}, "203.0.113.9", False),
        ({"x-forwarded-for": "1.2.3.4, 203.0.113.9, 10.0.0.2"}, "203.0.113.9", False),
        ({"x-forwarded-for": "10.0.0.3,10.0.0.2"}, "10.0.0.3", False),
        ({"x-forwarded-for": "203.0.113.9:4711", "x-forwarded-proto": "https"}, "203.0.113.9", True),
        ({"x-forwarded-for": "[2001:db8::9]:4711", "x-forwarded-proto": "HTTPS"}, "2001:db8::9", True),
        ({"x-forwarded-for": "2001:db8::9", "x-forwarded-proto": "wss"}, "2001:db8::9", True),
        ({"x-forwarded-for": "::ffff:203.0.113.9"}, "203.0.113.9", False),
        ({"x-forwarded-for": "203.0.113.9, unknown"}, "10.0.0.1", False),
        ({"x-forwarded-for": "203.0.113.9, <script>"}, "10.0.0.1", False),
        ({"x-forwarded-for": ""}, "10.0.0.1", False),
        ({"x-forwarded-proto": "https"}, "10.0.0.1", True),
        ({"via": "1.1 x"}, "10.0.0.1", False),
        ({"forwarded": 'For="[2001:db8:cafe::17]:4711"'}, "2001:db8:cafe::17", False),
        ({"forwarded": "for=192.0.2.60;proto=https;by=203.0.113.43"}, "192.0.2.60", True),
        ({"forwarded": "for=192.0.2.43, for=198.51.100.17"}, "198.51.100.17", False),
        ({"forwarded": "for=192.0.2.43;proto=https, for=10.0.0.2;proto=https"}, "192.0.2.43", True),
        ({"forwarded": "for=192.0.2.43;proto=https, for=10.0.0.2;proto=http"}, "192.0.2.43", False),
        ({"forwarded": "for=192.0.2.43, for=_hidden"}, "10.0.0.1", False),
        ({"forwarded": "for=unknown"}, "10.0.0.1", False),
        ({"forwarded": r'for="1\92.0.2.43";proto=https'}, "192.0.2.43", True),
        ({"forwarded": 'for="192.0.2.43;proto=https'}, "10.0.0.1", False),
        ({"forwarded": "for=192.0.2.43", "x-forwarded-for": "192.0.2.43"}, "192.0.2.43", False),
    ],
    ids=str,
)
def test_what_proxies_say(headers: dict[str, str], address: str, secure: bool) -> None:
    """RFC 7239 with its examples, and X-Forwarded-For; the right-most that is no proxy of ours counts."""
    proxies = Networks(["10.0.0.0/8"])
    assert client_behind(Peer("10.0.0.1"), headers, proxies) == Peer(address, proxied=True, secure=secure)
    # From anybody else the headers are not believed, and TLS is what the connection itself has.
    stranger = Peer("192.0.2.99", secure=True)
    assert client_behind(stranger, headers, proxies) == Peer("192.0.2.99", proxied=True, secure=True)


@pytest.mark.parametrize("forwarded", ["for=203.0.113.9", "for=unknown", 'for="', "proto=https"])
def test_contradicting_headers_of_a_trusted_proxy(open_server: Callable[..., OpenServer], forwarded: str) -> None:
    """A client may have sent one of them. It would otherwise hide behind the proxy's own address."""
    proxies = Networks(["127.0.0.1"])
    headers = {"forwarded": forwarded, "x-forwarded-for": "198.51.100.1"}
    with pytest.raises(ContradictionError):
        client_behind(Peer("127.0.0.1"), headers, proxies)
    assert client_behind(Peer("192.0.2.99"), headers, proxies) == Peer("192.0.2.99", proxied=True)
    with pytest.raises(InvalidStatus) as refused:
        come(open_server(**TRUSTED), X_Forwarded_For="198.51.100.1", Forwarded=forwarded)
    assert refused.value.response.status_code == 400
    assert b"Forwarded and X-Forwarded-For contradict each other" in (refused.value.response.body or b"")
