"""PIN, UNPIN, PINS: docs/extensions.md."""

from __future__ import annotations

import pytest

from chatstore.irc.line import Line, parse
from tests.irc.test_edits import refused, say
from tests.running import IrcClient, Running

TAGS = "message-tags echo-message batch server-time draft/chathistory draft/event-playback standard-replies"
CAPS = f"{TAGS} chatstore/pins draft/message-redaction"


@pytest.fixture
def olga(server: Running) -> IrcClient:
    """The operator of #talk."""
    return server.member("olga", CAPS, "#talk")


@pytest.fixture
def rita(server: Running, olga: IrcClient) -> IrcClient:
    rita = server.member("rita", CAPS, "#talk")
    olga.wait(" JOIN ")
    return rita


def pinned(client: IrcClient, room: str = "#talk") -> list[str]:
    lines = client.parsed(f"PINS {room}")
    assert [line.params[1] for line in lines if line.params[0].startswith("+")] == ["chatstore/pins"]
    return [line.params[-1] for line in lines if "batch" in line.tags]


def test_operators_pin_and_everybody_is_told(olga: IrcClient, rita: IrcClient) -> None:
    one, two = say(rita, "#talk", "one"), say(rita, "#talk", "two")
    for message in (two, one):
        olga.send(f"PIN #TALK {message}")
        for client in (olga, rita):
            line = parse(client.wait(" PIN "))
            assert (line.source, line.params) == ("olga!u@user/olga", ("#talk", message))
    assert pinned(rita) == ["two", "one"]
    olga.send(f"UNPIN #talk {two}")
    assert parse(rita.wait(" UNPIN ")).params == ("#talk", two)
    assert pinned(rita) == ["one"]


def test_what_is_so_already_is_no_change(olga: IrcClient) -> None:
    message = say(olga, "#talk", "one")
    assert olga.ask(f"UNPIN #talk {message}") == []
    olga.ask(f"PIN #talk {message}")
    assert olga.ask(f"PIN #talk {message}") == []
    assert pinned(olga) == ["one"]


def test_not_by_others(olga: IrcClient, rita: IrcClient) -> None:
    message = say(rita, "#talk", "mine")
    assert [line.command for line in rita.parsed(f"PIN #talk {message}")] == ["482"]
    olga.ask(f"PIN #talk {message}")
    rita.wait(" PIN ")
    assert [line.command for line in rita.parsed(f"UNPIN #talk {message}")] == ["482"]
    assert pinned(rita) == ["mine"]


def test_what_is_not_there(olga: IrcClient, rita: IrcClient) -> None:
    olga.ask("JOIN #other")
    elsewhere, quiet = say(olga, "#other", "x"), say(olga, "@#talk", "hush")
    joined = parse(olga.log[0]).tags.get("msgid", "2-1")
    for message in (elsewhere, quiet, joined, "1-zz", "nonsense"):
        assert refused(olga, f"PIN #talk {message}") == ("PIN", "UNKNOWN_MSGID", "#talk", message)
    assert [line.command for line in olga.parsed("PIN #nosuch 1-1", "PINS #nosuch", "PIN #talk", "PINS")] == [
        "403", "403", "461", "461",
    ]  # fmt: skip


def test_a_redacted_message_is_not_pinned_any_more(server: Running, olga: IrcClient) -> None:
    message = say(olga, "#talk", "x")
    olga.ask(f"PIN #talk {message}", f"REDACT #talk {message}")
    assert pinned(olga) == []
    assert server.rows("SELECT * FROM pins") == []  # it takes no place
    assert refused(olga, f"PIN #talk {message}") == ("PIN", "UNKNOWN_MSGID", "#talk", message)


def test_at_most_so_many(olga: IrcClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatstore.chat.changes.pinning.MAX_PINS", 1)
    one, two = say(olga, "#talk", "one"), say(olga, "#talk", "two")
    olga.ask(f"PIN #talk {one}")
    (answer,) = olga.parsed(f"PIN #talk {two}")
    assert answer.command == "478"
    assert pinned(olga) == ["one"]


def test_who_was_away_learns_of_it_and_others_are_told_nothing(server: Running, olga: IrcClient) -> None:
    plain = server.member("plain", TAGS, "#talk")
    olga.wait(" JOIN ")
    message = say(olga, "#talk", "x")
    plain.wait(" :x$")
    olga.ask(f"PIN #talk {message}")

    def history(client: IrcClient) -> list[Line]:
        return [line for line in client.parsed("CHATHISTORY LATEST #talk * 2") if "batch" in line.tags]

    assert plain.sync() == []
    assert [line.command for line in history(olga)] == ["PRIVMSG", "PIN"]
    assert "PIN" not in [line.command for line in history(plain)]
    assert pinned(plain) == ["x"]


def test_who_sees_less_is_shown_less(server: Running, olga: IrcClient) -> None:
    olga.ask("ROOM #talk history=members")
    message = say(olga, "#talk", "before")
    olga.ask(f"PIN #talk {message}")
    late = server.member("late", CAPS, "#talk")
    assert pinned(late) == []
    assert pinned(olga) == ["before"]
