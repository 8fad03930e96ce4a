"""MODE of rooms and of oneself: Modern "MODE message", "Channel Modes"."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.irc.line import parse
from tests.running import IrcClient, Running


@pytest.fixture
def op(server: Running) -> IrcClient:
    """Somebody who has made #tea."""
    return server.member("olga", room="#tea")


@pytest.fixture
def guest(server: Running, op: IrcClient) -> IrcClient:
    """Somebody else in #tea."""
    client = server.member("gus", room="#tea")
    op.wait("gus!.* JOIN")
    return client


def numbers(client: IrcClient, *lines: str) -> list[str]:
    return [line.command for line in client.parsed(*lines)]


class TestMode:
    def test_read(self, op: IrcClient, server: Running) -> None:
        op.ask("MODE #tea +kl secret 9")
        lines = op.parsed("MODE #tea")
        assert [line.command for line in lines] == ["324", "329"]
        assert lines[0].params[2:] == ("+ntkl", "secret", "9")
        assert parse(server.register("eve").ask("MODE #tea")[0]).params[2:] == ("+ntkl", "*", "9")

    def test_what_changes_is_told_once_as_one_line(self, op: IrcClient, guest: IrcClient) -> None:
        op.send("MODE #tea +mo-t+k gus secret")
        assert guest.wait(" MODE ") == ":olga!u@user/olga MODE #tea +mo-t+k gus secret"
        assert op.wait(" MODE ").endswith("+mo-t+k gus secret")
        assert op.ask("MODE #tea +m") == []

    def test_errors(self, op: IrcClient, guest: IrcClient, server: Running) -> None:
        _eve = server.register("eve")
        said = numbers(
            op, "MODE #tea +z", "MODE #tea +o nobody", "MODE #tea +o eve", "MODE #tea +l x", "MODE #tea +k a,b",
            "MODE #tea +o", "MODE #nosuch +m", "MODE olga", "MODE olga +x", "MODE gus", "MODE nobody",
        )  # fmt: skip
        assert said == ["472", "401", "441", "696", "525", "696", "403", "221", "501", "502", "401"]
        assert numbers(guest, "MODE #tea +m") == ["482"]

    def test_moderated_and_voice(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("MODE #tea +m")
        guest.sync()
        assert numbers(guest, "PRIVMSG #tea :x") == ["404"]
        op.ask("MODE #tea +v gus")
        guest.sync()
        assert guest.ask("PRIVMSG #tea :x") == []
        op.ask("MODE #tea -v gus")
        guest.sync()
        assert numbers(guest, "PRIVMSG #tea :x") == ["404"]

    def test_messages_from_outside(self, op: IrcClient, server: Running) -> None:
        eve = server.register("eve")
        assert numbers(eve, "PRIVMSG #tea :x") == ["404"]
        op.ask("MODE #tea -n")
        assert eve.ask("PRIVMSG #tea :x") == []
        assert op.wait("PRIVMSG").startswith(":eve!")

    def test_bans_silence_and_are_listed(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("MODE #tea +b GUS!*@*")
        guest.sync()
        assert numbers(guest, "PRIVMSG #tea :x") == ["404"]
        lines = guest.parsed("MODE #tea b")
        assert [line.command for line in lines] == ["367", "368"]
        assert lines[0].params[2:4] == ("GUS!*@*", "olga")

    def test_roles_and_modes_survive_a_restart(self, run_server: Callable[..., Running]) -> None:
        server = run_server()
        op = server.member("olga", room="#tea")
        server.member("gus", room="#tea")
        op.ask("MODE #tea +ovk-t gus gus secret", "MODE #tea +b eve")
        server.stop()
        again = run_server().login("olga")
        again.wait(" 366 .*#tea")
        assert parse(next(line for line in again.log if " 353 " in line)).params[-1] == "@gus @olga"
        assert parse(again.ask("MODE #tea")[0]).params[2:] == ("+nk", "secret")
        assert "eve!*@*" in again.ask("MODE #tea b")[0]

    def test_users_are_invisible_as_they_like(self, op: IrcClient) -> None:
        assert op.ask("MODE olga +i", "MODE olga") == [
            ":olga!u@user/olga MODE olga +i",
            ":chatstore.local 221 olga +i",
        ]
        assert op.ask("MODE olga -i", "MODE olga")[-1] == ":chatstore.local 221 olga +"

    def test_the_topic_of_a_room_without_a_founder_is_everybodys(self, server: Running) -> None:
        alice = server.member("alice")
        assert numbers(alice, "TOPIC #main :hello") == ["TOPIC"]


def test_the_founder_stays_operator(server: Running, op: IrcClient, guest: IrcClient) -> None:
    op.ask("PART #tea", "JOIN #tea")
    guest.sync()
    assert parse(guest.ask("NAMES #tea")[0]).params[-1] == "gus @olga"
