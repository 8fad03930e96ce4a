"""/metrics: what happened is counted, documented, and readable where it should be and nowhere else."""

from __future__ import annotations

import base64
import http.client
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from queue import Queue

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chatstore.chat.model.errors import ChatError
from chatstore.chat.rules import policy
from chatstore.net.outbox import TOO_SLOW
from chatstore.storage.figures import Histogram
from chatstore.watching import metrics
from chatstore.watching.metrics import FiguresCollector
from tests import waiting
from tests.running import SECONDS, Running

OURS = "chatstore_"
MONITORING = Path(__file__).parents[2] / "docs" / "monitoring.md"


def get(running: Running, path: str = "/metrics", method: str = "GET") -> tuple[int, str]:
    acceptor = running.server._endpoints.metrics
    assert acceptor is not None
    with closing(http.client.HTTPConnection(*acceptor.address, timeout=SECONDS)) as connection:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read().decode()


def scraped(running: Running) -> dict[str, float]:
    """The value of every sample as it is now, by its name with its labels."""
    running.server._watch._metrics.write()
    status, text = get(running)
    assert status == 200
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


@pytest.fixture
def running(run_server: Callable[..., Running]) -> Running:
    return run_server(listen={"metrics": "127.0.0.1:0"})


def test_what_happened_is_counted(running: Running) -> None:
    alice, bob = running.member("alice"), running.member("bob")
    before = scraped(running)
    alice.send("PRIVMSG #main :one", "PRIVMSG #main :two")
    bob.wait("two")
    alice.send("PRIVMSG bob :three")
    bob.wait("three")
    carol = running.connect()
    carol.send("CAP LS 302", "CAP REQ :sasl", "AUTHENTICATE PLAIN")
    carol.wait(r"AUTHENTICATE \+")
    carol.send("AUTHENTICATE " + base64.b64encode(b"\0alice\0wrong password").decode())
    carol.wait(" 904 ")
    again = running.login("alice")
    after = scraped(running)
    again.close()

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown("chatstore_messages_total") == 3
    assert grown("chatstore_events_total") >= 3
    assert grown("chatstore_deliveries_total") >= 5  # two members, two messages, and a direct one
    assert grown("chatstore_logins_total{way=password}") == 1
    assert grown("chatstore_logins_refused_total{reason=wrong_credentials,way=password}") == 1
    assert before["chatstore_logins_total{way=registration}"] == 2
    assert grown("chatstore_connections{endpoint=irc}") == 2
    assert grown("chatstore_connections_accepted_total{endpoint=irc}") == 2
    assert grown("chatstore_commit_seconds_count") >= 2
    assert after["chatstore_commit_seconds_count"] == after["chatstore_commit_seconds_bucket{le=+Inf}"]
    assert grown("chatstore_batch_units_sum") >= 3
    assert (after["chatstore_healthy"], after["chatstore_ready"], after["chatstore_warnings"]) == (1, 1, 0)
    assert (after["chatstore_people_here"], after["chatstore_rooms"]) == (2, 1)
    assert after["process_resident_memory_bytes"] > 0


def test_sizes_and_warnings(running: Running) -> None:
    running.server._watch.figures.measure()
    running.server.warnings.set("certificate", "the last backup failed")
    found = scraped(running)
    assert found["chatstore_database_bytes"] > 100_000
    assert found["chatstore_warnings"] == 1
    assert found["chatstore_warning_since_seconds{warning=certificate}"] > 1e9


def test_a_scrape_takes_no_time_of_the_io_thread(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures are collected by another thread, which goes on without being asked."""
    collected: Queue[str] = Queue()
    collect = FiguresCollector.collect
    monkeypatch.setattr(metrics, "WRITE_SECONDS", 0.01)
    monkeypatch.setattr(
        FiguresCollector,
        "collect",
        lambda self: (collected.put(threading.current_thread().name), *collect(self))[1:],
    )
    running = run_server(listen={"metrics": "127.0.0.1:0"})
    while collected.get(timeout=SECONDS) != "metrics":
        pass  # one is written before anybody can ask
    assert [get(running)[0] for _ in range(3)] == [200] * 3
    running.stop()
    assert {collected.get() for _ in range(collected.qsize())} <= {"metrics"}


def test_a_message_is_for_those_whom_its_author_means(running: Running) -> None:
    """To `@#main`, operators."""
    alice, bob = running.member("alice"), running.member("bob")
    before = scraped(running)["chatstore_deliveries_total"]
    alice.send("PRIVMSG @#main :for operators")
    alice.sync()
    bob.send("PRIVMSG #main :for all")
    bob.send("TOPIC #main :after both")
    alice.wait("after both")
    assert scraped(running)["chatstore_deliveries_total"] == before + 1 + 2


def test_whoever_is_refused_is_counted(run_server: Callable[..., Running]) -> None:
    limits = {"connections_per_address": 1, "unlimited_addresses": []}
    running = run_server(listen={"metrics": "127.0.0.1:0"}, limits=limits)
    first = running.connect()
    first.ask("CAP LS")
    assert "too many connections" in running.connect().line()
    assert scraped(running)["chatstore_connections_refused_total{endpoint=irc,reason=address}"] == 1


def test_a_client_that_does_not_keep_up_is_counted(running: Running) -> None:
    alice = running.connect()
    alice.ask("CAP LS")
    [connection] = running.server.acceptors["irc"]._connections
    connection._outbox._die(TOO_SLOW)
    alice.rest()
    until = time.monotonic() + SECONDS
    while not scraped(running)["chatstore_slow_clients_closed_total{endpoint=irc}"]:
        assert time.monotonic() < until
    assert scraped(running)["chatstore_connections{endpoint=irc}"] == 0


def test_a_full_server_can_be_watched(run_server: Callable[..., Running]) -> None:
    running = run_server(listen={"metrics": "127.0.0.1:0"}, limits={"connections": 1})
    first = running.connect()
    first.ask("CAP LS")
    assert "full" in running.connect().line()
    assert scraped(running)["chatstore_connections_refused_total{endpoint=irc,reason=full}"] == 1


def test_nothing_else_is_there(running: Running) -> None:
    assert get(running, "/")[0] == get(running, "/index.html")[0] == get(running, "/healthz")[0] == 404
    assert get(running, method="POST")[0] == 405


def test_clients_cannot_read_it(run_server: Callable[..., Running]) -> None:
    running = run_server(listen={"metrics": "127.0.0.1:0", "web": "127.0.0.1:0"})
    with closing(http.client.HTTPConnection("127.0.0.1", running.port("web"), timeout=SECONDS)) as connection:
        connection.request("GET", "/metrics")
        assert connection.getresponse().status == 404


def test_it_is_off_unless_somebody_wants_it(run_server: Callable[..., Running]) -> None:
    assert run_server().server._endpoints.metrics is None


def test_every_metric_is_documented(running: Running) -> None:
    """Also those that are there only at times; and nothing is documented that is not there."""
    code = (Path(__file__).parents[2] / "chatstore" / "watching" / "metrics.py").read_text()
    names = set(re.findall(rf'"({OURS}\w+)"', code))
    shown = {family.name for family in text_string_to_metric_families(get(running)[1])}
    assert {name for name in shown if name.startswith(OURS)} <= names
    table = set(re.findall(rf"^\| `({OURS}\w+)", MONITORING.read_text(), re.MULTILINE))
    counters = {
        family.name for family in text_string_to_metric_families(get(running)[1]) if family.type == "counter"
    }
    assert table == {f"{name}_total" if name in counters else name for name in names}


def test_a_histogram_counts_what_is_at_most_its_bounds() -> None:
    histogram = Histogram((1, 2, 5))
    for value in (0.5, 1, 1.5, 5, 6):
        histogram.add(value)
    assert histogram.counts == [2, 1, 1, 1]
    assert histogram.cumulated() == [2, 3, 4, 5]
    assert histogram.total == 14


def test_uploads_are_counted(running: Running) -> None:
    alice = running.member("alice")
    session = running.server.chat.hub.person("alice").sessions[0]  # type: ignore[union-attr,index]
    running.server.chat.policy = replace(running.server.chat.policy, files=policy.Files(free_bytes=0, file_bytes=9))
    arriving = session.files.begin("a.txt", 3)  # type: ignore[attr-defined]
    arriving.write(b"abc")
    arriving.finish()
    with pytest.raises(ChatError):
        session.files.begin("a.txt", 10)  # type: ignore[attr-defined]
    running.server._watch.figures.measure()
    found = scraped(running)
    assert (found["chatstore_uploads_total"], found["chatstore_uploaded_bytes_total"]) == (1, 3)
    assert found["chatstore_uploads_refused_total{reason=too-large}"] == 1
    assert found["chatstore_files_bytes"] == 3
    assert found["chatstore_files_free_bytes"] > 0
    alice.close()


def test_administrators_are_warned_when_files_are_nearly_full(running: Running) -> None:
    figures, chat = running.server._watch.figures, running.server.chat

    def warned(**values: int) -> str:
        chat.policy = replace(chat.policy, files=policy.Files(**values))
        figures.measure()
        return next((warning.text for warning in running.server.warnings.list() if warning.key == "files"), "")

    assert warned(free_bytes=0) == ""
    assert "files are refused: less than" in warned(free_bytes=2**59)
    assert warned(free_bytes=2**59, file_bytes=0) == ""


ASKED = [
    (b"GET / HTTP/1.1", "page", "GET", "2xx"),
    (b"HEAD /no/such/page HTTP/1.1", "page", "HEAD", "4xx"),
    (b"GET /api/v1/rooms HTTP/1.1", "api", "GET", "4xx"),
    (b"GET /api/v1/no/such/operation HTTP/1.1", "api", "GET", "4xx"),
    (b"POST /hooks/x HTTP/1.1\r\nContent-Length: 0", "hooks", "POST", "4xx"),
    (b"OPTIONS /files HTTP/1.1", "files", "OPTIONS", "2xx"),
    (b"BREW / HTTP/1.1", "page", "other", "5xx"),
    (b"no request at all", "none", "none", "4xx"),
    (
        b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "page", "GET", "1xx",
    ),
]  # fmt: skip


def test_requests_are_counted_by_few_labels(run_server: Callable[..., Running]) -> None:
    running = run_server(listen={"metrics": "127.0.0.1:0", "web": "127.0.0.1:0"}, files={"file_bytes": 1000})
    wanted: Counter[str] = Counter()
    for head, route, method, status in ASKED:
        with socket.create_connection(("127.0.0.1", running.port("web")), SECONDS) as asks:
            asks.sendall(head + b"\r\nHost: 127.0.0.1\r\n\r\n")
            assert asks.recv(12).startswith(b"HTTP/1.1 " + status[:1].encode())
        wanted[f"chatstore_http_requests_total{{method={method},route={route},status={status}}}"] += 1

    def found() -> dict[str, float]:
        return {name: count for name, count in scraped(running).items() if "http_requests_total" in name}

    waiting.until(lambda: sum(found().values()) == len(ASKED))  # they are counted once they are answered
    assert found() == wanted
