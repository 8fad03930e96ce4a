"""A server that drains: a balancer sees it first, clients are closed a few at a time, and nothing is lost."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.running import SECONDS, IrcClient, Running

MEMBERS = 3
RATE = 4
BEFORE = 8


def status(running: Running, path: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", running.port("web"), timeout=SECONDS)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def test_it_is_not_ready_then_accepts_nobody_then_closes_them_one_after_another(
    run_server: Callable[..., Running],
) -> None:
    server = {"drain_seconds": BEFORE, "drain_rate": RATE}
    running = run_server(server=server, listen={"web": "127.0.0.1:0"})
    members = [running.member(f"person{number}") for number in range(MEMBERS)]
    ended: list[float] = []

    def read(client: IrcClient) -> None:
        client.rest()
        ended.append(time.monotonic())

    assert status(running, "/readyz") == 200
    draining = threading.Thread(target=running.server.drain)
    begun = time.monotonic()
    draining.start()
    while status(running, "/readyz") == 200:
        pass
    # In its first seconds it serves everybody as before, and who comes.
    assert status(running, "/healthz") == 200
    late = running.connect()
    assert late.ask("PING 1")
    late.close()
    members[0].send("PRIVMSG #main :still here")
    members[1].wait("still here")
    readers = [threading.Thread(target=read, args=(client,)) for client in members]
    for reader in readers:
        reader.start()
    draining.join(SECONDS)
    for reader in readers:
        reader.join(SECONDS)
    assert len(ended) == MEMBERS
    # Counted from the start of draining: when a client reads the end says little of when it was closed.
    assert min(ended) - begun >= BEFORE
    assert max(ended) - begun >= BEFORE + (MEMBERS - 1) / RATE
    for client in members:
        assert client.log[-1] == "ERROR :Closing link: the server is stopping: connect again"
    with pytest.raises(ConnectionRefusedError):
        running.connect()


def test_without_the_setting_it_ends_at_once(run_server: Callable[..., Running]) -> None:
    running = run_server(listen={"web": "127.0.0.1:0"})
    alice = running.member("alice")
    running.server.drain()
    assert status(running, "/readyz") == 503
    assert alice.ask("PING 1")
    running.stop()
    assert alice.rest()[-1] == "ERROR :Closing link: the server is stopping"


def test_what_can_not_be_handled_any_more_is_not_refused(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that gets no answer asks what became of its message. One that is refused takes it for lost."""
    monkeypatch.setattr("chatstore.server._FLUSH_SECONDS", 0.2)
    running = run_server()
    bob = running.member("bob")
    bob.send("CAP REQ :standard-replies")
    bob.wait("ACK")
    begun, go = threading.Event(), threading.Event()
    writer: Any = running.server.store._writer
    begin = writer._database.begin

    def slow(units: Any) -> Any:
        begun.set()
        assert go.wait(SECONDS)
        return begin(units)

    monkeypatch.setattr(writer._database, "begin", slow)
    bob.send("PRIVMSG #main :one")
    assert begun.wait(SECONDS)
    bob.send("PRIVMSG #main :two")
    connections: Any = running.server.acceptors["irc"]._connections
    while not any(connection._inbox for connection in connections):
        pass
    stopping = threading.Thread(target=running.stop)
    stopping.start()
    while writer.alive:
        pass
    go.set()
    rest = bob.rest()
    stopping.join(SECONDS)
    assert not any("FAIL" in line or "two" in line for line in rest), rest
    assert running.rows("SELECT body FROM messages WHERE kind = 'message'") == [("one",)]
