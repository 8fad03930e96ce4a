"""PERSISTENCE: whether an account stays in its rooms without a connection: IRCv3 draft/persistence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.irc.line import parse
from tests.running import IrcClient, Running

CAP = "draft/persistence"


def status(lines: list[str]) -> list[str]:
    return [line.partition(" PERSISTENCE STATUS ")[2] for line in lines if " PERSISTENCE STATUS " in line]


@pytest.mark.parametrize("always_on", [True, False])
def test_get_and_set(run_server: Callable[..., Running], always_on: bool) -> None:
    alice = run_server(accounts={"always_on": always_on}).register("alice", CAP)
    default = "DEFAULT ON" if always_on else "DEFAULT OFF"
    assert alice.ask("PERSISTENCE GET") == [f":chatstore.local PERSISTENCE STATUS {default}"]
    assert alice.ask("persistence set on") == [":chatstore.local PERSISTENCE STATUS ON ON"]
    assert alice.ask("PERSISTENCE SET ON") == [":chatstore.local PERSISTENCE STATUS ON ON"]
    assert alice.ask("PERSISTENCE SET OFF") == [":chatstore.local PERSISTENCE STATUS OFF OFF"]
    assert (
        alice.ask("PERSISTENCE SET DEFAULT", "PERSISTENCE GET")
        == [f":chatstore.local PERSISTENCE STATUS {default}"] * 2
    )


def test_the_welcome_tells(server: Running) -> None:
    alice = server.register("alice", CAP)
    commands = [parse(line).command for line in alice.log]
    last_005 = len(commands) - 1 - commands[::-1].index("005")
    assert last_005 < commands.index("PERSISTENCE") < commands.index("422")
    assert status(alice.log) == ["DEFAULT ON"]
    assert status(server.login("alice").log) == []


def test_errors(server: Running) -> None:
    alice = server.register("alice")
    for parameters in ("", "SET", "SET MAYBE", "GET ON", "SET ON OFF"):
        (answer,) = alice.parsed(f"PERSISTENCE {parameters}")
        assert (answer.command, answer.params[:2]) == ("FAIL", ("PERSISTENCE", "INVALID_PARAMETERS"))
    assert alice.ask("PERSISTENCE STATUS", "PERSISTENCE WHAT") == []  # unknown ones are passed over


def test_guests_have_none(run_server: Callable[..., Running]) -> None:
    guest = run_server(accounts={"guests": True}).connect()
    guest.send(f"CAP REQ {CAP}", "NICK visitor", "USER v 0 * :V", "CAP END")
    guest.wait(" 422 ")
    assert status(guest.log) == []
    for line in ("PERSISTENCE GET", "PERSISTENCE SET ON"):
        (answer,) = guest.parsed(line)
        assert answer.params[:2] == ("PERSISTENCE", "ACCOUNT_REQUIRED")


def test_the_other_connections_are_told(server: Running) -> None:
    alice, phone, old = server.register("alice", CAP), server.login("alice", CAP), server.login("alice")
    assert status(alice.ask("PERSISTENCE SET OFF")) == ["OFF OFF"]
    assert status(phone.sync()) == ["OFF OFF"]
    assert status(old.sync()) == []
    assert status(old.ask("PERSISTENCE GET")) == ["OFF OFF"]


def leave(client: IrcClient) -> None:
    client.send("QUIT")
    client.rest()


def names(client: IrcClient) -> list[str]:
    return next(parse(line).params[-1] for line in client.ask("NAMES #main") if " 353 " in line).split()


def test_who_does_not_stay_quits_and_who_stays_does_not(run_server: Callable[..., Running]) -> None:
    for always_on in (True, False):
        server = run_server(accounts={"always_on": always_on})
        watch = server.member("watch") if always_on else server.login("watch")
        if not always_on:
            watch.ask("JOIN #main")
        stay, go = (f"{name}{always_on:d}" for name in ("stay", "go"))
        for name, setting in ((stay, "ON"), (go, "OFF")):
            client = server.member(name)
            client.ask(f"PERSISTENCE SET {setting}")
            leave(client)
        watch.wait(f":{go}!.* QUIT")
        watch.sync()
        assert stay in names(watch)
        assert go not in names(watch)
        server.stop()


@pytest.mark.sqlite  # among several servers they are gone after the lease: tests/nodes/test_lease.py
def test_it_holds_over_a_crash(run_server: Callable[..., Running]) -> None:
    """Nobody said goodbye: at the next start those who don't stay are gone, and the others are still there."""
    server = run_server()
    watch, stay, go = (server.member(name) for name in ("watch", "stay", "go"))
    stay.ask("PERSISTENCE SET ON")
    go.ask("PERSISTENCE SET OFF")
    server.server.chat.store.close()  # what the stop has to say about it is not stored
    server.stop()
    watch = run_server().login("watch")
    watch.wait(" 366 ")
    assert names(watch) == ["stay", "watch"]
