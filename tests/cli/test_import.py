"""`chatstore import` and `account claim`, as they are run: beside a server, killed, repeated."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.home import Home, seen
from tests.importing.exports import packed
from tests.postgres import Cluster

DAY = "2020-01-02"
TS = 1_577_934_000


def message(number: int, user: str = "U1", **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": user, "text": f"message {number}", "ts": f"{TS + number}.000100", **more}


def export(path: Path, *messages: Any, **private: Any) -> Path:
    """A Slack export with the room general, and private rooms."""
    people = [{"id": "U1", "name": "ada"}, {"id": "U2", "name": "bob"}]
    rooms = [{"id": "C1", "name": "general", "members": ["U1", "U2"]}]
    groups = [{"id": f"G{name}", "name": name, "members": ["U1"]} for name in private]
    days = {f"{name}/{DAY}.json": said for name, said in private.items()}
    files = {"users.json": people, "channels.json": rooms, "groups.json": groups, **days}
    return packed(path / "export.zip", {**files, f"general/{DAY}.json": list(messages)})


def test_an_export_is_imported_once(home: Home, tmp_path: Path) -> None:
    path = str(export(tmp_path, *(message(n) for n in range(5)), {"type": "message"}, secret=[message(9)]))
    lines = home.run("import", "slack", path)
    assert lines.exit_code == 6, "one message could not be read"
    assert f"general/{DAY}.json, message 6" in lines.output
    assert "1 problem: 1 message could not be read" in lines.output
    assert "imported 6 messages and 0 reactions" in lines.output
    assert home.bodies("--room", "general") == [f"message {n}" for n in range(5)]
    assert "0 new placeholders" in home.run("import", "slack", path).output
    assert home.bodies("--room", "secret") == ["message 9"]
    [entry, _] = home.lines("audit", "--action", "data.import", "--format", "text")
    assert "imported" in entry


def test_a_rehearsal_writes_nothing(home: Home, tmp_path: Path) -> None:
    path = str(export(tmp_path, message(1), message(2, text="")))
    done = home.run("import", "slack", path, "--dry-run")
    assert "1 message can be imported; nothing was written" in done.output
    assert done.exit_code == 0
    assert not home.path.exists()


def test_some_rooms_and_people_who_are_somebody_here(home: Home, tmp_path: Path) -> None:
    home.account("alice")
    path = str(export(tmp_path, message(1), message(2, "U2"), secret=[message(3)]))
    mapping = tmp_path / "map.toml"
    mapping.write_text('[people]\nada = "alice"\n[rooms]\ngeneral = "lobby"\n')
    done = home.run("import", "slack", path, "--rooms", "#General", "--map", str(mapping))
    assert done.exit_code == 0, done.output
    assert "left out: 1 × in a room that was not chosen" in done.output
    assert [(each["account"], each["nick"]) for each in home.records("--room", "lobby")] == [
        ("alice", "alice"),
        ("bob", "bob"),
    ]
    done = home.run("import", "slack", path, "--rooms", "general,garden")
    assert done.exit_code == 6
    assert "chatstore: the export has no room garden" in done.output
    for text, why in (
        ('[people]\nada = "zoe"\n', "there is no account zoe"),
        ("[people\n", "is not valid TOML"),
        ('[persons]\na = "b"\n', "there is no table persons"),
        ('[rooms]\na = "b c"\n', "can't contain spaces"),
        ("[people]\nada = 3\n", 'has lines like "NAME THERE" = "NAME HERE"'),
    ):
        mapping.write_text(text)
        seen(home.run("import", "slack", path, "--map", str(mapping)), 1, why)


def test_what_is_no_export(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("x")
    seen(home.run("import", "slack", str(tmp_path / "a.zip")), 1, "a.zip")
    seen(home.run("import", "chatstore", str(tmp_path / "a.zip"), "--rooms", "a"), 2, "is loaded whole")
    users = packed(tmp_path / "slack", {"users.json": [{"id": "U1", "name": "ada"}]}) / "users.json"
    seen(home.run("import", "slack", str(users)), 1, "name the whole export")
    home.path.unlink()
    for option in (("--option", "foo=bar"), ("--timezone", "UTC"), ("--encoding", "utf-8"), ("--format", "irssi")):
        lines = home.run("import", "slack", str(tmp_path / "a.zip"), *option)
        seen(lines, 2, "it has --no-attachments, --option file-tokens")
    seen(home.run("import", "irc", str(tmp_path / "a.zip"), "--option", "x"), 2, "")
    assert not home.path.exists()


def test_killed_twice_and_completed(home: Home, tmp_path: Path) -> None:
    """Each time when the database shows that some of it is stored."""
    number = 8_000
    path = str(export(tmp_path, *(message(n, f"U{n % 2 + 1}", thread_ts=f"{TS}.000100") for n in range(number))))
    before = 0
    for _ in range(2):
        with home.process("import", "slack", path) as process:
            while (stored := _stored(home)) <= before:
                assert process.poll() is None, process.communicate()
            process.send_signal(signal.SIGKILL)
            process.wait()
        before = _stored(home)
        assert stored <= before < number
        assert home.run("history", "--room", "general").exit_code == 5, "nobody can know of it yet"
    done = home.run("import", "slack", path)
    assert (done.exit_code, _stored(home)) == (0, number)
    assert f"messages that were imported before: {before:,}" in done.output
    assert home.bodies("--room", "general", "--limit", str(number)) == [f"message {n}" for n in range(number)]
    assert home.run("doctor", "--deep").exit_code == 0


def _stored(home: Home) -> int:
    if not home.path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{home.path}?mode=ro", uri=True)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM imported_messages").fetchone()[0])
        except sqlite3.OperationalError:
            return 0  # there are no tables yet


def test_what_was_imported_becomes_an_accounts(home: Home, tmp_path: Path) -> None:
    home.account("alice")
    home.lines("import", "slack", str(export(tmp_path, message(1), message(2, "U2"))))
    assert any("imported from" in line and "Slack" in line for line in home.lines("account", "show", "ada"))
    for command in (["suspend", "ada", "--reason", "x"], ["restore", "ada"]):
        seen(home.run("account", *command), 5, "chatstore account claim")
    seen(home.run("account", "claim", "alice", "--imported", "zoe"), 5, "zoe is not the name of somebody")
    seen(home.run("account", "claim", "zoe", "--imported", "ada"), 5, "there is no account zoe")
    [done] = home.lines("account", "claim", "alice", "--imported", "ada")
    assert done == "alice has what was imported as ada: 1 message"
    assert [each["account"] for each in home.records("--room", "general")] == ["alice", "bob"]
    seen(home.run("account", "claim", "alice", "--imported", "ada"), 5, "was given to alice already")


@pytest.mark.parametrize("again", [False, True])
def test_on_postgresql(home: Home, cluster: Cluster, tmp_path: Path, again: bool) -> None:
    home.url = cluster.database()
    path = str(export(tmp_path, *(message(n) for n in range(3)), secret=[message(9)]))
    for _ in range(1 + again):
        done = home.run("import", "slack", path, "--database", home.url)
        assert done.exit_code == 0, done.output
    records = home.records("--room", "general", "--database", home.url)
    assert [each["body"] for each in records] == ["message 0", "message 1", "message 2"]
