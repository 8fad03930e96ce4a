"""METADATA, who is told: SUB, UNSUB, SUBS, SYNC, and what comes by itself. IRCv3 draft/metadata-2 and -3."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.irc import metadata
from tests.irc.test_metadata import NEW, OLD, answers
from tests.running import IrcClient, Running


@pytest.fixture
def foo(server: Running) -> IrcClient:
    """An operator of #chan."""
    return server.member("foo", NEW, "#chan")


@pytest.fixture(params=[OLD, NEW])
def bar(server: Running, request: pytest.FixtureRequest) -> IrcClient:
    """Somebody who is in no room."""
    return server.register("bar", request.param)


def told(client: IrcClient) -> list[str]:
    """What came of METADATA, in the words of either form: `target key value`, or `target key` where it went."""
    found = []
    for line in client.parsed():
        if line.command == "METADATA":
            found.append(" ".join([line.params[0], line.params[1], *line.params[3:]]))
        elif line.command == "761":
            found.append(" ".join([line.params[1], line.params[2], *line.params[4:]]))
        elif line.command == "766":
            found.append(" ".join(line.params[1:3]))
    return found


LATER = "774 *ALL 0 ask for it with METADATA SYNC"
"""The newer form's answer to SUB where nothing is set that would be shown at once."""


class TestSubscriptions:
    def test_sub_subs_unsub(self, server: Running) -> None:
        client = server.register("alice", NEW)
        all_of_them = "avatar website foo bar baz"
        assert answers(client, "METADATA * SUBS") == ["{metadata-subs", "}"]
        assert answers(client, f"METADATA * SUB {all_of_them}") == [f"770 {all_of_them}", LATER]
        assert answers(client, "METADATA *ALL SYNC") == ["{metadata *ALL", "}"]
        assert answers(client, "METADATA alice SUB avatar avatar") == ["770 avatar"]
        assert answers(client, "METADATA * SUBS") == ["{metadata-subs", f"772 {all_of_them}", "}"]
        assert answers(client, "METADATA * UNSUB bar foo baz bar nosuch") == ["771 bar foo baz nosuch"]
        assert answers(client, "METADATA * SUBS") == ["{metadata-subs", "772 avatar website", "}"]

    def test_wrong_keys_are_passed_over(self, server: Running) -> None:
        new, old = server.register("anna", NEW), server.register("otto", OLD)
        assert answers(new, "METADATA * SUB foo $url bar") == [
            "770 foo bar",
            "WARN METADATA INVALID_KEY $url invalid key",
            LATER,
        ]
        assert answers(old, "METADATA * SUB foo $url bar") == [
            "770 foo bar",
            "FAIL METADATA KEY_INVALID $url invalid key",
        ]
        assert answers(old, "METADATA * UNSUB $url foo") == [
            "771 foo",
            "FAIL METADATA KEY_INVALID $url invalid key",
        ]

    def test_too_many(self, run_server: Callable[..., Running]) -> None:
        server = run_server(limits={"metadata_subscriptions": 3})
        new, old = server.register("anna", NEW), server.register("otto", OLD)
        for client in (new, old):
            client.ask("METADATA * SUB avatar website")
        assert answers(new, "METADATA * SUB foo website avatar") == [
            "770 foo",
            "FAIL METADATA LIMIT_REACHED SUB website 3 too many subscriptions",
            LATER,
        ]
        assert answers(old, "METADATA * SUB foo website avatar") == [
            "770 foo",
            "FAIL METADATA TOO_MANY_SUBS website too many subscriptions",
        ]
        assert answers(new, "METADATA * SUB email") == [
            "FAIL METADATA LIMIT_REACHED SUB email 3 too many subscriptions"
        ]
        assert answers(new, "METADATA * SUBS")[1] == "772 avatar website foo"

    def test_many_keys_take_several_lines(self, server: Running) -> None:
        client = server.register("alice", NEW)
        keys = [f"key{i}" for i in range(20)]
        client.ask(f"METADATA * SUB {' '.join(keys)}")
        lines = client.parsed("METADATA * SUBS")[1:-1]
        assert all(len(line.params) < 15 for line in lines)
        assert [key for line in lines for key in line.params[1:]] == keys

    @pytest.mark.parametrize("without", ["draft/metadata-3", "batch"])
    def test_they_end_with_the_capability(self, foo: IrcClient, server: Running, without: str) -> None:
        client = server.member("bar", NEW, "#chan")
        client.ask("METADATA * SUB url", f"CAP REQ -{without}")
        foo.ask("METADATA #chan SET url :x")
        assert told(client) == []
        client.ask(f"CAP REQ {without}")
        assert answers(client, "METADATA * SUBS") == ["{metadata-subs", "}"]

    def test_they_are_one_connections(self, foo: IrcClient, server: Running) -> None:
        again = server.login("foo", NEW)
        again.sync()
        foo.ask("METADATA * SUB url")
        assert answers(again, "METADATA * SUBS") == ["{metadata-subs", "}"]

    def test_what_is_set_already_comes_at_once(self, foo: IrcClient, bar: IrcClient) -> None:
        bar.ask("JOIN #chan")
        foo.ask("METADATA * SET url :x", "METADATA #chan SET url :y", "METADATA * SET avatar :z")
        bar.send("METADATA * SUB url nothing")
        assert told(bar) == ["#chan url y", "foo url x"]
        assert [line for line in answers(bar, "METADATA * SUB url") if not line.startswith("770")] == []


class TestChanges:
    def test_of_a_person(self, foo: IrcClient, bar: IrcClient) -> None:
        bar.ask("METADATA * SUB avatar display-name", "JOIN #chan")
        foo.ask("METADATA * SET display-name :Foo The First")
        assert told(bar) == ["foo display-name Foo The First"]
        foo.ask("METADATA * SET display-name :Foo The First", "METADATA * SET url :not wanted")
        assert told(bar) == []
        foo.ask("METADATA * SET display-name")
        assert told(bar) == ["foo display-name"]

    def test_of_a_room(self, foo: IrcClient, bar: IrcClient) -> None:
        bar.ask("METADATA * SUB avatar display-name", "JOIN #chan")
        foo.ask("METADATA #chan SET display-name :Hash Channel", "METADATA #chan CLEAR")
        assert told(bar) == ["#chan display-name Hash Channel", "#chan display-name"]

    def test_each_form_in_its_own_words(self, foo: IrcClient, server: Running) -> None:
        new, old = server.member("anna", NEW, "#chan"), server.member("otto", OLD, "#chan")
        new.wait("otto.* JOIN")
        for client in (new, old):
            client.ask("METADATA * SUB url")
        foo.ask("METADATA * SET url :x y", "METADATA * SET url")
        assert [line.rpartition("}")[2] for line in new.sync()] == [
            ":chatstore.local 761 anna foo url * :x y",
            ":chatstore.local 766 anna foo url :key not set",
        ]
        assert old.sync() == [":foo!u@user/foo METADATA foo url * :x y", ":foo!u@user/foo METADATA foo url *"]

    def test_not_to_who_shares_no_room(self, foo: IrcClient, bar: IrcClient) -> None:
        bar.ask("METADATA * SUB url")
        foo.ask("METADATA * SET url :x", "METADATA #chan SET url :x")
        assert told(bar) == []

    def test_not_after_leaving(self, foo: IrcClient, bar: IrcClient) -> None:
        bar.ask("METADATA * SUB url", "JOIN #chan", "PART #chan")
        foo.ask("METADATA * SET url :x", "METADATA #chan SET url :x")
        assert told(bar) == []

    def test_not_to_who_did_it_but_to_their_other_connections(self, foo: IrcClient, server: Running) -> None:
        again = server.login("foo", NEW)
        again.sync()
        again.ask("METADATA * SUB url")
        foo.ask("METADATA * SUB url")
        assert answers(foo, "METADATA * SET url :x") == ["761 foo url * x"]
        assert told(foo) == []
        assert told(again) == ["foo url x"]

    def test_a_guests(self, run_server: Callable[..., Running]) -> None:
        server = run_server(accounts={"guests": True})
        alice, visitor = server.member("alice", NEW), server.connect()
        alice.ask("METADATA * SUB url")
        visitor.send(f"CAP REQ :{NEW}", "NICK visitor", "USER v 0 * :V", "CAP END", "JOIN #main")
        visitor.wait(" 366 ")
        visitor.ask("METADATA * SET url :x", "METADATA * CLEAR")
        assert told(alice) == ["visitor url x", "visitor url"]
        visitor.ask("METADATA * SET url :z")
        assert told(alice) == ["visitor url z"]
        alice.send("METADATA #main SYNC")
        assert told(alice) == ["visitor url z"]


class TestSync:
    def test_at_a_join(self, foo: IrcClient, bar: IrcClient) -> None:
        foo.ask("METADATA * SET url :x", "METADATA #chan SET url :y", "METADATA #chan SET avatar :z")
        bar.ask("METADATA * SUB url")
        bar.send("JOIN #chan")
        assert told(bar) == ["#chan url y", "foo url x"]
        lines = [line.split()[1] if line[0] == ":" else line.split()[2] for line in bar.log]
        assert lines.index("366") < len(lines) - 1 - lines[::-1].index("BATCH")

    def test_a_batch_at_every_join_in_the_newer_form(self, foo: IrcClient, server: Running) -> None:
        new, old = server.register("anna", NEW), server.register("otto", OLD)
        assert answers(new, "JOIN #chan")[-2:] == ["{metadata #chan", "}"]
        assert answers(old, "JOIN #chan")[-1].startswith("366 ")

    def test_asked_for(self, foo: IrcClient, bar: IrcClient) -> None:
        foo.ask("METADATA * SET url :x", "METADATA #chan SET url :y")
        bar.ask("JOIN #chan", "METADATA * SET url :z", "METADATA * SUB url")
        for target, wanted in {
            "#chan": ["#chan url y", "bar url z", "foo url x"],
            "*ALL": ["#chan url y", "bar url z", "foo url x"],
            "foo": ["foo url x"],
            "*": ["bar url z"],
        }.items():
            bar.send(f"METADATA {target} SYNC")
            assert sorted(told(bar)) == wanted
            name = "bar" if target == "*" else target
            assert answers(bar, f"METADATA {target} SYNC")[0] == f"{{metadata {name}"

    def test_nothing_that_is_not_wanted(self, foo: IrcClient, server: Running) -> None:
        client = server.member("bar", NEW, "#chan")
        foo.ask("METADATA * SET url :x")
        client.sync()
        assert answers(client, "METADATA #chan SYNC") == ["{metadata #chan", "}"]
        assert answers(client, "METADATA foo SYNC") == ["{metadata foo", "}"]

    def test_too_much_is_put_off(self, foo: IrcClient, bar: IrcClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(metadata, "MAX_UNASKED", 1)
        foo.ask("METADATA * SET url :x", "METADATA #chan SET url :y")
        bar.ask("METADATA * SUB url")
        assert answers(bar, "JOIN #chan")[-1].startswith("774 #chan 0")
        bar.send("METADATA #chan SYNC")
        assert told(bar) == ["#chan url y", "foo url x"]


def test_sync_of_a_room_from_outside_shows_nobody_who_is_invisible(foo: IrcClient, bar: IrcClient) -> None:
    foo.ask("METADATA * SET url :mine", "METADATA #chan SET url :ours")
    bar.ask("METADATA * SUB url")
    bar.send("METADATA #chan SYNC")
    assert sorted(told(bar)) == ["#chan url ours", "foo url mine"]
    foo.ask("MODE foo +i")
    bar.send("METADATA #chan SYNC")
    assert told(bar) == ["#chan url ours"]
