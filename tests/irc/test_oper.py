"""OPER, KILL, WALLOPS, REHASH. Spec: Modern, OPER, "Operator Messages", WALLOPS."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import CreateAccount, SuspendAccount
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from chatstore.irc.commands import all_commands
from tests.running import PASSWORD, IrcClient, Running


def numbers(client: IrcClient, *lines: str) -> list[str]:
    return [line.command for line in client.parsed(*lines)]


def add_admin(server: Running) -> None:
    """The account `root`."""
    password = hash_password(PASSWORD, 4)
    server.server.store.submit([CreateAccount(person_name("root"), password, "admin")]).result()


@pytest.fixture
def server(server: Running) -> Running:
    add_admin(server)
    return server


@pytest.fixture
def oper(server: Running) -> IrcClient:
    """Somebody who is an operator as `root`."""
    client = server.register("olga")
    assert "381" in numbers(client, f"OPER root :{PASSWORD}")
    return client


class TestOper:
    def test_an_admin_and_the_password(self, server: Running) -> None:
        alice = server.register("alice")
        answer = [(line.command, line.params) for line in alice.parsed(f"OPER ROOT :{PASSWORD}")]
        assert answer == [("381", ("alice", "you are now an operator of this server")), ("MODE", ("alice", "+o"))]
        assert alice.parsed("MODE alice")[0].params[1] == "+o"
        assert numbers(alice, f"OPER root :{PASSWORD}") == ["381"]

    def test_refusals(self, server: Running) -> None:
        server.register("bob")
        alice = server.register("alice")
        for question, number in (
            ("OPER root wrong", "464"),
            ("OPER nobody x", "464"),
            ("OPER no,name x", "464"),
            (f"OPER bob :{PASSWORD}", "491"),
            (f"OPER alice :{PASSWORD}", "491"),
        ):
            lines = alice.parsed(question)
            assert [(line.command, len(line.params)) for line in lines] == [(number, 2)]
        assert numbers(alice, "OPER", "OPER root") == ["461", "461"]
        assert alice.parsed("MODE alice")[0].params[1] == "+"

    def test_an_admin_is_none_by_logging_in(self, server: Running) -> None:
        assert numbers(server.login("root"), "KILL nobody :x", "REHASH") == ["481", "481"]

    def test_a_suspended_admin(self, server: Running) -> None:
        server.server.store.submit([SuspendAccount(person_name("root"), "gone")]).result()
        assert numbers(server.register("alice"), f"OPER root :{PASSWORD}") == ["464"]

    def test_guesses_are_slowed_down(self, server: Running) -> None:
        alice = server.register("alice")
        for _ in range(10):
            alice.ask("OPER root wrong")
        lines = alice.parsed(f"OPER root :{PASSWORD}")
        assert [line.command for line in lines] == ["464"]
        assert "too many" in lines[0].params[1]

    def test_it_is_shown(self, server: Running, oper: IrcClient) -> None:
        alice = server.member("alice")
        oper.ask("JOIN #main")
        alice.sync()
        assert [line.params[6] for line in alice.parsed("WHO olga")[:-1]] == ["H*"]
        assert [line.params[1:] for line in alice.parsed("WHO * o%nf")] == [("olga", "H*"), ("*", "end of WHO")]
        whois = {line.command: line.params[1:] for line in alice.parsed("WHOIS olga")}
        assert whois["313"] == ("olga", "is an operator of this server")
        assert alice.parsed("USERHOST olga")[0].params[1] == "olga*=+u@user/olga"
        assert [line.params[1] for line in alice.parsed("LUSERS") if line.command == "252"] == ["1"]

    def test_it_ends(self, server: Running, oper: IrcClient) -> None:
        alice = server.register("alice")
        assert [line.params for line in oper.parsed("MODE olga -o")] == [("olga", "-o")]
        assert numbers(oper, "KILL alice :x") == ["481"]
        assert [line.params[1] for line in alice.parsed("LUSERS") if line.command == "252"] == ["0"]
        oper.ask(f"OPER root :{PASSWORD}")
        oper.send("QUIT")
        oper.rest()
        assert [line.params[1] for line in alice.parsed("LUSERS") if line.command == "252"] == ["0"]
        assert numbers(server.login("olga"), "KILL alice :x") == ["481"]

    def test_another_connection_of_the_same_person_is_none(self, server: Running, oper: IrcClient) -> None:
        assert numbers(server.login("olga"), "KILL olga :x") == ["481"]

    def test_who_was_suspended_meanwhile_does_nothing(self, server: Running, oper: IrcClient) -> None:
        alice = server.register("alice")
        server.server.store.submit([SuspendAccount(person_name("root"), "gone")]).result()
        assert numbers(oper, "KILL alice :x", "WALLOPS :x", "REHASH") == ["481"] * 3
        assert alice.sync() == []


class TestKill:
    def test_what_everybody_hears(self, run_server: Callable[..., Running]) -> None:
        server = run_server(accounts={"always_on": False})
        add_admin(server)
        oper, bob, eve = server.register("olga"), server.member("bob"), server.member("eve")
        oper.ask(f"OPER root :{PASSWORD}")
        assert oper.ask("KILL EVE :no more of that") == []
        assert eve.rest()[-2:] == [
            ":olga!u@user/olga KILL eve :no more of that",
            "ERROR :Closing link: Killed (olga (no more of that))",
        ]
        assert bob.wait("QUIT") == ":eve!u@user/eve QUIT :Killed (olga (no more of that))"

    def test_every_connection_and_no_membership(self, server: Running, oper: IrcClient) -> None:
        """Of an account that stays in its rooms."""
        eve, again = server.member("eve"), server.login("eve")
        bob = server.member("bob", "away-notify")
        oper.ask("KILL eve")
        for client in (eve, again):
            assert client.rest()[-1] == "ERROR :Closing link: Killed (olga (olga))"
        assert bob.wait("AWAY") == ":eve!u@user/eve AWAY :not connected"
        assert "eve" in bob.parsed("NAMES #main")[0].params[-1].split()
        assert server.login("eve").ask("PING x")

    def test_oneself(self, oper: IrcClient) -> None:
        oper.send("KILL olga :bye")
        assert oper.rest()[-1] == "ERROR :Closing link: Killed (olga (bye))"

    def test_refusals(self, server: Running, oper: IrcClient) -> None:
        alice, bob = server.register("alice"), server.member("bob")
        bob.send("QUIT")
        bob.rest()
        assert numbers(alice, "KILL olga :x", "KILL nobody :x", "KILL alice :x") == ["481"] * 3
        assert [(line.command, line.params[1]) for line in oper.parsed("KILL nobody :x", "KILL bob :x")] == [
            ("401", "nobody"),
            ("401", "bob"),
        ]
        assert numbers(oper, "KILL chatstore.local :x", "KILL") == ["483", "461"]

    def test_somebody_at_the_plain_endpoint(self, server: Running, oper: IrcClient) -> None:
        before = server.register("eve")
        before.send("QUIT")
        before.rest()
        eve = IrcClient("127.0.0.1", server.port("plain"))
        eve.send_bytes(f"eve\n{PASSWORD}\n".encode())
        while not oper.parsed("ISON eve")[0].params[1]:
            pass
        oper.ask("KILL eve :enough")
        told = b"".join(iter(lambda: eve._socket.recv(65536), b"")).decode()
        assert "olga, an operator of this server, closes your connection: enough" in told


class TestWallops:
    def test_who_hears_it(self, server: Running, oper: IrcClient) -> None:
        wants, does_not = server.register("alice"), server.register("bob")
        wants.ask("MODE alice +w")
        line = ":olga!u@user/olga WALLOPS :the disk is full"
        assert oper.ask("WALLOPS :the disk is full") == [line]
        assert wants.sync() == [line]
        assert does_not.sync() == []
        wants.ask("MODE alice -w")
        oper.ask("WALLOPS :again")
        assert wants.sync() == []

    def test_refusals(self, server: Running, oper: IrcClient) -> None:
        assert numbers(server.register("alice"), "WALLOPS :x", "WALLOPS :") == ["481", "481"]
        assert numbers(oper, "WALLOPS", "WALLOPS :") == ["461", "461"]


class TestRehash:
    def test_it_is_read_again(self, server: Running, oper: IrcClient) -> None:
        lines = oper.parsed("REHASH")
        assert [(line.command, line.params[1]) for line in lines] == [("382", "chatstore.toml")]

    def test_it_is_wrong(self, server: Running, oper: IrcClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(server.server._irc, "reload", lambda: "chatstore.toml: no such table")
        lines = oper.parsed("REHASH")
        assert [(line.command, line.params[1:]) for line in lines] == [
            ("400", ("REHASH", "chatstore.toml: no such table"))
        ]

    def test_refused(self, server: Running) -> None:
        assert numbers(server.register("alice"), "REHASH") == ["481"]


def test_what_operators_do_is_logged(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    eve = server.register("eve")
    with caplog.at_level(logging.INFO, "chatstore"):
        oper = server.register("olga")
        oper.ask(f"OPER olga :{PASSWORD}", f"OPER root :{PASSWORD}", "KILL eve :enough", "WALLOPS :hello", "REHASH")
    assert eve.rest()
    for words in (
        "olga from 127.0.0.1 can't be a server operator: olga is not an administrator",
        "olga from 127.0.0.1 became a server operator with account root",
        "olga, with account root, killed eve: enough",
        "olga, with account root, told the operators something",
        "olga, with account root, reloaded the configuration",
    ):
        assert words in caplog.text


def test_they_are_for_those_who_take_part(server: Running) -> None:
    commands = ("OPER a b", "KILL a b", "WALLOPS a", "REHASH")
    assert numbers(server.connect(), *commands) == ["451"] * 4
    assert {command.split()[0] for command in commands} <= all_commands().keys()
