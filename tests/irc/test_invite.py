"""INVITE: Modern "INVITE message"; 336 and 337."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.irc.line import parse
from tests.running import IrcClient, Running


@pytest.fixture
def op(server: Running) -> IrcClient:
    return server.member("olga", room="#tea")


def numbers(client: IrcClient, *lines: str) -> list[str]:
    return [line.command for line in client.parsed(*lines)]


def test_an_invitation_is_told_to_both_and_to_nobody_else(server: Running, op: IrcClient) -> None:
    gus, eve = server.member("gus", room="#tea"), server.register("eve")
    op.sync()
    assert op.ask("INVITE eve #TEA") == [":chatstore.local 341 olga eve #tea"]
    assert eve.wait(" INVITE ") == ":olga!u@user/olga INVITE eve #tea"
    assert gus.sync() == []


def test_every_member_may_where_the_room_is_open(server: Running, op: IrcClient) -> None:
    gus = server.member("gus", room="#tea")
    _eve = server.register("eve")
    assert numbers(gus, "INVITE eve #tea") == ["341"]
    op.ask("MODE #tea +i")
    gus.sync()
    assert gus.parsed("INVITE eve #tea")[0].params[:2] == ("gus", "#tea")
    assert numbers(gus, "INVITE eve #tea") == ["482"]


def test_errors(server: Running, op: IrcClient) -> None:
    server.member("gus", room="#tea")
    eve = server.register("eve")
    op.sync()
    assert numbers(op, "INVITE nobody #tea", "INVITE eve #nosuch", "INVITE eve") == ["401", "403", "461"]
    assert op.parsed("INVITE gus #tea")[0].params[1:3] == ("gus", "#tea")
    assert numbers(op, "INVITE gus #tea") == ["443"]
    assert numbers(eve, "INVITE gus #tea", "INVITE nobody #tea") == ["442", "401"]
    op.ask("MODE #tea +s")
    assert eve.ask("INVITE gus #tea") == [line.replace("nosuch", "tea") for line in eve.ask("INVITE gus #nosuch")]


@pytest.mark.parametrize("mode", ["+i", "+k secret", "+l 1", "+b eve!*@*"])
def test_an_invite_lets_somebody_join_once(server: Running, op: IrcClient, mode: str) -> None:
    eve = server.register("eve")
    op.ask(f"MODE #tea {mode}")
    (refused,) = numbers(eve, "JOIN #tea")
    op.ask("INVITE eve #tea")
    assert "366" in numbers(eve, "JOIN #tea")
    eve.ask("PART #tea")
    assert numbers(eve, "JOIN #tea") == [refused]


def test_the_list_of_ones_own(server: Running, op: IrcClient) -> None:
    eve = server.register("eve")
    assert numbers(eve, "INVITE") == ["337"]
    op.ask("JOIN #Coffee", "INVITE eve #tea", "INVITE eve #coffee", "INVITE eve #tea", "RENAME #tea #milk")
    lines = eve.parsed("INVITE")
    assert [line.params[1] for line in lines if line.command == "336"] == ["#Coffee", "#milk"]
    assert lines[-1].command == "337"
    eve.ask("JOIN #milk")
    assert [line.params[1] for line in eve.parsed("INVITE") if line.command == "336"] == ["#Coffee"]


def test_it_waits_for_who_is_away_and_over_a_restart(run_server: Callable[..., Running]) -> None:
    server = run_server()
    op, eve = server.member("olga", room="#tea"), server.register("eve")
    eve.close()
    op.ask("MODE #tea +i")
    assert numbers(op, "INVITE eve #tea")[0] == "341"
    server.stop()
    again = run_server().login("eve")
    again.sync()
    assert [line.params[1] for line in again.parsed("INVITE") if line.command == "336"] == ["#tea"]
    assert "366" in numbers(again, "JOIN #tea")


def test_away_is_said(server: Running, op: IrcClient) -> None:
    eve = server.register("eve")
    eve.ask("AWAY :lunch")
    lines = op.parsed("INVITE eve #tea")
    assert [line.command for line in lines] == ["341", "301"]
    assert parse(op.log[-2]).params[-1] == "lunch"


def test_a_members_invite_opens_nothing(server: Running, op: IrcClient) -> None:
    """Not a key, a limit or a ban; and not +i, which came later, not even when the inviter was put out since."""
    gus, eve = server.member("gus", room="#tea"), server.register("eve")
    assert numbers(gus, "INVITE eve #tea") == ["341"]
    for mode, refused in (("+k secret", "475"), ("+l 2", "471"), ("+i", "473"), ("+b eve!*@*", "474")):
        op.ask(f"MODE #tea {mode}")
        assert numbers(eve, "JOIN #tea")[-1:] == [refused], mode
        op.ask("MODE #tea -klib * eve!*@*")
    op.ask("KICK #tea gus", "MODE #tea +i")
    assert numbers(eve, "JOIN #tea")[-1:] == ["473"]
    op.ask("INVITE eve #tea", "MODE #tea +k secret")
    assert "366" in numbers(eve, "JOIN #tea")


def test_no_invite_opens_a_ban_that_came_after_it(server: Running, op: IrcClient) -> None:
    eve = server.register("eve")
    op.ask("INVITE eve #tea", "MODE #tea +b eve!*@*")
    assert numbers(eve, "JOIN #tea")[-1:] == ["474"]
    op.ask("INVITE eve #tea")
    assert "366" in numbers(eve, "JOIN #tea")


@pytest.mark.parametrize("ending", ["MODE #tea -o gus", "KICK #tea gus"])
def test_it_ends_with_the_role_of_who_gave_it(server: Running, op: IrcClient, ending: str) -> None:
    gus, eve = server.member("gus", room="#tea"), server.register("eve")
    op.ask("MODE #tea +io gus")
    gus.ask("INVITE eve #tea")
    op.ask(ending)
    assert numbers(eve, "JOIN #tea")[-1:] == ["473"]
    assert "336" not in numbers(eve, "INVITE")


def test_a_members_word_takes_nothing_from_an_operators(server: Running, op: IrcClient) -> None:
    gus, eve = server.member("gus", room="#tea"), server.register("eve")
    op.ask("INVITE eve #tea")
    gus.ask("INVITE eve #tea")
    op.ask("MODE #tea +i")
    assert "366" in numbers(eve, "JOIN #tea")


def test_operators_list_and_revoke_them(server: Running, op: IrcClient) -> None:
    gus, eve, fay = server.member("gus", room="#tea"), server.register("eve"), server.register("fay")
    assert "Nobody is invited to #tea." in op.ask("CS INVITES #tea")[-1]
    op.ask("INVITE eve #tea")
    gus.ask("INVITE fay #tea")
    first, second = op.ask("CS INVITES #tea")[-2:]
    assert " :eve, by olga on " in first
    assert " :fay, by gus on " in second
    assert second.endswith(": it opens nothing, because no operator gave it.")
    assert "not an operator" in gus.ask("CS INVITES #tea")[-1]
    assert "not an operator" in gus.ask("CS UNINVITE #tea eve")[-1]
    assert "fay is no longer invited to #tea." in gus.ask("CS UNINVITE #tea fay")[-1]
    assert "eve is no longer invited to #tea." in op.ask("CS UNINVITE #tea eve")[-1]
    assert "not invited" in op.ask("CS UNINVITE #tea eve")[-1]
    assert all("336" not in numbers(each, "INVITE") for each in (eve, fay))
    assert "not in" in eve.ask("CS INVITES #tea")[-1]
