"""JOIN, PART, TOPIC, NAMES, LIST, WHO, WHOIS, MODE, KICK, INVITE, AWAY: Modern "Channel Operations" and others."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("TOPIC tea", "403"),
        ("TOPIC tea :x", "403"),
        ("KICK tea gus", "403"),
        ("INVITE ann tea", "403"),
        ("PART tea", "403"),
        ("JOIN tea", "403"),
        ("NAMES tea", "366"),
    ],
)
def test_a_name_without_its_type_is_no_channels(
    server: Running, op: IrcClient, guest: IrcClient, line: str, answer: str
) -> None:
    """Modern, "Channels": a channel's name begins with one of CHANTYPES."""
    server.register("ann")
    (said,) = op.parsed(line)
    assert (said.command, said.params[1]) == (answer, "tea")
    assert guest.sync() == []


class TestSeeing:
    def test_names_with_prefixes_and_hosts(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("MODE #tea +v gus")
        assert parse(op.ask("NAMES #tea")[0]).params[-1] == "+gus @olga"
        op.ask("CAP REQ :userhost-in-names")
        assert parse(op.ask("NAMES #tea")[0]).params[-1] == "+gus!u@user/gus @olga!u@user/olga"
        assert numbers(op, "NAMES #nosuch") == ["366"]

    def test_a_full_room_takes_several_lines(self, server: Running, op: IrcClient) -> None:
        for i in range(30):
            server.member(f"member-with-a-long-name-{i:03}", room="#tea").close()
        op.sync()
        lines = op.parsed("NAMES #tea")
        assert len([line for line in lines if line.command == "353"]) > 1
        assert len([name for line in lines[:-1] for name in line.params[-1].split()]) == 31
        assert all(len(line.encode()) <= 510 for line in op.log)

    def test_list(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("TOPIC #tea :green")
        listed = {line.params[1]: line.params[2:] for line in op.parsed("LIST") if line.command == "322"}
        assert listed == {"#main": ("0", ""), "#tea": ("2", "green")}
        assert [line.params[1] for line in op.parsed("LIST #tea") if line.command == "322"] == ["#tea"]

    def test_secret_rooms_are_shown_to_members_only(self, op: IrcClient, server: Running) -> None:
        op.ask("MODE #tea +s")
        eve = server.register("eve")
        assert not any("#tea" in line for line in eve.ask("LIST", "WHOIS olga"))
        assert numbers(eve, "WHO #tea", "NAMES #tea", "MODE #tea", "TOPIC #tea", "PRIVMSG #tea :x") == [
            "315", "366", "403", "403", "403",
        ]  # fmt: skip
        assert any("#tea" in line for line in op.ask("LIST"))

    def test_who(self, op: IrcClient, guest: IrcClient) -> None:
        guest.ask("AWAY :lunch")
        shown = {line.params[5]: line for line in op.parsed("WHO #tea") if line.command == "352"}
        assert shown["olga"].params == (
            "olga", "#tea", "u", "user/olga", "chatstore.local", "olga", "H@", "0 Olga",
        )  # fmt: skip
        assert shown["gus"].params[6] == "G"
        assert numbers(op, "WHO gus", "WHO nobody") == ["352", "315", "315"]

    def test_whois(self, op: IrcClient, guest: IrcClient) -> None:
        guest.ask("AWAY :lunch")
        lines = {line.command: line.params for line in op.parsed("WHOIS gus")}
        assert lines["311"][1:] == ("gus", "~gus", "user/gus", "*", "Gus")
        assert lines["319"][-1] == "#tea"
        assert lines["301"][-1] == "lunch"
        assert lines["330"][2] == "gus"
        assert "317" in lines
        assert list(lines)[-1] == "318"
        assert numbers(op, "WHOIS nobody") == ["401", "318"]

    def test_away(self, op: IrcClient, guest: IrcClient) -> None:
        assert numbers(guest, "AWAY :lunch") == ["306"]
        assert op.ask("PRIVMSG gus :hi") == [":chatstore.local 301 olga gus :lunch"]
        assert op.ask("NOTICE gus :hi") == []
        assert numbers(guest, "AWAY")[-1] == "305"
        assert op.ask("PRIVMSG gus :hi") == []
