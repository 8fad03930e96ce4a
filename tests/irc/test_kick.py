"""KICK: Modern "KICK message"."""

from __future__ import annotations

import pytest

from chatstore.chat.model.messages import HistoryQuery, Page
from chatstore.irc.line import parse
from tests.running import IrcClient, Running


@pytest.fixture
def op(server: Running) -> IrcClient:
    """Somebody who has made #tea."""
    return server.member("olga", room="#tea")


@pytest.fixture
def guest(server: Running, op: IrcClient) -> IrcClient:
    """Somebody else in #tea."""
    client = server.member("gus", room="#tea")
    op.wait("gus!.* JOIN")
    return client


def numbers(client: IrcClient, *lines: str) -> list[str]:
    return [line.command for line in client.parsed(*lines)]


class TestKick:
    def test_kick(self, op: IrcClient, guest: IrcClient, server: Running) -> None:
        assert numbers(guest, "KICK #tea olga") == ["482"]
        op.ask("KICK #tea gus :too loud")
        assert guest.wait(" KICK ") == ":olga!u@user/olga KICK #tea gus :too loud"
        assert numbers(guest, "PRIVMSG #tea :x") == ["404"]
        op.ask("PRIVMSG #tea :without you")
        assert guest.sync() == []
        _eve = server.register("eve")
        assert numbers(op, "KICK #tea gus,eve,nobody", "KICK #nosuch gus") == ["441", "441", "401", "403"]

    def test_a_post_behind_a_kick_is_refused(self, op: IrcClient, guest: IrcClient) -> None:
        """Whatever the hub knew when the message came: the writer asks again."""
        op.send("KICK #tea gus :out")
        guest.wait(" KICK ")
        assert numbers(guest, "PRIVMSG #tea :still here?") == ["404"]

    def test_what_is_said_after_a_kick_is_not_shown(
        self, op: IrcClient, guest: IrcClient, server: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Even to a connection that comes in just then, and is about to be shown the last messages."""
        guest.ask("REPLAY ON")
        read = server.server.store.messages.page

        def kick_first(query: HistoryQuery) -> Page:
            monkeypatch.undo()
            op.ask("KICK #tea gus :out", "PRIVMSG #tea :now that gus is gone")
            return read(query)

        monkeypatch.setattr(server.server.store.messages, "page", kick_first)
        lines = server.login("gus").sync()
        assert any(" KICK #tea gus :out" in line for line in lines)
        assert not any("gus is gone" in line for line in lines)

    def test_changing_ones_nick_does_not_save_one(self, op: IrcClient, guest: IrcClient) -> None:
        """The case of a nick may always be changed; whoever is removed is removed by who they are."""
        guest.send(*(f"NICK {nick}" for nick in ("GUS", "gus") * 50))
        op.send("KICK #tea gus :out")
        guest.wait(" KICK #tea ")
        guest.sync()
        op.ask("PRIVMSG #tea :without you")
        assert not any("without you" in line for line in guest.sync())
        assert numbers(guest, "PRIVMSG #tea :still here?") == ["404"]
        assert parse(op.ask("NAMES #tea")[-2]).params[-1] == "@olga"

    def test_several_people_and_several_rooms(self, op: IrcClient, guest: IrcClient, server: Running) -> None:
        eve = server.member("eve", room="#tea")
        op.ask("JOIN #two", "KICK #tea gus,eve :both")
        assert guest.wait(" KICK ") == ":olga!u@user/olga KICK #tea gus :both"
        assert eve.wait(" KICK #tea gus ") == eve.log[-1]
        assert eve.wait(" KICK ") == ":olga!u@user/olga KICK #tea eve :both"
        guest.ask("JOIN #tea,#two")
        eve.ask("JOIN #two")
        op.sync()
        assert [line.params for line in op.parsed("KICK #tea,#two gus,eve :pairs")] == [
            ("#tea", "gus", "pairs"),
            ("#two", "eve", "pairs"),
        ]
        assert numbers(op, "KICK #tea,#two gus", "KICK #tea ,", "KICK #tea") == ["461", "461", "461"]

    def test_at_most_as_many_as_targmax_says(self, op: IrcClient, guest: IrcClient) -> None:
        assert any("KICK:4" in line for line in op.log)
        lines = op.parsed("KICK #tea gus,a,b,c,d :out")
        assert [(line.command, line.params[1]) for line in lines] == [
            ("KICK", "gus"), ("407", "d"), ("401", "a"), ("401", "b"), ("401", "c"),
        ]  # fmt: skip

    def test_the_default_comment_and_the_longest(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("KICK #tea gus")
        assert guest.wait(" KICK ") == ":olga!u@user/olga KICK #tea gus :olga"
        guest.ask("JOIN #tea")
        op.ask("KICK #tea gus :" + "x" * 400)
        assert parse(guest.wait(" KICK ")).params[2] == "x" * 390

    def test_an_operator_removes_another_and_themselves(
        self, op: IrcClient, guest: IrcClient, server: Running
    ) -> None:
        server.member("eve", room="#tea")
        op.sync()
        op.ask("MODE #tea +oo gus eve")
        guest.sync()
        assert numbers(guest, "KICK #tea eve", "KICK #tea gus") == ["KICK", "KICK"]

    def test_what_outsiders_are_told(self, op: IrcClient, server: Running) -> None:
        eve = server.register("eve")
        assert numbers(eve, "KICK #tea olga", "KICK #nosuch olga", "KICK #nosuch nobody") == ["442", "403", "403"]
        op.ask("MODE #tea +s")
        assert eve.ask("KICK #tea olga") == [line.replace("nosuch", "tea") for line in eve.ask("KICK #nosuch olga")]
