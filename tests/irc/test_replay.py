"""What of a room's past a client without CHATHISTORY is shown: what its account was not sent, or as it chose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.irc.test_delivered import gone, reset, until_noted
from tests.running import IrcClient, Running, start


def said(client: IrcClient) -> list[str]:
    """The last words of the messages that it was shown."""
    client.sync()
    return [line.rpartition(" ")[2] for line in client.log if " PRIVMSG #" in line]


def leave(server: Running, bob: IrcClient, alice: IrcClient) -> None:
    alice.close()
    gone(server, bob)


def test_coming_back_shows_only_what_was_missed(run_server: Callable[..., Running]) -> None:
    server = run_server(history={"replay_on_join": 3})
    bob = server.member("bob")
    bob.ask(*(f"PRIVMSG #main :old {number}" for number in range(5)))
    alice = server.member("alice")
    assert said(alice) == ["2", "3", "4"]
    bob.ask("PRIVMSG #main :live")
    alice.wait("live$")
    alice.ask("PRIVMSG #main :mine")
    for _ in range(3):
        leave(server, bob, alice)
        alice = server.login("alice")
        assert said(alice) == []
    leave(server, bob, alice)
    bob.ask(*(f"PRIVMSG #main :missed {number}" for number in (7, 8)))
    alice = server.login("alice")
    assert said(alice) == ["7", "8"]
    leave(server, bob, alice)
    bob.ask(*(f"PRIVMSG #main :many {number}" for number in range(9)))
    assert said(server.login("alice")) == ["6", "7", "8"]


def test_a_restart_of_the_server_and_a_reset_repeat_nothing(tmp_path: Path) -> None:
    server = start(tmp_path / "chat.db")
    bob, alice = server.member("bob"), server.member("alice")
    bob.ask("PRIVMSG alice :hello", "PRIVMSG #main :!deploy")
    alice.wait("!deploy$")
    server.stop()
    server = start(tmp_path / "chat.db")
    bob, alice = server.login("bob"), server.login("alice")
    assert said(alice) == []
    bob.ask("PRIVMSG alice :hello", "PRIVMSG #main :again")
    alice.wait("again$")
    until_noted(server, bob)
    reset(alice)
    gone(server, bob)
    assert said(server.login("alice")) == []
    server.stop()


def test_the_accounts_own_choice_is_kept(tmp_path: Path) -> None:
    server = start(tmp_path / "chat.db", history={"replay_on_join": 2})
    bob, alice = server.member("bob"), server.member("alice")
    bob.ask(*(f"PRIVMSG #main :m {number}" for number in range(5)))
    alice.wait("m 4$")
    assert alice.ask("REPLAY")[0].startswith(":chatstore.local REPLAY MISSED :You see the messages you missed")
    assert " REPLAY ON :" in alice.ask("replay on")[0]
    leave(server, bob, alice)
    alice = server.login("alice")
    assert said(alice) == ["3", "4"]
    assert "You see no earlier messages" in alice.ask("NS SET REPLAY OFF")[0]
    leave(server, bob, alice)
    bob.ask("PRIVMSG #main :not shown")
    server.stop()
    server = start(tmp_path / "chat.db", history={"replay_on_join": 2})
    bob, alice = server.login("bob"), server.login("alice")
    assert said(alice) == []
    bob.ask("PRIVMSG #main :live")
    assert alice.wait("live$")
    assert " REPLAY OFF " in alice.ask("REPLAY")[0]
    assert " REPLAY MISSED " in alice.ask("REPLAY DEFAULT")[0]
    for wrong in ("REPLAY maybe", "REPLAY ON OFF"):
        assert " FAIL REPLAY INVALID_PARAMETERS " in alice.ask(wrong)[0]
    server.stop()


def test_a_bot_is_replayed_nothing_unless_it_wants_that(run_server: Callable[..., Running]) -> None:
    server = run_server()
    bob, robot = server.member("bob"), server.member("alice")
    robot.ask("MODE alice +B")
    leave(server, bob, robot)
    bob.ask("PRIVMSG #main :!deploy")
    robot = server.login("alice")
    assert said(robot) == []
    robot.ask("MODE alice +B", "JOIN #other", "REPLAY MISSED")
    leave(server, bob, robot)
    bob.ask("PRIVMSG #main :!deploy")
    robot = server.login("alice")
    assert said(robot) == ["!deploy"]
    robot.ask("REPLAY DEFAULT", "MODE alice +B", "MODE alice -B")
    assert " REPLAY MISSED " in robot.ask("REPLAY")[0]


def test_guests_have_no_choice(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True})
    guest = server.connect()
    guest.send("NICK visitor", "USER v 0 * :v")
    guest.wait(" 422 ")
    assert " FAIL REPLAY ACCOUNT_REQUIRED " in guest.ask("REPLAY OFF")[0]


@pytest.mark.parametrize("choice", ["off", "on"])
def test_at_the_plain_endpoint(run_server: Callable[..., Running], choice: str) -> None:
    from tests.plain.talker import Talker

    server = run_server()
    server.member("bob").ask("PRIVMSG #main :said before")
    ann = Talker(server.port("plain"))
    ann.register("ann")
    answer = ann.ask(f"/replay {choice}")
    assert answer == [
        f"-- You see {'no ' if choice == 'off' else ''}earlier messages when you connect or join a room."
    ]
    ann.close()
    again = Talker(server.port("plain"))
    assert any("said before" in line for line in again.log_in("ann")) is (choice == "on")
