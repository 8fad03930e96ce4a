"""ROOM: how a room is kept, read and set, and told to those who want to hear of it (chatstore/rooms)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.model.room_settings import SETTINGS
from chatstore.irc.line import parse_tags
from tests.running import IrcClient, Running

SERVER = ":chatstore.local"


@pytest.fixture
def olga(server: Running) -> IrcClient:
    """The founder of #tea, who does not hear of its settings."""
    client = server.register("olga")
    client.ask("JOIN #tea")
    return client


def member(server: Running, name: str) -> IrcClient:
    client = server.register(name, "chatstore/rooms")
    client.ask("JOIN #tea")
    return client


def test_how_it_is(server: Running, olga: IrcClient) -> None:
    assert olga.ask("ROOM #tea") == [
        f"{SERVER} ROOM #tea history=everyone;retention=0;slowmode=0;previews=on;edits=erase;founder=olga :"
    ]
    assert olga.ask("ROOM #MAIN") == [
        f"{SERVER} ROOM #main history=everyone;retention=0;slowmode=0;previews=on;edits=erase :"
    ]


def test_the_message_of_the_day_is_for_those_who_are_in(server: Running, olga: IrcClient) -> None:
    assert olga.ask("ROOM #tea * :be kind ; please")[-1].endswith("founder=olga :be kind ; please")
    outsider = server.register("out")
    assert outsider.ask("ROOM #tea")[-1].endswith("founder=olga :")
    outsider.ask("JOIN #tea")
    assert outsider.ask("ROOM #tea")[-1].endswith("founder=olga :be kind ; please")
    assert olga.ask("ROOM #tea * :")[-1].endswith("founder=olga :")


def test_what_is_set_is_answered_and_told(server: Running, olga: IrcClient) -> None:
    anna = member(server, "anna")
    olga.sync()
    assert olga.ask("ROOM #tea history=members;retention=30 :hello") == [
        f"{SERVER} ROOM #tea history=members;retention=30;slowmode=0;previews=on;edits=erase;founder=olga :hello"
    ]
    source = ":olga!u@user/olga"
    assert anna.sync() == [f"{source} ROOM #tea history=members;retention=30 :hello"]
    olga.ask("ROOM #tea retention=30;history=everyone")
    assert anna.sync() == [f"{source} ROOM #tea history=everyone"]
    olga.ask("ROOM #tea * :")
    assert anna.sync() == [f"{source} ROOM #tea * :"]
    olga.ask("ROOM #tea * :", "ROOM #tea")
    assert anna.sync() == []


def test_it_is_given_away(server: Running, olga: IrcClient) -> None:
    anna = member(server, "anna")
    olga.sync()
    assert olga.ask("ROOM #tea founder=anna")[-1].endswith(";founder=olga;offered=anna :")
    (told,) = anna.sync()
    assert told.startswith(":ChanServ!services@services.chatstore.local NOTICE anna :olga offers you #tea: ")
    assert anna.ask("ROOM #tea founder=anna") == [
        ":anna!u@user/anna ROOM #tea founder=anna",
        ":anna!u@user/anna MODE #tea +o anna",
        f"{SERVER} ROOM #tea history=everyone;retention=0;slowmode=0;previews=on;edits=erase;founder=anna :",
    ]
    assert " 482 " in olga.ask("ROOM #tea founder=olga")[-1]


def test_the_words_of_others_are_told_too(server: Running, olga: IrcClient) -> None:
    anna = member(server, "anna")
    olga.ask("CS SET #tea HISTORY MEMBERS", "CS SET #tea MOTD mind the gap")
    assert [line.partition(" ")[2] for line in anna.sync()] == [
        "ROOM #tea history=members",
        "ROOM #tea * :mind the gap",
    ]


def test_who_sets_it_and_hears_of_it_has_both(server: Running) -> None:
    ann = member(server, "ann")
    ann.ask("CAP REQ :batch labeled-response")
    lines = ann.ask("@label=x ROOM #tea retention=7")
    assert lines[0].startswith("@label=x :chatstore.local BATCH +")
    assert [line.partition(" :")[2].partition(" ")[2] for line in lines[1:3]] == [
        "ROOM #tea retention=7",
        "ROOM #tea history=everyone;retention=7;slowmode=0;previews=on;edits=erase;founder=ann :",
    ]


@pytest.mark.parametrize(
    "given", ["history=all", "history", "retention=-1", "retention=x", "retention=9999999", "founder", "colour=red"]
)
def test_what_can_not_be_set(olga: IrcClient, given: str) -> None:
    assert f"{SERVER} FAIL ROOM INVALID_PARAMETERS :expected" in olga.ask(f"ROOM #tea {given}")[0]


def test_who_may_not(server: Running, olga: IrcClient) -> None:
    anna = member(server, "anna")
    for line in ("ROOM #tea history=members", "ROOM #tea * :mine", "ROOM #tea founder=anna"):
        assert " 482 anna #tea :" in anna.ask(line)[0]
    assert " 403 anna #nowhere :" in anna.ask("ROOM #nowhere")[0]
    olga.ask("MODE #tea +s")
    outsider = server.register("out")
    assert " 403 out #tea :" in outsider.ask("ROOM #tea")[0]
    assert " 442 out #main :" in outsider.ask("ROOM #main history=members")[0]
    assert "retention is a number of days from 0" in olga.ask("ROOM #tea retention=999999")[0]


def test_the_table(server: Running) -> None:
    """A row for each setting, and a last line without one; without being in any room."""
    lines = [line.params for line in server.register("new").parsed("ROOM *")]
    assert lines[-1] == ("*",)
    told = {name: (parse_tags(attributes), about) for _, name, attributes, about in lines[:-1]}
    assert list(told) == [row.name for row in SETTINGS]
    for row in SETTINGS:
        attributes, about = told[row.name]
        assert about == row.about
        assert (attributes["type"], attributes["by"]) == (row.kind, row.by)
        says = [text for key, text in attributes.items() if key.startswith("says")]
        if row.field:
            assert attributes["set"] == "ROOM"
            assert attributes["default"] == str(row.default)
            assert sorted(says) == sorted(row.says.values())
    assert told["retention"][0] | {"says": "", "says-0": ""} == {
        "set": "ROOM", "type": "number", "min": "0", "max": "36500", "unit": "days", "by": "operators",
        "default": "0", "says": "", "says-0": "",
    }  # fmt: skip
    assert told["history"][0]["choices"] == "everyone,members"
    assert told["motd"][0]["max"] == told["topic"][0]["max"] == "390"
    assert (told["moderated"][0]["set"], told["key"][0]["set"]) == ("MODE m", "MODE k")
    assert (told["topic"][0]["set"], told["founder"][0]["set"]) == ("TOPIC", "ROOM")


@pytest.mark.parametrize(
    ("default", "told"), [(["main", "tea"], "chatstore/rooms=#main,#tea"), ([], "chatstore/rooms")]
)
def test_the_first_rooms_are_told(run_server: Callable[..., Running], default: list[str], told: str) -> None:
    client = run_server(rooms={"default": default}).connect()
    offered = client.ask("CAP LS 302")
    assert told in " ".join(offered).replace(":", " ").split()


def test_what_the_server_keeps_is_shown(run_server: Callable[..., Running]) -> None:
    """If it is less than the room asks for."""
    olga = run_server(history={"retention_days": 365}).register("olga")
    olga.ask("JOIN #tea")
    assert ";kept=365 :" in olga.ask("ROOM #tea")[-1]
    assert ";kept=" not in olga.ask("ROOM #tea retention=30")[-1]
    assert ";kept=365 :" in olga.ask("ROOM #tea retention=400")[-1]
