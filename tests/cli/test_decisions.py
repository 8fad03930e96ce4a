"""Accounts that wait for approval, and reports, on the command line."""

from __future__ import annotations

import json

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.membership import JoinRoom
from chatstore.chat.changes.reports import ReportMessage
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.room_settings import DEFAULTS
from chatstore.chat.model.rooms import Room
from tests.cli.home import Home, seen


def test_approved_and_refused(home: Home) -> None:
    home.submit(*(CreateAccount(person_name(name), "x", waits_at="192.0.2.7") for name in ("carol", "dave")))
    assert [line.split()[0] for line in home.lines("account", "waiting")[2:]] == ["carol", "dave"]
    [carol, _] = json.loads("\n".join(home.lines("account", "waiting", "--format", "json")))
    assert (carol["name"], carol["address"], carol["status"]) == ("carol", "192.0.2.7", "waiting")
    seen(home.run("account", "approve", "Carol"), 0, "carol can log in now")
    seen(home.run("account", "refuse", "dave"), 0, "dave was refused")
    seen(home.run("account", "approve", "carol"), 5, "no account carol waits for approval")
    assert [line.split()[0] for line in home.lines("account", "list")[2:]] == ["carol"]
    assert len(home.lines("audit", "--action", "account.refuse")) == 3


def test_reports(home: Home, main_room: Room, alice: Actor, bob: Actor) -> None:
    home.submit(*(JoinRoom(who, room_name("main"), "", 100, "", DEFAULTS) for who in (alice, bob)))
    one, two = home.say(main_room, bob, "rude words", "more")
    home.submit(ReportMessage(alice, main_room.id, one, "insult"), ReportMessage(alice, main_room.id, two, "again"))
    first, second = json.loads("\n".join(home.lines("report", "list", "--format", "json")))
    assert (first["author"], first["message"], first["by"], first["reason"]) == (
        "bob",
        "rude words",
        "alice",
        "insult",
    )
    assert second["id"] == 2
    seen(home.run("report", "close", "2", "--decision", "harmless"), 0, "report 2 is closed")
    seen(home.run("report", "close", "1", "--erase"), 0, "report 1 is closed, and the message of bob erased")
    assert "rude words" not in home.run("history", "main").output
    assert [line.split()[-1] for line in home.lines("report", "list", "--closed")[2:]] == ["harmless", "(erased)"]
    seen(home.run("report", "close", "9"), 5, "there is no report 9")
