"""`chatstore audit`: what commands did, in every format, and who did it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import chatstore
from chatstore.chat.changes.membership import JoinRoom, KickMember
from chatstore.chat.changes.modes import SetModes
from chatstore.chat.changes.posting import RedactMessage
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.audit import ACTIONS
from chatstore.chat.model.names import room_name
from chatstore.chat.model.room_settings import DEFAULTS
from chatstore.chat.model.rooms import ModeChange, Room
from chatstore.config import Config
from chatstore.config.tables import fields
from tests.cli.home import Home, columns, seen


def actions(home: Home, *args: str) -> list[str]:
    return [json.loads(line)["action"] for line in home.lines("audit", "--format", "jsonl", *args)]


@pytest.fixture
def administered(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Commands have done something, as the user olga."""
    monkeypatch.setenv("SUDO_USER", "olga")
    for args, given in (
        (("account", "add", "bob", "--password-stdin"), "a good long secret"),
        (("account", "suspend", "bob", "--reason", "spam"), None),
        (("account", "restore", "bob"), None),
        (("account", "set", "bob", "--admin"), None),
        (("room", "add", "tea", "--founder", "bob"), None),
        (("room", "set", "tea", "--retention", "30", "--key", "sesame"), None),
    ):
        result = home.run(*args, given=given)
        assert result.exit_code == 0, result.output
    return home


def test_each_command_that_changes_something_is_noted(administered: Home) -> None:
    """Once, in the order in which it was done; what changes nothing is not."""
    expected = ["account.add", "account.suspend", "account.restore", "account.admin", "room.add"]
    expected += ["room.settings", "room.mode"]
    assert actions(administered) == expected
    for args in (("account", "restore", "bob"), ("account", "set", "bob", "--admin")):
        assert administered.run(*args).exit_code == 0
    assert actions(administered) == expected


def test_who_did_it_and_to_whom(administered: Home) -> None:
    [line] = administered.lines("audit", "--format", "jsonl", "--action", "account.suspend")
    record = json.loads(line)
    assert (record["by"], record["via"], record["about"], record["detail"]) == ("olga", "command", "bob", "spam")
    [text] = administered.lines("audit", "--format", "text", "--action", "account.suspend")
    assert re.fullmatch(r"[-0-9]{10} [:0-9]{8} olga \(command\) suspended bob \(spam\)", text)


def test_no_key_of_a_room_is_written_down(administered: Home) -> None:
    assert "sesame" not in "\n".join(administered.lines("audit"))
    [line] = administered.lines("audit", "--format", "jsonl", "--action", "room.mode")
    assert json.loads(line)["detail"] == "+k *"


def test_some_of_it(administered: Home) -> None:
    assert actions(administered, "--about", "TEA") == ["room.add", "room.settings", "room.mode"]
    assert actions(administered, "--about", "bob", "--limit", "1") == ["account.admin"]
    assert actions(administered, "--action", "room") == ["room.add", "room.settings", "room.mode"]
    assert actions(administered, "--by", "Olga") == actions(administered)
    assert actions(administered, "--by", "eve") == actions(administered, "--since", "2099-01-01") == []
    assert json.loads("\n".join(administered.lines("audit", "--format", "json", "--by", "eve"))) == []
    seen(
        administered.run("audit", "--action", "kick"),
        2,
        "no action is called kick: the groups are account, bot, data",
    )
    header, _, *rows = administered.lines("audit", "--action", "account.add")
    assert columns([header, *rows], "  ")[0][0] == "time"
    assert "olga (command)" in rows[0]


def test_what_people_do_to_others_in_rooms(home: Home, main_room: Room, alice: Actor, bob: Actor) -> None:
    """Kicks, bans, roles, modes, and redactions of what others said; one's own redaction is nobody's business."""
    tea = room_name("#tea")
    home.submit(JoinRoom(alice, tea, "", 100, "", DEFAULTS), JoinRoom(bob, tea, "", 100, "", DEFAULTS))
    with home.store() as store:
        [room] = [room for room in store.roster()[0] if room.name == "tea"]
    one, two = home.say(room, bob, "rude", "own")
    modes = [ModeChange(True, "b", "eve!*@*"), ModeChange(True, "v", "bob"), ModeChange(True, "m")]
    home.submit(
        RedactMessage(alice, room.id, one, "", 60),
        RedactMessage(bob, room.id, two, "", 60),
        SetModes(alice, room.id, modes, {"bob": bob}),
        KickMember(alice, room.id, bob, "enough"),
    )
    lines = [json.loads(line) for line in home.lines("audit", "--format", "jsonl", "--rooms", "--about", "tea")]
    assert {line["by"] for line in lines} == {"alice"}
    assert [(line["action"], line["detail"]) for line in lines[1:]] == [
        ("room.ban", "+b eve!*@*"),
        ("room.role", "+v bob"),
        ("room.mode", "+m"),
        ("room.kick", "bob: enough"),
    ]
    assert lines[0]["action"] == "room.redact"
    assert lines[0]["detail"].startswith("of bob, ")
    assert "rude" not in json.dumps(lines)
    assert actions(home, "--about", "tea") == []
    assert actions(home, "--action", "room.kick") == ["room.kick"]


def test_every_action_in_the_code_has_its_sentence() -> None:
    settings = {f"{table}.{key}" for table, struct in fields(Config).items() for key in fields(struct)}
    found: set[str] = set()
    for file in Path(chatstore.__file__).parent.rglob("*.py"):
        if file.name != "audit.py":
            found.update(re.findall(r'"((?:account|data|report|room|server)\.[a-z-]+)"', file.read_text()))
    assert found - settings <= ACTIONS.keys()
    assert found >= {"account.suspend", "room.kick", "server.kill"}


def test_every_action_is_documented() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "administration.md").read_text(encoding="utf-8")
    assert [action for action in ACTIONS if f"| `{action}` |" not in documented] == []
