"""The web endpoint: handshake, messages, closing; who may connect; the page, /healthz, and refused HTTP."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import websockets.asyncio.client
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, ConnectionClosedOK, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from chatstore.net.http import Request
from chatstore.net.http.site import Site
from tests.endpoints.reaching import OpenServer, WebClient, trusting

WAIT = 60
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
"""The key of RFC 6455 section 1.3, and what is to be answered."""
ACCEPTED = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def request(
    running: OpenServer, *lines: str, body: bytes = b"", one_by_one: bool = False
) -> tuple[int, dict[str, str], bytes]:
    """(status, headers, body) of a raw request, the only one of its connection."""
    if " HTTP/1.1" in lines[0]:
        given = {line.partition(":")[0].lower() for line in lines[1:]}
        usual = {"host": "Host: x", "connection": "Connection: close"}
        lines = (*lines, *(line for name, line in usual.items() if name not in given))
    data = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
    with socket.create_connection(("127.0.0.1", running.port("web")), timeout=WAIT) as sock:
        for piece in [data[i : i + 1] for i in range(len(data))] if one_by_one else [data]:
            sock.sendall(piece)
        received = b""
        with suppress(ConnectionResetError):
            while more := sock.recv(65536):
                received += more
    head, _, rest = received.partition(b"\r\n\r\n")
    status, *headers = head.decode("latin-1").split("\r\n")
    named = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in headers)}
    return int(status.split()[1]), named, rest


def upgrade(running: OpenServer, *more: str, leave_out: str = "", path: str = "/") -> tuple[int, dict[str, str]]:
    """(status, headers) of a handshake; nothing comes after it."""
    lines = {
        "Host": f"127.0.0.1:{running.port('web')}",
        "Upgrade": "websocket",
        "Connection": "keep-alive, Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    }
    lines.pop(leave_out, None)
    given = {line.partition(":")[0] for line in more}
    every = [f"{name}: {value}" for name, value in lines.items() if name not in given]
    data = "\r\n".join([f"GET {path} HTTP/1.1", *every, *more, "", ""]).encode("latin-1")
    with socket.create_connection(("127.0.0.1", running.port("web")), timeout=WAIT) as sock:
        sock.sendall(data)
        received = b""
        while b"\r\n\r\n" not in received:
            received += sock.recv(65536) or b"\r\n\r\n"
    status, *headers = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    named = {name.lower(): value for name, _, value in (line.partition(": ") for line in headers)}
    return int(status.split()[1]), named


def test_the_handshake_of_the_specification(running: OpenServer) -> None:
    status, headers = upgrade(running)
    assert status == 101
    assert headers["sec-websocket-accept"] == ACCEPTED
    assert "sec-websocket-protocol" not in headers
    assert "sec-websocket-extensions" not in headers


@pytest.mark.parametrize(
    ("wanted", "agreed"),
    [
        ("text.ircv3.net", "text.ircv3.net"),
        ("binary.ircv3.net", "binary.ircv3.net"),
        ("text.ircv3.net, binary.ircv3.net", "text.ircv3.net"),
        ("binary.ircv3.net, text.ircv3.net", "binary.ircv3.net"),
        ("chat, binary.ircv3.net, text.ircv3.net", "binary.ircv3.net"),
        ("chat", None),
    ],
)
def test_the_clients_first_choice(running: OpenServer, wanted: str, agreed: str | None) -> None:
    status, headers = upgrade(running, f"Sec-WebSocket-Protocol: {wanted}")
    assert (status, headers.get("sec-websocket-protocol")) == (101, agreed)


def test_nothing_is_compressed(running: OpenServer) -> None:
    status, headers = upgrade(running, "Sec-WebSocket-Extensions: permessage-deflate")
    assert (status, headers.get("sec-websocket-extensions")) == (101, None)


@pytest.mark.parametrize(
    ("more", "leave_out", "status"),
    [
        ((), "Sec-WebSocket-Key", 400),
        ((), "Sec-WebSocket-Version", 400),
        (("Sec-WebSocket-Version: 8",), "", 400),
        (("Sec-WebSocket-Key: short",), "", 400),
        ((), "Connection", 426),
        (("Sec-WebSocket-Protocol: ,;,",), "", 400),
    ],
)
def test_handshakes_that_are_none(running: OpenServer, more: tuple[str, ...], leave_out: str, status: int) -> None:
    assert upgrade(running, *more, leave_out=leave_out)[0] == status


def test_which_pages_may_connect(open_server: Callable[..., OpenServer]) -> None:
    running = open_server(web={"origins": ["https://chat.example.org"]}, server={"name": "irc.example.org"})
    port = running.port("web")

    def allowed(origin: str, host: str = f"127.0.0.1:{port}") -> bool:
        status, _ = upgrade(running, f"Origin: {origin}", f"Host: {host}")
        assert status in (101, 403)
        return status == 101

    assert upgrade(running)[0] == 101  # no browser
    assert allowed("https://chat.example.org")
    assert allowed("HTTPS://CHAT.example.org")
    assert allowed(f"http://127.0.0.1:{port}")
    assert allowed(f"http://localhost:{port}", f"localhost:{port}")
    assert allowed("https://irc.example.org", "irc.example.org")  # a proxy before us speaks TLS
    assert allowed("https://irc.example.org", "irc.example.org:443")
    assert allowed(f"http://[::1]:{port}", f"[::1]:{port}")
    assert not allowed("https://evil.example")
    assert not allowed("null")
    assert not allowed("https://chat.example.org.evil.example")
    assert not allowed("http://chat.example.org")
    assert not allowed(f"http://127.0.0.1:{port + 1}")
    assert not allowed("http://127.0.0.1")
    # A name of theirs that leads to this machine is not a name of ours.
    assert not allowed(f"http://evil.example:{port}", f"evil.example:{port}")
    assert not allowed("http://[", f"127.0.0.1:{port}")


def test_our_own_page_may_connect_from_where_people_find_it(open_server: Callable[..., OpenServer]) -> None:
    """A proxy that gives no Host of theirs stands in front of it."""
    running = open_server(web={"url": "https://talk.example.org/chat/"})
    assert upgrade(running, "Origin: https://talk.example.org")[0] == 101
    assert upgrade(running, "Origin: https://other.example.org")[0] == 403


def test_every_page_may_connect_where_that_is_wanted(open_server: Callable[..., OpenServer]) -> None:
    assert upgrade(open_server(web={"origins": ["*"]}), "Origin: https://evil.example")[0] == 101


def closed_with(web: ClientConnection) -> int:
    """The code with which the server closes."""
    try:
        while True:
            web.recv(WAIT)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd is not None else 0


def test_both_kinds_of_messages_whatever_was_agreed(running: OpenServer) -> None:
    with connect(f"ws://127.0.0.1:{running.port('web')}/any/path", subprotocols=["binary.ircv3.net"]) as web:  # type: ignore[list-item]
        web.send("PING text")
        assert web.recv(WAIT).endswith(b"text")  # type: ignore[arg-type]
        web.send(b"PING binary\r\n")
        assert web.recv(WAIT).endswith(b"binary")  # type: ignore[arg-type]


def test_without_a_subprotocol_it_is_text(running: OpenServer) -> None:
    with connect(f"ws://127.0.0.1:{running.port('web')}/") as web:
        web.send(b"PING x")
        assert isinstance(web.recv(WAIT), str)


def test_fragments_and_pings(running: OpenServer) -> None:
    with connect(f"ws://127.0.0.1:{running.port('web')}/") as web:
        web.send(["PI", "NG ", "", "whole"])
        assert str(web.recv(WAIT)).endswith("whole")
        assert web.ping("are you there").wait(WAIT)


def test_bad_utf8(running: OpenServer) -> None:
    """RFC 6455 section 8.1 for text; in binary messages it is IRC's own affair."""
    with connect(f"ws://127.0.0.1:{running.port('web')}/", subprotocols=["binary.ircv3.net"]) as web:  # type: ignore[list-item]
        web.send(b"PING \xff")
        assert b"INVALID_UTF8" in web.recv(WAIT)  # type: ignore[operator]
        web.send(b"\xff", text=True)
        assert closed_with(web) == 1007


def test_too_large_a_message(running: OpenServer) -> None:
    with connect(f"ws://127.0.0.1:{running.port('web')}/") as web:
        web.send("x" * 9000)
        assert " 417 " in str(web.recv(WAIT))
        web.send("x" * 17000)
        assert closed_with(web) == 1009


def test_too_large_a_message_in_fragments(running: OpenServer) -> None:
    with connect(f"ws://127.0.0.1:{running.port('web')}/") as web:
        with suppress(ConnectionClosedError):
            web.send(["x" * 1000] * 30)
        assert closed_with(web) == 1009


def test_both_sides_say_goodbye(running: OpenServer) -> None:
    client = running.come("web")
    assert isinstance(client, WebClient)
    client.send("QUIT :bye")
    assert client.web.recv(WAIT) == "ERROR :Closing link: Quit: bye"
    with pytest.raises(ConnectionClosedOK):
        client.web.recv(WAIT)
    with connect(f"ws://127.0.0.1:{running.port('web')}/") as web:
        web.send("PING x")
        web.recv(WAIT)
        web.close(1000, "done")
        assert web.close_code == 1000


@pytest.mark.parametrize(
    "frame",
    [
        b"\x81\x04PING",
        b"\x83\x80abcd",
        b"\xf1\x80abcd",
        b"\x80\x80abcd",
        b"\x89\xfe\x00\x7eabcd" + bytes(126),
        b"\x01\x80abcd\x81\x80abcd",
    ],
    ids=["not masked", "unknown", "reserved bits", "continues nothing", "long ping", "interrupted"],
)
def test_malformed_frames(running: OpenServer, frame: bytes) -> None:
    handshake = (
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", running.port("web")), timeout=WAIT) as sock:
        sock.sendall(handshake.encode() + frame)
        received = b""
        with suppress(ConnectionResetError):
            while more := sock.recv(65536):
                received += more
    assert b"\x03\xea" in received.partition(b"\r\n\r\n")[2]  # 1002, a protocol error


def test_by_tls_with_the_client_of_websockets(running: OpenServer) -> None:
    async def talk() -> str | bytes:
        url = f"wss://localhost:{running.port('wss')}/"
        async with websockets.asyncio.client.connect(url, ssl=trusting(running.pair)) as web:
            await web.send("PING x")
            return await web.recv()

    assert str(asyncio.run(talk())).endswith(":x")


# Plain HTTP.


def test_the_page(running: OpenServer) -> None:
    status, headers, body = request(running, "GET / HTTP/1.1", "Host: x")
    assert status == 200
    assert b"<title>chatstore</title>" in body
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-length"] == str(len(body))
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert request(running, "GET /index.html?x=1 HTTP/1.0")[2] == body
    assert request(running, "GET /css/base.css HTTP/1.1")[1]["content-type"] == "text/css; charset=utf-8"
    same = request(running, "GET / HTTP/1.1", "Host: x", one_by_one=True)
    assert (same[0], same[2]) == (200, body)


def test_the_same_page_need_not_be_sent_again(running: OpenServer) -> None:
    tag = request(running, "GET / HTTP/1.1")[1]["etag"]
    changed = [tag[:-1] + f'{how}"' for how in ("-gzip", ";gzip", "-br", "-zstd")]  # by Apache and Caddy
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*", *changed, f"W/{changed[0]}"):
        status, _, body = request(running, "GET / HTTP/1.1", f"If-None-Match: {known}")
        assert (status, body) == (304, b"")
    assert request(running, "GET / HTTP/1.1", 'If-None-Match: "other"')[0] == 200


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip, deflate, br", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("br", False),
        ("identity", False),
    ],
)
def test_compression(running: OpenServer, accepted: str, compressed: bool) -> None:
    plain = request(running, "GET /ui/main.js HTTP/1.1")
    status, headers, body = request(running, "GET /ui/main.js HTTP/1.1", f"Accept-Encoding: {accepted}")
    assert (status, headers.get("content-encoding")) == (200, "gzip" if compressed else None)
    assert (gzip.decompress(body) if compressed else body) == plain[2]
    assert headers["vary"] == plain[1]["vary"] == "Accept-Encoding"
    assert headers["cache-control"] == "no-cache, no-transform"
    assert headers["etag"] == (f"W/{plain[1]['etag']}" if compressed else plain[1]["etag"])
    known = f"If-None-Match: {headers['etag']}"
    assert request(running, "GET /ui/main.js HTTP/1.1", f"Accept-Encoding: {accepted}", known)[0] == 304
    png = request(running, "GET /icons/icon-192.png HTTP/1.1", "Accept-Encoding: gzip")[1]
    assert not {"content-encoding", "vary"} & set(png)


def test_many_requests_on_one_connection(running: OpenServer) -> None:
    """Every file that the page has, as its service worker fetches them."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port("web"), timeout=WAIT)
    connection.connect()
    sock = connection.sock
    connection.request("GET", "/files.js")
    files = re.findall(r'^ "(.+)": "', connection.getresponse().read().decode(), re.MULTILINE)
    assert len(files) > 90
    for name in files:
        connection.request("GET", f"/{name}", headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        assert (answer.status, len(answer.read())) == (200, int(answer.headers["Content-Length"]))
        connection.request("HEAD", f"/{name}")
        assert connection.getresponse().read() == b""
    assert connection.sock is sock
    connection.request("GET", "/nothing")
    assert connection.getresponse().read() == b"Not Found\n"
    connection.putrequest("GET", "/")
    for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", KEY)):
        connection.putheader(name, value)
    connection.putheader("Sec-WebSocket-Version", "13")
    connection.endheaders()
    assert connection.getresponse().status == 101
    assert connection.sock is sock
    connection.close()


def test_the_page_names_all_of_its_modules(running: OpenServer) -> None:
    """So a browser asks for them at once."""
    page = request(running, "GET / HTTP/1.1")[2].decode()
    preloaded = set(re.findall(r'<link rel="modulepreload" href="([^"]+)">', page))
    files = set(re.findall(r'^ "(.+)": "', request(running, "GET /files.js HTTP/1.1")[2].decode(), re.MULTILINE))
    modules = {name for name in files if name.endswith(".js")}
    assert preloaded <= modules
    assert {"ui/app.js", "irc/client.js", "vendor/preact.js"} <= preloaded
    administration = {name for name in modules if name.startswith("ui/admin-")}
    assert {"ui/admin-view.js", "ui/admin-account.js", "ui/admin-room.js"} <= administration
    administration |= {"ui/ends.js", "ui/paged-list.js", "ui/told.js"}
    later = {"ui/main.js", "ui/theme-init.js", "vendor/emojis.js"} | administration  # asked for when wanted
    dialogs = ("edits", "files", "notify", "pins", "remove-file")
    later |= {f"ui/{name}-dialog.js" for name in dialogs} | {"ui/bots.js", "ui/lightbox.js", "ui/room-webhooks.js"}
    later |= {"ui/profile-settings.js", "ui/square.js"}
    assert modules - preloaded == later
    assert '<link rel="manifest" href="manifest.webmanifest" crossorigin="use-credentials">' in page


def test_the_page_says_of_which_server_it_is(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<meta name="application-name" content="chatstore"><meta name="x" content="y">'
    )
    site = Site(tmp_path, str, str, name='Tea & "Co" <b>\\1')
    expected = (
        b'<meta name="application-name" content="Tea &amp; &quot;Co&quot; &lt;b&gt;\\1"><meta name="x" content="y">'
    )
    assert site.answer(Request("GET", "/")).body == expected


def test_the_list_of_files_for_the_service_worker(running: OpenServer) -> None:
    status, headers, body = request(running, "GET /files.js HTTP/1.1")
    assert (status, headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    found = re.fullmatch(r'self\.FILES = (\{.*\});\nself\.VERSION = "[0-9a-f]{20}";\n', body.decode(), re.DOTALL)
    assert found is not None
    files = json.loads(found[1])
    assert {"index.html", "ui/main.js", "css/base.css", "icons/icon.svg", "manifest.webmanifest"} <= set(files)
    assert not {"sw.js", "files.js", "healthz", "vendor/package.json"} & set(files)
    for name in ("index.html", "ui/main.js"):
        assert request(running, f"GET /{name} HTTP/1.1")[1]["etag"] == f'"{files[name]}"'


def test_another_file_makes_another_list(tmp_path: Path) -> None:
    def version(content: str) -> bytes:
        (tmp_path / "page.js").write_text(content)
        answer = Site(tmp_path, str, str).answer(Request("GET", "/files.js"))
        return answer.body.rpartition(b"VERSION")[2]

    assert version("1") == version("1") != version("2")


def test_head(running: OpenServer) -> None:
    status, headers, body = request(running, "HEAD / HTTP/1.1")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 100


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods(running: OpenServer, method: str) -> None:
    status, headers, _ = request(running, f"{method} / HTTP/1.1", "Content-Length: 4", body=b"NICK")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/../server.py", "/%2e%2e/server.py", "/..%2fserver.py", "//etc/passwd", "/css/base.css/", "/%00"],
)
def test_what_there_is_not(running: OpenServer, path: str) -> None:
    status, _, body = request(running, f"GET {path} HTTP/1.1")
    assert (status, body) == (404, b"Not Found\n")


@pytest.mark.parametrize(
    "lines",
    [
        ("GET /",),
        ("GET  / HTTP/1.1",),
        ("NICK alice",),
        ("\x16\x03\x01",),
        ("GET / HTTP/1.1", "no colon"),
        ("GET / HTTP/1.1", "bad name: x"),
        ("GET / HTTP/1.1", "a: \x01"),
    ],
)
def test_what_is_no_request(running: OpenServer, lines: tuple[str, ...]) -> None:
    assert request(running, *lines)[0] == 400


def test_another_version_of_http(running: OpenServer) -> None:
    assert request(running, "GET / HTTP/2.0", "Host: x")[0] == 505


def test_a_head_that_is_too_long(running: OpenServer) -> None:
    assert request(running, "GET / HTTP/1.1", "a: " + "x" * 20_000)[0] == 431
    assert request(running, "x" * 40_000)[0] == 431
    assert request(running, "GET / HTTP/1.1", *["a: b"] * 200)[0] == 431


def test_healthz(running: OpenServer) -> None:
    status, headers, body = request(running, "GET /healthz HTTP/1.1")
    assert (status, body, headers["cache-control"]) == (200, b"ok\n", "no-store, no-transform")
    running.server.failed.set()
    assert request(running, "GET /healthz HTTP/1.1")[0] == 503
    assert request(running, "HEAD /healthz HTTP/1.1")[2] == b""


def test_readyz(running: OpenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    status, _, body = request(running, "GET /readyz HTTP/1.1")
    assert (status, body) == (200, b"ok\n")
    monkeypatch.setattr("chatstore.storage.writer._READY", -1.0)  # so every sign of the database is too old
    assert request(running, "GET /readyz HTTP/1.1")[0] == 503
    assert request(running, "GET /healthz HTTP/1.1")[0] == 200
    monkeypatch.undo()
    running.server.failed.set()
    assert request(running, "GET /readyz HTTP/1.1")[0] == 503


def test_a_rejected_upgrade_is_told_to_the_client(running: OpenServer) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(
            f"ws://127.0.0.1:{running.port('web')}/",
            origin="https://evil.example",  # type: ignore[arg-type]
        ),
    ):
        pass
    assert refused.value.response.status_code == 403
    assert b"[web] origins" in (refused.value.response.body or b"")
