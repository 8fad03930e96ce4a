"""What is typed: the table, /help, and what each command sends."""

from __future__ import annotations

import pytest

from chatstore.client.commands import COMMANDS, execute
from chatstore.client.context import CommandContext
from chatstore.client.events import Failure, Info, NotSent
from chatstore.client.protocol import ClientProtocol
from chatstore.irc.line import parse


@pytest.fixture
def context() -> CommandContext:
    """In #main, on a server without history: every line goes out at once."""
    state = ClientProtocol("bob", ["#main"])
    state.begin("bob", ["echo-message"])
    for line in (":s 422 bob :no MOTD", ":bob!u@h JOIN #main"):
        state.receive(parse(line), 0)
    return CommandContext(state, current="#main")


def type_(context: CommandContext, text: str) -> list[str]:
    execute(context, text)
    return [line for line in context.protocol.effects().lines if not line.startswith("PING")]


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
def test_what_is_sent(context: CommandContext, text: str, lines: list[str]) -> None:
    assert type_(context, text) == lines


@pytest.mark.parametrize("text", ["/nope", "/", "/ x", "/msgalice hi", "/me", "/msg", "/whois", "/history a b c"])
def test_what_is_wrong_is_told_and_never_sent(context: CommandContext, text: str) -> None:
    execute(context, text)
    events, lines = context.protocol.effects()
    assert lines == []
    assert [type(event) for event in events] == [Failure]


@pytest.mark.parametrize("text", ["/part #a b\rQUIT", "/whois a\nb", "/topic a\0b"])
def test_no_line_can_be_smuggled_in(context: CommandContext, text: str) -> None:
    execute(context, text)
    events, lines = context.protocol.effects()
    assert lines == []
    assert [type(event) for event in events] == [Failure]


def test_a_message_that_no_line_can_carry(context: CommandContext) -> None:
    execute(context, "a\rb")
    assert [type(event) for event in context.protocol.effects().events] == [NotSent]


def test_a_room_that_one_is_in_is_only_gone_back_to(context: CommandContext) -> None:
    context.current = "alice"
    assert type_(context, "/join main") == []
    assert context.current == "#main"


def test_talking_to_a_person(context: CommandContext) -> None:
    assert type_(context, "/msg alice") == []
    assert type_(context, "hi") == ["PRIVMSG alice :hi"]
    execute(context, "/topic")
    assert [type(event) for event in context.protocol.effects().events] == [Failure]


def test_in_no_room(context: CommandContext) -> None:
    context.current = ""
    execute(context, "hi")
    assert [type(event) for event in context.protocol.effects().events] == [Failure]


def test_older_lines_are_asked_for() -> None:
    state = ClientProtocol("bob", ["#main"])
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
        state.receive(parse(line), 0)
    context = CommandContext(state, current="#main")
    assert type_(context, "/history") == ["CHATHISTORY BEFORE #main msgid=1-5 50"]
    assert type_(context, "/history 7") == ["CHATHISTORY BEFORE #main msgid=1-5 7"]
    assert type_(context, "/history 7000") == ["CHATHISTORY BEFORE #main msgid=1-5 100"]
    assert type_(context, "/history alice 3") == ["CHATHISTORY LATEST alice * 3"]


@pytest.mark.parametrize(("text", "reason"), [("/quit", ""), ("/quit see you", "see you"), (".q", ""), (".q ", "")])
def test_quitting(context: CommandContext, text: str, reason: str) -> None:
    execute(context, text)
    assert (context.done, context.quit_reason) == (True, reason)


def test_help_names_every_command_of_the_table(context: CommandContext) -> None:
    execute(context, "/help")
    told = [event.text for event in context.protocol.effects().events if isinstance(event, Info)]
    assert [line.split()[0] for line in told] == [f"/{name}" for name in COMMANDS] + [".q"]
    for name in COMMANDS:
        execute(context, f"/help {name}")
        assert len(context.protocol.effects().events) == 1


def test_a_long_usage_leaves_the_other_rows_of_the_help_short(context: CommandContext) -> None:
    execute(context, "/help")
    told = [event.text for event in context.protocol.effects().events if isinstance(event, Info)]
    (row,) = (each for each in told if each.startswith("/me "))
    assert row.index(COMMANDS["me"].help) <= 32
    assert f"{COMMANDS['bot'].usage}  {COMMANDS['bot'].help}" in told


def test_the_table_has_what_was_promised() -> None:
    assert set(COMMANDS) >= set("help join part msg me topic names whois history quit".split())


def received(context: CommandContext, *lines: str) -> list[str]:
    """What is told when the server says this."""
    for line in lines:
        context.protocol.receive(parse(line), 0)
    context.follow()
    return [event.text for event in context.protocol.effects().events if isinstance(event, Info)]


def test_after_a_part_one_talks_in_another_room(context: CommandContext) -> None:
    received(context, ":bob!u@h JOIN #dev", ":bob!u@h JOIN #ops")
    assert context.current == "#main"
    assert received(context, ":bob!u@h PART #ops") == []
    assert received(context, ":bob!u@h PART #main") == ["now talking in #dev"]
    assert type_(context, "hi") == ["PRIVMSG #dev :hi"]


def test_after_the_last_room_one_is_in_none(context: CommandContext) -> None:
    assert received(context, ":alice!u@h KICK #main bob :out") == ["you are not in a room any more: /join ROOM"]
    assert context.current == ""
    execute(context, "hi")
    assert [event.text for event in context.protocol.effects().events if isinstance(event, Failure)] == [
        "you are not in a room: /join ROOM"
    ]


def test_a_lost_connection_or_a_person_changes_no_current_room(context: CommandContext) -> None:
    context.protocol.lost()
    assert received(context) == []
    assert context.current == "#main"
    context.switch_to("alice")
    assert received(context) == ["now talking to alice"]
    assert context.current == "alice"
