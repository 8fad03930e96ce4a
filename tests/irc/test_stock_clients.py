"""What stock clients and bots expect, each as one of them needs it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.running import IrcClient, Running


def said(client: IrcClient) -> list[str]:
    return [line for line in client.sync() if " PRIVMSG " in line]


@pytest.mark.parametrize("caps", ["echo-message", "znc.in/self-message"])
def test_an_own_direct_message_goes_only_to_who_expects_it(server: Running, caps: str) -> None:
    """HexChat and ircii show it as from oneself to oneself."""
    server.register("bob")
    first, stock, knows = server.register("alice"), server.login("alice"), server.login("alice", caps)
    for client in (stock, knows):
        client.sync()
    first.ask("PRIVMSG bob :hello bob")
    assert said(stock) == []
    assert said(knows) == [":alice!u@user/alice PRIVMSG bob :hello bob"]
    assert said(first) == []
    first.ask("PRIVMSG alice :a note to myself")
    assert len(said(stock)) == 1


def test_an_own_direct_message_is_not_replayed_either(run_server: Callable[..., Running]) -> None:
    server = run_server()
    bob, alice = server.register("bob"), server.register("alice")
    alice.close()
    while (person := server.server.chat.hub.person("alice")) is not None and person.sessions:
        bob.sync()
    page = server.login("alice", "draft/chathistory batch echo-message")
    bob.ask("PRIVMSG alice :hello")
    page.wait("hello$")
    page.ask("PRIVMSG bob :answered on my phone")
    stock = server.login("alice")
    stock.sync()
    assert not any("answered on my phone" in line for line in stock.log)


def test_monitor_news_have_no_account_tag(server: Running) -> None:
    bob = server.register("bob", "account-tag server-time message-tags")
    bob.ask("MONITOR + alice")
    alice = server.register("alice")
    online = bob.wait(" 730 ")
    alice.send("QUIT")
    for line in (online, bob.wait(" 731 ")):
        assert "account=" not in line


def test_a_limit_of_nothing_is_an_empty_batch(server: Running) -> None:
    alice = server.member("alice", "batch draft/chathistory")
    alice.ask("PRIVMSG #main :hello")
    for command in (
        "LATEST #main * 0",
        "BEFORE #main timestamp=2100-01-01T00:00:00.000Z 0",
        "AROUND #main timestamp=2020-01-01T00:00:00.000Z 0",
        "TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 0",
    ):
        assert [line.command for line in alice.parsed(f"CHATHISTORY {command}")] == ["BATCH", "BATCH"], command


def test_the_server_says_what_it_is_for(run_server: Callable[..., Running]) -> None:
    server = run_server(server={"description": "Where the  Foo club meets"})
    alice = server.member("alice")
    found = {line.command: line.params for line in alice.parsed("LINKS", "VERSION", "WHOIS alice")}
    assert found["364"][-1] == "0 Where the Foo club meets"
    assert found["351"][-1] == found["312"][-1] == "Where the Foo club meets"


def test_who_tells_the_user_that_messages_have(server: Running) -> None:
    """Clients reckon by it how long a line may be, and match masks."""
    alice, bob = server.member("alice"), server.member("bob")
    who = next(line.params for line in alice.parsed("WHO #main") if "bob" in line.params)
    bob.ask("PRIVMSG #main :hello")
    assert alice.wait("hello$").startswith(f":bob!{who[2]}@{who[3]} ")
    assert alice.parsed("USERHOST bob")[0].params[1] == f"bob=+{who[2]}@{who[3]}"
