"""LIST and NAMES. Spec: Modern, "LIST message" with ELIST and SAFELIST, "NAMES message"."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.rooms import SetTopic
from chatstore.chat.model.actors import SERVER
from tests.running import IrcClient, Running


def listed(client: IrcClient, question: str) -> list[str]:
    lines = client.parsed(question)
    assert (lines[0].command, lines[0].params[1:]) == ("321", ("Channel", "Users  Name"))
    assert lines[-1].command == "323"
    return [line.params[1] for line in lines[1:-1]]


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    return run_server(rooms={"default": []})


@pytest.fixture
def alice(server: Running) -> IrcClient:
    """In #chan1 and #chan2."""
    client = server.register("alice")
    client.ask("JOIN #chan1,#chan2")
    return client


@pytest.fixture
def bob(server: Running, alice: IrcClient) -> IrcClient:
    """In #chan2."""
    return server.member("bob", room="#chan2")


class TestList:
    def test_no_rooms(self, server: Running) -> None:
        assert listed(server.register("alice"), "LIST") == []

    def test_rooms_with_their_topics(self, alice: IrcClient, bob: IrcClient) -> None:
        alice.ask("TOPIC #chan2 :green: today")
        bob.sync()
        lines = bob.parsed("LIST")
        assert [line.params[1:] for line in lines[1:-1]] == [("#chan1", "1", ""), ("#chan2", "2", "green: today")]

    @pytest.mark.parametrize(
        ("question", "rooms"),
        [
            ("#chan1", "1"),
            ("#CHAN1,#chan2", "12"),
            ("#nix,chan1", ""),
            ("*an1", "1"),
            ("#c*n2", "2"),
            ("#chan?", "12"),
            ("*an3", ""),
            ("!*an1", "2"),
            ("!#ch*", ""),
            ("!*an3", "12"),
            (">0", "12"),
            (">1", "2"),
            ("<2", "1"),
            ("<1", ""),
            ("<100", "12"),
            (">0,<2", "1"),
            (">0,#chan2", "2"),
            ("C<2", "12"),
            ("c>2", ""),
            ("C>0", "12"),
            ("C<0", ""),
            ("T<2", "2"),
            ("T>0", "2"),
            ("t>2", ""),
            ("T<0", ""),
        ],
    )
    def test_elist(self, alice: IrcClient, bob: IrcClient, question: str, rooms: str) -> None:
        alice.ask("TOPIC #chan2 :green")
        assert listed(alice, f"LIST {question}") == [f"#chan{room}" for room in rooms]

    def test_minutes(self, server: Running, alice: IrcClient) -> None:
        """#chan1 was made, and its topic set, three minutes before #chan2's."""
        chat = server.server.chat
        real = chat.clock
        alice.ask("TOPIC #chan1 :green")
        chat.clock = lambda: real() + 180
        assert listed(alice, "LIST C>2") == listed(alice, "LIST C<4") == ["#chan1", "#chan2"]
        assert listed(alice, "LIST C<2") == listed(alice, "LIST T<2") == []
        assert listed(alice, "LIST T>2") == listed(alice, "LIST T<4") == ["#chan1"]

    def test_secret_rooms(self, server: Running, alice: IrcClient) -> None:
        alice.ask("MODE #chan1 +s")
        eve = server.register("eve")
        for question in ("LIST", "LIST #chan1,#chan2", "LIST *", "LIST >0"):
            assert listed(eve, question) == ["#chan2"]
            assert listed(alice, question) == ["#chan1", "#chan2"]

    def test_another_server(self, alice: IrcClient) -> None:
        assert [line.command for line in alice.parsed("LIST * irc.example.org")] == ["402"]
        assert listed(alice, "LIST #chan1 chatstore.local") == ["#chan1"]

    def test_it_is_announced(self, alice: IrcClient) -> None:
        welcome = " ".join(alice.log)
        assert " ELIST=CMNTU " in welcome
        assert " SAFELIST " in welcome

    def test_a_long_list_goes_to_who_reads_slowly(self, run_server: Callable[..., Running]) -> None:
        """Ten times as much as may wait for somebody."""
        server = run_server(
            limits={"send_queue": 65536, "rooms_per_account": 1000},
            rooms={"default": []},
        )
        alice = server.register("alice")
        names = [f"#room{i:03}" for i in range(600)]
        for start in range(0, 600, 50):
            alice.ask("JOIN " + ",".join(names[start : start + 50]))
        topics = [SetTopic(SERVER, live.room.id, "x" * 390) for live in server.server.chat.hub.rooms()]
        server.server.store.submit(topics).wait()
        slow = server.register("slow")
        slow.send("LIST", *["PING x"] * 3)
        alice.ask("LIST #room000")
        lines = [slow.wait(" (322|323|PONG) ") for _ in range(604)]
        assert sum(len(line) for line in lines) > 3 * 65536
        assert " 323 " in lines[600]


class TestNames:
    def test_several(self, alice: IrcClient, bob: IrcClient) -> None:
        lines = bob.parsed("NAMES #chan1,#nix,#CHAN2")
        assert [line.params[1:] for line in lines] == [
            ("=", "#chan1", "@alice"),
            ("#chan1", "end of names"),
            ("#nix", "end of names"),
            ("=", "#chan2", "@alice bob"),
            ("#chan2", "end of names"),
        ]

    def test_one_that_is_named_twice(self, alice: IrcClient) -> None:
        assert [line.command for line in alice.parsed("NAMES #chan1,#chan1,#chan1")] == ["353", "366"]

    def test_all(self, server: Running, alice: IrcClient, bob: IrcClient) -> None:
        alice.ask("MODE #chan1 +s")
        assert [line.params[1:] for line in bob.parsed("NAMES")] == [
            ("=", "#chan2", "@alice bob"),
            ("*", "end of names"),
        ]
        assert alice.parsed("NAMES")[0].params[1:] == ("@", "#chan1", "@alice")

    def test_a_secret_room_is_as_if_it_were_not_there(self, server: Running, alice: IrcClient) -> None:
        alice.ask("MODE #chan1 +s")
        eve = server.register("eve")
        hidden, absent = eve.ask("NAMES #chan1"), eve.ask("NAMES #chan9")
        assert hidden == [line.replace("#chan9", "#chan1") for line in absent]

    def test_what_can_not_be_a_room(self, alice: IrcClient) -> None:
        for name in ("invalid", "#", "##x"):
            lines = alice.parsed(f"NAMES {name}")
            assert [(line.command, line.params[1]) for line in lines] == [("366", name)]

    def test_another_server(self, alice: IrcClient) -> None:
        assert [line.command for line in alice.parsed("NAMES #chan1 irc.example.org")] == ["402"]


def test_they_are_for_those_who_take_part(server: Running) -> None:
    client = server.connect()
    assert [line.command for line in client.parsed("LIST", "NAMES #chan1")] == ["451", "451"]
