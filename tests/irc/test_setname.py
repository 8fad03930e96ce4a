"""SETNAME. IRCv3 setname."""

from __future__ import annotations

from collections.abc import Callable

from tests.running import IrcClient, Running


def test_who_sets_it_and_who_shares_a_room_are_told(server: Running, bob: IrcClient) -> None:
    alice, carol = server.member("alice", "setname"), server.member("carol", "setname")
    for client in (alice, bob, carol):
        client.ask("JOIN #second")
    for client in (alice, bob, carol):
        client.sync()
    line = ":alice!u@user/alice SETNAME :Bruce Wayne <bruce@wayne.enterprises>"
    assert alice.ask("SETNAME :Bruce Wayne <bruce@wayne.enterprises>") == [line]
    assert carol.sync() == [line]
    assert bob.sync() == []
    assert any(line.endswith(" :Bruce Wayne <bruce@wayne.enterprises>") for line in bob.ask("WHOIS alice"))
    assert any(line.endswith(" :0 Bruce Wayne <bruce@wayne.enterprises>") for line in bob.ask("WHO alice"))


def test_one_word_and_no_room(server: Running) -> None:
    eve = server.register("eve", "setname")
    assert eve.ask("SETNAME Batman") == [":eve!u@user/eve SETNAME :Batman"]


def test_the_same_again_is_told_to_nobody_else(server: Running) -> None:
    alice, carol = server.member("alice", "setname"), server.member("carol", "setname")
    alice.ask("SETNAME Batman", "SETNAME Batman")
    assert len([line for line in carol.sync() if "SETNAME" in line]) == 1


def test_what_a_connection_that_comes_calls_itself_is_no_news(server: Running) -> None:
    """Every device says something else, and after a restart everybody comes once more."""
    alice, carol = server.member("alice", "setname"), server.member("carol", "setname")
    alice.ask("SETNAME Batman")
    carol.wait(" SETNAME ")
    again = server.login("alice", "setname")
    again.sync()
    assert [line for client in (again, alice, carol) for line in client.ask("PING x") if " SETNAME " in line] == []
    assert any(line.endswith(" :Alice") for line in carol.ask("WHOIS alice"))


def test_joins_say_the_new_one(server: Running) -> None:
    alice, carol = server.register("alice"), server.member("carol", "extended-join")
    alice.ask("SETNAME :The Bat", "JOIN #main")
    assert carol.wait("JOIN #main alice") == ":alice!u@user/alice JOIN #main alice :The Bat"


def test_without_the_capability_it_is_done_silently(alice: IrcClient, bob: IrcClient) -> None:
    alice.sync()
    assert alice.ask("SETNAME Batman") == []
    assert any(line.endswith(" :Batman") for line in bob.ask("WHOIS alice"))


def test_errors(run_server: Callable[..., Running]) -> None:
    server = run_server(limits={"realname_length": 80})
    alice = server.member("alice", "setname")
    assert any(" NAMELEN=80 " in line for line in alice.log)
    assert [line[:39] for line in alice.ask("SETNAME :", "SETNAME :  ", f"SETNAME :{'x' * 81}")] == [
        f":{server.server.config.server.name} FAIL SETNAME INVALID_REALNAME :"[:39]
    ] * 3
    assert alice.ask("SETNAME :" + "x" * 80) == [f":alice!u@user/alice SETNAME :{'x' * 80}"]
    assert " 461 alice SETNAME " in alice.ask("SETNAME")[0]


def test_not_around_a_ban(server: Running, alice: IrcClient) -> None:
    alice.ask("JOIN #tea")
    eve = server.member("eve", "setname", "#tea")
    alice.ask("MODE #tea +b eve")
    line = eve.ask("SETNAME :Somebody Else")[-1]
    assert " FAIL SETNAME CANNOT_CHANGE_REALNAME :" in line
    alice.ask("MODE #tea +v eve")
    assert eve.ask("SETNAME :Somebody Else")[-1].endswith(" SETNAME :Somebody Else")
