"""Ergo's history: its SQLite database, a MySQL dump of it, and what HistServ's EXPORT writes."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from chatstore.importing.reading import mysql_dump
from chatstore.importing.source import Options, Reaction, SourceError
from chatstore.importing.sources import open_source
from tests.importing.exports import NOTHING, Read, packed, read


def item(text: str, who: str = "Ada", kind: int = 1, second: int = 1, **more: object) -> dict[str, object]:
    message = {
        "Message": text,
        "Msgid": f"id{second}",
        "Split": None,
        "Time": f"2024-01-02T03:04:{second:02}.123456789Z",
    }
    return {"Type": kind, "Nick": f"{who}!~u@h", "AccountName": who, "Message": message, "Tags": None} | more


ROOM = [
    item("hello"),
    item("\x01ACTION waves\x01", "Grace", second=2),
    item("hm", kind=2, second=3),
    item("", "Grace", 3, second=4),
    item("answer", "Grace", second=5, Tags={"+draft/reply": "id1"}),
    item("", "Grace", 8, second=6, Tags={"+draft/reply": "id1", "+draft/react": "👍"}),
    item("", "Bob", 8, second=7, Tags={"+draft/reply": "id1", "+draft/react": "👍"}),
    item("it's \\ 'quoted'\n(), ", "guest", second=8, AccountName="*"),
    item("", second=9, Message={
        "Msgid": "id9", "Time": "2024-01-02T03:04:09Z",
        "Split": [{"Message": "one"}, {"Message": "two "}, {"Message": "still two", "Concat": True}]}),
    item("beep", "bot", second=10, IsBot=True),
]  # fmt: skip
DIRECT = [item("psst", second=20), item("yes?", "Grace", second=21)]


def database(path: Path, items: Sequence[object] = ROOM, direct: Sequence[object] = DIRECT) -> Path:
    with sqlite3.connect(path) as connection:
        connection.executescript("""
            CREATE TABLE metadata (key_name TEXT PRIMARY KEY, value TEXT NOT NULL);
            CREATE TABLE history (id INTEGER PRIMARY KEY AUTOINCREMENT, data BLOB NOT NULL, msgid TEXT NOT NULL);
            CREATE TABLE sequence (history_id INTEGER PRIMARY KEY, target TEXT NOT NULL, nanotime INTEGER NOT NULL);
            CREATE TABLE conversations (id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL,
                correspondent TEXT NOT NULL, nanotime INTEGER NOT NULL, history_id INTEGER NOT NULL);
        """)
        for number, one in enumerate([*items, *direct], 1):
            data = one if isinstance(one, bytes) else json.dumps(one).encode()
            connection.execute("INSERT INTO history VALUES (?, ?, ?)", (number, data, "x"))
            nano = number * 10**17
            if number <= len(items):
                connection.execute("INSERT INTO sequence VALUES (?, ?, ?)", (number, "#club", nano))
                continue
            for pair in (("ada", "grace"), ("grace", "ada_" if number % 2 else "ada")):
                connection.execute("INSERT INTO conversations VALUES (NULL, ?, ?, ?, ?)", (*pair, nano, number))
    connection.close()
    return path


def dump(path: Path, hexadecimal: bool, one_line: bool) -> Path:
    """The same as mysqldump writes it."""

    def quoted(value: object) -> str:
        if isinstance(value, int):
            return str(value)
        data = value if isinstance(value, bytes) else str(value).encode()
        if hexadecimal:
            return "0x" + data.hex().upper()
        for plain, escaped in ((b"\\", b"\\\\"), (b"'", b"\\'"), (b"\n", b"\\n"), (b"\0", b"\\0")):
            data = data.replace(plain, escaped)
        return "_binary '" + data.decode() + "'"

    with sqlite3.connect(database(path.with_suffix(".db"))) as connection:
        text = "-- MySQL dump 10.13\n/*!40101 SET NAMES utf8mb4 */;\n"
        for table, columns in (
            ("history", "id data msgid"),
            ("sequence", "history_id target nanotime"),
            ("conversations", "id target correspondent nanotime history_id"),
        ):
            names = columns.split()
            text += f"CREATE TABLE `{table}` (\n" + "".join(f"  `{name}` blob NOT NULL,\n" for name in names)
            text += "  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\nLOCK TABLES x WRITE;\n"
            rows = connection.execute(f"SELECT {', '.join(names)} FROM {table}")
            values = ("," if one_line else ",\n").join(f"({','.join(map(quoted, row))})" for row in rows)
            text += f"INSERT INTO `{table}` VALUES {values};\n"
    connection.close()
    path.write_text(text + "INSERT INTO `metadata` VALUES ('db.version','2');\n")
    return path


def judged(found: Read) -> None:
    hello, waves, notice, answer, quote, lines, beep, *direct = found.messages
    assert (hello.id, hello.room, hello.text, hello.at) == ("id1", "#club", "hello", 1704164641123)
    assert hello.reactions == [Reaction("👍", ["grace", "bob"])]
    assert (waves.text, waves.action, notice.notice, answer.answers) == ("waves", True, True, "id1")
    assert (quote.text, found.people[quote.who]) == ("it's \\ 'quoted'\n(), ", "guest")
    assert (lines.text, beep.bot) == ("one\ntwo still two", True)
    assert found.people == {"ada": "Ada", "grace": "Grace", "bob": "Bob", "guest": "guest", "bot": "bot"}
    assert found.skipped == {"joined": 1, "a reaction, which is with its message": 2}
    assert found.problems == []
    assert not found.rooms["#club"].private
    if direct:
        assert [(message.text, message.room) for message in direct] == [
            ("psst", "ada,grace"),
            ("yes?", "ada,grace"),
        ]
        room = found.rooms["ada"]
        assert (room.kind, room.private, room.members) == ("direct", True, ("ada", "grace"))


def test_its_database(tmp_path: Path) -> None:
    judged(read("ergo", database(tmp_path / "history.db")))


@pytest.mark.parametrize("hexadecimal", [False, True])
@pytest.mark.parametrize("one_line", [False, True])
def test_a_dump_of_mysql(tmp_path: Path, hexadecimal: bool, one_line: bool) -> None:
    found = read("ergo", dump(tmp_path / "ergo.sql", hexadecimal, one_line))
    judged(found)
    assert len(found.messages) == 9


def test_what_histserv_exports(tmp_path: Path) -> None:
    text = "".join(json.dumps(one | {"CfCorrespondent": "#club"}) + "\r\n" for one in ROOM)
    judged(read("ergo", packed(tmp_path, {"ada.json": text}) / "ada.json"))
    found = read("ergo", packed(tmp_path, {"b.json": text + "{broken\n{}\n"}) / "b.json")
    assert found.problems == [f"b.json:{number}: this line is no item of Ergo's history" for number in (11, 12)]


def test_what_is_no_message_is_counted_and_what_is_unknown_is_reported(tmp_path: Path) -> None:
    time = {"Msgid": "x", "Message": "when?", "Time": "yesterday"}
    path = database(tmp_path / "history.db", [
        item("what?", kind=99),
        b"{broken",
        item("who?", "", Nick=""),
        item("when?", Message=time),
        item(""),
        item("\x01VERSION\x01"),
        item("no time of its own", second=7, Message={"Message": "no time of its own", "Msgid": "id7"}),
    ], [])  # fmt: skip
    found = read("ergo", path)
    assert found.texts == ["no time of its own"]
    assert found.messages[0].at == 7 * 10**11
    assert found.skipped == {"had no text": 1, "a request between programs": 1}
    assert found.problems == [
        "history.db, row 1: an unknown type of item: 99",
        "history.db, row 2: its JSON can't be read",
        "history.db, row 3: nobody is named who said it",
        "history.db, row 4: 'yesterday' is no time",
    ]


def test_every_room_is_private_if_the_operator_says_so(tmp_path: Path) -> None:
    room = read("ergo", database(tmp_path / "history.db"), Options(private=True)).rooms["#club"]
    assert (room.private, sorted(room.members)) == (True, ["ada", "bob", "bot", "grace", "guest"])


def test_rows_of_a_dump_that_break_off_are_reported() -> None:
    text = b"CREATE TABLE `a` (\n  `x` int,\n  `y` blob\n);\nINSERT INTO `a` VALUES (1,'b\\\\'),(2,NULL),(3,'c"
    assert list(mysql_dump.rows(io.BytesIO(text), {"a"})) == [
        ("a", {"x": 1, "y": b"b\\"}),
        ("a", {"x": 2, "y": None}),
        ("a", {}),
    ]
    named = b"INSERT INTO `a` (`y`, `x`) VALUES ('it''s',-1.5);\nINSERT INTO `b` VALUES (1);\n"
    assert list(mysql_dump.rows(io.BytesIO(named), {"a"})) == [("a", {"y": b"it's", "x": -1})]


@pytest.mark.parametrize("value", [b"1e999", b"0xABC", b"1.2.3", b"-1e", b"9223372036854775808", b"9" * 5000])
def test_a_value_that_is_none_costs_one_row(value: bytes) -> None:
    text = b"CREATE TABLE `a` (\n  `x` int\n);\nINSERT INTO `a` VALUES (1),(%s),(-9223372036854775808);\n" % value
    assert list(mysql_dump.rows(io.BytesIO(text), {"a"})) == [("a", {"x": 1}), ("a", {}), ("a", {"x": -(2**63)})]


def test_a_statement_of_many_lines_is_read_in_one_go_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = b"CREATE TABLE `a` (\n  `x` int\n);\nINSERT INTO `a` VALUES\n"
    many = begin + b"(1),\n" * 100_000 + b"(2);\n"
    assert sum(1 for _ in mysql_dump.rows(io.BytesIO(many), {"a"})) == 100_001
    monkeypatch.setattr(mysql_dump, "MAX_STATEMENT", 1000)
    file = io.BytesIO(many + b"\nINSERT INTO `a` VALUES (3);\n")
    assert list(mysql_dump.rows(file, {"a"})) == [("a", {}), ("a", {"x": 3})]


def test_what_is_no_history_of_ergo(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match=r"a\.txt is no history of Ergo: name its SQLite database, a dump by mysqldump"
    ):
        open_source("ergo", packed(tmp_path, {"a.txt": "hello"}) / "a.txt", NOTHING)
    sqlite3.connect(tmp_path / "x.db").executescript("CREATE TABLE a (b)")
    with pytest.raises(SourceError, match="is no history of Ergo: it has no table history"):
        open_source("ergo", tmp_path / "x.db", NOTHING)
