"""RPL_ISUPPORT (005): Modern, "RPL_ISUPPORT Parameters"; IRCv3 draft/extended-isupport."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.rules.policy import Policy
from chatstore.irc import isupport
from chatstore.irc.line import parse
from tests.running import IrcClient, Running


def tokens(client: IrcClient) -> dict[str, str]:
    found = [token for line in client.log if " 005 " in line for token in parse(line).params[1:-1]]
    return dict(token.partition("=")[::2] for token in found)


def test_thirteen_a_line_and_no_longer_than_one(alice: IrcClient) -> None:
    lines = [line for line in alice.log if " 005 " in line]
    assert len(lines) > 1
    for line in lines:
        assert 3 <= len(parse(line).params) <= 15
        assert parse(line).params[0] == "alice"
        assert line.endswith(" :are supported by this server")
        assert len(line) <= 510
        assert line.isascii()


def test_a_line_holds_what_it_has_room_for() -> None:
    every = list(isupport.tokens("net", Policy()).values())
    for room in (60, 100, 200):
        lines = isupport.lines(every, room)
        assert [token for line in lines for token in line] == every
        assert all(len(" ".join(line)) <= room or len(line) == 1 for line in lines)


def test_what_clients_go_by(alice: IrcClient) -> None:
    told = tokens(alice)
    expected = {
        "NETWORK": "chatstore", "CASEMAPPING": "ascii", "CHANTYPES": "#", "PREFIX": "(ov)@+", "EXCEPTS": "e",
        "INVEX": "I", "MODES": "", "TOPICLEN": "390", "KICKLEN": "390", "AWAYLEN": "390", "UTF8ONLY": "",
        "CHATHISTORY": "1000", "MSGREFTYPES": "msgid,timestamp", "draft/ACCOUNTREQUIRED": "",
    }  # fmt: skip
    assert {name: told.get(name) for name in expected} == expected
    assert told["NICKLEN"].isdigit()
    assert told["CHANNELLEN"].isdigit()


def test_lengths_are_those_that_are_configured(run_server: Callable[..., Running]) -> None:
    limits = {
        "topic_length": 20,
        "reason_length": 21,
        "away_length": 22,
        "history_page": 23,
        "rooms_per_account": 24,
    }
    told = tokens(run_server(limits=limits).register("alice"))
    names = ("TOPICLEN", "KICKLEN", "AWAYLEN", "CHATHISTORY", "CHANLIMIT")
    assert [told[name] for name in names] == ["20", "21", "22", "23", "#:24"]


def test_where_guests_are_welcome_no_account_is_required(run_server: Callable[..., Running]) -> None:
    client = run_server(accounts={"guests": True}).connect()
    client.send("NICK visitor", "USER v 0 * :V")
    client.wait(" 422 ")
    assert "draft/ACCOUNTREQUIRED" not in tokens(client)


@pytest.mark.parametrize(
    ("network", "said"),
    [("Two words", r"Two\x20words"), ("a=b", r"a\x3Db"), ("a\\b", r"a\x5Cb"), ("Grüße", r"Gr\xC3\xBC\xC3\x9Fe")],
)
def test_what_a_value_cannot_hold_is_escaped(run_server: Callable[..., Running], network: str, said: str) -> None:
    assert tokens(run_server(server={"network": network}).register("alice"))["NETWORK"] == said


class TestExtended:
    """draft/extended-isupport."""

    def test_before_the_welcome(self, server: Running) -> None:
        client = server.connect()
        assert [line.command for line in client.parsed("CAP LS 302", "ISUPPORT")][-1] == "451"
        lines = client.parsed("CAP REQ draft/extended-isupport", "ISUPPORT")[1:]
        assert {line.command for line in lines} == {"005"}
        assert lines[0].params[0] == "*"
        assert lines[0].tags == {}

    def test_as_a_batch(self, server: Running) -> None:
        client = server.connect()
        first, *inside, last = client.parsed("CAP REQ :draft/extended-isupport batch", "ISUPPORT")[1:]
        assert (first.command, first.params[1:]) == ("BATCH", ("draft/isupport",))
        reference = first.params[0].removeprefix("+")
        assert (last.command, last.params) == ("BATCH", (f"-{reference}",))
        assert {(line.command, line.tags["batch"]) for line in inside} == {("005", reference)}

    def test_the_welcome_has_it_as_a_batch_too(self, server: Running) -> None:
        client = server.register("alice", "draft/extended-isupport batch")
        commands = [parse(line).command for line in client.log]
        at = commands.index("004") + 1
        count = commands.count("005")
        assert commands[at : at + count + 2] == ["BATCH", *["005"] * count, "BATCH"]
        assert all(parse(line).tags for line in client.log if " 005 " in line)

    def test_anybody_may_ask_again_after_the_welcome(self, alice: IrcClient) -> None:
        before = [line for line in alice.log if " 005 " in line]
        assert alice.ask("ISUPPORT") == before
