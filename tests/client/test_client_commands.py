"""What is typed: the table, /help, and what each command sends."""

from __future__ import annotations

import pytest

from chatstore.client.commands import COMMANDS, execute
from chatstore.client.desk import Desk
from chatstore.client.items import Failure, Info, NotSent
from chatstore.client.state import ChatState
from chatstore.irc.line import parse


@pytest.fixture
def desk() -> Desk:
    """In #main, on a server without history: every line goes out at once."""
    state = ChatState("bob", ["#main"])
    state.begin("bob", ["echo-message"])
    for line in (":s 422 bob :no MOTD", ":bob!u@h JOIN #main"):
        state.hear(parse(line), 0)
    return Desk(state, current="#main")


def type_(desk: Desk, text: str) -> list[str]:
    execute(desk, text)
    return [line for line in desk.state.reaction().lines if not line.startswith("PING")]


SENT = [
    ("hello there", ["PRIVMSG #main :hello there"]),
    (" indented", ["PRIVMSG #main : indented"]),
    ("//etc is a folder", ["PRIVMSG #main :/etc is a folder"]),
    ("/me waves", ["PRIVMSG #main :\x01ACTION waves\x01"]),
    ("/msg alice how are you", ["PRIVMSG alice :how are you"]),
    ("/msg #dev hi", ["PRIVMSG #dev :hi"]),
    ("/join dev", ["JOIN #dev"]),
    ("/join #dev key", ["JOIN #dev key"]),
    ("/JOIN dev", ["JOIN #dev"]),
    ("/part", ["PART #main"]),
    ("/part see you", ["PART #main :see you"]),
    ("/part #dev see you", ["PART #dev :see you"]),
    ("/topic", ["TOPIC #main"]),
    ("/topic Be kind", ["TOPIC #main :Be kind"]),
    ("/topic Kind", ["TOPIC #main :Kind"]),
    ("/names", ["NAMES #main"]),
    ("/names dev", ["NAMES #dev"]),
    ("/whois alice", ["WHOIS alice"]),
    ("", []),
    ("   ", []),
]


@pytest.mark.parametrize(("text", "lines"), SENT)
def test_what_is_sent(desk: Desk, text: str, lines: list[str]) -> None:
    assert type_(desk, text) == lines


@pytest.mark.parametrize("text", ["/nope", "/", "/ x", "/msgalice hi", "/me", "/msg", "/whois", "/history a b c"])
def test_what_is_wrong_is_told_and_never_sent(desk: Desk, text: str) -> None:
    execute(desk, text)
    items, lines = desk.state.reaction()
    assert lines == []
    assert [type(item) for item in items] == [Failure]


@pytest.mark.parametrize("text", ["/part #a b\rQUIT", "/whois a\nb", "/topic a\0b"])
def test_no_line_can_be_smuggled_in(desk: Desk, text: str) -> None:
    execute(desk, text)
    items, lines = desk.state.reaction()
    assert lines == []
    assert [type(item) for item in items] == [Failure]


def test_a_message_that_no_line_can_carry(desk: Desk) -> None:
    execute(desk, "a\rb")
    assert [type(item) for item in desk.state.reaction().items] == [NotSent]


def test_a_room_that_one_is_in_is_only_gone_back_to(desk: Desk) -> None:
    desk.current = "alice"
    assert type_(desk, "/join main") == []
    assert desk.current == "#main"


def test_talking_to_a_person(desk: Desk) -> None:
    assert type_(desk, "/msg alice") == []
    assert type_(desk, "hi") == ["PRIVMSG alice :hi"]
    execute(desk, "/topic")
    assert [type(item) for item in desk.state.reaction().items] == [Failure]


def test_in_no_room(desk: Desk) -> None:
    desk.current = ""
    execute(desk, "hi")
    assert [type(item) for item in desk.state.reaction().items] == [Failure]


def test_older_lines_are_asked_for() -> None:
    state = ChatState("bob", ["#main"])
    state.begin("bob", ["draft/chathistory", "batch", "message-tags"])
    for line in (
        ":s 005 bob CHATHISTORY=100 :x",
        ":s 422 bob :x",
        ":s BATCH +1 draft/chathistory-targets",
        ":s BATCH -1",
        ":bob!u@h JOIN #main",
        ":s BATCH +2 chathistory #main",
        "@batch=2;msgid=1-5 :alice!u@h PRIVMSG #main :x",
        ":s BATCH -2",
    ):
        state.hear(parse(line), 0)
    desk = Desk(state, current="#main")
    assert type_(desk, "/history") == ["CHATHISTORY BEFORE #main msgid=1-5 50"]
    assert type_(desk, "/history 7") == ["CHATHISTORY BEFORE #main msgid=1-5 7"]
    assert type_(desk, "/history 7000") == ["CHATHISTORY BEFORE #main msgid=1-5 100"]
    assert type_(desk, "/history alice 3") == ["CHATHISTORY LATEST alice * 3"]


@pytest.mark.parametrize(
    ("text", "farewell"), [("/quit", ""), ("/quit see you", "see you"), (".q", ""), (".q ", "")]
)
def test_quitting(desk: Desk, text: str, farewell: str) -> None:
    execute(desk, text)
    assert (desk.done, desk.farewell) == (True, farewell)


def test_help_names_every_command_of_the_table(desk: Desk) -> None:
    execute(desk, "/help")
    told = [item.text for item in desk.state.reaction().items if isinstance(item, Info)]
    assert [line.split()[0] for line in told] == [f"/{name}" for name in COMMANDS] + [".q"]
    for name in COMMANDS:
        execute(desk, f"/help {name}")
        assert len(desk.state.reaction().items) == 1


def test_the_table_has_what_was_promised() -> None:
    assert set(COMMANDS) >= set("help join part msg me topic names whois history quit".split())


def heard(desk: Desk, *lines: str) -> list[str]:
    """What is told when the server says this."""
    for line in lines:
        desk.state.hear(parse(line), 0)
    desk.follow()
    return [item.text for item in desk.state.reaction().items if isinstance(item, Info)]


def test_after_a_part_one_talks_in_another_room(desk: Desk) -> None:
    heard(desk, ":bob!u@h JOIN #dev", ":bob!u@h JOIN #ops")
    assert desk.current == "#main"
    assert heard(desk, ":bob!u@h PART #ops") == []
    assert heard(desk, ":bob!u@h PART #main") == ["now talking in #dev"]
    assert type_(desk, "hi") == ["PRIVMSG #dev :hi"]


def test_after_the_last_room_one_is_in_none(desk: Desk) -> None:
    assert heard(desk, ":alice!u@h KICK #main bob :out") == ["you are not in a room any more: /join ROOM"]
    assert desk.current == ""
    execute(desk, "hi")
    assert [item.text for item in desk.state.reaction().items if isinstance(item, Failure)] == [
        "you are not in a room: /join ROOM"
    ]


def test_a_lost_connection_or_a_person_changes_no_current_room(desk: Desk) -> None:
    desk.state.lost()
    assert heard(desk) == []
    assert desk.current == "#main"
    desk.talk_to("alice")
    assert heard(desk) == ["now talking to alice"]
    assert desk.current == "alice"
