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

    def test_keys_go_with_the_rooms_in_their_order(self, op: IrcClient, server: Running) -> None:
        op.ask("JOIN #one,#two", "MODE #tea +k a", "MODE #two +k b")
        eve = server.register("eve")
        lines = eve.parsed("JOIN #tea,#one,#two a,,b,more")
        assert [line.params[0] for line in lines if line.command == "JOIN"] == ["#tea", "#one", "#two"]
        gus = server.register("gus")
        lines = gus.parsed("JOIN #tea,#two b,a")
        assert [(line.command, line.params[1]) for line in lines] == [("475", "#tea"), ("475", "#two")]

    def test_too_little(self, op: IrcClient) -> None:
        assert numbers(op, "JOIN", "JOIN :", "JOIN ,", "PART") == ["461", "461", "461", "461"]

    def test_what_was_typed_comes_back(self, op: IrcClient) -> None:
        assert op.parsed("JOIN no:hash")[0].params[:2] == ("olga", "no:hash")
        assert op.parsed("PART #NoSuch :bye")[0].params[:2] == ("olga", "#NoSuch")

    def test_an_invitation_exception(self, op: IrcClient, server: Running) -> None:
        op.ask("MODE #tea +iI gus", "MODE #tea +I a:eve")
        gus, eve, ann = server.register("gus"), server.register("eve"), server.register("ann")
        assert "366" in numbers(gus, "JOIN #tea")
        assert "366" in numbers(eve, "JOIN #tea")
        assert numbers(ann, "JOIN #tea") == ["473"]

    def test_a_reason_of_parting(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("PART #tea :see you")
        assert guest.wait(" PART ") == ":olga!u@user/olga PART #tea :see you"
        guest.ask("PART #tea")
        assert guest.log[-2] == ":gus!u@user/gus PART #tea"
        assert numbers(guest, "PART #tea") == ["442"]
