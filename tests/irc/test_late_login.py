"""A guest who logs in after the welcome. IRCv3 account-notify, chghost ("Fallback"), extended-join, sasl 3.1.

Where nobody of the account is here the person stays the same; otherwise two persons become one.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.running import IrcClient, Running, plain

EVERYTHING = "account-notify chghost extended-join away-notify account-tag message-tags"


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    """Guests are let in, and keep their nick when they log in."""
    return run_server(accounts={"guests": True, "nick_must_be_account": False})


def guest(server: Running, nick: str, caps: str = "", room: str = "#tea") -> IrcClient:
    client = server.connect()
    client.nick = nick
    client.send(f"CAP REQ :sasl {caps}", f"NICK {nick}", f"USER {nick} 0 * :The {nick}", "CAP END")
    client.wait(" 422 ")
    if room:
        client.send(f"JOIN {room}")
        client.wait(" 366 ")
    return client


def log_in(client: IrcClient, account: str) -> list[str]:
    return client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(account)}")


def account(server: Running, name: str) -> None:
    """One that exists and has nobody here."""
    client = server.register(name)
    client.send("QUIT")
    client.rest()


def names(client: IrcClient, room: str = "#tea") -> list[str]:
    return sorted(
        word for line in client.parsed(f"NAMES {room}") if line.command == "353" for word in line.params[-1].split()
    )


def untagged(lines: list[str]) -> list[str]:
    return [line.partition(" ")[2] if line.startswith("@") else line for line in lines]


class TestTheSamePerson:
    def test_those_who_can_be_told_are_told(self, server: Running) -> None:
        account(server, "alice")
        watcher, eve = guest(server, "wanda", EVERYTHING), guest(server, "eve", "account-notify chghost")
        for client in (watcher, eve):
            client.ask("JOIN #second")
        eve.sync()
        watcher.sync()
        lines = log_in(eve, "alice")
        assert untagged(watcher.sync()) == [
            ":eve!guest@guest ACCOUNT alice",
            ":eve!guest@guest CHGHOST u user/alice",
        ]
        told = [line for line in lines if " ACCOUNT " in line or " CHGHOST " in line]
        assert told == [":eve!guest@guest ACCOUNT alice", ":eve!guest@guest CHGHOST u user/alice"]
        assert not any(" JOIN " in line or " 366 " in line for line in lines)
        assert names(watcher) == ["@wanda", "eve"]

    def test_those_who_know_no_new_hosts_see_a_quit_and_joins(self, server: Running) -> None:
        account(server, "alice")
        plainly, joins = guest(server, "pat"), guest(server, "jo", "extended-join account-notify away-notify")
        eve = guest(server, "eve")
        for client in (plainly, joins, eve):
            client.ask("JOIN #second")
        plainly.ask("MODE #tea +ov eve eve")
        eve.ask("AWAY :thinking")
        for client in (plainly, joins):
            client.sync()
        log_in(eve, "alice")
        server_name = server.server.config.server.name
        assert plainly.sync() == [
            ":eve!guest@guest QUIT :Changing host",
            ":eve!u@user/alice JOIN #tea",
            f":{server_name} MODE #tea +ov eve eve",
            ":eve!u@user/alice JOIN #second",
        ]
        assert joins.sync() == [
            ":eve!guest@guest ACCOUNT alice",
            ":eve!guest@guest QUIT :Changing host",
            ":eve!u@user/alice JOIN #tea alice :The eve",
            ":eve!u@user/alice AWAY :thinking",
            f":{server_name} MODE #tea +ov eve eve",
            ":eve!u@user/alice JOIN #second alice :The eve",
            ":eve!u@user/alice AWAY :thinking",
        ]

    def test_the_role_and_the_messages_go_on(self, server: Running) -> None:
        account(server, "alice")
        eve = guest(server, "eve")  # made #tea: its operator
        watcher = guest(server, "wanda", EVERYTHING)
        log_in(eve, "alice")
        eve.ask("PRIVMSG #tea :me again", "MODE #tea +m")
        assert untagged(watcher.sync())[-2:] == [
            ":eve!u@user/alice PRIVMSG #tea :me again",
            ":eve!u@user/alice MODE #tea +m",
        ]
        assert any("account=alice" in line for line in watcher.log)
        watcher.ask("PRIVMSG #tea :hm", "PRIVMSG eve :psst")
        assert eve.sync() == [":wanda!guest@guest PRIVMSG eve :psst"]

    def test_it_is_a_member_for_good(self, server: Running) -> None:
        """As if it had joined with the account: with the place in history from which the guest was in."""
        account(server, "alice")
        watcher = guest(server, "wanda")
        eve = guest(server, "eve")
        log_in(eve, "alice")
        eve.send("QUIT")
        eve.rest()
        assert names(watcher) == ["@wanda", "eve"]
        watcher.ask("PRIVMSG #tea :you have missed this")
        again = server.login("alice")
        assert again.wait(" JOIN ").endswith("JOIN #tea")
        assert again.wait("missed this")
        assert again.parsed("WHOIS eve")[0].params[1] == "eve"

    def test_a_new_account(self, server: Running) -> None:
        watcher, eve = guest(server, "wanda", EVERYTHING), guest(server, "eve", "account-notify")
        eve.ask("REGISTER * * :correct horse")
        assert untagged(watcher.sync())[-2:] == [
            ":eve!guest@guest ACCOUNT eve",
            ":eve!guest@guest CHGHOST u user/eve",
        ]
        assert any("330 eve eve eve" in line for line in eve.ask("WHOIS eve"))

    def test_messages_that_waited_for_the_account_are_shown(self, server: Running) -> None:
        account(server, "alice")
        wanda = guest(server, "wanda")
        wanda.ask("PRIVMSG alice :for later")
        eve = guest(server, "eve", room="#other")
        lines = log_in(eve, "alice")
        assert any(line.endswith("for later") for line in lines)

    def test_the_founder_is_its_operator_again(self, server: Running) -> None:
        founder = server.member("alice", room="#hers")
        founder.ask("PART #hers")
        founder.send("QUIT")
        founder.rest()
        eve, watcher = guest(server, "eve", room="#hers"), guest(server, "wanda", EVERYTHING, "#hers")
        log_in(eve, "alice")
        assert watcher.wait(" MODE ").endswith(" MODE #hers +o eve")
        assert names(watcher, "#hers") == ["@eve", "wanda"]

    def test_a_ban_on_the_account(self, server: Running) -> None:
        """The guest is out of that room, and stays in the others."""
        account(server, "alice")
        wanda, eve = guest(server, "wanda"), guest(server, "eve")
        eve.ask("JOIN #other")
        wanda.ask("MODE #tea +b *!*@user/alice")
        lines = log_in(eve, "alice")
        assert any(line.endswith(" KICK #tea eve :alice is banned") for line in lines)
        assert wanda.sync()[-1].endswith(" KICK #tea eve :alice is banned")
        assert names(eve, "#other") == ["@eve"]
        wanda.ask("PRIVMSG #tea :among us")
        assert not any("among us" in line for line in eve.sync())
        eve.ask("PRIVMSG #tea :still here?")
        assert not any("still here" in line for line in wanda.sync())

    def test_who_watches_the_nick_hears_nothing(self, server: Running) -> None:
        account(server, "alice")
        eve, watcher = guest(server, "eve"), guest(server, "wanda", room="")
        watcher.ask("MONITOR + eve")
        log_in(eve, "alice")
        assert watcher.sync() == []
        eve.ask("NICK evelyn")
        assert watcher.sync()[-1].endswith(" 731 * :eve")


class TestTheNickOfTheAccount:
    @pytest.fixture
    def server(self, run_server: Callable[..., Running]) -> Running:
        return run_server(accounts={"guests": True})

    def test_the_nick_changes_with_it(self, server: Running) -> None:
        account(server, "alice")
        wanda, eve = guest(server, "wanda", EVERYTHING), guest(server, "eve")
        wanda.sync()
        lines = log_in(eve, "alice")
        assert untagged(wanda.sync()) == [
            ":eve!guest@guest ACCOUNT alice",
            ":eve!guest@guest CHGHOST u user/alice",
            ":eve!u@user/alice NICK alice",
        ]
        assert ":eve!u@user/alice NICK alice" in lines
        assert names(wanda) == ["@wanda", "alice"]
        guest(server, "eve")  # that nick is free again

    def test_history_tells_the_same(self, server: Running) -> None:
        account(server, "alice")
        caps = "draft/chathistory draft/event-playback batch message-tags server-time account-tag"
        wanda, eve = guest(server, "wanda", caps), guest(server, "eve")
        eve.ask("PRIVMSG #tea :as a guest")
        log_in(eve, "alice")
        eve.ask("PRIVMSG #tea :as alice")
        lines = wanda.parsed("CHATHISTORY LATEST #tea * 10")
        told = [(line.source, line.command, line.params[-1]) for line in lines if line.command != "BATCH"]
        assert told[-3:] == [
            ("eve!guest@guest", "PRIVMSG", "as a guest"),
            ("eve!u@user/alice", "NICK", "alice"),
            ("alice!u@user/alice", "PRIVMSG", "as alice"),
        ]


class TestTwoBecomeOne:
    """A connection or a membership of the account is here already."""

    def test_others_see_the_guest_quit_and_the_account_join(self, server: Running) -> None:
        alice = server.member("alice", "account-notify", "#hers")
        wanda, eve = guest(server, "wanda", EVERYTHING), guest(server, "eve", "account-notify")
        wanda.sync()
        lines = log_in(eve, "alice")
        assert untagged(wanda.sync()) == [
            ":eve!guest@guest QUIT :logged in as alice",
            ":alice!u@user/alice JOIN #tea alice :The eve",
        ]
        assert ":eve!u@user/alice NICK alice" in lines
        assert not any("QUIT" in line for line in lines)
        assert any(line.endswith(" JOIN #hers") for line in lines + eve.sync())
        assert alice.wait(" 366 ").split()[3] == "#tea"
        assert names(wanda) == ["@wanda", "alice"]

    def test_both_connections_hear_everything_once(self, server: Running) -> None:
        alice = server.member("alice", room="#hers")
        wanda, eve = guest(server, "wanda"), guest(server, "eve")
        log_in(eve, "alice")
        alice.wait(" 366 .*#tea")
        wanda.ask("JOIN #hers")
        for text in ("PRIVMSG #tea :one", "PRIVMSG #hers :two", "PRIVMSG alice :three"):
            wanda.ask(text)
        for client in (alice, eve):
            said = [line.rpartition(":")[2] for line in client.sync() if "PRIVMSG" in line]
            assert said == ["one", "two", "three"]

    def test_in_the_same_room_already(self, server: Running) -> None:
        alice = server.member("alice", room="#tea")
        wanda, eve = guest(server, "wanda", EVERYTHING), guest(server, "eve")
        alice.sync()
        wanda.sync()
        log_in(eve, "alice")
        assert untagged(wanda.sync()) == [":eve!guest@guest QUIT :logged in as alice"]
        assert alice.sync() == [":eve!guest@guest QUIT :logged in as alice"]
        assert names(wanda) == ["@alice", "wanda"]
        wanda.ask("PRIVMSG #tea :hello")
        assert [line.rpartition(" ")[2] for line in eve.sync() if "PRIVMSG" in line] == [":hello"]

    def test_the_account_is_a_member_without_a_connection(self, server: Running) -> None:
        alice = server.member("alice", room="#tea")
        wanda = guest(server, "wanda", EVERYTHING)
        alice.close()
        wanda.wait(":alice!u@user/alice AWAY :")  # what came before that would have been told to the old connection
        wanda.ask("PRIVMSG alice :for later")
        eve = guest(server, "eve", room="#other")
        lines = log_in(eve, "alice") + eve.sync()
        assert any(line.endswith("for later") for line in lines)
        assert any(line.endswith(" JOIN #tea") for line in lines)
        assert untagged(wanda.sync())[-1] == ":alice!u@user/alice AWAY"

    def test_roles_come_along(self, server: Running) -> None:
        _alice = server.register("alice")
        eve, wanda = guest(server, "eve"), guest(server, "wanda")
        log_in(eve, "alice")
        assert names(wanda) == ["@alice", "wanda"]
        eve.ask("MODE #tea +m")
        assert wanda.sync()[-1].endswith(" MODE #tea +m")

    def test_a_ban_on_the_account(self, server: Running) -> None:
        _alice = server.register("alice")
        wanda, eve = guest(server, "wanda"), guest(server, "eve")
        wanda.ask("MODE #tea +b *!*@user/alice")
        lines = log_in(eve, "alice")
        assert any(line.endswith(" KICK #tea eve :alice is banned") for line in lines)
        assert names(wanda) == ["@wanda"]

    def test_who_watches_the_nick_is_told(self, server: Running) -> None:
        _alice = server.register("alice")
        wanda, eve = guest(server, "wanda", room=""), guest(server, "eve")
        wanda.ask("MONITOR + eve,alice")
        log_in(eve, "alice")
        assert [line.partition(" * ")[2] for line in wanda.sync()] == [":eve"]

    def test_the_one_goes_and_the_other_stays(self, server: Running) -> None:
        alice = server.member("alice", room="#hers")
        wanda, eve = guest(server, "wanda"), guest(server, "eve")
        log_in(eve, "alice")
        eve.send("QUIT")
        eve.rest()
        alice.wait(" 366 .*#tea")
        wanda.sync()
        wanda.ask("PRIVMSG #tea :still here?")
        assert alice.wait("still here")
        assert names(wanda) == ["@wanda", "alice"]


def test_an_invitation_moves(server: Running) -> None:
    account(server, "alice")
    wanda, eve = guest(server, "wanda"), guest(server, "eve", room="")
    wanda.ask("MODE #tea +i", "INVITE eve #tea")
    log_in(eve, "alice")
    assert any(line.endswith(" JOIN #tea") for line in eve.ask("JOIN #tea"))


def test_logging_in_twice_is_refused(server: Running) -> None:
    account(server, "alice")
    eve = guest(server, "eve")
    log_in(eve, "alice")
    assert any(" 907 " in line for line in log_in(eve, "alice"))
