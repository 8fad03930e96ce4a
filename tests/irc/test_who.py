"""WHO. Spec: Modern, "WHO message"; IRCv3 whox and multi-prefix."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.running import IrcClient, Running


@pytest.fixture
def olga(server: Running) -> IrcClient:
    """The operator of #tea."""
    return server.member("olga", room="#tea")


@pytest.fixture
def gus(server: Running, olga: IrcClient) -> IrcClient:
    """Somebody else in #tea."""
    client = server.member("gus", room="#tea")
    olga.wait("gus!.* JOIN")
    return client


def found(client: IrcClient, question: str) -> list[str]:
    """The nicks that a WHO finds."""
    lines = client.parsed(question)
    assert lines[-1].command == "315"
    return [line.params[5] for line in lines if line.command == "352"]


def fields(client: IrcClient, question: str) -> list[tuple[str, ...]]:
    """What WHOX answers, without the nick of who asks."""
    *lines, end = client.parsed(question)
    assert end.command == "315"
    assert {line.command for line in lines} <= {"354"}
    return [line.params[1:] for line in lines]


class TestRooms:
    def test_every_field_in_order(self, olga: IrcClient, gus: IrcClient) -> None:
        lines = gus.parsed("WHO #TEA")
        assert [(line.command, line.params) for line in lines] == [
            ("352", ("gus", "#tea", "u", "user/gus", "chatstore.local", "gus", "H", "0 Gus")),
            ("352", ("gus", "#tea", "u", "user/olga", "chatstore.local", "olga", "H@", "0 Olga")),
            ("315", ("gus", "#TEA", "end of WHO")),
        ]

    def test_away_and_several_prefixes(self, olga: IrcClient, gus: IrcClient) -> None:
        olga.ask("MODE #tea +v olga", "AWAY :lunch")
        gus.sync()
        assert [line.params[6] for line in gus.parsed("WHO #tea")[:-1]] == ["H", "G@"]
        gus.ask("CAP REQ :multi-prefix")
        assert [line.params[6] for line in gus.parsed("WHO #tea")[:-1]] == ["H", "G@+"]

    def test_a_secret_room_is_as_if_it_were_not_there(self, server: Running, olga: IrcClient) -> None:
        olga.ask("MODE #tea +s")
        eve = server.register("eve")
        hidden, absent = eve.ask("WHO #tea"), eve.ask("WHO #nix")
        assert [line.replace("#tea", "#nix") for line in hidden] == absent
        assert found(olga, "WHO #tea") == ["olga"]

    def test_outsiders_are_not_shown_the_invisible(self, server: Running, olga: IrcClient, gus: IrcClient) -> None:
        gus.ask("MODE gus +i")
        eve = server.register("eve")
        assert found(eve, "WHO #tea") == ["olga"]
        assert eve.parsed("NAMES #tea")[0].params[-1] == "@olga"
        assert found(olga, "WHO #tea") == ["gus", "olga"]

    def test_who_is_not_connected_is_a_member_still(self, olga: IrcClient, gus: IrcClient) -> None:
        gus.send("QUIT")
        gus.rest()
        assert [line.params[6] for line in olga.parsed("WHO #tea")[:-1]] == ["G", "H@"]


class TestNicksAndMasks:
    def test_a_nick_in_any_case(self, olga: IrcClient, gus: IrcClient) -> None:
        lines = gus.parsed("WHO OLGA")
        assert [line.params[1:3] for line in lines] == [("*", "u"), ("OLGA", "end of WHO")]

    def test_nobody(self, olga: IrcClient) -> None:
        for mask in ("nobody", "no,nick", "nix*", "nobody@*"):
            assert found(olga, f"WHO {mask}") == []

    @pytest.mark.parametrize(
        "mask", ["gu*", "?us", "*gu*", "~gu?", "user/g*", "G*s", "gus!u@*", "gus!~gus@*", "*!*@user/gus"], ids=str
    )
    def test_masks(self, olga: IrcClient, gus: IrcClient, mask: str) -> None:
        assert found(olga, f"WHO {mask}") == ["gus"]

    def test_a_mask_of_the_real_name(self, server: Running, olga: IrcClient) -> None:
        client = server.connect()
        client.send("CAP LS", "NICK rita", "USER x 0 * :My Real Name", "REGISTER * * :correct horse", "CAP END")
        client.wait(" (376|422) ")
        assert found(olga, "WHO :*eal Na*") == ["rita"]

    def test_everybody(self, olga: IrcClient, gus: IrcClient) -> None:
        assert found(olga, "WHO *") == found(olga, "WHO") == ["gus", "olga"]
        assert olga.parsed("WHO")[-1].params[1] == "*"

    def test_no_mask_finds_the_invisible_but_for_who_shares_a_room(self, server: Running, gus: IrcClient) -> None:
        gus.ask("MODE gus +i")
        eve = server.register("eve")
        assert found(eve, "WHO gu*") == []
        assert found(eve, "WHO gus") == ["gus"]
        eve.ask("JOIN #tea")
        assert found(eve, "WHO gu*") == ["gus"]
        assert found(gus, "WHO gu*") == ["gus"]

    def test_only_operators_of_the_server(self, olga: IrcClient, gus: IrcClient) -> None:
        assert found(olga, "WHO * o") == found(olga, "WHO #tea o") == []


class TestWhox:
    def test_all_fields_in_their_order(self, olga: IrcClient, gus: IrcClient) -> None:
        expected = [
            "123",
            "*",
            "u",
            "255.255.255.255",
            "user/gus",
            "chatstore.local",
            "gus",
            "H",
            "0",
            "0",
            "gus",
            "n/a",
            "Gus",
        ]
        for order in ("tcuihsnfdlaor", "roaldfnshiuct"):
            assert fields(olga, f"WHO gus %{order},123") == [tuple(expected)]

    def test_fields_that_are_asked_for_and_no_other(self, olga: IrcClient, gus: IrcClient) -> None:
        assert fields(olga, "WHO #tea %tnf,7") == [("7", "gus", "H"), ("7", "olga", "H@")]
        assert fields(olga, "WHO gus %nrxyz") == [("gus", "Gus")]
        assert fields(olga, "WHO gus %nt") == [("0", "gus")]
        assert fields(olga, "WHO gus %nt,12345") == [("0", "gus")]
        assert fields(olga, "WHO * o%n") == []
        assert [line.command for line in olga.parsed("WHO nix %n")] == ["315"]

    def test_who_has_no_account(self, run_server: Callable[..., Running]) -> None:
        server = run_server(accounts={"guests": True})
        guest = server.connect()
        guest.send("NICK zoe", "USER zoe 0 * :Zoe")
        guest.wait(" (376|422) ")
        assert fields(guest, "WHO zoe %nuha") == [("guest", "guest", "zoe", "0")]

    def test_it_is_announced(self, server: Running) -> None:
        assert any(" WHOX " in line for line in server.register("alice").log)


def test_it_is_for_those_who_take_part(server: Running) -> None:
    assert [line.command for line in server.connect().parsed("WHO *")] == ["451"]
