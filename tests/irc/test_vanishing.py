"""Clients whose connection ends while what they asked for is with the writer: nothing of them is left behind."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Callable

import pytest

from tests.gate import Gate
from tests.running import PASSWORD, IrcClient, Running, plain
from tests.waiting import until

WAYS = ["closed", "reset", "noticed"]


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    return run_server(accounts={"guests": True, "always_on": False})


@pytest.fixture
def watcher(server: Running) -> IrcClient:
    return server.member("watcher", room="#tea")


@pytest.fixture
def gate(server: Running, alice: IrcClient, monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(server, monkeypatch)


def guest(server: Running, nick: str) -> IrcClient:
    client = server.connect()
    client.ask(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    return client


def vanish(client: IrcClient, way: str, watcher: IrcClient) -> None:
    """End the connection, by a FIN or a reset; `noticed`: the server has seen that when this returns."""
    if way == "reset":
        client._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client._socket.close()
    if way == "noticed":
        watcher.sync()
        watcher.sync()


def about(lines: list[str], *nicks: str) -> list[tuple[str, str]]:
    """Who did what, of these."""
    found = [(line.split("!")[0].lstrip(":"), line.split(" ")[1]) for line in lines]
    return [(nick, command) for nick, command in found if nick in nicks]


def comes(server: Running, nick: str) -> IrcClient:
    """Somebody who has this nick at once: by its account, if there is one."""
    if server.rows(f"SELECT 1 FROM accounts WHERE name = '{nick}'"):
        return server.login(nick)
    client = server.connect()
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    assert client.wait(" (001|433) ").split(" ")[1] == "001"
    return client


def nothing_is_left(server: Running, watcher: IrcClient, *nicks: str) -> list[tuple[str, str]]:
    """Only the watcher and alice are there, and each of these nicks can be had at once. Returns what the watcher
    was told of them."""
    hub = server.server.chat.hub
    until(lambda: server.server.connections == 2)
    until(lambda: {person.nick for person in hub.online()} == {"watcher", "alice"})
    [tea] = [live for live in hub.rooms() if live.name == "tea"]
    until(lambda: len(tea.members) == 1)
    told = about(watcher.sync(), *nicks)
    [names] = [line for line in watcher.ask("NAMES #tea") if " 353 " in line]
    assert names.rpartition(":")[2].split() == ["@watcher"]
    assert watcher.ask(f"ISON {' '.join(nicks)}")[0].rpartition(":")[2] == ""
    assert not [live.name for live in hub.rooms() if live._holds]
    for nick in nicks:
        again = comes(server, nick)
        again.ask("JOIN #tea")
        assert about(watcher.sync(), nick) == [(nick, "JOIN")]
        again.close()
        watcher.wait(f":{nick}!.* QUIT ")
    return told


def no_errors(caplog: pytest.LogCaptureFixture) -> None:
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", ["a guest", "an account"])
def test_while_a_join_is_stored(
    server: Running,
    watcher: IrcClient,
    alice: IrcClient,
    gate: Gate,
    caplog: pytest.LogCaptureFixture,
    way: str,
    who: str,
) -> None:
    gus = guest(server, "gus") if who == "a guest" else server.register("gus")
    gate.close(alice)
    gus.send("JOIN #tea,#other", "PRIVMSG #tea :hello")
    gate.gathers(1)
    vanish(gus, way, watcher)
    gate.open()
    told = nothing_is_left(server, watcher, "gus")
    assert (told[0], told[-1]) == (("gus", "JOIN"), ("gus", "QUIT"))
    assert told[1:-1] in ([], [("gus", "PRIVMSG")])
    no_errors(caplog)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", ["a guest", "a new account", "an account"])
def test_while_it_comes_in(
    server: Running,
    watcher: IrcClient,
    alice: IrcClient,
    gate: Gate,
    caplog: pytest.LogCaptureFixture,
    way: str,
    who: str,
) -> None:
    if who == "an account":
        server.register("gus").close()
        until(lambda: server.server.connections == 2)
    gus = server.connect()
    gus.ask("CAP LS 302", "NICK gus", "USER gus 0 * :gus")
    if who == "an account":
        gus.send("CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('gus')}")
        gus.wait(" 903 ")
    gate.close(alice)
    gus.send(*([f"REGISTER * * :{PASSWORD}"] if who == "a new account" else []), "CAP END", "JOIN #tea")
    gate.gathers(1)
    vanish(gus, way, watcher)
    gate.open()
    told = nothing_is_left(server, watcher, "gus")
    assert told in ([], [("gus", "JOIN"), ("gus", "QUIT")])
    no_errors(caplog)


@pytest.mark.parametrize("way", WAYS)
def test_while_its_nick_changes(
    server: Running,
    watcher: IrcClient,
    alice: IrcClient,
    gate: Gate,
    caplog: pytest.LogCaptureFixture,
    way: str,
) -> None:
    gus = guest(server, "gus")
    gus.ask("JOIN #tea")
    watcher.wait(":gus!.* JOIN ")
    gate.close(alice)
    gus.send("NICK gina")
    gate.gathers(1)
    vanish(gus, way, watcher)
    gate.open()
    told = nothing_is_left(server, watcher, "gus", "gina")
    assert told in ([("gus", "NICK"), ("gina", "QUIT")], [("gus", "QUIT")])
    no_errors(caplog)
