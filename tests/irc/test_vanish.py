"""Hundreds go at once: what others say meanwhile does not wait for all of them, and each is seen to go once."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

import pytest

from chatstore.net.loop import MAX_UNDER_WAY
from tests.gate import Gate
from tests.running import IrcClient, Running
from tests.waiting import until

CROWD = MAX_UNDER_WAY + 60


def reset(client: IrcClient) -> None:
    client._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client._socket.close()


def hang_up(client: IrcClient) -> None:
    client._socket.close()


def guests(server: Running) -> list[IrcClient]:
    crowd = [server.connect() for _ in range(CROWD)]
    for number, client in enumerate(crowd):
        client.nick = f"n{number:03}"
        client.send(f"NICK {client.nick}", "USER a 0 * :A", "JOIN #main")
    for client in crowd:
        client.wait(" 366 ")
    return crowd


@pytest.mark.parametrize("go", [reset, hang_up])
def test_a_message_waits_for_few_of_those_who_go_at_once(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch, go: Callable[[IrcClient], None]
) -> None:
    server = run_server(accounts={"guests": True}, limits={"connections_per_address": 2 * CROWD})
    alice, watcher = server.member("alice"), server.member("watcher")
    crowd = guests(server)
    gate = Gate(server, monkeypatch)
    gate.close(alice)
    turns, writer = server.server._loop._turns, server.server.store._writer
    assert writer is not None
    for client in crowd:
        go(client)
    until(lambda: (writer.queued, len(turns)) == (MAX_UNDER_WAY, CROWD - MAX_UNDER_WAY))
    watcher.send("PRIVMSG #main :now")
    gate.gathers(MAX_UNDER_WAY + 1)
    gate.open()
    lines = alice.sync()
    while sum(" QUIT " in line for line in lines) < CROWD or not any(line.endswith(":now") for line in lines):
        lines += alice.sync()
    said = next(place for place, line in enumerate(lines) if line.endswith(":now"))
    assert sum(" QUIT " in line for line in lines[:said]) <= MAX_UNDER_WAY
    assert sorted(line[1:5] for line in lines if " QUIT " in line) == sorted(client.nick for client in crowd)


def test_nobody_who_goes_waits_for_a_database_that_hangs(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = run_server(accounts={"guests": True}, limits={"connections_per_address": 2 * CROWD})
    alice = server.member("alice")
    crowd = guests(server)
    gate = Gate(server, monkeypatch)
    gate.close(alice)
    turns = server.server._loop._turns
    for client in crowd:
        hang_up(client)
    until(lambda: len(turns) == CROWD - MAX_UNDER_WAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chatstore.storage.writer._STUCK", 0.0)  # it has not answered for long
        until(lambda: not turns)
    gate.open()
    lines = alice.sync()
    while sum(" QUIT " in line for line in lines) < CROWD:
        lines += alice.sync()
