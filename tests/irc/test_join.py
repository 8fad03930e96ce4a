"""JOIN and PART: Modern "JOIN message", "PART message"."""

from __future__ import annotations

from collections.abc import Callable

import pytest

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


class TestJoinAndPart:
    def test_join_shows_the_room(self, server: Running, op: IrcClient) -> None:
        op.ask("TOPIC #tea :green")
        gus = server.register("gus")
        lines = gus.parsed("JOIN #TEA")
        assert [line.command for line in lines] == ["JOIN", "332", "333", "353", "366"]
        assert lines[0].params[0] == "#tea"
        assert lines[3].params[-1] == "gus @olga"
        assert op.wait(" JOIN ") == ":gus!u@user/gus JOIN #tea"

    def test_joining_twice_is_nothing(self, op: IrcClient) -> None:
        assert op.ask("JOIN #tea") == []

    def test_several_at_once(self, op: IrcClient) -> None:
        lines = op.parsed("JOIN #one,#two,bad,#three")
        assert [line.params[0] for line in lines if line.command == "JOIN"] == ["#one", "#two", "#three"]
        assert [line.command for line in lines if line.command.startswith("4")] == ["403"]
        assert numbers(op, "JOIN 0") == ["PART"] * 4
        assert numbers(op, "PART #one", "PART #nosuch", "PART") == ["442", "403", "461"]

    def test_bad_names(self, op: IrcClient) -> None:
        assert numbers(op, "JOIN #a*b", "JOIN ##x", "JOIN #", "JOIN a", "JOIN #" + "x" * 65) == [
            "476", "476", "476", "403", "403",
        ]  # fmt: skip

    def test_keys_limits_bans_invitations(self, op: IrcClient, guest: IrcClient, server: Running) -> None:
        eve = server.register("eve")
        for mode, number in (("+l 2", "471"), ("+k secret", "475"), ("+i", "473"), ("+b eve", "474")):
            op.ask(f"MODE #tea {mode}")
            assert numbers(eve, "JOIN #tea") == [number]
        assert numbers(eve, "JOIN #tea wrong") == ["474"]
        assert numbers(op, "INVITE eve #tea") == ["341"]
        assert eve.wait(" INVITE ") == ":olga!u@user/olga INVITE eve #tea"
        assert "366" in numbers(eve, "JOIN #tea")
        eve.ask("PART #tea")
        assert numbers(eve, "JOIN #tea") == ["474"]  # an invitation lets in once
        op.ask("MODE #tea -bil eve!*@*", "MODE #tea -k x")
        assert "366" in numbers(eve, "JOIN #tea")

    def test_a_key_opens(self, op: IrcClient, server: Running) -> None:
        op.ask("MODE #tea +k secret")
        assert "366" in numbers(server.register("eve"), "JOIN #tea secret")

    def test_extended_join(self, server: Running, op: IrcClient) -> None:
        op.ask("CAP REQ :extended-join")
        server.member("gus", room="#tea")
        assert op.wait(" JOIN ") == ":gus!u@user/gus JOIN #tea gus :Gus"
        assert server.login("gus", "extended-join").wait(" JOIN ").endswith("JOIN #tea gus :Gus")

    def test_too_many_rooms(self, run_server: Callable[..., Running]) -> None:
        client = run_server(limits={"rooms_per_account": 2}).register("alice")
        lines = client.parsed("JOIN #a,#b,#c")
        assert lines[-1].command == "405"
        assert lines[-1].params[1] == "#c"
