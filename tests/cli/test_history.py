"""Which messages `chatstore history` shows, in which order, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from chatstore.chat.changes.membership import JoinRoom, KickMember, LeaveRoom
from chatstore.chat.changes.modes import SetModes
from chatstore.chat.changes.posting import PostDirect
from chatstore.chat.changes.rooms import RemoveRoom, SetTopic
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.names import room_name
from chatstore.chat.model.rooms import ModeChange, Room
from chatstore.cli import history as history_module
from tests.cli.home import Home, seen

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc).timestamp()


@pytest.fixture
def ten(home: Home, main_room: Room, alice: Actor, bob: Actor, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """0 to 9, said by alice and bob in turn, and a topic after each; pages are small. The msgids."""
    monkeypatch.setattr(history_module, "_PAGE", 3)
    ids, now = [], NOON
    with home.store(lambda: now) as store:
        for n in range(10):
            now = NOON + n
            said = Draft(main_room.id, (alice, bob)[n % 2], "message", str(n))
            event, *_ = store.submit([said, SetTopic(SERVER, main_room.id, str(n))]).wait()
            ids.append(msgid(event.room, event.seq))
    return ids


@pytest.mark.parametrize("limit", range(13))
def test_limit(home: Home, ten: list[str], limit: int) -> None:
    """The newest at the end; whatever the size of a page, nothing twice and nothing left out."""
    assert home.bodies("--limit", str(limit)) == list("0123456789")[-limit:]
    assert home.bodies("--limit", str(limit), "--user", "bob") == list("13579")[-limit:]
    shown = [record["seq"] for record in home.records("--limit", str(limit), "--events", "--after", "1-2")]
    assert shown == list(range(3, 21))[: limit or None]


def test_before_and_after_a_message(home: Home, ten: list[str]) -> None:
    assert home.bodies("--before", ten[6], "--limit", "2") == ["4", "5"]
    assert home.bodies("--after", ten[6], "--limit", "2") == ["7", "8"]
    assert home.bodies("--after", ten[1], "--before", ten[7], "--limit", "2") == ["2", "3"]
    assert home.bodies("--after", ten[7], "--before", ten[1]) == []
    assert home.bodies("--after", ten[9]) == []


@pytest.mark.sqlite
def test_since_and_until_a_time(home: Home, ten: list[str]) -> None:
    at = [f"2026-11-22 13:00:0{n}" for n in range(10)]  # Berlin
    assert home.bodies("--until", at[6], "--limit", "2") == ["4", "5"]
    assert home.bodies("--since", at[6], "--limit", "2") == ["6", "7"]
    assert home.bodies("--since", "2026-11-22T12:00:03Z", "--until", at[5]) == ["3", "4"]
    assert home.bodies("--since", at[2], "--after", ten[4], "--until", at[8], "--before", ten[7]) == ["5", "6"]
    assert home.bodies("--since", "2026-11-23") == []
    assert home.bodies("--until", "2026-11-22") == []


@pytest.mark.sqlite
def test_since_so_long_ago(home: Home, main_room: Room, alice: Actor) -> None:
    now = time.time()
    home.say(main_room, alice, "old", now=now - 3 * 3600)
    home.say(main_room, alice, "new", now=now - 3600)
    assert home.bodies("--since", "2h") == ["new"]
    assert home.bodies("--until", "2h") == ["old"]
    assert home.bodies("--since", "1w") == ["old", "new"]


def test_without_events_only_messages_and_notices(home: Home, main_room: Room, alice: Actor, bob: Actor) -> None:
    mode = SetModes(alice, main_room.id, [ModeChange(True, "o", "bob")], {"bob": bob})
    home.submit(JoinRoom(bob, room_name("main"), "", 9), JoinRoom(alice, room_name("main"), "", 9))
    with home.store() as store:
        alices = store.members.of_person(alice)[0]
    assert alices.role == 0
    home.say(main_room, alice, "hello")
    home.say(main_room, alice, "psst", kind="notice")
    home.submit(mode, LeaveRoom(bob, main_room.id, "bye"))
    assert [record["kind"] for record in home.records()] == ["message", "notice"]
    assert [record["kind"] for record in home.records("--events")] == ["join", "join", "message", "notice", "part"]


def test_one_account_only(home: Home, main_room: Room, alice: Actor, bob: Actor) -> None:
    home.say(main_room, alice, "mine")
    home.say(main_room, bob, "yours")
    home.say(main_room, Actor("alice", guest="x"), "a guest's of the same name")
    assert home.bodies("--user", "ALICE") == ["mine"]
    seen(home.run("history", "--user", "eve"), 5, "there is no account eve")
    seen(home.run("history", "--user", "no name"), 5, "there is no account no name")


def test_rooms_with_and_without_their_sign(home: Home, main_room: Room, alice: Actor) -> None:
    home.say(home.room("dev"), alice, "in dev")
    assert home.bodies("--room", "dev") == home.bodies("--room", "#DEV") == ["in dev"]
    assert home.bodies() == []
    seen(home.run("history", "--room", "nowhere"), 5, "there is no room nowhere")
    seen(home.run("history", "--room", "a\x1bb"), 5, r"there is no room a\x1bb")


def test_a_direct_conversation(home: Home, main_room: Room, alice: Actor, bob: Actor) -> None:
    home.say(main_room, alice, "for all")
    home.submit(PostDirect(alice, "bob", "message", "for bob"), PostDirect(bob, alice, "message", "for alice"))
    assert home.bodies("--direct", "alice", "bob") == ["for bob", "for alice"]
    assert home.bodies("--direct", "Bob", "alice", "--limit", "1") == ["for alice"]
    record = home.records("--direct", "alice", "bob")[0]
    assert (record["room"], record["direct"]) == (None, ["alice", "bob"])
    seen(home.run("history", "--direct", "alice", "eve"), 5, "there is no account eve")
    seen(home.run("history", "--direct", "alice", "alice"), 5, "have no messages with each other")
    seen(
        home.run("history", "--direct", "alice", "bob", "--after", "1-1"), 5, "no such message in this conversation"
    )


@pytest.mark.parametrize("text", ["2-1", "1-2"])
@pytest.mark.parametrize("option", ["--before", "--after"])
def test_a_message_that_is_not_there(home: Home, main_room: Room, alice: Actor, option: str, text: str) -> None:
    home.say(main_room, alice, "1-1")
    seen(home.run("history", option, text), 5, f"no such message in main: {text}")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--after", "x"],
        ["--before", "1-01"],
        ["--before", "1-zzzzzzzzzzzzzzzzzzz"],
        ["--since", "soon"],
        ["--until", ""],
        ["--limit", "-1"],
        ["--format", "xml"],
        ["--direct", "alice"],
        ["--room", "main", "--direct", "alice", "bob"],
        ["--follow", "--until", "today"],
        ["--follow", "--before", "1-1"],
        ["--follow", "--format", "json"],
        ["--follow", "--format", "table"],
        ["main"],
    ],
)
def test_usage(home: Home, main_room: Room, arguments: list[str]) -> None:
    seen(home.run("history", *arguments), 2, "Error: ")


def test_which_room_when_none_is_configured(home: Home, main_room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATSTORE_ROOMS_DEFAULT", "")
    seen(home.run("history"), 2, "no room is configured")


def test_follow_shows_what_comes(home: Home, main_room: Room, alice: Actor, bob: Actor) -> None:
    home.say(main_room, alice, "before", "last")
    with home.process("history", "--follow", "--limit", "1", "--user", "alice") as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith(" alice: last\n")
        home.say(main_room, bob, "not asked for")
        home.say(main_room, alice, "new")
        assert process.stdout.readline().endswith(" alice: new\n")
        home.say(main_room, alice, "newer")
        assert process.stdout.readline().endswith(" alice: newer\n")
        process.send_signal(2)
        out, errors = process.communicate(timeout=60)
        assert (process.returncode, out, errors) == (0, "", "")


def test_follow_from_a_message_leaves_nothing_out(home: Home, main_room: Room, alice: Actor) -> None:
    home.say(main_room, alice, *(str(n) for n in range(2100)))
    with home.process("history", "--follow", "--after", "1-2", "--format", "tsv", "--limit", "5") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("room\tseq\t")
        assert [process.stdout.readline().split("\t")[1] for _ in range(2098)] == [str(n) for n in range(3, 2101)]
        home.say(main_room, alice, *(str(n) for n in range(1100)))
        assert [process.stdout.readline().split("\t")[1] for _ in range(1100)] == [
            str(n) for n in range(2101, 3201)
        ]


def test_follow_ends_with_its_reader_and_with_its_room(home: Home, main_room: Room, alice: Actor) -> None:
    home.say(main_room, alice, "hello")
    with home.process("history", "--follow") as unread, home.process("history", "--follow") as other:
        assert unread.stdout is not None
        assert other.stdout is not None
        assert unread.stdout.readline()
        assert other.stdout.readline()
        unread.stdout.close()
        assert unread.wait(60) == 0
        home.submit(RemoveRoom(main_room.id))
        _, errors = other.communicate(timeout=60)
        assert (other.returncode, errors) == (5, "chatstore: the room was removed\n")


def test_head_ends_it_quietly(home: Home, main_room: Room, alice: Actor) -> None:
    home.say(main_room, alice, *("x" * 300 for _ in range(3000)))
    with home.process("history", "--limit", "0") as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert (process.wait(60), process.stderr.read()) == (0, "")


def told(*options: str) -> tuple[str, str]:
    """What `history` writes into a pipe, and what it tells a terminal beside it."""
    terminal, end = os.openpty()
    command = [sys.executable, "-m", "chatstore", "history", *options]
    shown = subprocess.run(command, stdout=subprocess.PIPE, stderr=end, check=True, text=True).stdout
    os.write(end, b"$")
    said = ""
    while not said.endswith("$"):
        said += os.read(terminal, 1000).decode()
    os.close(end)
    os.close(terminal)
    return shown, said.removesuffix("$").replace("\r\n", "\n")


@pytest.mark.parametrize("limit", ["2", "3", "0"])
def test_a_terminal_is_told_that_there_is_more(home: Home, main_room: Room, alice: Actor, limit: str) -> None:
    home.say(main_room, alice, "1", "2", "3", "4")
    shown, said = told("--after", "1-1", "--limit", limit)
    assert len(shown.splitlines()) == (int(limit) or 3)
    more = f"chatstore: there are more: --after {home.records()[-2]['msgid']} continues, --limit 0 shows all\n"
    assert said == (more if limit == "2" else "")


def test_a_terminal_is_told_that_there_is_nothing(home: Home, main_room: Room, alice: Actor, bob: Actor) -> None:
    assert told() == ("", "chatstore: no messages in main yet\n")
    assert told("--user", "bob") == ("", "chatstore: no messages match\n")
    home.say(main_room, alice, "1")
    assert told("--user", "bob") == ("", "chatstore: no messages match\n")
    assert told("--after", "1-1", "--format", "json") == ("[]\n", "chatstore: no messages match\n")
    assert told("--until", "1h") == ("", "chatstore: no messages match\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize(
    "command",
    [["history"], ["history", "--limit", "0", "--format", "jsonl"], ["room", "list"], ["room", "add", "dev"]],
)
def test_a_full_disk_is_told_in_one_line(home: Home, main_room: Room, alice: Actor, command: list[str]) -> None:
    home.say(main_room, alice, "1", "2")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "chatstore", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        1,
        "chatstore: cannot write the output: No space left on device\n",
    )


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "command",
    [
        ["history"],
        ["history", "--follow"],
        ["room", "list"],
        ["room", "show", "main"],
        ["room", "topic", "main"],
        ["room", "topic", "main", "new"],
        ["room", "remove", "main", "--yes"],
        ["account", "list"],
        ["account", "show", "alice"],
        ["account", "passwd", "alice"],
        ["account", "suspend", "alice", "--reason", "x"],
        ["account", "restore", "alice"],
        ["account", "remove", "alice", "--yes"],
    ],
)
def test_a_database_that_is_not_there_is_not_made(home: Home, tmp_path: Path, command: list[str]) -> None:
    seen(home.run(*command), 5, f"there is no database at {home.path}")
    (tmp_path / "folder").mkdir()
    elsewhere = str(tmp_path / "folder" / "sub" / "chat.db")
    seen(home.run(*command, "--database", elsewhere), 5, f"there is no database at {elsewhere}")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


@pytest.mark.sqlite
def test_a_database_that_is_none(home: Home) -> None:
    home.path.write_text("something else, and rather a lot of it: " * 30)
    seen(home.run("history"), 1, "can't be used as a database")
    home.path.write_text("")
    seen(home.run("history"), 5, "there is no database")


def test_the_configuration_file_says_where_it_is(home: Home, main_room: Room, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[database]\nurl = "elsewhere.db"\n[rooms]\ndefault = ["dev"]\n')
    seen(home.run("history", "--config", str(other)), 5, "there is no room dev")
    other.write_text("[database]\npath = 1\n")
    seen(home.run("history", "--config", str(other)), 1, "[database] has no setting path")


def test_kicks_are_events(home: Home, main_room: Room, alice: Actor, bob: Actor) -> None:
    """By who did it."""
    dev = home.submit(JoinRoom(alice, room_name("dev"), "", 9), JoinRoom(bob, room_name("dev"), "", 9))[0].room
    home.submit(KickMember(alice, dev, bob, "spam"))
    (record,) = home.records("--room", "dev", "--events", "--user", "alice")[1:]
    assert (record["kind"], record["nick"], record["body"], record["tags"]) == (
        "kick",
        "alice",
        "spam",
        {"target": "bob", "target-key": "2"},
    )
