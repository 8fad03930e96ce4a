"""Who comes through a proxy or a gateway, who speaks something else, and how many may come from one address."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.endpoints.reaching import OpenServer
from tests.running import IrcClient

WAIT = 60
V2 = b"\r\n\r\n\0\r\nQUIT\n"


def raw(running: OpenServer, endpoint: str, *pieces: bytes) -> bytes:
    """What comes back for some bytes, up to the end of the connection."""
    with socket.create_connection(("127.0.0.1", running.port(endpoint)), timeout=WAIT) as sock:
        received = b""
        with suppress(ConnectionResetError, BrokenPipeError):
            for piece in pieces:
                sock.sendall(piece)
            while more := sock.recv(65536):
                received += more
        return received


def begun(running: OpenServer, header: bytes) -> IrcClient:
    client = IrcClient("127.0.0.1", running.port("irc"))
    client.send_bytes(header)
    return client


# HTTP at a endpoint for lines.


@pytest.mark.parametrize("endpoint", ["irc", "plain"])
@pytest.mark.parametrize("verb", [b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS"])
def test_a_browser_is_sent_away(running: OpenServer, endpoint: str, verb: bytes) -> None:
    attack = verb + b" / HTTP/1.1\r\nHost: x\r\n\r\nNICK evil\r\nUSER e 0 * :e\r\nPING x\r\n"
    said = raw(running, endpoint, attack)
    assert b"PONG" not in said
    assert b"451" not in said
    assert b"Password" not in said


def test_a_browser_is_sent_away_byte_by_byte(running: OpenServer) -> None:
    attack = b"POST / HTTP/1.1\r\nPING x\r\n"
    assert b"PONG" not in raw(running, "irc", *(attack[i : i + 1] for i in range(len(attack))))


def test_words_that_begin_alike_pass(running: OpenServer) -> None:
    client = running.come("irc")
    client.send_bytes(b"P")
    client.send_bytes(b"ING x\r\n")
    assert "PONG" in client.line()


def test_a_proxy_header_of_nobody_known_ends_it(running: OpenServer) -> None:
    assert b"451" not in raw(running, "irc", b"PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\nPING x\r\n")


# PROXY.


@pytest.fixture
def behind(open_server: Callable[..., OpenServer]) -> OpenServer:
    return open_server(listen={"proxies": ["127.0.0.1/32"]})


def address_line(caplog: pytest.LogCaptureFixture) -> str:
    lines = [record.getMessage() for record in caplog.records if "connection from" in record.getMessage()]
    return lines[-1]


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (b"PROXY TCP4 203.0.113.9 192.0.2.1 56324 6667\r\n", "203.0.113.9"),
        (b"PROXY TCP6 2001:db8::9 2001:db8::1 56324 6667\r\n", "2001:db8::9"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
        (b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", "127.0.0.1"),
        (V2 + b"\x21\x11\x00\x0c" + bytes([203, 0, 113, 9, 192, 0, 2, 1]) + b"\x01\x02\x03\x04", "203.0.113.9"),
        (V2 + b"\x21\x21\x00\x24" + bytes(15) + b"\x09" + bytes(16) + b"\x01\x02\x03\x04", "::9"),
        (V2 + b"\x20\x00\x00\x00", "127.0.0.1"),
        (V2 + b"\x21\x00\x00\x03abc", "127.0.0.1"),
    ],
    ids=["1 IPv4", "1 IPv6", "1 unknown", "1 unknown, long", "2 IPv4", "2 IPv6", "2 local", "2 unspecified"],
)
@pytest.mark.parametrize("one_by_one", [False, True])
def test_headers(
    behind: OpenServer, caplog: pytest.LogCaptureFixture, header: bytes, address: str, one_by_one: bool
) -> None:
    caplog.set_level(logging.INFO)
    client = begun(behind, b"")
    data = header + b"PING x\r\n"
    for piece in [data[i : i + 1] for i in range(len(data))] if one_by_one else [data]:
        client.send_bytes(piece)
    assert "PONG" in client.line()
    assert f"connection from {address} (irc, through a proxy)" in address_line(caplog)


@pytest.mark.parametrize(
    "header",
    [
        b"PING x\r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 56324\r\n",
        b"PROXY TCP4 2001:db8::9 2001:db8::1 1 2\r\n",
        b"PROXY TCP4 203.0.113.999 192.0.2.1 1 2\r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 1 99999\r\n",
        b"PROXY UDP4 203.0.113.9 192.0.2.1 1 2\r\n",
        b"PROXY  TCP4 203.0.113.9 192.0.2.1 1 2\r\n",
        b"PROXY TCP4 " + b"1" * 200,
        V2 + b"\x31\x11\x00\x0c" + bytes(12),
        V2 + b"\x22\x11\x00\x0c" + bytes(12),
        V2 + b"\x21\x12\x00\x0c" + bytes(12),
        V2 + b"\x21\x11\x00\x08" + bytes(8),
        V2 + b"\x21\x11\xff\xff",
        V2 + b"\x21\x11\x00\x0e" + bytes(12) + b"\x20\x00",
        V2[:-1] + b"X",
    ],
)
def test_malformed_headers_end_the_connection(behind: OpenServer, header: bytes) -> None:
    assert raw(behind, "irc", header + b"\r\nPING x\r\n") == b""


def test_a_proxy_that_speaks_tls_for_us(behind: OpenServer) -> None:
    """PP2_TYPE_SSL: the client came to the proxy by TLS."""
    addresses = bytes([203, 0, 113, 9, 192, 0, 2, 1]) + bytes(4)
    client = begun(behind, V2 + b"\x21\x11\x00\x17" + addresses + b"\x03\x00\x00\x20\x00\x05\x01\0\0\0\0")
    client.send("CAP LS 302")
    assert "sasl=PLAIN" in client.wait("sasl")
    with_out = begun(behind, b"PROXY TCP4 203.0.113.9 192.0.2.1 1 2\r\n")
    assert "sasl" not in " ".join(with_out.ask("CAP LS 302"))


@pytest.mark.parametrize("endpoint", ["web", "plain"])
def test_at_the_other_endpoints(behind: OpenServer, endpoint: str) -> None:
    with socket.create_connection(("127.0.0.1", behind.port(endpoint)), timeout=WAIT) as sock:
        sock.sendall(b"PROXY TCP4 203.0.113.9 192.0.2.1 1 2\r\nGET /healthz HTTP/1.0\r\n\r\n")
        said = b"".join(iter(lambda: sock.recv(1000), b""))
    assert (b"200 OK" in said) == (endpoint == "web")


def test_a_proxied_loopback_is_not_this_machine(behind: OpenServer) -> None:
    client = begun(behind, b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n")
    assert "sasl" not in " ".join(client.ask("CAP LS 302"))


@pytest.mark.parametrize("header", [b"", b"PROXY UNKNOWN\r\n", V2 + b"\x20\x00\x00\x00"], ids=ascii)
def test_health_checks_are_not_in_the_log(
    open_server: Callable[..., OpenServer], caplog: pytest.LogCaptureFixture, header: bytes
) -> None:
    """A connection that ends without a word, and a PROXY header with which a proxy speaks for itself (LOCAL)."""
    running = open_server(listen={"proxies": ["127.0.0.1"]} if header else {})
    caplog.set_level(logging.DEBUG)
    for endpoint in ("irc", "ircs", "web", "wss", "plain"):
        with socket.create_connection(("127.0.0.1", running.port(endpoint)), timeout=WAIT) as sock:
            sock.sendall(header)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(1000):
                pass
    told = [record for record in caplog.records if record.levelno > logging.DEBUG and "chatstore" in record.name]
    assert [record.getMessage() for record in told] == []
    client = IrcClient("127.0.0.1", running.port("irc"))
    client.send_bytes(header)
    client.ask("CAP LS 302")
    assert "connection from 127.0.0.1" in address_line(caplog)


# How many.


def test_connections_of_one_address(
    open_server: Callable[..., OpenServer], caplog: pytest.LogCaptureFixture
) -> None:
    running = open_server(limits={"connections_per_address": 2, "unlimited_addresses": []})
    first, second = running.come("irc"), running.come("web")
    for client in (first, second):
        client.sync()
    too_many = "ERROR :too many connections from your address"
    caplog.set_level(logging.INFO)
    assert raw(running, "irc") == f"{too_many}\r\n".encode()
    assert raw(running, "plain") == b"-- too many connections from your address\n"
    for endpoint in ("ircs", "web", "wss"):  # behind the handshake, where they can hear it
        assert running.come(endpoint).rest() == [too_many]
    assert caplog.text.count("too many connections from your address ([limits] connections_per_address") == 5
    assert raw(running, "web", b"GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    first.send("QUIT")
    first.rest()
    while not admitted(running):
        pass


def admitted(running: OpenServer) -> bool:
    """Whether another one may come in now."""
    with socket.create_connection(("127.0.0.1", running.port("irc")), timeout=WAIT) as sock:
        said = b""
        with suppress(ConnectionError):  # a reset, where what we say comes after the end
            sock.sendall(b"QUIT\r\n")
            while more := sock.recv(1000):
                said += more
    return b"ERROR :Closing link: Quit" in said


def test_requests_of_one_address(open_server: Callable[..., OpenServer], caplog: pytest.LogCaptureFixture) -> None:
    """Who asks for the page, or is in a handshake, is counted apart from those who chat."""
    limits = {"connections_per_address": 1, "requests_per_address": 3, "unlimited_addresses": []}
    running = open_server(limits=limits)
    running.come("web").sync()
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    asking = [socket.create_connection(("127.0.0.1", running.port("web")), timeout=WAIT) for _ in range(3)]
    for sock in asking:
        sock.sendall(request)
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 ")
    caplog.set_level(logging.INFO)
    refused = raw(running, "web", request)
    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"too many connections from your address" in refused
    assert "[limits] requests_per_address" in caplog.text
    asking[0].close()
    while not raw(running, "web", b"GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 "):
        pass
    for sock in asking:
        sock.close()


def test_this_machine_may_have_any_number(open_server: Callable[..., OpenServer]) -> None:
    running = open_server(limits={"connections_per_address": 2})
    for client in [running.come("irc") for _ in range(10)]:
        client.sync()


def test_behind_a_proxy_the_clients_are_counted(open_server: Callable[..., OpenServer]) -> None:
    running = open_server(listen={"proxies": ["127.0.0.1"]}, limits={"connections_per_address": 2})
    header = b"PROXY TCP6 2001:db8:0:1::%d 2001:db8::1 1 2\r\n"
    here = [begun(running, header % n) for n in range(2)]
    for client in here:
        client.ask("CAP LS")
    third = begun(running, header % 2)
    assert third.rest() == ["ERROR :too many connections from your address"]  # one /64
    begun(running, b"PROXY TCP6 2001:db8:0:2::1 2001:db8::1 1 2\r\n").ask("CAP LS")


# WEBIRC.


@pytest.fixture
def gateway(open_server: Callable[..., OpenServer]) -> OpenServer:
    return open_server(webirc={"password": "hunter2", "gateways": ["127.0.0.0/8"]})


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("WEBIRC hunter2 KiwiIRC example.org 198.51.100.3", "198.51.100.3"),
        ("WEBIRC hunter2 KiwiIRC 198.51.100.3 198.51.100.3 secure", "198.51.100.3"),
        ("WEBIRC hunter2 K 198.51.100.3 198.51.100.3 :secure=x local-port=6697 remote-port=21726", "198.51.100.3"),
        ("WEBIRC hunter2 K 0::1 0::1", "::1"),
        ("WEBIRC hunter2 K x 0::ffff:192.0.2.7", "192.0.2.7"),
    ],
)
def test_a_gateway_speaks_for_somebody(
    gateway: OpenServer, caplog: pytest.LogCaptureFixture, line: str, address: str
) -> None:
    caplog.set_level(logging.INFO)
    client = gateway.come("irc")
    assert "sasl" not in " ".join(client.ask(line, "CAP LS 302"))  # neither of this machine any more, nor by TLS
    assert f"127.0.0.1 connects for {address} through the gateway" in caplog.text


def test_secure_counts_only_by_tls(gateway: OpenServer) -> None:
    def offers_plain(way: str, options: str) -> bool:
        client = gateway.come(way)
        said = client.ask(f"WEBIRC hunter2 K x 198.51.100.3 {options}".rstrip(), "CAP LS 302")
        return "sasl=PLAIN" in " ".join(said)

    assert offers_plain("ircs", "secure")
    assert offers_plain("ircs", ":x secure=1")
    assert not offers_plain("ircs", "")
    assert not offers_plain("irc", "secure")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["WEBIRC wrong K x 198.51.100.3"], "Invalid WebIRC password"),
        (["WEBIRC hunter2 K x example.org"], "Invalid WebIRC address"),
        (["NICK a", "WEBIRC hunter2 K x 198.51.100.3"], "must come first"),
        (["CAP LS 302", "WEBIRC hunter2 K x 198.51.100.3"], "must come first"),
    ],
)
def test_what_ends_a_gateways_connection(gateway: OpenServer, lines: list[str], why: str) -> None:
    client = gateway.come("irc")
    client.send(*lines)
    assert why in client.rest()[-1]


def test_too_few_words_and_too_late(gateway: OpenServer) -> None:
    client = gateway.come("irc")
    client.send("WEBIRC hunter2 K x")
    client.wait(" 461 \\* WEBIRC ")
    late = gateway.register("alice")
    assert " 462 alice " in late.ask("WEBIRC hunter2 K x 198.51.100.3")[0]


@pytest.mark.parametrize(
    "webirc", [{}, {"password": "hunter2", "gateways": ["198.51.100.0/24"]}, {"gateways": ["127.0.0.1"]}]
)
def test_nobody_else_is_a_gateway(open_server: Callable[..., OpenServer], webirc: dict[str, object]) -> None:
    client = open_server(webirc=webirc).come("irc")
    client.send("WEBIRC hunter2 K x 198.51.100.3")
    assert "Invalid WebIRC password" in client.rest()[-1]


def test_a_gateways_clients_are_counted_each(open_server: Callable[..., OpenServer]) -> None:
    running = open_server(
        webirc={"password": "p", "gateways": ["127.0.0.1"]}, limits={"connections_per_address": 2}
    )

    def come(address: str) -> IrcClient:
        client = running.come("irc")
        client.send(f"WEBIRC p K x {address}", "PING x")
        return client

    here = [come("198.51.100.3"), come("198.51.100.3"), come("198.51.100.4")]
    for client in here:
        assert "PONG" in client.line()
    assert "too many connections" in come("198.51.100.3").line()
