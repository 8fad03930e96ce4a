"""WHOIS and WHOWAS. Spec: Modern, "WHOIS message", "WHOWAS message"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatstore.chat.live.room import Member
from tests.running import IrcClient, Running


def said(client: IrcClient, question: str) -> dict[str, tuple[str, ...]]:
    """The answer by number, without the nick of who asks."""
    lines = client.parsed(question)
    assert len({line.command for line in lines}) == len(lines)
    return {line.command: line.params[1:] for line in lines}


def guest(server: Running, nick: str, user: str = "") -> IrcClient:
    client = server.connect()
    client.send(f"NICK {nick}", f"USER {user or nick} 0 * :{nick.title()}")
    client.wait(" (376|422) ")
    return client


class Leaving(dict[int | str, Member]):
    """Members who are gone as soon as somebody has looked."""

    def __contains__(self, key: object) -> bool:
        return self.pop(key, None) is not None  # type: ignore[call-overload,no-any-return]

    def get(self, key: int | str, default: Any = None) -> Any:
        return self.pop(key, default)


class TestWhois:
    def test_all_of_it(self, server: Running, alice: IrcClient, bob: IrcClient) -> None:
        bob.ask("JOIN #tea", "AWAY :lunch")
        alice.sync()
        answer = said(alice, "WHOIS BOB")
        idle, since = answer["317"][1:3]
        assert int(idle) < 60
        assert int(since) > 1_500_000_000
        assert list(answer) == ["311", "319", "312", "301", "330", "317", "318"]
        assert answer == {
            "311": ("bob", "~bob", "user/bob", "*", "Bob"),
            "319": ("bob", "#main @#tea"),
            "312": ("bob", "chatstore.local", "chatstore"),
            "301": ("bob", "lunch"),
            "330": ("bob", "bob", "is logged in as"),
            "317": ("bob", idle, since, "seconds idle, signon time"),
            "318": ("BOB", "end of WHOIS"),
        }

    def test_secret_rooms_are_for_those_who_are_in_them(self, alice: IrcClient, bob: IrcClient) -> None:
        bob.ask("JOIN #tea", "MODE #tea +s")
        assert said(alice, "WHOIS bob")["319"] == ("bob", "#main")
        alice.ask("JOIN #tea")
        assert said(alice, "WHOIS bob")["319"] == ("bob", "#main @#tea")

    def test_of_the_invisible_the_rooms_that_one_shares(self, alice: IrcClient, bob: IrcClient) -> None:
        bob.ask("JOIN #tea", "MODE bob +i")
        assert said(alice, "WHOIS bob")["319"] == ("bob", "#main")
        alice.ask("PART #main")
        assert "319" not in said(alice, "WHOIS bob")
        assert said(bob, "WHOIS bob")["319"] == ("bob", "#main @#tea")

    @pytest.mark.pure
    def test_somebody_who_leaves_just_then(self, server: Running, alice: IrcClient, bob: IrcClient) -> None:
        """The writer takes people out of rooms while a worker looks at these."""
        bob.ask("JOIN #tea")
        live = server.server.chat.hub.room_keyed("#tea")
        assert live is not None
        live.members = Leaving(live.members)
        answer = said(alice, "WHOIS bob")
        assert answer["319"][1] in ("#main @#tea", "#main")
        assert "318" in answer
        assert said(alice, "WHOIS bob")["319"] == ("bob", "#main")

    def test_many_rooms_take_several_lines(self, server: Running, alice: IrcClient) -> None:
        names = [f"#room-with-quite-a-long-name-{i:02}" for i in range(30)]
        alice.ask(*(f"JOIN {name}" for name in names))
        lines = [line for line in server.register("bob").parsed("WHOIS alice") if line.command == "319"]
        assert len(lines) > 1
        assert " ".join(line.params[2] for line in lines) == " ".join(["#main", *(f"@{name}" for name in names)])

    def test_secure_on_every_connection(self, server: Running, alice: IrcClient, bob: IrcClient) -> None:
        alice.sync()
        (session,) = server.server.chat.hub.online()[1].sessions
        session.secure = True
        assert said(alice, "WHOIS bob")["671"] == ("bob", "is using a secure connection")
        again = server.login("bob")
        assert "671" not in said(alice, "WHOIS bob")
        again.close()

    def test_a_bot(self, alice: IrcClient, bob: IrcClient) -> None:
        bob.ask("MODE bob +B")
        alice.sync()
        assert said(alice, "WHOIS bob")["335"] == ("bob", "is a bot on chatstore")
        assert [line.params[6] for line in alice.parsed("WHO bob")[:-1]] == ["HB"]

    def test_nobody(self, alice: IrcClient) -> None:
        assert said(alice, "WHOIS zoe") == {
            "401": ("zoe", "there is nobody of that name"),
            "318": ("zoe", "end of WHOIS"),
        }

    def test_several(self, alice: IrcClient, bob: IrcClient) -> None:
        lines = alice.parsed("WHOIS alice,zoe,bob")
        assert [line.params[1] for line in lines if line.command in ("311", "401")] == ["alice", "zoe", "bob"]
        assert [line.params[1] for line in lines if line.command == "318"] == ["alice,zoe,bob"]

    @pytest.mark.parametrize("server_name", ["chatstore.local", "*.local", "bob"])
    def test_with_a_server(self, alice: IrcClient, bob: IrcClient, server_name: str) -> None:
        alice.sync()
        assert said(alice, f"WHOIS {server_name} bob")["311"][0] == "bob"

    def test_with_another_server(self, alice: IrcClient, bob: IrcClient) -> None:
        alice.sync()
        assert said(alice, "WHOIS irc.example.org bob") == {"402": ("irc.example.org", "no such server")}

    def test_no_nick(self, alice: IrcClient) -> None:
        assert list(said(alice, "WHOIS")) == ["431"]
        assert list(said(alice, "WHOIS :")) == ["431"]

    def test_an_account_that_stays_while_it_is_not_connected(self, alice: IrcClient, bob: IrcClient) -> None:
        bob.send("QUIT")
        bob.rest()
        answer = said(alice, "WHOIS bob")
        assert (answer["301"], answer["330"][1]) == (("bob", "not connected"), "bob")
        assert "317" not in answer

    def test_a_guest_has_no_account(self, run_server: Callable[..., Running]) -> None:
        zoe = guest(run_server(accounts={"guests": True}), "zoe")
        assert list(said(zoe, "WHOIS zoe")) == ["311", "312", "317", "318"]

    def test_it_is_for_those_who_take_part(self, server: Running) -> None:
        assert list(said(server.connect(), "WHOIS bob")) == ["451"]
        assert list(said(server.connect(), "WHOWAS bob")) == ["451"]


class TestWhowas:
    @pytest.fixture
    def server(self, run_server: Callable[..., Running]) -> Running:
        return run_server(accounts={"guests": True, "nick_must_be_account": False})

    @pytest.fixture
    def alice(self, server: Running) -> IrcClient:
        """zoe was here twice, as one and then as two."""
        for user in ("one", "two"):
            zoe = guest(server, "zoe", user)
            zoe.send("QUIT")
            zoe.rest()
        return guest(server, "alice")

    def test_the_latest_first(self, alice: IrcClient) -> None:
        lines = alice.parsed("WHOWAS ZOE")
        assert [line.command for line in lines] == ["314", "312", "314", "312", "369"]
        assert lines[0].params[1:] == ("zoe", "~two", "guest", "*", "Zoe")
        assert lines[1].params[1:3] == ("zoe", "chatstore.local")
        assert lines[2].params[2] == "~one"
        assert lines[4].params[1:] == ("ZOE", "end of WHOWAS")

    @pytest.mark.parametrize(("count", "shown"), [("1", 1), ("2", 2), ("9", 2), ("0", 2), ("-1", 2), ("x", 2)])
    def test_at_most(self, alice: IrcClient, count: str, shown: int) -> None:
        assert [line.command for line in alice.parsed(f"WHOWAS zoe {count}")].count("314") == shown

    def test_nobody(self, alice: IrcClient) -> None:
        for nick in ("nix", "alice", "no,nick"):
            lines = alice.parsed(f"WHOWAS {nick}")
            assert [(line.command, line.params[1]) for line in lines] == [("406", nick), ("369", nick)]

    def test_without_a_nick(self, alice: IrcClient) -> None:
        assert [line.command for line in alice.parsed("WHOWAS")] == ["431"]
        assert [line.command for line in alice.parsed("WHOWAS :")] == ["431"]

    def test_another_server(self, alice: IrcClient) -> None:
        assert [line.command for line in alice.parsed("WHOWAS zoe 1 irc.example.org")] == ["402"]

    def test_who_took_another_nick(self, server: Running, alice: IrcClient) -> None:
        alice.ask("NICK alison", "NICK Alison")
        assert said(alice, "WHOWAS alice")["314"][:2] == ("alice", "~alice")
        assert list(said(alice, "WHOWAS alison")) == ["406", "369"]

    def test_who_had_an_account(self, server: Running, alice: IrcClient) -> None:
        bob = server.register("bob")
        bob.send("QUIT")
        bob.rest()
        assert said(alice, "WHOWAS bob")["330"] == ("bob", "bob", "was logged in as")

    def test_who_is_in_a_room_still_was_never_gone(self, server: Running, alice: IrcClient) -> None:
        bob = server.member("bob")
        bob.send("QUIT")
        bob.rest()
        assert list(said(alice, "WHOWAS bob")) == ["406", "369"]
