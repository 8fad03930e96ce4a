"""Chat through real web proxies, as docs/proxies.md says to set them up: who is who, and the page whole."""

from __future__ import annotations

import http.client
import logging
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue
from typing import NamedTuple

import msgspec
import pytest

from chatstore.config import Config, Web
from chatstore.net.http import EventStream, Response, Route, Stream, Upload
from tests.endpoints.reaching import CrowdClient, Pair, make_pair, trusting
from tests.endpoints.routes import Kept
from tests.proxies.programs import PROXIES, running
from tests.running import PASSWORD, SECONDS, Running, plain

MIB = 1024 * 1024
EVENTS = {"Content-Type": "text/event-stream"}
FROM = "127.0.0.2"
"""Where the clients of the proxies come from; the proxies themselves come from 127.0.0.1."""


class Site(NamedTuple):
    server: Running
    url: str
    pair: Pair

    def come(self, *, script: bool = False, **headers: str) -> CrowdClient:
        """By WebSocket, as the page does; as a `script`, without an Origin."""
        host, _, path = self.url.removeprefix("https://").partition("/")
        return CrowdClient(
            int(host.rpartition(":")[2]),
            trusting(self.pair),
            path=f"/{path}",
            origin=None if script else f"https://{host}",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            source=FROM,
        )

    def registers(self, client: CrowdClient, name: str) -> bool:
        client.send("CAP LS 302", f"NICK {name}", f"USER {name} 0 * :x", f"REGISTER * * :{PASSWORD}")
        return "SUCCESS" in client.wait("REGISTER")


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return make_pair(tmp_path_factory.mktemp("proxy"), "server")


@pytest.fixture
def behind(run_server: Callable[..., Running], tmp_path: Path, pair: Pair) -> Callable[..., object]:
    """A server behind a proxy: `with behind("nginx") as site`. Its addresses are all counted."""

    @contextmanager
    def start(proxy: str, *, folder: bool = False) -> Iterator[Site]:
        server = run_server(
            listen={"web": "127.0.0.1:0"},
            accounts={"registration": "local"},
            limits={"unlimited_addresses": []},
            web={"forwarded_from": ["127.0.0.1"]},
        )
        with running(proxy, tmp_path, server.port("web"), pair, in_a_folder=folder) as port:
            url = f"https://localhost:{port}/" + ("chat/" if folder else "")
            obey(server, url=url, forwarded_from=["127.0.0.1"])
            yield Site(server, url, pair)

    return start


def obey(server: Running, **web: object) -> None:
    config: Config = server.server.config
    server.server._endpoints.reconfigure(msgspec.structs.replace(config, web=msgspec.convert(web, Web)))


def admitted(site: Site) -> bool:
    """Whether those before have gone, as the server sees it."""
    client = site.come()
    with suppress(OSError):
        client.send("QUIT")
    return "Quit" in client.rest()[-1]


@pytest.mark.parametrize("proxy", PROXIES)
def test_who_is_who(behind: Callable[..., object], proxy: str, caplog: pytest.LogCaptureFixture) -> None:
    with behind(proxy) as site:  # type: ignore[attr-defined]
        site.server.register("alice").close()
        caplog.set_level(logging.INFO)
        alice = site.come(X_Forwarded_For="198.51.100.7", Forwarded="for=198.51.100.8;proto=http")
        assert "sasl" in " ".join(alice.ask("CAP LS 302"))
        alice.send("NICK alice", "USER a 0 * :A", "CAP REQ :sasl echo-message", "AUTHENTICATE PLAIN")
        alice.send(f"AUTHENTICATE {plain('alice')}", "CAP END", "JOIN #main", "PRIVMSG #main :by a proxy")
        alice.wait("PRIVMSG #main :by a proxy$")
        assert f"connection from {FROM} (irc, TLS, WebSocket, through a proxy)" in caplog.text
        assert "198.51.100" not in caplog.text
        # Who is one too many is told; who comes to the server itself is somebody else.
        here = [site.come() for _ in range(15)]
        for client in here:
            client.sync()
        assert site.come().rest() == ["ERROR :too many connections from your address"]
        assert "[limits] connections_per_address" in caplog.text
        for client in (alice, *here):
            client.send("QUIT")
            client.rest()
        while not admitted(site):
            pass
        assert not site.registers(site.come(), "stranger")
        assert not site.registers(site.come(script=True), "stranger")
        # Nor with the defaults, nor with what the 403 says, nor where any page may come.
        for web in ({}, {"url": site.url}, {"origins": [site.url.rstrip("/")]}, {"origins": ["*"]}):
            obey(site.server, **web)
            script = site.come(script=True)
            assert not site.registers(script, "stranger")
            assert "sasl" not in " ".join(script.log)
        site.server.register("bob")


@pytest.mark.parametrize("proxy", PROXIES)
def test_in_a_folder(behind: Callable[..., object], proxy: str, pair: Pair) -> None:
    with behind(proxy, folder=True) as site:  # type: ignore[attr-defined]
        site.come().sync()
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting(pair)))
        for path in ("", "ui/main.js", "manifest.webmanifest"):
            with opener.open(site.url + path, timeout=SECONDS) as answer:
                assert (answer.status, answer.url) == (200, site.url + path)
        with opener.open(site.url.rstrip("/"), timeout=SECONDS) as answer:
            assert answer.url == site.url


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("proxy", PROXIES)
def test_uploads_and_events_pass_as_they_come(
    behind: Callable[..., object], proxy: str, folder: bool, pair: Pair
) -> None:
    """A body is more than proxies take by default; the server has half of it before the client sends the rest. Each
    event arrives while the stream is open."""
    kept, opened = Kept(), Queue[Stream]()
    with behind(proxy, folder=folder) as site:  # type: ignore[attr-defined]
        site.server.server._endpoints.serve(
            [
                Route("POST", "/up", lambda _request: kept, Upload(8 * MIB)),
                Route("GET", "/large", lambda _request: Response(200, {}, bytes(8 * MIB))),
                Route("GET", "/events", lambda _request: EventStream(EVENTS, opened.put)),
            ]
        )
        host, _, path = site.url.removeprefix("https://").partition("/")
        client = http.client.HTTPSConnection(host, timeout=SECONDS, context=trusting(pair))

        def pieces() -> Iterator[bytes]:
            yield bytes(2 * MIB)
            assert kept.began.wait(SECONDS), "nothing has arrived"
            yield bytes(2 * MIB)

        client.request("POST", f"/{path}up", pieces(), {"Content-Length": str(4 * MIB)})
        answer = client.getresponse()
        assert (answer.status, answer.headers["location"], answer.read()) == (201, "/kept", b"%d" % (4 * MIB))
        client.request("GET", f"/{path}large")
        assert len(client.getresponse().read()) == 8 * MIB
        client.request("GET", f"/{path}events")
        stream = opened.get(timeout=SECONDS)
        stream.send(b"data: 0\n\n")
        answer = client.getresponse()
        assert answer.headers["content-type"] == "text/event-stream"
        for n in range(3):
            assert answer.read(9) == b"data: %d\n\n" % n
            stream.send(b"data: %d\n\n" % (n + 1))
        closed = threading.Event()
        stream.on_closed = closed.set
        answer.close()
        client.close()
        while not closed.wait(0.1):  # a proxy notices when it has something to send
            stream.send(b":\n\n")


playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from tests.web.browsing import ARGUMENTS, CHROMIUM, Person  # noqa: E402


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("proxy", "folder"), [("nginx", False), ("nginx", True), ("caddy", False), ("apache", False)]
)
def test_ten_of_ten_first_loads_are_whole(behind: Callable[..., object], proxy: str, folder: bool) -> None:
    """Over HTTP/2, where a browser asks for everything at once, from an address that is counted."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed")
    with behind(proxy, folder=folder) as site, playwright.sync_playwright() as driver:  # type: ignore[attr-defined]
        site.server.register("alice").close()
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for load in range(1 if folder or proxy == "apache" else 10):
            context = browser.new_context(ignore_https_errors=True, service_workers="block", locale="en-GB")
            alice = Person(context, site.url)
            answers: list[int] = []
            alice.page.on("response", lambda response: answers.append(response.status))  # noqa: B023
            if load == 0:
                alice.sign_in()
                alice.join("#tea").say("by a proxy").reads("by a proxy")
            else:
                alice.visit()
                playwright.expect(alice.button("Sign in")).to_be_visible()
            used = "performance.getEntriesByType('navigation')[0].nextHopProtocol"
            assert alice.evaluate(used) == "h2"
            assert set(answers) <= {200, 101}
            assert len(answers) > 90
            assert alice.troubles == []
            context.close()
        browser.close()
