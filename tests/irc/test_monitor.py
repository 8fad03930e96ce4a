"""MONITOR, extended-monitor. IRCv3 monitor and extended-monitor."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.running import IrcClient, Running


@pytest.fixture
def open_house(run_server: Callable[..., Running]) -> Running:
    """Guests are let in, and go when they go."""
    return run_server(accounts={"guests": True, "always_on": False})


def guest(server: Running, nick: str, caps: str = "") -> IrcClient:
    client = server.connect()
    client.nick = nick
    if caps:
        client.send(f"CAP REQ :{caps}")
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END")
    client.wait(" 422 ")
    return client


def leave(client: IrcClient) -> None:
    client.send("QUIT")
    client.rest()


def said(client: IrcClient, *lines: str) -> list[tuple[str, str]]:
    """Command and last parameter of what comes back."""
    return [(line.command, line.params[-1]) for line in client.parsed(*lines)]


class TestList:
    def test_online_and_offline(self, open_house: Running) -> None:
        foo, _ = guest(open_house, "foo"), guest(open_house, "bar")
        assert said(foo, "MONITOR + bar,baz") == [("730", "bar!guest@guest"), ("731", "baz")]
        assert said(foo, "MONITOR S") == [("730", "bar!guest@guest"), ("731", "baz")]
        assert foo.parsed("MONITOR + BAR")[0].params == ("foo", "bar!guest@guest")

    def test_listed_as_they_were_asked_for_and_once(self, open_house: Running) -> None:
        foo = guest(open_house, "foo")
        foo.ask("MONITOR + Qux,bazbat", "MONITOR + QUX")
        assert said(foo, "MONITOR L")[0] == ("732", "Qux,bazbat")
        assert said(foo, "MONITOR - qux", "MONITOR L")[0] == ("732", "bazbat")
        assert [number for number, _ in said(foo, "MONITOR c", "MONITOR l")] == ["733"]

    def test_a_full_list(self, run_server: Callable[..., Running]) -> None:
        foo = run_server(limits={"watched": 3}).register("foo")
        assert any(" MONITOR=3 " in line for line in foo.log)
        lines = foo.parsed("MONITOR + a,b,c,d,e")
        assert [(line.command, *line.params[1:-1]) for line in lines] == [("731",), ("734", "3", "d,e")]
        assert [line.command for line in foo.parsed("MONITOR + a,b", "MONITOR - a", "MONITOR + f")] == [
            "731",
            "731",
        ]

    def test_masks_are_no_nicks(self, open_house: Running) -> None:
        foo = guest(open_house, "foo")
        assert foo.ask("MONITOR + *!username@localhost,*!username@127.0.0.1") == []
        guest(open_house, "bar")
        assert foo.sync() == []

    def test_many_take_several_lines(self, open_house: Running) -> None:
        foo = guest(open_house, "foo")
        nicks = [f"{'n' * 28}{number}" for number in range(40)]
        for start in range(0, 40, 10):
            foo.ask(f"MONITOR + {','.join(nicks[start : start + 10])}")
        lines = foo.ask("MONITOR L")
        assert all(len(line.encode()) <= 510 for line in lines)
        listed = [line.partition(" :")[2] for line in lines if " 732 " in line]
        assert len(listed) > 1
        assert ",".join(listed).split(",") == nicks

    def test_errors(self, open_house: Running) -> None:
        foo = guest(open_house, "foo")
        assert [number for number, _ in said(foo, "MONITOR", "MONITOR +", "MONITOR -", "MONITOR X a")] == [
            "461", "461", "461", "400",
        ]  # fmt: skip


class TestNews:
    def test_connect_and_quit(self, open_house: Running) -> None:
        foo = guest(open_house, "foo")
        foo.ask("MONITOR + bar")
        for _ in range(2):
            bar = guest(open_house, "bar")
            assert said(foo) == [("730", "bar!guest@guest")]
            leave(bar)
            assert said(foo) == [("731", "bar")]

    def test_who_goes_without_a_word(self, open_house: Running) -> None:
        foo, bar = guest(open_house, "foo"), guest(open_house, "bar")
        foo.ask("MONITOR + bar")
        bar.close()
        assert foo.wait(" 731 ").endswith(":bar")

    def test_only_who_watches(self, open_house: Running) -> None:
        foo, bar = guest(open_house, "foo"), guest(open_house, "bar")
        for client in (foo, bar):
            client.ask("MONITOR + qux")
        bar.ask("MONITOR - qux")
        qux = guest(open_house, "qux")
        assert said(foo) == [("730", "qux!guest@guest")]
        assert bar.sync() == []
        foo.ask("MONITOR C")
        qux.ask("NICK quux")
        assert foo.sync() == []

    def test_nick_changes(self, open_house: Running) -> None:
        foo = guest(open_house, "foo")
        foo.ask("MONITOR + qux,baz")
        baz = guest(open_house, "baz")
        assert said(foo) == [("730", "baz!guest@guest")]
        baz.ask("NICK qux")
        assert said(foo) == [("731", "baz"), ("730", "qux!guest@guest")]
        baz.ask("NICK QUX")
        assert foo.sync() == []
        baz.ask("NICK bazbat")
        assert said(foo) == [("731", "QUX")]

    def test_a_nick_that_goes_to_somebody_else(self, open_house: Running) -> None:
        foo, one, two = (guest(open_house, nick) for nick in ("foo", "one", "two"))
        foo.ask("MONITOR + one")
        one.ask("NICK three")
        two.ask("NICK one")
        assert said(foo) == [("731", "one"), ("730", "one!guest@guest")]

    def test_an_account_without_a_connection_is_offline(self, server: Running, alice: IrcClient) -> None:
        """It stays in its rooms, away; a second connection is no news."""
        bob = server.member("bob")
        assert said(alice, "MONITOR + bob")[-1] == ("730", "bob!u@user/bob")
        phone = server.login("bob")
        leave(bob)
        assert alice.sync() == []
        leave(phone)
        assert said(alice) == [("731", "bob")]
        assert said(alice, "MONITOR S") == [("731", "bob")]
        again = server.login("bob")
        assert said(alice) == [("730", "bob!u@user/bob")]
        leave(again)


class TestExtended:
    CAPS = "away-notify account-notify chghost setname"

    def test_what_changes_is_told_without_a_shared_room(self, open_house: Running) -> None:
        foo, bar = guest(open_house, "foo", f"extended-monitor {self.CAPS}"), guest(open_house, "bar")
        foo.ask("MONITOR + bar")
        bar.ask("AWAY :afk", "AWAY", "SETNAME :Barbara", "REGISTER * * :correct horse")
        assert foo.sync() == [
            ":bar!guest@guest AWAY :afk",
            ":bar!guest@guest AWAY",
            ":bar!guest@guest SETNAME :Barbara",
            ":bar!guest@guest ACCOUNT bar",
            ":bar!guest@guest CHGHOST u user/bar",
        ]

    def test_once_with_a_shared_room(self, open_house: Running) -> None:
        foo, bar = guest(open_house, "foo", f"extended-monitor {self.CAPS}"), guest(open_house, "bar")
        for client in (foo, bar):
            client.ask("JOIN #tea")
        foo.ask("MONITOR + bar")
        bar.ask("AWAY :afk")
        assert foo.sync() == [":bar!guest@guest AWAY :afk"]

    @pytest.mark.parametrize("caps", ["extended-monitor", CAPS])
    def test_both_capabilities_are_needed(self, open_house: Running, caps: str) -> None:
        foo, bar = guest(open_house, "foo", caps), guest(open_house, "bar")
        foo.ask("MONITOR + bar")
        bar.ask("AWAY :afk", "SETNAME :Barbara", "REGISTER * * :correct horse")
        assert foo.sync() == []

    def test_not_of_whom_one_watches_no_more(self, open_house: Running) -> None:
        foo, bar = guest(open_house, "foo", f"extended-monitor {self.CAPS}"), guest(open_house, "bar")
        foo.ask("MONITOR + bar", "MONITOR - bar")
        bar.ask("AWAY :afk")
        assert foo.sync() == []
