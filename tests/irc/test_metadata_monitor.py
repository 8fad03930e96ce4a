"""METADATA of people that one monitors, and of a guest who logs in. IRCv3 draft/metadata-3 and monitor."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.irc.test_metadata import NEW, OLD, answers
from tests.irc.test_metadata_notifications import told
from tests.running import IrcClient, Running, plain


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    return run_server(accounts={"guests": True, "nick_must_be_account": False})


@pytest.fixture(params=[OLD, NEW])
def watcher(server: Running, request: pytest.FixtureRequest) -> IrcClient:
    """Somebody in no room, who monitors `foo` and wants to hear of `url`."""
    client = server.register("bar", request.param)
    client.ask("METADATA * SUB url", "MONITOR + foo")
    return client


def account(server: Running, name: str, *lines: str) -> None:
    """One that exists, has done that and is not here."""
    client = server.register(name)
    client.ask(*lines)
    client.send("QUIT")
    client.rest()


def guest(server: Running, nick: str) -> IrcClient:
    client = server.connect()
    client.nick = nick
    client.send(f"CAP REQ :sasl {NEW}", f"NICK {nick}", f"USER {nick} 0 * :G", "CAP END")
    client.wait(" 422 ")
    return client


def log_in(client: IrcClient, name: str) -> None:
    client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(name)}")


class TestMonitored:
    def test_their_changes_are_told_without_a_shared_room(self, server: Running, watcher: IrcClient) -> None:
        watcher.ask("MONITOR - foo")
        foo = server.register("foo")
        watcher.ask("MONITOR + foo")
        foo.ask("METADATA * SET url :x", "METADATA * SET avatar :not wanted", "METADATA * SET url")
        assert told(watcher) == ["foo url x", "foo url"]
        watcher.ask("MONITOR - foo")
        foo.ask("METADATA * SET url :y")
        assert told(watcher) == []

    def test_a_new_nick_is_another_nick(self, server: Running, watcher: IrcClient) -> None:
        foo = server.register("foo")
        foo.ask("NICK quux", "METADATA * SET url :x")
        assert told(watcher) == []
        watcher.ask("MONITOR + quux")
        foo.ask("METADATA * SET url :y")
        assert told(watcher) == ["quux url y"]

    @pytest.mark.parametrize("line", ["MONITOR + foo", "MONITOR S"])
    def test_what_is_set_follows_that_they_are_online(self, server: Running, line: str) -> None:
        foo, _empty = server.register("foo"), server.register("empty")
        foo.ask("METADATA * SET url :x", "METADATA * SET avatar :z")
        client = server.register("anna", NEW)
        client.ask("METADATA * SUB url", "MONITOR + empty,foo")
        assert answers(client, line if line.endswith("S") else "MONITOR + empty,nosuch,foo") == [
            "730 empty!u@user/empty,foo!u@user/foo",
            *(["731 nosuch"] if "+" in line else []),
            "{metadata empty",
            "}",
            "{metadata foo",
            "761 foo url * x",
            "}",
        ]
        assert answers(client, "METADATA foo SYNC") == ["{metadata foo", "761 foo url * x", "}"]

    def test_the_older_form_has_nothing_to_say_of_nothing(self, server: Running) -> None:
        here = [server.register("foo"), server.register("empty")]
        here[0].ask("METADATA * SET url :x")
        client = server.register("otto", OLD)
        client.ask("METADATA * SUB url")
        assert answers(client, "MONITOR + empty,foo")[1:] == ["{metadata foo", "METADATA foo url * x", "}"]

    def test_who_has_neither_is_told_nothing_of_it(self, server: Running) -> None:
        foo = server.register("foo")
        foo.ask("METADATA * SET url :x")
        client = server.register("alice")
        client.ask("METADATA * SUB url")
        assert answers(client, "MONITOR + foo") == ["730 foo!u@user/foo"]

    @pytest.mark.parametrize("form", [OLD, NEW])
    def test_when_they_come_online(self, server: Running, form: str) -> None:
        account(server, "foo", "METADATA * SET url :x")
        watcher = server.register("bar", form)
        watcher.ask("METADATA * SUB url", "MONITOR + foo")
        _foo = server.login("foo")
        watcher.wait(" 730 ")
        watcher.wait(r"BATCH \+\d+ metadata foo")
        assert watcher.wait(" url ").rpartition(" ")[2] == ":x"
        watcher.wait("BATCH -")

    def test_a_guests(self, server: Running) -> None:
        client = server.register("anna", NEW)
        client.ask("METADATA * SUB url avatar")
        visitor = guest(server, "visitor")
        visitor.ask("METADATA * SET url :x", "METADATA * SET avatar :y")
        assert answers(client, "MONITOR + visitor")[2:4] == ["761 visitor avatar * y", "761 visitor url * x"]
        visitor.ask("METADATA * SET url")
        assert told(client) == ["visitor url"]

    def test_in_a_sync_of_everything(self, server: Running, watcher: IrcClient) -> None:
        watcher.ask("MONITOR - foo")  # else what is told of who comes online may have the new value as well
        foo = server.register("foo")
        foo.ask("METADATA * SET url :x")
        watcher.ask("MONITOR + foo")
        watcher.send("METADATA *ALL SYNC")
        assert told(watcher) == ["foo url x"]
        watcher.ask("METADATA * UNSUB url")
        watcher.send("METADATA * SUB url")
        assert told(watcher) == ["foo url x"]
        foo.send("QUIT")
        watcher.wait(" 731 ")
        watcher.send("METADATA *ALL SYNC")
        assert told(watcher) == []

    def test_it_belongs_to_the_labelled_answer(self, server: Running) -> None:
        foo = server.register("foo")
        foo.ask("METADATA * SET url :x")
        client = server.register("anna", f"{NEW} labeled-response")
        client.ask("METADATA * SUB url")
        lines = client.parsed("@label=1 MONITOR + foo")
        assert lines[0].tags["label"] == "1"
        assert lines[0].params[1] == "labeled-response"
        outer = lines[0].params[0][1:]
        assert [line.tags.get("batch") for line in lines[1:3]] == [outer, outer]
        assert lines[-1].params == (f"-{outer}",)


class TestAGuestWhoLogsIn:
    def test_what_it_had_set_is_the_accounts(self, server: Running) -> None:
        account(server, "alice", "METADATA * SET url :old", "METADATA * SET avatar :a")
        client, watcher = guest(server, "eve"), server.register("anna", NEW)
        client.ask("METADATA * SET url :new", "METADATA * SET website :w")
        watcher.ask("METADATA * SUB url avatar website", "MONITOR + eve")
        before = len(client.log)
        log_in(client, "alice")
        shown = [line.partition(" 761 ")[2] for line in client.log[before:] if " 761 " in line]
        assert shown == ["eve eve avatar * :a", "eve eve url * :new", "eve eve website * :w"]
        assert told(watcher) == ["eve avatar a"]
        assert answers(watcher, "METADATA eve LIST")[1:-1] == [
            "761 eve avatar * a",
            "761 eve url * new",
            "761 eve website * w",
        ] or answers(watcher, "METADATA eve LIST")[1:-1] == [
            "761 eve avatar * a",
            "761 eve url * new",
            "761 eve website * w",
        ]
        client.ask("METADATA * SET url :later")
        assert told(watcher) == ["eve url later"]

    def test_who_is_here_already_has_it_too(self, server: Running) -> None:
        alice = server.member("alice", NEW)
        alice.ask("METADATA * SET url :old", "METADATA * SET avatar :a", "METADATA * SUB url avatar website")
        watcher = server.member("anna", NEW)
        watcher.ask("METADATA * SUB url avatar website")
        client = guest(server, "eve")
        client.ask("METADATA * SET url :new", "METADATA * SET website :w")
        log_in(client, "alice")
        assert told(alice) == told(watcher) == ["alice url new", "alice website w"]

    def test_no_more_than_there_is_place_for(self, run_server: Callable[..., Running]) -> None:
        server = run_server(accounts={"guests": True, "nick_must_be_account": False}, limits={"metadata_keys": 2})
        account(server, "alice", "METADATA * SET avatar :a")
        client, watcher = guest(server, "eve"), server.register("anna", NEW)
        watcher.ask("METADATA * SUB url website", "MONITOR + eve")
        client.ask("METADATA * SET url :x", "METADATA * SET website :y")
        assert told(watcher) == ["eve url x", "eve website y"]
        log_in(client, "alice")
        assert told(watcher) == ["eve website"]
        assert answers(watcher, "METADATA eve LIST")[1:-1] == ["761 eve avatar * a", "761 eve url * x"]
