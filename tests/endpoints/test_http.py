"""Routes on real sockets: what handlers get, what becomes of what they return, and who may hold up whom."""

from __future__ import annotations

import http.client
import json
import logging
import select
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from chatstore.net.http import (
    Body,
    EventStream,
    FileBody,
    HttpError,
    Request,
    Response,
    Route,
    Stream,
    Upload,
    conditional,
    service,
)
from chatstore.net.http import protocol as http_protocol
from chatstore.net.http.protocol import HttpProtocol
from chatstore.net.http.receiving import Memory
from chatstore.net.http.sending import OpenFile
from tests.endpoints.reaching import OpenServer, trusting
from tests.endpoints.routes import WAIT, Kept

OK = Response(200, {"Content-Type": "text/plain"}, b"ok")
LARGE = 3 * 1024 * 1024


class Site:
    """A server with routes."""

    def __init__(self, running: OpenServer) -> None:
        self.running = running
        self.serve = running.server._endpoints.serve

    def connect(self, data: bytes = b"") -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.running.port("web")), timeout=WAIT)
        sock.sendall(data)
        return sock

    def client(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.running.port("web"), timeout=WAIT)

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        client = self.client()
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            client.request(method, path, body, named, encode_chunked="Transfer-Encoding" in named)
            answer = client.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            client.close()

    def said(self, data: bytes) -> bytes:
        """All that is answered to these bytes, until the server ends the connection."""
        with self.connect(data) as sock:
            return rest(sock)

    def receives(self, *receivers: Kept, limit: int = 2 * LARGE) -> None:
        """Uploads at /up go to these receivers, in turn."""
        waiting = list(receivers)
        self.serve([Route("POST", "/up", lambda _request: waiting.pop(0), Upload(limit))])

    def protocols(self) -> Sequence[HttpProtocol]:
        """The HTTP connections that there are."""
        connections = list(self.running.server.acceptors["web"]._connections)
        return [each._protocol for each in connections if isinstance(each._protocol, HttpProtocol)]

    def in_the_loop(self, call: Callable[[], None]) -> None:
        done = threading.Event()
        self.running.server._loop.call_soon(lambda: (call(), done.set()))  # type: ignore[func-returns-value]
        assert done.wait(WAIT)

    def gone(self) -> None:
        """Wait until no HTTP connection and no upload is left, and nothing in the pool."""
        until = time.monotonic() + WAIT
        pool, service = self.running.server._endpoints.pool, self.running.server._endpoints._http
        while self.running.server.acceptors["web"].count or pool.running or pool.waiting or service.uploads:
            assert time.monotonic() < until, "something is left"
            self.in_the_loop(lambda: None)


def rest(sock: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionResetError):
        while more := sock.recv(65536):
            received += more
    return received


def until(sock: socket.socket, end: bytes) -> bytes:
    received = b""
    while end not in received:
        more = sock.recv(65536)
        assert more, received
        received += more
    return received


@pytest.fixture
def site(running: OpenServer) -> Iterator[Site]:
    """Whatever a test does, nothing may be left of it."""
    site = Site(running)
    yield site
    site.gone()


def post(path: str = "/up", *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


# Requests and responses.


def test_a_handler_gets_the_request(site: Site) -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return OK

    site.serve([Route("GET", "/t/{id}/x", answer)])
    assert site.ask("GET", "/t/a%20b/x?q=1&q=%C3%A4", X_It="y")[::2] == (200, b"ok")
    assert (asked[0].path, asked[0].values, asked[0].query) == ("/t/a b/x", {"id": "a b"}, {"q": ["1", "ä"]})
    assert asked[0].headers["x-it"] == "y"
    assert asked[0].peer.address == "127.0.0.1"
    status, headers, body = site.ask("HEAD", "/t/1/x")
    assert (status, headers["content-length"], body) == (200, "2", b"")
    assert headers["x-content-type-options"] == "nosniff"
    assert site.ask("GET", "/t/1/x?q=%ff")[0] == 400
    assert site.ask("GET", "/t/1/x?" + "&".join(["a=1"] * 101))[0] == 400
    assert len(asked) == 2


def test_the_body_of_a_request(site: Site) -> None:
    def answer(request: Request, body: bytes) -> Response:
        return Response(200, {}, body[::-1])

    site.serve([Route("POST", "/t", answer, Body(10, ["text/plain", "application/json"]))])
    plain = {"Content_Type": "text/plain; charset=utf-8"}
    assert site.ask("POST", "/t", b"abc", **plain)[::2] == (200, b"cba")
    assert site.ask("POST", "/t", b"", **plain)[::2] == (200, b"")
    assert site.ask("POST", "/t", iter([b"ab", b"c"]), **plain, Transfer_Encoding="chunked")[::2] == (200, b"cba")
    for body in (b"x" * 11, iter([b"x" * 5] * 3)):
        chunked = {} if isinstance(body, bytes) else {"Transfer_Encoding": "chunked"}
        status, headers, told = site.ask("POST", "/t", body, **plain, **chunked)
        assert (status, headers["content-type"]) == (413, "application/problem+json")
        assert (json.loads(told)["code"], json.loads(told)["limit"]) == ("too-large", 10)
    status, headers, _ = site.ask("POST", "/t", b"abc", Content_Type="image/png")
    assert (status, headers["accept"]) == (415, "text/plain, application/json")
    assert site.ask("POST", "/t", b"abc")[0] == 415


def test_refusals(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(_request: Request) -> Response:
        raise HttpError(409, "No", "try again", {"Retry-After": "3"}, code="no")

    def fail(_request: Request) -> Response:
        raise ValueError("secret")

    def bad(_request: Request) -> Response:
        return Response(200, {"X": "a\r\nb: c"})

    site.serve(
        [
            Route("GET", "/refuse", refuse),
            Route("GET", "/fail", fail),
            Route("GET", "/bad", bad),
            Route("GET", "/none", lambda _request: None),
            Route("GET", "/exit", lambda _request: sys.exit()),
        ]
    )
    status, headers, body = site.ask("GET", "/refuse")
    assert (status, headers["retry-after"], headers["content-type"]) == (409, "3", "application/problem+json")
    assert json.loads(body) == {
        "title": "No", "status": 409, "detail": "try again", "type": "urn:chatstore:problem:no", "code": "no"
    }  # fmt: skip
    for path in ("/fail", "/bad", "/none", "/exit"):
        status, _, body = site.ask("GET", path)
        assert (status, json.loads(body)["status"]) == (500, 500)
        assert b"secret" not in body
    assert "secret" in caplog.text
    status, headers, body = site.ask("DELETE", "/refuse")
    assert (status, headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    problem = json.loads(body)
    assert (problem["code"], problem["detail"]) == ("method-not-allowed", "send GET here")
    status, headers, _ = site.ask("OPTIONS", "/refuse")
    assert (status, headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert site.ask("PROPFIND", "/refuse")[0] == 501
    for method, path in (("GET", "/refuse/not"), ("PUT", "/fail/x/y")):
        status, headers, body = site.ask(method, path)
        assert (status, headers["content-type"]) == (404, "application/problem+json")
        assert json.loads(body)["code"] == "not-found"
    assert site.ask("GET", "/nothing")[::2] == (404, b"Not Found\n")


def test_a_foreign_page_is_refused_before_anything_is_looked_at(open_server: Callable[..., OpenServer]) -> None:
    site = Site(open_server(web={"origins": ["https://listed.example"]}))
    asked: list[Request] = []

    def answer(request: Request, body: bytes) -> Response:
        asked.append(request)
        return OK

    site.serve([Route("POST", "/t", answer, Body(10)), Route("GET", "/t", lambda _request: OK)])
    host = f"127.0.0.1:{site.running.port('web')}"
    for headers in ({"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "\xe4"}):
        status, told, body = site.ask("POST", "/t", b"x", Authorization="Basic nonsense", **headers)
        assert (status, json.loads(body)["code"]) == (403, "foreign-page")
        assert told["access-control-allow-origin"] is None
    assert asked == []
    assert site.ask("POST", "/t", b"x", Origin=f"http://{host}", Sec_Fetch_Site="same-origin")[0] == 200
    status, headers_, _ = site.ask("POST", "/t", b"x", Origin="https://listed.example", Sec_Fetch_Site="cross-site")
    assert (status, headers_["access-control-allow-origin"]) == (200, "https://listed.example")
    assert site.ask("GET", "/t", Origin="https://evil.example")[1]["access-control-allow-origin"] is None
    question = {"Origin": "https://listed.example", "Access_Control_Request_Method": "POST"}
    status, headers_, _ = site.ask("OPTIONS", "/t", **question)
    assert (status, headers_["access-control-allow-methods"]) == (204, "GET, HEAD, OPTIONS, POST")
    # A refusal can be read where the answer could.
    told = site.ask("POST", "/t", b"x" * 11, Origin="https://listed.example")
    assert (told[0], told[1]["access-control-allow-origin"]) == (413, "https://listed.example")
    site.gone()


def test_who_is_banned_is_refused(site: Site) -> None:
    site.serve([Route("GET", "/t", lambda _request: OK)])
    site.running.server._endpoints.refuse(lambda address: f"{address} is banned")
    status, _, body = site.ask("GET", "/t")
    assert (status, json.loads(body)["detail"]) == (403, "127.0.0.1 is banned")


def test_who_is_behind_a_proxy(open_server: Callable[..., OpenServer]) -> None:
    site = Site(open_server(web={"forwarded_from": ["127.0.0.1"]}))
    site.serve([Route("GET", "/t", lambda request: Response(200, {}, str(request.peer).encode()))])
    client = site.client()
    for address in ("203.0.113.7", "203.0.113.8"):  # on one connection
        client.request("GET", "/t", headers={"X-Forwarded-For": address, "X-Forwarded-Proto": "https"})
        told = client.getresponse().read().decode()
        assert f"address='{address}', proxied=True, secure=True" in told
    client.request("GET", "/t", headers={"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.9"})
    assert client.getresponse().status == 400
    client.close()
    site.gone()


def test_a_full_pool_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site.running.server._endpoints.pool, "submit", lambda *_: False)
    site.serve([Route("GET", "/t", lambda _request: OK)])
    status, headers, _ = site.ask("GET", "/t")
    assert (status, headers["retry-after"]) == (503, "5")


def test_handlers_do_not_hold_up_the_page_nor_the_chat(site: Site) -> None:
    going = threading.Event()

    def wait(_request: Request) -> Response:
        assert going.wait(WAIT)
        return OK

    site.serve([Route("GET", "/t", wait)])
    waiting = [site.connect(b"GET /t HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") for _ in range(30)]
    assert site.ask("GET", "/healthz")[0] == 200
    chat = site.running.come("web")
    chat.sync()
    chat.close()
    going.set()
    for sock in waiting:
        assert rest(sock).startswith(b"HTTP/1.1 200 ")
        sock.close()


def test_one_address_waits_for_itself(site: Site) -> None:
    """A second request of a connection waits for the answer to the first; and both are answered in order."""
    site.serve([Route("GET", "/t/{n}", lambda request: Response(200, {}, request.values["n"].encode()))])
    with site.connect(b"GET /t/1 HTTP/1.1\r\nHost: x\r\n\r\n") as sock:
        assert until(sock, b"\r\n\r\n1")
        sock.sendall(b"GET /t/2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert rest(sock).endswith(b"\r\n\r\n2")
    said = site.said(b"GET /t/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /t/2 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert said.count(b"HTTP/1.1 200") == 1
    assert b"Connection: close" in said


# Uploads.


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload(site: Site, chunked: bool) -> None:
    kept = Kept()
    site.receives(kept)
    data = bytes(range(256)) * (LARGE // 256)
    pieces = (data[place : place + 50_000] for place in range(0, len(data), 50_000))
    headers = {"Transfer_Encoding": "chunked"} if chunked else {"Content_Length": str(len(data))}
    status, told, body = site.ask("POST", "/up", pieces, **headers)
    assert (status, told["location"], body) == (201, "/kept", str(LARGE).encode())
    assert kept.data == data
    assert kept.log[-1] == "finish"
    assert not kept.log.count("abandon")


def test_uploads_one_after_the_other(site: Site) -> None:
    first, second, empty = Kept(), Kept(), Kept()
    site.receives(first, second, empty)
    client = site.client()
    for body in (b"one", b"two!", b""):
        client.request("POST", "/up", body)
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (201, str(len(body)).encode())
    client.close()
    assert (first.data, second.data, empty.data, empty.log) == (b"one", b"two!", b"", ["finish"])


def test_the_body_comes_with_the_head(site: Site) -> None:
    """Whatever pieces the network makes: all in one, or byte by byte."""
    for step in (1000, 1):
        kept = Kept()
        site.serve([Route("POST", f"/up{step}", lambda _request, kept=kept: kept, Upload(100))])
        data = post(f"/up{step}", "Content-Length: 5", "Connection: close") + b"hello"
        with site.connect() as sock:
            for place in range(0, len(data), step):
                sock.sendall(data[place : place + step])
            assert rest(sock).startswith(b"HTTP/1.1 201 ")
        assert kept.data == b"hello"


def test_uploads_that_are_looked_at_for_long_leave_threads_to_others(site: Site) -> None:
    going = threading.Event()

    class Slow(Kept):
        def finish(self) -> Response:
            assert going.wait(WAIT)
            return super().finish()

    kept = [Slow() for _ in range(service.THREADS + 1)]
    site.receives(*kept)
    site.serve([Route("GET", "/quick", lambda _request: OK)])
    socks = [site.connect(post("/up", "Content-Length: 5", "Connection: close") + b"hello") for _ in kept]
    pool, deadline = site.running.server._endpoints._http.endings, time.monotonic() + WAIT
    while pool.running + pool.waiting < len(kept):
        assert time.monotonic() < deadline
    assert site.ask("GET", "/quick")[0] == 200
    going.set()
    for sock in socks:
        assert rest(sock).startswith(b"HTTP/1.1 201 ")
        sock.close()


def test_bodies_in_memory_are_bounded(site: Site) -> None:
    """For one address, and until the handler is done with them; a short one has room always."""
    going = threading.Event()
    began: Queue[int] = Queue()

    def slow(_request: Request, body: bytes) -> Response:
        began.put(len(body))
        assert going.wait(WAIT)
        return OK

    http = site.running.server._endpoints._http
    http.bodies = Memory(most=250_000, each=200_000, free=1_000)
    site.serve([Route("POST", "/slow", slow, Body(LARGE)), Route("POST", "/short", lambda _r, _b: OK, Body(LARGE))])
    waits = site.connect(post("/slow", "Content-Length: 101000", "Connection: close") + bytes(101_000))
    assert began.get(timeout=WAIT) == 101_000
    half = site.connect(post("/short", "Content-Length: 101000") + bytes(51_000))
    while http.bodies.taken < 150_000:
        assert waits.fileno() >= 0
    assert site.ask("POST", "/short", bytes(101_000))[0] == 503
    assert site.ask("POST", "/short", bytes(1_000))[0] == 200
    half.close()
    going.set()
    assert rest(waits).startswith(b"HTTP/1.1 200 ")
    waits.close()
    site.gone()
    assert http.bodies.taken == 0
    assert site.ask("POST", "/short", bytes(101_000))[0] == 200


def test_addresses_of_one_network_share_what_one_may_send_at_once(open_server: Callable[..., OpenServer]) -> None:
    """One customer gets a whole /64 of IPv6."""
    site, going = Site(open_server(web={"forwarded_from": ["127.0.0.1"]})), threading.Event()
    began: Queue[int] = Queue()

    def slow(_request: Request, body: bytes) -> Response:
        began.put(len(body))
        assert going.wait(WAIT)
        return OK

    http = site.running.server._endpoints._http
    http.bodies = Memory(most=1_000_000, each=150_000, free=1_000)
    site.serve([Route("POST", "/slow", slow, Body(LARGE)), Route("POST", "/short", lambda _r, _b: OK, Body(LARGE))])
    head = post("/slow", "X-Forwarded-For: 2001:db8::1", "Content-Length: 101000", "Connection: close")
    with site.connect(head + bytes(101_000)) as waits:
        assert began.get(timeout=WAIT) == 101_000
        assert site.ask("POST", "/short", bytes(101_000), X_Forwarded_For="2001:db8::2")[0] == 503
        assert site.ask("POST", "/short", bytes(101_000), X_Forwarded_For="2001:db8:0:1::2")[0] == 200
        going.set()
        assert rest(waits).startswith(b"HTTP/1.1 200 ")
    site.gone()


def test_the_client_waits_until_it_may_send(site: Site) -> None:
    kept = Kept()
    site.receives(kept)
    with site.connect(post("/up", "Content-Length: 5", "Expect: 100-continue", "Connection: close")) as sock:
        assert until(sock, b"\r\n\r\n") == b"HTTP/1.1 100 \r\n\r\n"
        sock.sendall(b"hello")
        assert rest(sock).startswith(b"HTTP/1.1 201 ")
    for refused in (Response(409, {}, b"no"), 409):

        def handler(_request: Request, refused: Response | int = refused) -> Response:
            if isinstance(refused, int):
                raise HttpError(refused)
            return refused

        path = f"/refused{type(refused).__name__}"
        site.serve([Route("POST", path, handler, Upload(100))])
        said = site.said(post(path, "Content-Length: 5", "Expect: 100-continue"))
        assert said.startswith(b"HTTP/1.1 409 ")
        assert b"Connection: close" in said
    for lines, status in (((), 411), (("Content-Length: 99999999",), 413), (("Expect: more",), 417)):
        assert site.said(post("/up", *lines)).startswith(b"HTTP/1.1 %d " % status)


def test_too_large_an_upload_without_a_length(site: Site) -> None:
    kept = Kept()
    site.receives(kept, limit=100)
    status, _, body = site.ask("POST", "/up", iter([b"x" * 60] * 3), Transfer_Encoding="chunked")
    assert status == 413
    assert json.loads(body)["limit"] == 100
    assert kept.abandoned


def test_who_writes_slowly_is_not_sent_more(site: Site) -> None:
    """The client's own socket fills up; and meanwhile it is no slow client."""
    kept = Kept()
    kept.going.clear()
    site.receives(kept, limit=64 * LARGE)
    with site.connect(post("/up", f"Content-Length: {32 * LARGE}")) as sock:
        sent = sock.send(b"x" * 65536)
        assert kept.began.wait(WAIT)
        [protocol] = site.protocols()
        sock.setblocking(False)
        while protocol._connection._reading or select.select([], [sock], [], 0.1)[1]:
            with suppress(BlockingIOError):
                sent += sock.send(b"x" * 65536)
            assert sent < 16 * LARGE
        assert protocol._connection._reading is False
        site.in_the_loop(lambda: make_slow(protocol))
        kept.going.set()
        sock.settimeout(WAIT)
        while sent < 32 * LARGE:
            sent += sock.send(bytes(min(65536, 32 * LARGE - sent)))
        assert until(sock, b"\r\n\r\n").startswith(b"HTTP/1.1 201 ")
    assert len(kept.data) == 32 * LARGE


def make_slow(protocol: HttpProtocol) -> None:
    """Let an hour have passed."""
    protocol._counted_from -= 3600
    protocol._connection.began -= 3600
    if protocol._file is not None:
        protocol._file.began -= 3600
    protocol.tick(0)


@pytest.mark.parametrize("fails", ["write", "finish", "abandon write", "refuse write", "refuse finish"])
def test_a_receiver_fails(site: Site, fails: str) -> None:
    kept = Kept(fails)
    site.receives(kept)
    status, _, body = site.ask("POST", "/up", b"hello")
    assert status == (507 if "refuse" in fails else 500)
    assert b"broken" not in body
    assert kept.abandoned


@pytest.mark.parametrize("sent", [0, 3, 200_000])
def test_the_client_is_gone_in_the_middle(site: Site, sent: int) -> None:
    kept = Kept()
    site.receives(kept)
    with site.connect(post("/up", f"Content-Length: {LARGE}") + b"x" * sent) as sock:
        while not site.running.server._endpoints._http.uploads:
            pass
        if sent:
            kept.began.wait(WAIT)
        sock.shutdown(socket.SHUT_WR)
        assert kept.abandoned


@pytest.mark.parametrize("reset", [False, True])
def test_the_client_is_gone_while_something_is_written(site: Site, reset: bool) -> None:
    kept = Kept()
    kept.going.clear()
    site.receives(kept)
    sock = site.connect(post("/up", f"Content-Length: {LARGE}") + b"x" * 100)
    assert kept.began.wait(WAIT)
    if reset:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    sock.close()
    kept.going.set()
    assert kept.abandoned


def test_the_client_is_gone_before_the_handler_has_answered(site: Site) -> None:
    going, began, kept = threading.Event(), threading.Event(), Kept()

    def handler(_request: Request) -> Kept:
        began.set()
        assert going.wait(WAIT)
        return kept

    site.serve([Route("POST", "/late", handler, Upload(100))])
    sock = site.connect(post("/late", "Content-Length: 5"))
    assert began.wait(WAIT)
    sock.close()
    going.set()
    assert kept.abandoned


def test_a_client_that_has_sent_everything_may_close_its_half(site: Site) -> None:
    kept = Kept()
    site.receives(kept)
    with site.connect(post("/up", "Content-Length: 5") + b"hello") as sock:
        sock.shutdown(socket.SHUT_WR)
        assert rest(sock).startswith(b"HTTP/1.1 201 ")
    assert kept.data == b"hello"


def test_bad_chunks_in_the_middle(site: Site) -> None:
    kept = Kept()
    site.receives(kept)
    said = site.said(post("/up", "Transfer-Encoding: chunked") + b"5\r\nhello\r\nnonsense\r\n")
    assert said.startswith(b"HTTP/1.1 400 ")
    assert kept.abandoned


def test_tiny_chunks_hold_up_nobody(site: Site) -> None:
    """After a few of 40,000 chunks of a byte, others have their turn; and the upload is whole."""
    kept = Kept()
    write, sizes = kept.write, list[int]()

    def counted(data: bytes) -> None:
        sizes.append(len(data))
        write(data)

    kept.write = counted  # type: ignore[method-assign]
    site.receives(kept)
    chunks = b"1\r\nx\r\n" * 40_000
    with site.connect(post("/up", "Transfer-Encoding: chunked", "Connection: close")) as sock:
        thread = threading.Thread(target=sock.sendall, args=(chunks + b"0\r\n\r\n",))
        thread.start()
        assert kept.began.wait(WAIT)
        site.in_the_loop(lambda: None)
        thread.join()
        assert until(sock, b"\r\n\r\n").startswith(b"HTTP/1.1 201 ")
    assert kept.data == b"x" * 40_000
    assert max(sizes) <= http_protocol._MAX_PIECES


def test_a_body_that_nobody_takes(site: Site) -> None:
    """It is not parsed, and not kept: it goes nowhere, and the refusal arrives."""
    site.serve([Route("GET", "/t", lambda _request: OK)])
    for request in (b"GET /t HTTP/1.1\r\n", b"GET / HTTP/1.1\r\n", b"POST /t HTTP/1.1\r\n", b"POST / HTTP/1.1\r\n"):
        said = site.said(request + b"Host: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 5000)
        assert b"Connection: close" in said
        assert said.count(b"HTTP/1.1 ") == 1


# Slow clients.


@pytest.mark.parametrize("sent", [b"", b"POST /up HT", post("/up", "Content-Length: 9") + b"x"])
def test_slow_clients_are_ended(site: Site, sent: bytes) -> None:
    kept = Kept()
    site.receives(kept)
    with site.connect(sent) as sock:
        if b"Content" in sent:
            assert kept.began.wait(WAIT)
        while not (found := site.protocols()):
            pass
        [protocol] = found
        site.in_the_loop(lambda: protocol.tick(0))  # in good time
        site.in_the_loop(lambda: make_slow(protocol))
        said = rest(sock)
    assert said.startswith(b"HTTP/1.1 408 ") if b"Content" in sent else said == b""
    assert b"Content" not in sent or kept.abandoned


def test_a_connection_between_two_requests_is_ended(site: Site) -> None:
    site.serve([Route("GET", "/t", lambda _request: OK)])
    with site.connect(b"GET /t HTTP/1.1\r\nHost: x\r\n\r\n") as sock:
        until(sock, b"\r\n\r\nok")
        [protocol] = site.protocols()
        site.in_the_loop(lambda: protocol.tick(0))
        sock.sendall(b"GET /t HTTP/1.1\r\nHost: x\r\n\r\n")
        until(sock, b"\r\n\r\nok")
        site.in_the_loop(lambda: make_slow(protocol))
        assert rest(sock) == b""


def test_a_body_that_drips_is_ended_and_one_that_flows_is_not(site: Site) -> None:
    kept = Kept()
    site.receives(kept)
    with site.connect(post("/up", f"Content-Length: {LARGE}")) as sock:
        for _ in range(3):
            sock.sendall(b"x" * http_protocol._BODY_BYTES)
        while len(kept.data) < 3 * http_protocol._BODY_BYTES:
            pass
        [protocol] = site.protocols()

        def later() -> None:
            protocol._arrived = http_protocol._BODY_BYTES
            make_slow(protocol)

        site.in_the_loop(later)
        assert not protocol._over
        site.in_the_loop(lambda: make_slow(protocol))
        assert rest(sock).startswith(b"HTTP/1.1 408 ")
    assert kept.abandoned


# Files.


@pytest.fixture
def file(site: Site, tmp_path: Path) -> Path:
    """It is served at /file."""
    path = tmp_path / "file"
    path.write_bytes(bytes(range(251)) * (8 * LARGE // 251))

    def answer(request: Request) -> Response:
        return conditional(request, Response(200, {}, FileBody(path)), "tag", 0.0)

    site.serve([Route("GET", "/file", answer)])
    return path


def test_a_file(site: Site, file: Path) -> None:
    data = file.read_bytes()
    status, headers, body = site.ask("GET", "/file")
    assert (status, headers["content-length"], body) == (200, str(len(data)), data)
    status, headers, body = site.ask("HEAD", "/file")
    assert (status, headers["content-length"], body) == (200, str(len(data)), b"")
    status, headers, body = site.ask("GET", "/file", Range="bytes=1000000-2000000")
    assert (status, headers["content-range"]) == (206, f"bytes 1000000-2000000/{len(data)}")
    assert body == data[1_000_000:2_000_001]
    assert site.ask("GET", "/file", If_None_Match='"tag"')[::2] == (304, b"")
    assert site.ask("GET", "/file", Range="bytes=99999999-")[0] == 416
    client = site.client()
    for _ in range(3):
        client.request("GET", "/file", headers={"Range": "bytes=5-9"})
        assert client.getresponse().read() == data[5:10]
    client.close()


def test_an_empty_file(site: Site, file: Path) -> None:
    file.write_bytes(b"")
    assert site.ask("GET", "/file")[::2] == (200, b"")


def test_a_file_goes_as_its_client_takes_it(site: Site, file: Path) -> None:
    with site.connect(b"GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as sock:
        assert until(sock, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        [protocol] = site.protocols()
        while protocol._file is None:
            pass
        site.in_the_loop(lambda: None)
        assert protocol._connection.waiting < 1024 * 1024
        assert site.ask("GET", "/healthz")[0] == 200
        assert len(rest(sock)) > 4 * LARGE


def test_a_client_that_does_not_take_its_file(site: Site, file: Path) -> None:
    with site.connect(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n") as sock:
        until(sock, b"\r\n\r\n")
        [protocol] = site.protocols()
        while protocol._file is None:
            pass
        open_file = protocol._file.file
        while not protocol._over:  # a read may be on its way, and is no fault of the client
            site.in_the_loop(lambda: make_slow(protocol))
        assert len(rest(sock)) < 8 * LARGE
    assert open_file._file.closed


def test_a_client_that_is_gone_in_the_middle_of_a_file(site: Site, file: Path) -> None:
    sock = site.connect(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n")
    until(sock, b"\r\n\r\n")
    sock.close()


def test_a_read_that_fails_does_not_stop_the_files_of_others(
    site: Site, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, failing = OpenFile.read, [MemoryError(), ValueError()]

    def fails(self: OpenFile) -> bytes:
        if self.left < file.stat().st_size and failing:  # not the first piece, which is read with the head
            raise failing.pop()
        return read(self)

    monkeypatch.setattr(OpenFile, "read", fails)
    for _ in range(2):
        with site.connect(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n") as sock:
            assert len(rest(sock)) < file.stat().st_size
    assert not failing
    assert site.ask("GET", "/file")[2] == file.read_bytes()


def test_a_file_that_is_gone_or_becomes_shorter(site: Site, file: Path) -> None:
    with site.connect(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n") as sock:
        until(sock, b"\r\n\r\n")
        with file.open("r+b") as opened:
            opened.truncate(1000)
        assert len(rest(sock)) < 8 * LARGE
    file.unlink()
    assert site.ask("GET", "/file")[0] == 404
    site.serve([Route("GET", "/short", lambda _request: Response(200, {}, FileBody(Path(__file__), 0, 10**9)))])
    assert site.ask("GET", "/short")[0] == 404


# Streams.


@pytest.fixture
def streams(site: Site) -> Queue[Stream]:
    """The streams that were opened at /events."""
    opened: Queue[Stream] = Queue()
    site.serve([Route("GET", "/events", lambda _: EventStream({"Content-Type": "text/event-stream"}, opened.put))])
    return opened


GET = b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n"


def closing(stream: Stream) -> threading.Event:
    closed = threading.Event()
    stream.on_closed = closed.set
    return closed


def test_a_stream(site: Site, streams: Queue[Stream]) -> None:
    client = site.client()
    client.request("GET", "/events")
    answer = client.getresponse()
    assert (answer.headers["content-type"], answer.headers["transfer-encoding"]) == ("text/event-stream", "chunked")
    stream = streams.get(timeout=WAIT)
    closed = closing(stream)
    for n in range(3):
        assert stream.send(b"data: %d\n\n" % n)
    assert answer.read(27) == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
    site.in_the_loop(lambda: None)
    [protocol] = site.protocols()
    protocol._stream.last_sent -= 20  # type: ignore[union-attr]
    site.in_the_loop(lambda: protocol.tick(0))
    assert answer.read(3) == b":\n\n"
    drained = threading.Event()
    stream.when_drained(drained.set)
    assert drained.wait(WAIT)
    stream.close()
    stream.close()
    assert answer.read() == b""
    assert closed.wait(WAIT)
    assert not stream.send(b"late")
    assert stream.closed
    client.close()
    assert site.said(GET.replace(b"GET", b"HEAD", 1)).endswith(b"\r\n\r\n")


def test_a_stream_for_an_old_client(site: Site, streams: Queue[Stream]) -> None:
    with site.connect(b"GET /events HTTP/1.0\r\n\r\n") as sock:
        stream = streams.get(timeout=WAIT)
        stream.send(b"data: x\n\n")
        stream.close()
        assert rest(sock).endswith(b"\r\n\r\ndata: x\n\n")


@pytest.mark.parametrize("way", ["reset", "close"])
def test_the_client_of_a_stream_is_gone(site: Site, streams: Queue[Stream], way: str) -> None:
    sock = site.connect(GET)
    closed = closing(streams.get(timeout=WAIT))
    if way == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    sock.close()
    assert closed.wait(WAIT)


def test_a_slow_client_of_a_stream_is_ended(open_server: Callable[..., OpenServer]) -> None:
    site = Site(open_server(limits={"send_queue": 100_000}))
    opened: Queue[Stream] = Queue()
    site.serve([Route("GET", "/events", lambda _: EventStream({}, opened.put))])
    with site.connect(GET):
        stream = opened.get(timeout=WAIT)
        closed = closing(stream)
        sent = 0
        while stream.send(b"x" * 50_000):
            sent += 50_000
            assert sent < 100 * 1024 * 1024
        assert closed.wait(WAIT)
    site.gone()


def test_streams_of_an_address_are_counted_as_its_sessions(open_server: Callable[..., OpenServer]) -> None:
    site = Site(open_server(limits={"connections_per_address": 3, "unlimited_addresses": []}))
    opened: Queue[Stream] = Queue()
    site.serve([Route("GET", "/events", lambda _: EventStream({}, opened.put))])
    chat = site.running.come("irc")
    chat.sync()
    socks = [site.connect(GET) for _ in range(2)]
    streams = [opened.get(timeout=WAIT) for _ in range(2)]
    status, _, body = site.ask("GET", "/events")
    assert (status, json.loads(body)["code"]) == (429, "too-many-streams")
    closed = closing(streams[0])
    streams[0].close()
    assert closed.wait(WAIT)
    with site.connect(GET):
        assert opened.get(timeout=WAIT).send(b"x")
    for sock in socks:
        sock.close()
    chat.close()
    site.gone()


def test_a_stream_that_can_not_begin_is_not_counted(open_server: Callable[..., OpenServer]) -> None:
    site = Site(open_server(limits={"connections_per_address": 2, "unlimited_addresses": []}))
    opened: Queue[Stream] = Queue()
    site.serve(
        [
            Route("GET", "/bad", lambda _: EventStream({"X": "a\r\nb"}, opened.put)),
            Route("GET", "/events", lambda _: EventStream({}, opened.put)),
        ]
    )
    for _ in range(5):
        assert site.ask("GET", "/bad")[0] == 500
    with site.connect(GET):
        assert opened.get(timeout=WAIT).send(b"x")
    site.gone()


def test_what_opens_a_stream_fails(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_stream: Stream) -> None:
        raise ValueError("broken")

    site.serve([Route("GET", "/bad", lambda _: EventStream({}, fail))])
    assert site.said(b"GET /bad HTTP/1.1\r\nHost: x\r\n\r\n").endswith(b"\r\n\r\n0\r\n\r\n")
    assert "a stream failed" in caplog.text


# The end.


def test_the_server_stops(open_server: Callable[..., OpenServer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle connections, streams, and uploads in the middle: none holds it up, and nothing is left."""
    monkeypatch.setattr("chatstore.server._FLUSH_SECONDS", 3600)  # what holds it up, does so for good
    site = Site(open_server())
    opened: Queue[Stream] = Queue()
    kept, written, late = Kept(), Kept(), threading.Event()
    written.going.clear()

    def slow(_request: Request) -> Response:
        assert late.wait(WAIT)
        return OK

    site.receives(kept, written)
    site.serve([Route("GET", "/events", lambda _: EventStream({}, opened.put)), Route("GET", "/slow", slow)])
    idle, stream, waiting = site.connect(), site.connect(GET), site.connect(GET.replace(b"events", b"slow"))
    uploading = site.connect(post("/up", "Content-Length: 99") + b"x")
    assert kept.began.wait(WAIT)
    writing = site.connect(post("/up", "Content-Length: 99") + b"x")
    assert written.began.wait(WAIT)
    closed = closing(opened.get(timeout=WAIT))
    threading.Timer(0.3, lambda: (late.set(), written.going.set())).start()  # type: ignore[func-returns-value]
    site.running.server.stop()
    assert closed.is_set()
    assert kept.abandoned
    assert written.abandoned
    assert rest(idle) == b""
    assert rest(stream).endswith(b"0\r\n\r\n")
    assert rest(waiting).startswith(b"HTTP/1.1 200 ")
    assert rest(uploading).startswith(b"HTTP/1.1 503 ")
    for sock in (idle, stream, waiting, uploading, writing):
        sock.close()


def test_by_tls(site: Site, file: Path) -> None:
    kept = Kept()
    site.receives(kept)
    context: ssl.SSLContext = trusting(site.running.pair)
    client = http.client.HTTPSConnection("localhost", site.running.port("wss"), timeout=WAIT, context=context)
    client.request("POST", "/up", b"x" * LARGE)
    assert client.getresponse().read() == str(LARGE).encode()
    client.request("GET", "/file")
    assert client.getresponse().read() == file.read_bytes()
    client.close()
    assert len(kept.data) == LARGE


def test_an_upload_before_a_websocket_on_one_connection(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    kept = Kept()
    site.receives(kept)
    upgrade = (
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with site.connect(post("/up", "Content-Length: 5") + b"hello") as sock:
        until(sock, b"\r\n\r\n5")
        sock.sendall(upgrade + b"\x81\x86abcd" + bytes(a ^ b for a, b in zip(b"PING x", b"abcdab", strict=True)))
        assert b"PONG" in until(sock, b":x")
    assert "connection from 127.0.0.1 (irc, WebSocket)" in caplog.text
