"""The commands of the plain endpoint."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.membership import JoinRoom
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.names import person_name, room_name
from chatstore.plain.commands import all_commands
from tests.plain.talker import Talker
from tests.running import Running

Connect = Callable[[], Talker]


def test_help_lists_every_command(ann: Talker) -> None:
    lines = ann.ask("/help")
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).replace("-- ", "").split())
    for command in all_commands().values():
        assert f"{command.usage} {command.does}" in text
        assert max(map(len, ann.ask(f"/help {command.name}"))) <= 80


def test_an_unknown_command_is_never_said(ann: Talker, ben: Talker) -> None:
    help_is_near = "nothing was sent: /help lists the commands, // sends a slash"
    assert ben.ask("/exec rm") == [f"-- unknown command /exec, {help_is_near}"]
    assert ben.ask("/ hello") == [f"-- unknown command /, {help_is_near}"]
    assert ann.sync() == []


@pytest.mark.parametrize(
    "line", ["/me", "/msg", "/msg ann", "/join", "/history x", "/history 0", "/history 1 2", "/nick"]
)
def test_a_command_without_what_it_needs_says_how_it_is_used(ann: Talker, line: str) -> None:
    name = line.split()[0]
    (answer,) = ann.ask(line)
    assert answer.startswith(f"-- usage: {name} ")


def test_rooms_marks_where_one_is(ann: Talker, ben: Talker) -> None:
    ben.ask("/join dev", "/topic tools")
    ann.ask("/join away")
    assert ann.ask("/ROOMS") == [
        "-- Rooms (* your current room, + your other rooms):",
        "-- * away (1 member)",
        "--   dev (1 member): tools",
        "-- + main (2 members)",
    ]


def test_a_secret_room_is_not_told_of(server: Running, ann: Talker, ben: Talker) -> None:
    ann.ask("/join den")
    server.login("ann").ask("MODE #den +s")
    assert not any("den" in line for line in ben.ask("/rooms"))
    assert ben.ask("/who den") == ["-- there is no room den"]


def test_who_marks_operators_and_who_is_away(server: Running, ann: Talker, ben: Talker) -> None:
    ben.ask("/join dev")
    irc = server.member("ian", room="#dev")
    irc.ask("AWAY :at lunch")
    ben.sync()
    ben.close()
    ann.ask("/join dev")
    assert ann.ask("/who dev")[0].startswith("-- dev has 3 members: ann, ben (operator")
    assert ann.ask("/who")[0].endswith("ian (away: at lunch)")


def test_a_long_list_of_members_takes_several_lines(ann: Talker, server: Running) -> None:
    store = server.server.store
    for number in range(30):
        name = f"member{number:02}"
        account = store.submit([CreateAccount(person_name(name), "x")]).result()
        store.submit([JoinRoom(Actor(name, name, account.id), room_name("main"), "", 100)]).result()
    ann.sync()
    answer = ann.ask("/who")
    assert len(answer) > 3
    assert all(line.startswith("-- ") and len(line) <= 103 for line in answer)
    assert sum(line.count("member") for line in answer) == 31


def test_the_topic_is_shown_set_and_kept_by_operators(ann: Talker, ben: Talker) -> None:
    assert ann.ask("/topic") == ["-- main has no topic."]
    assert ann.ask("/join dev", "/topic tea time") == [
        "-- You are in dev (1 member).",
        "-- ann set the topic: tea time",
    ]
    assert ann.ask("/topic") == ["-- The topic of dev: tea time (set by ann)"]
    assert ann.ask("/topic " + "x" * 391) == ["-- a topic has at most 390 characters"]
    assert ben.ask("/join dev") == ["-- You are in dev (2 members). Topic: tea time"]
    assert ben.ask("/topic coffee") == ["-- only operators set the topic of dev"]


def test_a_direct_message_waits_for_who_is_not_here(ann: Talker, ben: Talker, connect: Connect) -> None:
    ben.say(".q")
    ben.rest()
    assert ann.ask("/msg ben see you") == ["-- ben is away (not connected) and will see your message later"]
    assert ann.ask("/msg zoe hello") == ["-- there is nobody called zoe; not sent: hello"]
    again = connect()
    assert again.log_in("ben")[0].endswith("[direct] ann: see you")


def test_older_direct_messages_are_history_too(ann: Talker, ben: Talker) -> None:
    ann.ask("/msg ben one", "/msg ben two")
    ben.ask("/msg ann three")
    (*shown, end) = ben.ask("/history @ANN 2")
    assert [line.split(" ", 1)[1] for line in shown] == ["[direct] ann: two", "[direct] ben -> ann: three"]
    assert end == "-- /history shows older messages."
    (*shown, end) = ben.ask("/history @ann 2")
    assert [line.split(" ", 1)[1] for line in shown] == ["[direct] ann: one"]
    assert end == "-- These are the oldest messages."
    assert ben.ask("/history @zoe") == ["-- there is nobody called zoe"]


def test_help_for_one_command(ann: Talker) -> None:
    assert ann.ask("/help part") == ["-- /part [ROOM]: leave this room, or another one", "-- /leave does the same."]
    assert ann.ask("/help /leave") == ann.ask("/help PART")
    assert ann.ask("/help join") == ["-- /join ROOM [KEY]: join a room, or switch to it; your lines go there"]
    lines, settings = ann.ask("/help set"), ann.ask("/set help")
    assert lines[0].startswith("-- /set [WHAT VALUE]: ")
    assert lines[-len(settings) :] == settings
    assert max(map(len, lines)) <= 80
    assert ann.ask("/help nonsense")[0].startswith("-- unknown command /nonsense, ")


def test_names_that_commands_have_elsewhere(ann: Talker) -> None:
    assert ann.ask("/names") == ann.ask("/members") == ann.ask("/who")
    assert ann.ask("/list") == ann.ask("/rooms")
    assert ann.ask("/jion dev")[0].startswith("-- unknown command /jion, nothing was sent: did you mean /join? ")
    assert ann.ask("/leave")[0] == "-- ann left"
