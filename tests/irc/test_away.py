"""AWAY, away-notify, pre-away: who is there, and who hears of it. Modern "AWAY message"; the IRCv3 texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.running import PASSWORD, IrcClient, Running, plain


@pytest.fixture
def watcher(server: Running) -> IrcClient:
    """In #main, and told who is away."""
    return server.member("wanda", "away-notify")


def answers(client: IrcClient, *lines: str) -> list[tuple[str, ...]]:
    return [(line.command, *line.params[1:]) for line in client.parsed(*lines)]


def test_the_numerics(server: Running, alice: IrcClient, bob: IrcClient) -> None:
    alice.sync()
    assert [number for number, *_ in answers(alice, "AWAY :lunch")] == ["306"]
    assert answers(bob, "PRIVMSG alice :hi") == [("301", "alice", "lunch")]
    assert ("301", "alice", "lunch") in answers(bob, "WHOIS alice")
    assert any(line.split()[8] == "G" for line in bob.ask("WHO alice") if " 352 " in line)
    alice.sync()
    assert [number for number, *_ in answers(alice, "AWAY")] == ["305"]
    assert answers(bob, "PRIVMSG alice :hi", "NOTICE alice :hi") == []
    assert any(line.split()[8] == "H" for line in bob.ask("WHO alice") if " 352 " in line)


def test_an_empty_message_is_being_back(alice: IrcClient, bob: IrcClient) -> None:
    alice.ask("AWAY :lunch")
    assert [number for number, *_ in answers(alice, "AWAY :")] == ["305"]
    assert answers(bob, "PRIVMSG alice :hi") == []


def test_a_message_that_is_too_long_is_cut(run_server: Callable[..., Running]) -> None:
    server = run_server(limits={"away_length": 80})
    alice, bob = server.member("alice"), server.member("bob")
    alice.ask("AWAY :" + "é" * 100)
    assert answers(bob, "PRIVMSG alice :hi") == [("301", "alice", "é" * 80)]


class TestNotify:
    def test_set_changed_and_removed(self, watcher: IrcClient, bob: IrcClient) -> None:
        bob.ask("AWAY :one", "AWAY :two", "AWAY :two", "AWAY")
        said = [line for line in watcher.sync() if " AWAY" in line]
        assert said == [":bob!u@user/bob AWAY :one", ":bob!u@user/bob AWAY :two", ":bob!u@user/bob AWAY"]

    def test_only_who_asked_and_shares_a_room(self, server: Running, bob: IrcClient) -> None:
        plainly, elsewhere = server.member("alice"), server.member("eve", "away-notify", "#else")
        bob.ask("AWAY :lunch")
        assert not any("AWAY" in line for line in plainly.sync() + elsewhere.sync())

    def test_once_however_many_rooms_are_shared(self, watcher: IrcClient, bob: IrcClient) -> None:
        for client in (watcher, bob):
            client.ask("JOIN #one,#two,#three")
        watcher.sync()
        bob.ask("AWAY :lunch")
        assert [line for line in watcher.sync() if " AWAY " in line] == [":bob!u@user/bob AWAY :lunch"]

    def test_who_joins_and_is_away(self, server: Running, watcher: IrcClient) -> None:
        bob = server.register("bob")
        bob.ask("AWAY :gone fishing", "JOIN #main")
        assert watcher.sync()[-2:] == [":bob!u@user/bob JOIN #main", ":bob!u@user/bob AWAY :gone fishing"]
        assert not any(" AWAY :" in line for line in bob.log)
        bob.ask("AWAY", "PART #main", "JOIN #main")
        assert watcher.sync()[-1] == ":bob!u@user/bob JOIN #main"

    def test_who_stays_without_a_connection(self, server: Running, watcher: IrcClient, bob: IrcClient) -> None:
        """A member whose last connection goes is away in everybody's eyes until one comes."""
        bob.send("QUIT")
        bob.rest()
        assert watcher.wait("AWAY") == ":bob!u@user/bob AWAY :not connected"
        assert any(line.split()[8] == "G" for line in watcher.ask("WHO bob") if " 352 " in line)
        server.login("bob")
        assert watcher.wait("AWAY") == ":bob!u@user/bob AWAY"

    def test_tags(self, server: Running, bob: IrcClient) -> None:
        watcher = server.member("wanda", "away-notify server-time account-tag message-tags")
        bob.ask("AWAY :lunch")
        line = next(line for line in watcher.sync() if "AWAY" in line)
        assert line.startswith("@time=")
        assert ";account=bob " in line
        assert "msgid" not in line


class TestSeveralConnections:
    def test_one_that_is_here_is_enough(self, server: Running, watcher: IrcClient, bob: IrcClient) -> None:
        phone = server.login("bob")
        phone.ask("AWAY :in my pocket")
        assert not any("AWAY" in line for line in watcher.sync())
        bob.ask("AWAY :lunch")
        assert watcher.wait("AWAY").endswith(" AWAY :lunch")
        phone.ask("AWAY :still there")
        assert watcher.wait("AWAY").endswith(" AWAY :still there")
        bob.ask("AWAY")
        assert watcher.wait("AWAY").endswith(" AWAY")

    def test_the_one_that_is_left_counts(self, server: Running, watcher: IrcClient, bob: IrcClient) -> None:
        phone = server.login("bob")
        phone.ask("AWAY :in my pocket")
        bob.send("QUIT")
        bob.rest()
        assert watcher.wait("AWAY").endswith(" AWAY :in my pocket")

    def test_the_other_connections_are_told(self, server: Running, bob: IrcClient) -> None:
        phone = server.login("bob", "away-notify")
        phone.sync()
        phone.ask("AWAY :a")
        bob.ask("AWAY :b")
        assert [line for line in phone.sync() if "AWAY" in line] == [":bob!u@user/bob AWAY :b"]


class TestPreAway:
    def login(self, server: Running, away: str, caps: str = "draft/pre-away") -> IrcClient:
        client = server.connect()
        client.send("CAP LS 302", "NICK bob", "USER bob 0 * :Bob", f"CAP REQ :sasl {caps}", away)
        client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('bob')}", "CAP END")
        client.wait(" 422 ")
        return client

    def test_before_the_welcome(self, server: Running, watcher: IrcClient, bob: IrcClient) -> None:
        bob.send("QUIT")
        bob.rest()
        watcher.wait("AWAY :not connected")
        again = self.login(server, "AWAY :Gone to lunch.  Back in 5")
        assert any(" 306 " in line for line in again.log)
        assert watcher.wait("AWAY").endswith(" AWAY :Gone to lunch.  Back in 5")

    def test_nobody_there_is_as_if_not_connected(self, server: Running, watcher: IrcClient, bob: IrcClient) -> None:
        bob.send("QUIT")
        bob.rest()
        watcher.wait("AWAY :not connected")
        again = self.login(server, "AWAY *")
        assert not any("AWAY" in line for line in watcher.sync())
        assert ("301", "bob", "not connected") in answers(watcher, "WHOIS bob")
        again.ask("AWAY")
        assert watcher.wait("AWAY").endswith(" AWAY")

    def test_nobody_there_beside_a_message(self, server: Running, watcher: IrcClient, bob: IrcClient) -> None:
        bob.ask("AWAY :lunch")
        watcher.wait("AWAY :lunch")
        self.login(server, "AWAY *")
        assert not any("AWAY" in line for line in watcher.sync())
        assert ("301", "bob", "lunch") in answers(watcher, "WHOIS bob")

    def test_taken_back_before_the_welcome(self, server: Running, watcher: IrcClient, bob: IrcClient) -> None:
        client = server.connect()
        client.send("CAP REQ :sasl draft/pre-away", "AWAY :x", "AWAY", "NICK bob", "USER bob 0 * :Bob")
        client.send(f"PASS :bob:{PASSWORD}", "CAP END")
        client.wait(" 422 ")
        assert not any("301" in line.split()[1] for line in watcher.ask("WHOIS bob"))

    def test_without_the_capability(self, server: Running) -> None:
        client = server.connect()
        client.send("AWAY :x")
        assert " 451 " in client.line()

    def test_a_nick_that_comes_online_away_is_online(
        self, server: Running, bob: IrcClient, alice: IrcClient
    ) -> None:
        bob.send("QUIT")
        bob.rest()
        alice.ask("MONITOR + bob")
        self.login(server, "AWAY :lunch")
        assert any(" 730 * :bob!" in line for line in alice.sync())
