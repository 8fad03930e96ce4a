from __future__ import annotations

import json
import time

import pytest

from chatstore.chat.changes.membership import JoinRoom
from chatstore.chat.changes.modes import SetModes
from chatstore.chat.changes.posting import PostDirect
from chatstore.chat.changes.rooms import SetTopic
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import room_name
from chatstore.chat.model.room_settings import DEFAULTS
from chatstore.chat.model.rooms import Room, parse_modes
from tests.cli.home import Home, seen
from tests.running import SECONDS, Running, _server

THEN = 1795369958.123


@pytest.mark.sqlite
def test_list(home: Home, main_room: Room, alice: Actor, bob: Actor) -> None:
    home.submit(JoinRoom(alice, room_name("main"), "", 9), JoinRoom(bob, room_name("main"), "", 9), now=THEN - 9)
    home.say(main_room, alice, "grün", "x" * 1300, now=THEN)
    home.submit(PostDirect(alice, bob, "message", "not a room"))
    home.room("empty")
    assert home.lines("room", "list") == [
        "room    members    messages    size     last message",
        "------  ---------  ----------  -------  -------------------",
        "empty   0          0           0 B      never",
        "main    2          2           1.3 KiB  2026-11-22 18:52:38",
    ]
    empty, main = json.loads(home.run("room", "list", "--format", "json").stdout)
    assert (empty["room"], empty["messages"], empty["last_message"]) == ("empty", 0, None)
    del main["created"]
    assert main == {
        "room": "main",
        "topic": "",
        "members": 2,
        "messages": 2,
        "events": 2,
        "bytes": 1305,
        "last_message": "2026-11-22T17:52:38.124Z",
    }


def test_show(home: Home, alice: Actor, bob: Actor) -> None:
    seen(home.run("room", "add", "main", "--topic", "Work \x1b[31m", "--founder", "Alice"), 0, "main was added")
    room = home_room(home)
    home.submit(JoinRoom(bob, room_name("main"), "", 9), JoinRoom(alice, room_name("main"), "", 9))
    home.submit(SetModes(alice, room.id, parse_modes("+ikbl sesame eve!*@* 5")))
    home.say(room, bob, "12345")
    shown = home.lines("room", "show", "#Main")
    labels = {line[:11].strip(): line[11:] for line in shown if line[:11].strip()}
    assert list(labels) == [
        "room",
        "topic",
        "founder",
        "history",
        "retention",
        "slowmode",
        "previews",
        "edits",
        "motd",
        "private",
        "inviteonly",
        "moderated",
        "topiclock",
        "key",
        "created",
        "limit",
        "messages",
        "events",
        "last",
        "members",
        "bans",
    ]
    assert labels["topic"].startswith(r"Work \x1b[31m   (by the server, 20")
    assert labels["founder"] == "alice"
    on = [name for name in ("private", "inviteonly", "moderated", "topiclock") if labels[name] == "on"]
    assert (on, labels["key"], labels["limit"]) == (["inviteonly", "topiclock"], "set", "5 members")
    assert labels["messages"] == "1"
    assert labels["events"] == "5, messages included (32 B)"  # the key is not among them
    assert labels["members"] == "alice (operator)"
    assert shown[shown.index("members    alice (operator)") + 1] == "           bob"
    assert labels["bans"].startswith("eve!*@*   (by alice, 20")
    assert "sesame" not in "".join(shown)
    seen(home.run("room", "show", "nowhere"), 5, "there is no room nowhere")


def home_room(home: Home) -> Room:
    with home.store() as store:
        room = store.rooms.keyed("#main")
    assert room is not None
    return room


def test_an_empty_room(home: Home, main_room: Room) -> None:
    shown = home.lines("room", "show", "main")
    assert [line for line in shown if line.endswith("none")] == [
        "topic      none",
        "founder    none",
        "motd       none",
        "key        none",
        "members    none",
        "bans       none",
    ]


def test_add(home: Home) -> None:
    seen(home.run("room", "add", "#Dev"), 0, "Dev was added")
    assert [line.split()[0] for line in home.lines("room", "list")[2:]] == ["Dev", "main"]
    seen(home.run("room", "add", "dev"), 1, "the room dev exists already")
    seen(home.run("room", "add", "a b"), 1, "chatstore: a room name can't contain spaces")
    seen(home.run("room", "add", "new", "--founder", "eve"), 5, "there is no account eve")
    seen(home.run("room", "add", "new", "--topic", "a\nb"), 2, "the topic must be one line")
    seen(home.run("room", "show", "new"), 5, "there is no room new")


def test_remove_says_how_much_is_gone(home: Home, main_room: Room, alice: Actor) -> None:
    home.say(main_room, alice, "1", "2")
    seen(home.typed("n\n", "room", "remove", "main"), 1, "Remove main and its 2 messages permanently?")
    assert home.bodies() == ["1", "2"]
    seen(home.typed("y\n", "room", "remove", "#main"), 0, "main was removed with 2 messages")
    seen(home.run("history"), 5, "there is no room main")
    seen(home.run("room", "remove", "main", "--yes"), 5, "there is no room main")
    seen(home.run("room", "add", "main"), 0, "main was added")
    assert home.bodies() == []
    home.say(home_room(home), alice, "1")
    seen(home.run("room", "remove", "main", "--yes"), 0, "main was removed with 1 message\n")


def test_a_room_is_not_added_without_its_topic(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(change: SetTopic, tx: object) -> None:
        raise ChatError(Code.NOT_STORED, "no room left")

    monkeypatch.setattr(SetTopic, "apply", fail)
    seen(home.run("room", "add", "other", "--topic", "Tea"), 1, "no room left")
    assert not any(line.startswith("other") for line in home.lines("room", "list"))


def test_topic(home: Home, main_room: Room) -> None:
    seen(home.run("room", "topic", "main"), 0, "main has no topic")
    seen(home.run("room", "topic", "main", ""), 0, "main had no topic")
    seen(home.run("room", "topic", "#main", "Work \x1b[31m"), 0, "main has a new topic")
    assert home.lines("room", "topic", "main") == [r"Work \x1b[31m"]
    seen(home.run("room", "topic", "main", "Work \x1b[31m"), 0, "main already has that topic")
    seen(home.run("room", "topic", "main", ""), 0, "main has no topic now")
    seen(home.run("room", "topic", "nowhere", "x"), 5, "there is no room nowhere")
    seen(home.run("room", "topic", "main", "x" * 391), 2, "longer than 390 characters")
    assert [record["nick"] for record in home.records("--events")] == ["*", "*"]


def test_set(home: Home, main_room: Room) -> None:
    assert home.lines("room", "set", "main") == [
        "history    members see all messages",
        "retention  messages are kept forever",
        "slowmode   slow mode is off",
        "previews   links have previews, where the server makes any",
        "edits      the earlier texts of edited messages are erased",
        "motd       none",
        "private    off",
        "inviteonly off",
        "moderated  off",
        "topiclock  off",
        "key        none",
    ]
    given = ("--history", "members", "--retention", "30", "--slowmode", "10", "--motd", "Tea \x1b at five")
    seen(home.run("room", "set", "#main", *given), 0, "main: members see messages from when they joined, messages")
    seen(home.run("room", "set", "main", *given), 0, "main is already set so")
    assert home.lines("room", "set", "main")[:6] == [
        "history    members see messages from when they joined",
        "retention  messages are kept for 30 days",
        "slowmode   members wait 10 seconds between messages",
        "previews   links have previews, where the server makes any",
        "edits      the earlier texts of edited messages are erased",
        r"motd       Tea \x1b at five",
    ]
    seen(home.run("room", "set", "main", "--motd", ""), 0, "main: no message of the day")
    assert home.lines("room", "set", "main")[5] == "motd       none"
    seen(home.run("room", "set", "main", "--motd", "x" * 391), 2, "longer than 390 characters")
    seen(home.run("room", "set", "main", "--retention", "-1"), 2, "-1 is not in the range")
    seen(home.run("room", "set", "main", "--slowmode", "21601"), 2, "21601 is not in the range 0<=x<=21600")
    seen(home.run("room", "set", "main", "--history", "all"), 2, "'all' is not one of")
    seen(home.run("room", "set", "nowhere", "--retention", "1"), 5, "there is no room nowhere")


def test_set_flags_and_key(home: Home, main_room: Room) -> None:
    given = ("--private", "on", "--topiclock", "off", "--key", "sesame", "--retention", "5")
    said = (
        "main: messages are kept for 5 days, the room is private, the room lets all members set the topic,"
        " the room has a key"
    )
    seen(home.run("room", "set", "main", *given), 0, said)
    seen(home.run("room", "set", "main", *given), 0, "main is already set so")
    room = home_room(home)
    assert (room.flags, room.password) == ("ns", "sesame")
    seen(home.run("room", "set", "main", "--key", "off"), 0, "main: the room has no key")
    seen(home.run("room", "set", "main", "--key", "a b"), 2, "a key is a word of at most 32 characters")
    seen(home.run("room", "set", "main", "--moderated", "maybe"), 2, "'maybe' is not one of")
    assert home.lines("history", "--events")[-1].endswith(" -- the server removed the key")


def test_rename(home: Home, main_room: Room, alice: Actor) -> None:
    home.say(main_room, alice, "before")
    home.room("dev")
    seen(home.run("room", "rename", "main", "#Hall"), 0, "main is now Hall")
    assert home.bodies("--room", "hall") == ["before"]
    seen(home.run("room", "rename", "hall", "dev"), 1, "the room dev exists already")
    seen(home.run("room", "rename", "hall", "Hall"), 1, "that is the room's name already")
    seen(home.run("room", "rename", "hall", "a b"), 1, "a room name can't contain spaces")
    seen(home.run("room", "rename", "main", "x"), 5, "there is no room main")


def test_transfer(home: Home, main_room: Room, alice: Actor, bob: Actor) -> None:
    seen(home.run("room", "transfer", "main", "Alice"), 0, "alice is now the founder of main")
    seen(home.run("room", "transfer", "main", "alice"), 0, "alice is already the founder of main")
    assert "founder    alice" in home.lines("room", "show", "main")
    seen(home.run("room", "transfer", "main", "zoe"), 5, "there is no account zoe")


def test_a_running_server_obeys(home: Home, server: Running) -> None:
    alice = server.member("alice")
    seen(home.run("room", "topic", "main", "Work"), 0, "main has a new topic")
    alice.wait(r" TOPIC #main :?Work")
    seen(home.run("room", "rename", "main", "hall"), 0, "main is now hall")
    alice.wait(r" JOIN #hall")
    alice.wait(" 366 ")
    seen(home.run("room", "transfer", "hall", "alice"), 0, "alice is now the founder of hall")
    assert alice.wait(" MODE ").endswith("MODE #hall +o alice")
    seen(home.run("room", "set", "hall", "--motd", "Welcome"), 0, "hall: a new message of the day")
    seen(home.run("room", "set", "hall", "--moderated", "on"), 0, "hall: the room lets only operators")
    assert alice.wait(" MODE ").endswith("MODE #hall +m")
    alice.ask("PART #hall")
    alice.send("JOIN #hall")
    alice.wait(r"NOTICE alice :\[#hall\] Welcome")
    seen(home.run("room", "rename", "hall", "main"), 0, "hall is now main")
    alice.wait(r" JOIN #main")
    seen(home.run("room", "add", "dev", "--owner", "alice"), 0, "dev was added")
    seen(home.run("room", "remove", "main", "--yes"), 0, "main was removed")
    alice.wait(r" (KICK|PART) #main")
    alice.send("JOIN #dev")
    assert "@alice" in alice.wait(" 353 ")


def test_show_says_what_the_server_keeps(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.room("main")
    assert not any(line.startswith("kept") for line in home.lines("room", "show", "main"))
    monkeypatch.setenv("CHATSTORE_HISTORY_RETENTION_DAYS", "30")
    assert any("for 30 days, because of [history]" in line for line in home.lines("room", "show", "main"))


def test_a_server_erases_what_it_does_not_keep(home: Home) -> None:
    """Also direct messages, which no room setting covers."""
    alice, room = home.account("alice"), home.room("main")
    old = time.time() - 10 * 86_400
    home.say(room, alice, "ten days old", now=old)
    home.submit(PostDirect(alice, alice, "message", "a note to myself"), now=old)
    home.say(room, alice, "new")
    served = Running(
        _server({"database": {"url": home.url or str(home.path)}, "history": {"retention_days": 5}}), home.path
    )
    try:
        until = time.monotonic() + SECONDS
        while len(served.rows("SELECT id FROM messages")) > 1 and time.monotonic() < until:
            time.sleep(0.05)
        assert served.rows("SELECT body FROM messages") == [("new",)]
    finally:
        served.stop()


def test_roles_and_kicks(home: Home, main_room: Room, bob: Actor) -> None:
    home.submit(JoinRoom(bob, room_name("main"), "", 100, "", DEFAULTS))
    seen(home.run("room", "role", "main", "BOB", "voice"), 0, "bob is voice in main")
    seen(home.run("room", "role", "main", "bob", "operator"), 0, "bob is operator in main")
    assert any("bob (operator)" in line for line in home.lines("room", "show", "main"))
    seen(home.run("room", "role", "main", "bob", "member"), 0, "bob is an ordinary member in main")
    seen(home.run("room", "kick", "main", "bob", "--reason", "enough"), 0, "bob was removed from main")
    seen(home.run("room", "kick", "main", "bob"), 5, "bob is not in main")
    assert [line.split()[4] for line in home.lines("audit", "--format", "text", "--action", "room.kick")] == [
        "kicked"
    ]
