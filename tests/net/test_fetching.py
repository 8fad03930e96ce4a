"""Requests that the server sends for others: hostile URLs, names, servers and bodies."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatstore.net import fetching, resolving
from chatstore.net.fetching import Fetched, FetchError, Limits, fetch
from chatstore.net.resolving import Resolver
from chatstore.urls import Networks
from tests.net.web_server import WebServer, answer, certificate, response

HERE = Networks(["127.0.0.0/8", "::1"])
SOON = Limits(seconds=0.5)
SECONDS = 60


def here(_host: str, _port: int, _seconds: float) -> list[str]:
    return ["127.0.0.1"]


def refused(code: str, ask: Callable[[], Fetched]) -> FetchError:
    with pytest.raises(FetchError) as error:
        ask()
    assert error.value.code == code, error.value
    return error.value


def test_a_response_is_returned() -> None:
    with WebServer(answer(response(b"hello", Content_Type="text/html; charset=utf-8", X_A="1"))) as web:
        fetched = fetch(web.url("/a?b=c", "a.example"), allowed=HERE, resolve=here, headers={"X-Mine": "yes"})
    assert (fetched.status, fetched.body, fetched.media_type, fetched.cut) == (200, b"hello", "text/html", False)
    assert fetched.url == f"http://a.example:{web.port}/a?b=c"
    head = web.heads[0].decode().lower().split("\r\n")
    assert head[0] == "get /a?b=c http/1.1"
    assert f"host: a.example:{web.port}" in head
    assert "x-mine: yes" in head
    assert "accept-encoding: gzip" in head


def test_a_body_is_sent_and_a_status_is_no_error() -> None:
    got: list[bytes] = []

    def handle(sock: socket.socket, data: bytes) -> None:
        while not data.endswith(b"x" * 100_000):
            data += sock.recv(65536)
        got.append(data)
        sock.sendall(response(b"no", "429 Too Many Requests", Retry_After="7", Location="/elsewhere"))

    with WebServer(handle) as web:
        fetched = fetch(web.url(), method="POST", body=b"x" * 100_000, allowed=HERE)
    assert (fetched.status, fetched.headers["retry-after"], fetched.body) == (429, "7", b"no")
    assert b"content-length: 100000" in got[0].lower()


def test_tls_is_the_names_and_not_the_addresses(tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    with WebServer(answer(response(b"hello")), server) as web:
        url = web.url("/", "push.example")
        assert fetch(url, allowed=HERE, resolve=here, tls=client).body == b"hello"
        assert web.names == ["push.example"]
        refused("TLS", lambda: fetch(web.url("/", "other.example"), allowed=HERE, resolve=here, tls=client))
        refused("TLS", lambda: fetch(url, allowed=HERE, resolve=here))


FORBIDDEN = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1%lo"]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_name_leads_inside(address: str) -> None:
    """One address that is not public is enough, wherever it stands."""
    for found in ([address], ["8.8.8.8", address], [address, "8.8.8.8"]):
        refused("FORBIDDEN_ADDRESS", lambda found=found: fetch("https://a.example/", resolve=lambda *_: found))  # type: ignore[misc]


def test_literal_addresses_need_no_look_up() -> None:
    def never(*_: object) -> list[str]:
        raise AssertionError

    for host in ("127.0.0.1", "[::1]", "169.254.169.254"):
        error = refused("FORBIDDEN_ADDRESS", lambda host=host: fetch(f"http://{host}/", resolve=never))  # type: ignore[misc]
        assert error.lasting
    for text in ("http://2130706433/", "http://0x7f.1/", "http://a@b/", "ftp://a/"):
        assert refused("BAD_URL", lambda text=text: fetch(text, resolve=never)).lasting  # type: ignore[misc]
    refused("FORBIDDEN_PORT", lambda: fetch("http://a.example:25/", resolve=never))


def test_a_name_that_changes_between_look_ups_is_looked_up_once() -> None:
    """DNS rebinding: the connection goes to the address that was judged."""
    asked: list[str] = []

    def changing(host: str, _port: int, _seconds: float) -> list[str]:
        asked.append(host)
        return ["127.0.0.2"] if len(asked) == 1 else ["10.0.0.1"]

    reached: list[str] = []

    def handle(sock: socket.socket, _: bytes) -> None:
        reached.append(sock.getsockname()[0])
        sock.sendall(response(b"hello"))

    with WebServer(handle, address="127.0.0.2") as web:
        fetched = fetch(web.url("/", "a.example"), allowed=HERE, resolve=changing)
    assert (fetched.body, asked, reached) == (b"hello", ["a.example"], ["127.0.0.2"])


def test_each_redirect_is_judged() -> None:
    for location, code in (
        ("http://10.0.0.1/", "FORBIDDEN_ADDRESS"),
        ("http://[::ffff:a00:1]/", "FORBIDDEN_ADDRESS"),
        ("http://inside.example/", "FORBIDDEN_ADDRESS"),
        ("http://2130706433/", "BAD_URL"),
        ("file:///etc/passwd", "BAD_URL"),
        ("http://a@b.example/", "BAD_URL"),
        ("http://a.example:25/", "FORBIDDEN_PORT"),
    ):
        with WebServer(answer(response(b"", "302 Found", Location=location))) as web:

            def resolve(host: str, _port: int, _seconds: float) -> list[str]:
                return ["10.1.1.1"] if host == "inside.example" else ["127.0.0.1"]

            refused(code, lambda: fetch(web.url("/", "a.example"), allowed=HERE, resolve=resolve))


def test_redirects_end_and_secrets_stay() -> None:
    def handle(sock: socket.socket, data: bytes) -> None:
        path = data.split(b" ")[1]
        if path == b"/elsewhere":
            sock.sendall(response(b"", "302 Found", Location=f"http://b.example:{web.port}/there"))
        elif path in (b"/there", b"/post"):
            sock.sendall(response(b"there"))
        else:
            sock.sendall(response(b"", "302 Found", Location="/again"))

    with WebServer(handle) as web:
        url = lambda path: web.url(path, "a.example")  # noqa: E731
        headers = {"Authorization": "Bearer secret", "Accept": "text/html"}
        fetched = fetch(url("/elsewhere"), allowed=HERE, resolve=here, headers=headers)
        assert (fetched.url, fetched.body) == (f"http://b.example:{web.port}/there", b"there")
        assert [b"secret" in head for head in web.heads] == [True, False]
        assert all(b"text/html" in head for head in web.heads)
        refused("TOO_MANY_REDIRECTS", lambda: fetch(url("/loop"), allowed=HERE, resolve=here))
        assert fetch(url("/loop"), allowed=HERE, resolve=here, limits=Limits(redirects=0)).status == 302
        assert fetch(url("/loop"), method="POST", allowed=HERE, resolve=here).status == 302


def test_the_own_machine_is_not_asked_by_its_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the firewall in front of it, everything on it could be reached."""
    monkeypatch.setattr("chatstore.net.fetching.addresses_of", lambda *_: ["127.0.0.1"])
    with WebServer(answer(response(b"inside"))) as web:
        refused("FORBIDDEN_ADDRESS", lambda: fetch(web.url("/", "a.example")))


def endless(first: bytes, again: bytes, pause: float = 0.0) -> Callable[[socket.socket, bytes], None]:
    """A server that never ends what it sends."""

    def handle(sock: socket.socket, _: bytes) -> None:
        sock.sendall(first)
        while True:  # until the client has gone
            sock.sendall(again)
            time.sleep(pause)

    return handle


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("handle", "code"),
    [
        (endless(b"", b"H", 0.02), "TIMEOUT"),
        (endless(HEAD, b"A: b\r\n", 0.05), "TIMEOUT"),
        (endless(HEAD, b"A: b\r\n" * 1000), "PROTOCOL"),
        (endless(HEAD + b"A: ", b"b" * 10_000), "PROTOCOL"),
        (endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), "PROTOCOL"),
        (endless(HEAD + b"Content-Length: 10000000\r\n\r\n", b"x", 0.02), "TIMEOUT"),
        (endless(HEAD + b"Content-Length: 1000000000\r\n\r\n", b"x" * 60_000), "TOO_LARGE"),
        (endless(HEAD + b"\r\n", b"x" * 60_000), "TOO_LARGE"),
        (endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 5000), "TOO_LARGE"),
        (endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 10_000), "PROTOCOL"),
        (endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n" * 1000), "PROTOCOL"),
        (answer(b""), "PROTOCOL"),
        (answer(b"220 smtp.example ESMTP\r\n"), "PROTOCOL"),
        (answer(HEAD + b"Content-Length: 5\r\n\r\nabc"), "PROTOCOL"),
        (answer(HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"), "PROTOCOL"),
        (answer(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), "PROTOCOL"),
        (answer(b"\x00" * 100_000), "PROTOCOL"),
    ],
)
def test_servers_that_never_end_or_are_none(handle: Callable[[socket.socket, bytes], None], code: str) -> None:
    seconds = 1.5 if code == "TIMEOUT" else SECONDS
    with WebServer(handle) as web:
        refused(code, lambda: fetch(web.url(), allowed=HERE, limits=Limits(bytes=20_000, seconds=seconds)))


def test_a_server_that_takes_no_request() -> None:
    over = threading.Event()
    with WebServer(lambda _sock, _head: over.wait() and None) as web:
        refused(
            "TIMEOUT", lambda: fetch(web.url(), method="POST", body=b"x" * 30_000_000, allowed=HERE, limits=SOON)
        )
        over.set()
    refused("CONNECTION", lambda: fetch(f"http://127.0.0.1:{web.port}/", allowed=HERE, limits=SOON))


def test_a_body_is_cut_where_that_is_asked() -> None:
    with WebServer(answer(response(b"x" * 1000))) as web:
        fetched = fetch(web.url(), allowed=HERE, limits=Limits(bytes=10, cut=True))
        assert (fetched.body, fetched.cut) == (b"x" * 10, True)
        fetched = fetch(web.url(), allowed=HERE, limits=Limits(bytes=1000, cut=True))
        assert (len(fetched.body), fetched.cut) == (1000, False)
        refused("TOO_LARGE", lambda: fetch(web.url(), allowed=HERE, limits=Limits(bytes=999)))


def bomb(layers: int = 1) -> bytes:
    data = gzip.compress(b"\0" * 50_000_000, 9)
    for _ in range(layers - 1):
        data = gzip.compress(data, 9)
    return data


def test_compressed_bodies_have_the_same_limit() -> None:
    text = b"hello " * 1000
    for body, encoding in ((gzip.compress(text), "gzip"), (zlib.compress(text), "deflate"), (text, "identity")):
        with WebServer(answer(response(body, Content_Encoding=encoding))) as web:
            assert fetch(web.url(), allowed=HERE).body == text
    with WebServer(answer(response(bomb(), Content_Encoding="gzip"))) as web:
        refused("TOO_LARGE", lambda: fetch(web.url(), allowed=HERE))
        fetched = fetch(web.url(), allowed=HERE, limits=Limits(bytes=5000, cut=True))
        assert (fetched.body, fetched.cut) == (b"\0" * 5000, True)
    with WebServer(answer(response(bomb(2), Content_Encoding="gzip, gzip"))) as web:
        refused("BAD_ENCODING", lambda: fetch(web.url(), allowed=HERE))
    for encoding in ("br", "zstd", "compress", "x" * 5000):
        with WebServer(answer(response(b"x", Content_Encoding=encoding))) as web:
            refused("BAD_ENCODING", lambda: fetch(web.url(), allowed=HERE))
    with WebServer(answer(response(b"not gzip", Content_Encoding="gzip"))) as web:
        refused("BAD_ENCODING", lambda: fetch(web.url(), allowed=HERE))


def test_a_bomb_is_not_decompressed_whole() -> None:
    decompress = fetching._decompressor("gzip")
    assert decompress is not None
    assert len(decompress(bomb(), 5000)) == 5000


def test_types() -> None:
    wanted = Limits(types=("text/html", "image/*"))
    for media_type, good in (("text/html;x=y", True), ("IMAGE/png", True), ("text/plain", False), ("", False)):
        with WebServer(answer(response(b"x", Content_Type=media_type))) as web:
            if good:
                assert fetch(web.url(), allowed=HERE, limits=wanted).body == b"x"
            else:
                refused("WRONG_TYPE", lambda: fetch(web.url(), allowed=HERE, limits=wanted))
    with WebServer(answer(response(b"gone", "410 Gone", Content_Type="text/plain"))) as web:
        assert fetch(web.url(), allowed=HERE, limits=wanted).status == 410


def test_a_header_cannot_be_smuggled_in() -> None:
    with WebServer(answer(response())) as web:
        refused("PROTOCOL", lambda: fetch(web.url(), allowed=HERE, headers={"A": "b\r\nC: d"}))


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Look-ups that wait until the event is set."""
    event = threading.Event()

    def wait(*_: object, **__: object) -> list[object]:
        event.wait()
        raise OSError

    monkeypatch.setattr(resolving.socket, "getaddrinfo", wait)
    yield event
    event.set()


def test_a_look_up_that_is_stuck_costs_its_time_and_no_more(stuck: threading.Event) -> None:
    resolver = Resolver(most=2)
    for _ in range(4):
        refused("TIMEOUT", lambda: fetch("https://a.example/", resolve=resolver, limits=Limits(seconds=0.1)))
    assert sum(thread.name == "resolver" for thread in threading.enumerate()) <= 2
    stuck.set()
    refused("NO_SUCH_HOST", lambda: fetch("https://a.example/", resolve=resolver))


def test_a_name_that_does_not_exist() -> None:
    def none(*_: object) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no")

    error = refused("NO_SUCH_HOST", lambda: fetch("https://a.example/", resolve=none))
    assert not error.lasting
    assert Resolver()("localhost", 80, SECONDS)[0] in ("127.0.0.1", "::1")


def test_the_next_address_is_tried() -> None:
    with WebServer(answer(response(b"hello"))) as web:
        found = lambda *_: ["127.0.0.3", "127.0.0.1"]  # noqa: E731
        assert fetch(web.url("/", "a.example"), allowed=HERE, resolve=found).body == b"hello"
