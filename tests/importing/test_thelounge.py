"""The Lounge's SQLite database, as its server/plugins/messageStorage/sqlite.ts makes it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from chatstore.importing.source import Options, SourceError
from chatstore.importing.sources import open_source
from tests.importing.exports import NOTHING, Read, read

Row = tuple[object, ...]


def row(text: str, channel: str = "#club", who: object = "ada", at: object = 1000, kind: str = "message") -> Row:
    said = {"from": {"mode": "@", "nick": who}, "text": text, "self": who == "ada"}
    return ("n1", channel, at, kind, json.dumps(said))


def database(path: Path, *rows: Row, ids: bool = False) -> Path:
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        number = "id INTEGER PRIMARY KEY AUTOINCREMENT, " if ids else ""
        connection.execute("CREATE TABLE options (name TEXT, value TEXT)")
        connection.execute(
            f"CREATE TABLE messages ({number}network TEXT, channel TEXT, time INTEGER, type TEXT, msg TEXT)"
        )
        columns = "INSERT INTO messages (network, channel, time, type, msg) VALUES (?, ?, ?, ?, ?)"
        connection.executemany(columns, rows)
    connection.close()
    return path


def lounge(path: Path, *rows: Row, options: Options = NOTHING) -> Read:
    return read("thelounge", database(path / "ada.sqlite3", *rows), options)


@pytest.mark.parametrize("ids", [False, True])
def test_messages_their_room_and_their_people(tmp_path: Path, ids: bool) -> None:
    old = ("n1", "#club", 1500, "message", json.dumps({"from": "Grace", "mode": "", "text": "old form"}))
    rows = (
        row("second", at=2000),
        row("first"),
        old,
        row("waves", at=3000, kind="action"),
        row("hm", at=4000, kind="notice"),
    )
    found = read("thelounge", database(tmp_path / "ada.sqlite3", *rows, ids=ids))
    assert found.texts == ["first", "old form", "second", "waves", "hm"]
    assert [(message.action, message.notice) for message in found.messages[3:]] == [(True, False), (False, True)]
    assert (found.messages[0].room, found.messages[0].at, str(found.messages[0].place)) == (
        "n1/#club",
        1000,
        "ada.sqlite3, row 2",
    )
    assert found.people == {"n1/ada": "ada", "n1/grace": "Grace"}
    assert not found.rooms["#club"].private


def test_conversations_are_of_those_who_speak(tmp_path: Path) -> None:
    rows = (row("hi", "grace"), row("hi", "grace", "Grace", 2000), row("there?", "bob"), row("hm", "carl", "carl"))
    rooms = {
        name: (room.kind, room.private, sorted(room.members))
        for name, room in lounge(tmp_path, *rows).rooms.items()
    }
    assert rooms == {
        "bob": ("direct", True, ["n1/ada", "n1/bob"]),
        "carl": ("direct", True, ["n1/ada", "n1/carl"]),
        "grace": ("direct", True, ["n1/ada", "n1/grace"]),
    }
    changed = lounge(tmp_path, *rows, row("back", "grace", "grace_", 3000)).rooms["grace"]
    assert (changed.kind, changed.private, len(changed.members)) == ("room", True, 3)
    private = lounge(tmp_path, row("x"), row("y", who="grace"), options=Options(private=True)).rooms["#club"]
    assert (private.private, private.members) == (True, ("n1/ada", "n1/grace"))


def test_what_is_no_message_is_counted_and_what_is_unknown_is_reported(tmp_path: Path) -> None:
    found = lounge(
        tmp_path,
        row("", kind="join", at=1),
        row("", kind="quit", at=2),
        row("", at=3),
        row("what?", kind="hologram", at=4),
        row("when?", at="soon"),
        row("who?", who="", at=5),
        ("n1", "#club", 6, "message", "{broken"),
        ("n1", "#club", 7, "message", None),
        ("n1", "#club", 8, "message", b"\xff\xfe"),
        row("größe\r\nand on\0", at=9),
    )
    assert found.texts == ["größe\nand on"]
    assert found.skipped == {"joined": 1, "left": 1, "had no text": 1}
    assert [problem.partition(", ")[2] for problem in found.problems] == [
        "row 4: an unknown type of message: hologram",
        "row 6: nobody is named who said it, or no room where",
        "row 7: its JSON can't be read",
        "row 8: it has no JSON",
        "row 9: it has no JSON",
        "row 5: 'soon' is no time",
    ]


def test_ids_stay_when_the_database_has_grown_or_was_packed(tmp_path: Path) -> None:
    rows = (row("same"), row("same"), row("other", at=2000))
    before = [message.id for message in lounge(tmp_path, *rows).messages]
    after = [message.id for message in lounge(tmp_path, row("new", at=3000), *rows).messages]
    assert after[:3] == before


def test_a_database_in_use_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    path = database(tmp_path / "ada.sqlite3", row("before"))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", row("now", at=2000))
        connection.commit()
        before = path.read_bytes()
        assert read("thelounge", path).texts == ["before", "now"]
        assert path.read_bytes() == before
    connection.close()


def test_a_view_in_place_of_the_table_is_not_run(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.sqlite3") as connection:
        connection.execute("CREATE VIEW messages AS SELECT 1 AS network")
    connection.close()
    with pytest.raises(SourceError, match="is no database of The Lounge: it has no table messages"):
        open_source("thelounge", tmp_path / "x.sqlite3", NOTHING)


def test_what_is_no_database_of_the_lounge(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(SourceError, match="is no database of The Lounge: it is no SQLite database"):
        open_source("thelounge", tmp_path / "x", NOTHING)
    with pytest.raises(SourceError, match="there is no"):
        open_source("thelounge", tmp_path / "nothing", NOTHING)
    path = database(tmp_path / "cut.sqlite3", *(row("x" * 500, at=number) for number in range(1, 200)))
    data = path.read_bytes()
    path.write_bytes(data[:40960] + b"\x55" * 20480 + data[61440:])
    found = read_some(path)
    assert any("can't be read further" in problem for problem in found.problems)


def read_some(path: Path) -> Read:
    opened = open_source("thelounge", path, NOTHING)
    try:
        return Read(list(opened))
    finally:
        opened.close()
