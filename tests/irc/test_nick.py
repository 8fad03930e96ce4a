"""NICK after the welcome: told once to everybody who shares a room, and to oneself. Modern "NICK message"."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.running import IrcClient, Running


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    return run_server(accounts={"guests": True, "nick_must_be_account": False})


def guest(server: Running, nick: str) -> IrcClient:
    client = server.connect()
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    client.wait(" 422 ")
    return client


def test_told_once_however_many_rooms_are_shared(server: Running, alice: IrcClient, bob: IrcClient) -> None:
    for client in (alice, bob):
        client.ask("JOIN #one,#two,#three")
    alice.sync()
    assert bob.ask("NICK robert") == [":bob!u@user/bob NICK robert"]
    assert alice.sync() == [":bob!u@user/bob NICK robert"]


def test_several_connections(server: Running, bob: IrcClient) -> None:
    phone = server.login("bob")
    phone.wait(" 366 ")
    assert bob.ask("NICK robert") == [":bob!u@user/bob NICK robert"]
    assert phone.sync() == [":bob!u@user/bob NICK robert"]
    assert phone.ask("NICK bob") == [":robert!u@user/bob NICK bob"]
    assert bob.sync() == [":robert!u@user/bob NICK bob"]


def test_in_no_room(server: Running) -> None:
    visitor = guest(server, "visitor")
    assert visitor.ask("NICK other") == [":visitor!guest@guest NICK other"]
    assert visitor.ask("MODE other")[-1].endswith(" 221 other +")


def test_case_changes(server: Running, alice: IrcClient) -> None:
    visitor = guest(server, "visitor")
    visitor.ask("JOIN #main")
    alice.sync()
    assert visitor.ask("NICK Visitor") == [":visitor!guest@guest NICK Visitor"]
    assert alice.sync() == [":visitor!guest@guest NICK Visitor"]
    assert visitor.ask("NICK Visitor") == []


def test_taken_by_somebody_here_or_by_an_account(server: Running, alice: IrcClient) -> None:
    one = guest(server, "one")
    _two = guest(server, "two")
    bob = server.register("bob")
    bob.send("QUIT")
    bob.rest()
    lines = one.parsed("NICK two", "NICK TWO", "NICK alice", "NICK bob")
    assert [(line.command, line.params[1]) for line in lines] == [
        ("433", "two"), ("433", "TWO"), ("433", "alice"), ("433", "bob"),
    ]  # fmt: skip


def test_free_again_at_once(server: Running) -> None:
    one, two = guest(server, "one"), guest(server, "two")
    one.ask("NICK three")
    assert two.ask("NICK one") == [":two!guest@guest NICK one"]
    two.send("QUIT")
    two.rest()
    assert one.ask("NICK one") == [":three!guest@guest NICK one"]


def test_quit_is_told_before_the_connection_ends(server: Running, alice: IrcClient) -> None:
    visitor = guest(server, "visitor")
    visitor.ask("JOIN #main")
    alice.sync()
    visitor.send("QUIT :so long")
    assert visitor.rest()[-1].startswith("ERROR :")
    assert alice.sync() == [":visitor!guest@guest QUIT :Quit: so long"]
