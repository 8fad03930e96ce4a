"""TOPIC: Modern "TOPIC message"."""

from __future__ import annotations

import pytest

from chatstore.chat.changes.rooms import SetTopic
from chatstore.chat.model.actors import SERVER
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


class TestTopic:
    def test_read_set_clear(self, op: IrcClient, guest: IrcClient) -> None:
        assert numbers(op, "TOPIC #tea") == ["331"]
        op.ask("TOPIC #tea :green: today")
        assert guest.wait(" TOPIC ") == ":olga!u@user/olga TOPIC #tea :green: today"
        lines = guest.parsed("TOPIC #tea")
        assert [line.command for line in lines] == ["332", "333"]
        assert lines[1].params[2] == "olga"
        assert numbers(op, "TOPIC #tea :") == ["TOPIC"]
        assert numbers(op, "TOPIC #tea") == ["331"]

    def test_a_topic_that_is_too_long_for_a_line_loses_its_end(self, server: Running, op: IrcClient) -> None:
        topic = "я" * 390
        server.server.store.submit([SetTopic(SERVER, 2, topic)]).result()
        shown = op.wait(" TOPIC ")
        assert len(shown.encode()) <= 510
        assert topic.startswith(parse(shown).params[-1])
        assert len(parse(shown).params[-1]) > 200

    def test_who_may(self, op: IrcClient, guest: IrcClient, server: Running) -> None:
        assert numbers(guest, "TOPIC #tea :mine") == ["482"]
        op.ask("MODE #tea -t")
        guest.sync()
        assert numbers(guest, "TOPIC #tea :mine") == ["TOPIC"]
        assert numbers(server.register("eve"), "TOPIC #tea :x", "TOPIC #nosuch :x") == ["442", "403"]

    def test_setting_the_same_again_tells_nobody(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("TOPIC #tea :green")
        guest.sync()
        op.ask("TOPIC #tea :green")
        assert guest.sync() == []

    def test_a_topic_is_cut_to_topiclen(self, op: IrcClient) -> None:
        assert any("TOPICLEN=390" in line for line in op.log)
        op.ask("TOPIC #tea :" + "x" * 400)
        assert parse(op.ask("TOPIC #tea")[0]).params[-1] == "x" * 390

    def test_outsiders(self, op: IrcClient, server: Running) -> None:
        """They read the topic of a room that they may know of."""
        eve = server.register("eve")
        op.ask("TOPIC #tea :green")
        assert numbers(eve, "TOPIC #tea") == ["332", "333"]
        op.ask("MODE #tea +s")
        for line in ("TOPIC #tea", "TOPIC #tea :mine", "TOPIC #tea :"):
            unknown = eve.ask(line.replace("tea", "nosuch"))
            assert eve.ask(line) == [said.replace("nosuch", "tea") for said in unknown]
        assert numbers(eve, "TOPIC #tea", "TOPIC") == ["403", "461"]

    def test_voice_is_not_enough(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("MODE #tea +v gus")
        guest.sync()
        assert numbers(guest, "TOPIC #tea :mine") == ["482"]
