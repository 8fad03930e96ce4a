"""VERSION, TIME, INFO, ADMIN, LINKS, STATS, MOTD, HELP, USERHOST, ISON, PING. Spec: Modern, "Server Queries and
Commands", "HELP message", "USERHOST message", "PING message"; RFC 2812 (ISON)."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from chatstore.irc.commands import all_commands
from tests.running import SECONDS, IrcClient, Running


def numbers(client: IrcClient, *lines: str) -> list[str]:
    return [line.command for line in client.parsed(*lines)]


@pytest.fixture
def alice(server: Running) -> IrcClient:
    return server.register("alice")


class TestAServerThatIsNotHere:
    COMMANDS = ("VERSION {}", "TIME {}", "INFO {}", "ADMIN {}", "MOTD {}", "STATS u {}", "LINKS {} *", "PING x {}")

    def test_none_of_that_name(self, alice: IrcClient) -> None:
        for command in self.COMMANDS:
            lines = alice.parsed(command.format("irc.example.org"))
            assert [line.command for line in lines] == ["402"], command
            assert lines[0].params[1:] == ("irc.example.org", "no such server")

    @pytest.mark.parametrize("target", ["chatstore.local", "CHATSTORE.LOCAL", "*.local", "alice"])
    def test_this_one(self, alice: IrcClient, target: str) -> None:
        for command in self.COMMANDS:
            assert "402" not in numbers(alice, command.format(target)), command


class TestAnswers:
    def test_version(self, alice: IrcClient) -> None:
        lines = alice.parsed("VERSION")
        assert lines[0].command == "351"
        assert lines[0].params[1].startswith("chatstore-")
        assert lines[0].params[2] == "chatstore.local"
        assert {line.command for line in lines[1:]} == {"005"}
        tokens = [token for line in lines[1:] for token in line.params[1:-1]]
        assert {"NETWORK=chatstore", "WHOX", "CASEMAPPING=ascii"} <= set(tokens)

    def test_time(self, server: Running, alice: IrcClient) -> None:
        [line] = alice.parsed("TIME")
        assert (line.command, line.params[1]) == ("391", "chatstore.local")
        assert abs(int(line.params[2]) - time.time()) < SECONDS  # PostgreSQL's clock is known by the last commit
        server.server.chat.clock = lambda: 1_700_000_000.9
        [line] = alice.parsed("TIME")
        assert line.params[2] == "1700000000"
        assert "2023" in line.params[3]

    def test_info(self, alice: IrcClient) -> None:
        *lines, end = alice.parsed("INFO")
        assert {line.command for line in lines} == {"371"}
        assert "chatstore" in lines[0].params[1]
        assert end.params == ("alice", "end of INFO")

    def test_admin(self, run_server: Callable[..., Running]) -> None:
        told = {"admin_location": "Berlin", "admin_name": "Olga", "admin_email": "olga@example.org"}
        client = run_server(server=told).register("alice")
        assert [(line.command, line.params[1:]) for line in client.parsed("ADMIN")] == [
            ("256", ("chatstore.local", "administrative information about chatstore.local")),
            ("257", ("Berlin",)),
            ("258", ("Olga",)),
            ("259", ("olga@example.org",)),
        ]

    def test_admin_that_is_not_told(self, alice: IrcClient) -> None:
        assert [(line.command, line.params[1]) for line in alice.parsed("ADMIN")] == [("423", "chatstore.local")]

    def test_links(self, alice: IrcClient) -> None:
        assert [(line.command, line.params[1:]) for line in alice.parsed("LINKS")] == [
            ("364", ("chatstore.local", "chatstore.local", "0 chatstore")),
            ("365", ("*", "end of LINKS")),
        ]

    def test_stats(self, server: Running, alice: IrcClient) -> None:
        server.server.chat.clock = lambda: time.time() + 2 * 86400 + 3 * 3600 + 4 * 60
        lines = alice.parsed("STATS u")
        assert [line.command for line in lines] == ["242", "219"]
        assert lines[0].params[1].startswith("Server Up 2 days 3:04:")
        assert lines[1].params[1:] == ("u", "end of STATS")
        assert [(line.command, line.params[1]) for line in alice.parsed("STATS c", "STATS :")] == [
            ("219", "c"),
            ("219", "*"),
        ]
        assert numbers(alice, "STATS") == ["461"]

    def test_motd(self, run_server: Callable[..., Running]) -> None:
        client = run_server(server={"motd": "one\n\ntwo"}).register("alice")
        shown = [line.params[-1] for line in client.parsed("MOTD") if line.command == "372"]
        assert shown == ["- one", "- ", "- two"]
        assert numbers(client, "MOTD") == ["375", "372", "372", "372", "376"]

    def test_no_motd(self, alice: IrcClient) -> None:
        assert numbers(alice, "MOTD") == ["422"]


class TestHelp:
    @pytest.mark.parametrize("command", ["HELP", "HELPOP"])
    def test_every_command(self, alice: IrcClient, command: str) -> None:
        for name in all_commands():
            first, *lines, last = alice.parsed(f"{command} {name.lower()}")
            assert (first.command, first.params[1:]) == ("704", (name, name))
            assert {line.command for line in lines} == {"705"}
            assert lines[0].params[2] == ""
            assert lines[1].params[2] != ""
            assert last.command == "706"
            assert {line.params[1] for line in [*lines, last]} == {name}

    def test_which_there_are(self, alice: IrcClient) -> None:
        first, *lines, last = alice.parsed("HELP")
        assert (first.command, last.command) == ("704", "706")
        assert {line.params[1] for line in [first, *lines, last]} == {"*"}
        assert {"PRIVMSG", "WHOIS"} <= {word for line in lines for word in line.params[2].split()}

    def test_nothing_to_say(self, alice: IrcClient) -> None:
        asked = ("HELP nix", "HELP :two words", "HELP ::x")
        assert [(line.command, line.params[1]) for line in alice.parsed(*asked)] == [
            ("524", "nix"),
            ("524", "*"),
            ("524", "*"),
        ]


class TestNicks:
    def test_userhost(self, server: Running, alice: IrcClient) -> None:
        bob = server.register("bob")
        bob.ask("AWAY :lunch")
        lines = alice.parsed("USERHOST BOB nix alice")
        assert [line.command for line in lines] == ["302"]
        assert lines[0].params[1:] == ("bob=-u@user/bob alice=+u@user/alice",)
        assert alice.parsed("USERHOST nix")[0].params[1:] == ("",)

    def test_five_at_most(self, alice: IrcClient) -> None:
        assert alice.parsed("USERHOST alice alice alice alice alice alice")[0].params[1].count("=") == 5

    def test_ison(self, server: Running, alice: IrcClient) -> None:
        bob = server.member("bob")
        assert alice.parsed("ISON BOB nix alice")[0].params[1:] == ("bob alice",)
        assert alice.parsed("ISON :alice bob")[0].params[1:] == ("alice bob",)
        bob.send("QUIT")
        bob.rest()
        lines = alice.parsed("ISON bob no,nick")
        assert [(line.command, line.params[1:]) for line in lines] == [("303", ("",))]

    def test_none(self, alice: IrcClient) -> None:
        assert numbers(alice, "USERHOST", "ISON") == ["461", "461"]


class TestPing:
    def test_the_token_comes_back(self, alice: IrcClient) -> None:
        for said, token in (("abc", "abc"), (":a b", "a b"), ("::x", ":x"), ("a chatstore.local", "a")):
            lines = alice.parsed(f"PING {said}")
            assert [(line.command, line.params) for line in lines] == [("PONG", ("chatstore.local", token))]

    def test_none(self, alice: IrcClient) -> None:
        assert [(line.command, line.params[0]) for line in alice.parsed("PING", "PING :")] == [("409", "alice")] * 2

    def test_pong_is_heard_in_silence(self, alice: IrcClient) -> None:
        assert alice.ask("PONG", "PONG x", "PONG x irc.example.org") == []


def test_they_are_for_those_who_take_part(server: Running) -> None:
    commands = "VERSION TIME INFO ADMIN LINKS STATS MOTD HELP HELPOP USERHOST ISON WHOWAS LUSERS".split()
    client = server.connect()
    assert numbers(client, *commands) == ["451"] * len(commands)
