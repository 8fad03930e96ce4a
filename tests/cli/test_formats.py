"""How history is written: for eyes, for programs, and safe for both."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatstore.chat.changes.posting import PostDirect
from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.names import room_name
from chatstore.chat.model.room_events import EVENT_KINDS, RoomEvent
from chatstore.chat.model.rooms import Room
from chatstore.cli.formats import FORMATS, cell, json_text
from chatstore.cli.sentences import line, message
from tests.chat.test_text import BLANK
from tests.cli.home import Home

NOW = datetime(2026, 11, 22, 17, 52, 38, 123_000, tzinfo=timezone.utc).timestamp()
ALICE, BOB = Actor("alice", "alice", 1), Actor("bob")
HOSTILE = "\x1b[31mred\x9b2J\u202eliame\x07\r\n\tend\x7f\u2028\ufeff"


def event(kind: str, body: str = "", actor: Actor = ALICE, **tags: str) -> RoomEvent:
    return EVENT_KINDS[kind](1, 7, int(NOW * 1000), actor, body, tags)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        (event("message", "hello"), "alice: hello"),
        (event("message", "\x01ACTION waves\x01"), "* alice waves"),
        (event("message", "\x01VERSION\x01"), r"alice: \x01VERSION\x01"),
        (event("notice", "psst"), "-alice- psst"),
        (event("notice", "\x01ACTION waves\x01"), r"-alice- \x01ACTION waves\x01"),
        (event("join", actor=BOB), "-- bob joined"),
        (event("part", actor=BOB), "-- bob left"),
        (event("part", "bye"), "-- alice left (bye)"),
        (event("quit", "the server was restarted"), "-- alice quit (the server was restarted)"),
        (event("kick", "reason", target="eve"), "-- alice removed eve (reason)"),
        (event("kick", target="eve\x1b"), r"-- alice removed eve\x1b"),
        (event("topic", "Work"), "-- alice set the topic: Work"),
        (event("topic", actor=SERVER), "-- the server cleared the topic"),
        (event("mode", "+o bob"), "-- alice made bob an operator"),
        (event("nick", "al"), "-- alice is now known as al"),
        (event("rename", "tea", before="coffee"), "-- alice renamed coffee to tea"),
        (event("rename", "tea", before="coffee", reason="late"), "-- alice renamed coffee to tea (late)"),
        (event("founder", "bob", **{"founder-id": "2"}), "-- alice gave the room to bob"),
        (
            event("settings", "history=members retention_days=30 motd", motd="hi"),
            "-- alice changed the room's settings: members see messages from when they joined, "
            "messages are kept for 30 days, a new message of the day",
        ),
        (
            event("settings", "history=everyone retention_days=0 motd", actor=SERVER),
            "-- the server changed the room's settings: members see all messages, "
            "messages are kept forever, no message of the day",
        ),
    ],
)
def test_sentences(what: RoomEvent, text: str) -> None:
    assert line(what) == text


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        (
            event("message", "one\n\n2026-11-22 18:52:38 bob: \x1b"),
            "alice: one\n    \n    2026-11-22 18:52:38 bob: \\x1b",
        ),
        (event("message", "\x01ACTION waves\n-- bob left\x01"), "* alice waves\n    -- bob left"),
        (event("notice", "one\ntwo"), "-alice- one\n    two"),
        (event("topic", "one\ntwo"), "-- alice set the topic: one\\x0atwo"),
    ],
)
def test_further_lines_are_indented(what: RoomEvent, shown: str) -> None:
    assert line(what) == shown
    assert "\n" not in message(what)


def test_beside_a_nick_only_the_words() -> None:
    assert message(event("message", "hello")) == message(event("notice", "hello")) == "hello"
    assert message(event("message", "\x01ACTION waves\x01")) == "* alice waves"
    assert message(event("join")) == "-- alice joined"


def test_every_kind_has_its_sentence() -> None:
    tags = {"target": "eve", "nick": "eve", "by": "alice", "before": "attic", "seq": "1", "founder-id": "1"}
    for kind in EVENT_KINDS:
        assert f": {kind} " not in line(event(kind, "text", **tags))


@pytest.mark.sqlite
def test_text_and_table_have_local_time(home: Home, main_room: Room, alice: Actor) -> None:
    home.say(main_room, alice, "hello", now=NOW)
    home.say(main_room, alice, "\x01ACTION waves\x01", now=NOW + 1)
    assert home.lines("history") == ["2026-11-22 18:52:38 alice: hello", "2026-11-22 18:52:39 * alice waves"]
    assert home.lines("history", "--format", "table") == [
        "time                 msgid     nick    message",
        "-------------------  --------  ------  -------------",
        "2026-11-22 18:52:38  1-1-x1pn  alice   hello",
        "2026-11-22 18:52:39  1-2-x2hf  alice   * alice waves",
    ]


def test_nothing_to_show(home: Home, main_room: Room) -> None:
    shown = {form: home.run("history", "--format", form).stdout for form in FORMATS}
    assert (shown["text"], shown["jsonl"], shown["json"]) == ("", "", "[]\n")
    assert shown["csv"] == "room,seq,msgid,time,account,nick,kind,body,tags\n"
    assert shown["tsv"] == shown["csv"].replace(",", "\t")
    assert shown["table"].startswith("time")


@pytest.mark.sqlite
def test_json_has_every_field(home: Home, main_room: Room, alice: Actor) -> None:
    home.submit(Draft(main_room.id, alice, "message", 'ü "\n', {"+react": "🙂"}), now=NOW)
    home.say(main_room, Actor("visitor", guest="g1"), "hi", now=NOW + 1)
    first = {
        "room": "main",
        "seq": 1,
        "msgid": "1-1-x1pn",
        "time": "2026-11-22T17:52:38.123Z",
        "account": "alice",
        "nick": "alice",
        "kind": "message",
        "body": 'ü "\n',
        "tags": {"+react": "🙂"},
    }
    other = {"seq": 2, "msgid": "1-2-x2hf", "account": None, "nick": "visitor", "body": "hi", "tags": {}}
    expected = [first, {**first, **other, "time": "2026-11-22T17:52:39.123Z"}]
    assert home.records() == expected
    assert list(home.records()[0]) == list(first)
    assert json.loads(home.run("history", "--format", "json").stdout) == expected
    assert "ü" in home.run("history", "--format", "jsonl").stdout


@pytest.mark.sqlite
def test_csv_and_tsv(home: Home, main_room: Room, alice: Actor) -> None:
    home.submit(Draft(main_room.id, alice, "message", 'a "b", c\td\ne', {"k": "v"}), now=NOW)
    rows = list(csv.reader(io.StringIO(home.run("history", "--format", "csv").stdout)))
    values = ["main", "1", "1-1-x1pn", "2026-11-22T17:52:38.123Z", "alice", "alice", "message"]
    assert rows == [
        ["room", "seq", "msgid", "time", "account", "nick", "kind", "body", "tags"],
        [*values, r'a "b", c    d\x0ae', '{"k":"v"}'],
    ]
    assert [line.split("\t") for line in home.lines("history", "--format", "tsv")] == rows


def test_a_direct_conversation_names_both(home: Home, main_room: Room, alice: Actor, bob: Actor) -> None:
    home.submit(PostDirect(alice, bob, "message", "hi"))
    rows = list(csv.DictReader(home.lines("history", "--format", "csv", "--direct", "bob", "alice")))
    assert [(row["room"], row["direct"], row["body"]) for row in rows] == [("", "bob alice", "hi")]
    assert home.lines("history", "--direct", "bob", "alice")[0].endswith(" alice: hi")


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_steers_the_terminal(home: Home, main_room: Room, form: str) -> None:
    home.submit(
        Draft(main_room.id, Actor(f"eve{HOSTILE}"), "message", HOSTILE, {"k": HOSTILE}),
        Draft(main_room.id, Actor("eve"), "message", f"\x01ACTION {HOSTILE}\x01"),
        Draft(main_room.id, Actor("eve"), "topic", HOSTILE),
        Draft(main_room.id, Actor("eve"), "kick", HOSTILE, {"target": HOSTILE}),
    )
    shown = home.run("history", "--events", "--format", form).stdout
    assert shown.count("red") >= 4
    if form in ("text", "table"):
        shown = shown.replace("\ufeff", "")  # takes no cell, and does nothing
    assert all(part.isprintable() for part in shown.replace("\t" if form == "tsv" else "\n", "\n").split("\n"))
    rows = len(shown.split("\n")) - 1
    assert rows == {"table": 6, "text": 6, "json": 6, "jsonl": 4, "csv": 5, "tsv": 5}[form]


@pytest.mark.parametrize("form", ["text", "table"])
def test_people_read_what_was_written_and_that_a_message_is_empty(home: Home, main_room: Room, form: str) -> None:
    home.say(main_room, Actor("eve"), "\u200fשלום\u200e \u2068José\u2069 👨‍👩‍👧 ❤️ 🇩🇪\ufeff")
    for body in BLANK:
        home.say(main_room, Actor("eve"), body)
    first, *blank = home.lines("history", "--format", form)[-1 - len(BLANK) :]
    assert first.endswith("\u200fשלום\u200e José 👨‍👩‍👧 ❤️ 🇩🇪\ufeff")
    assert all(line.endswith("(empty)") for line in blank)
    assert len(blank) == len(BLANK)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(home: Home, main_room: Room, first: str) -> None:
    assert cell(f"{first}1") == f"'{cell('x' + first + '1')[1:]}"
    assert cell(f"x{first}1").startswith("x")
    home.say(main_room, Actor(f"{first}nick"), f"{first}1+1")
    (row,) = csv.DictReader(home.lines("history", "--format", "csv"))
    assert row["body"].startswith("'")
    assert row["nick"].startswith("'")
    (row,) = csv.DictReader(home.lines("history", "--format", "tsv"), delimiter="\t", quoting=csv.QUOTE_NONE)
    assert row["body"].startswith("'")


def test_other_cells() -> None:
    assert [cell(value) for value in (None, 0, -1, {}, {"=": "x"}, ["=a", "b"], "a'b")] == [
        "",
        "0",
        "-1",
        "",
        '{"=":"x"}',
        "'=a b",
        "a'b",
    ]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SAID = st.lists(st.tuples(TEXT, st.dictionaries(TEXT, TEXT, max_size=3)), min_size=1, max_size=20)


@given(SAID)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_json_lines_lose_nothing(said: list[tuple[str, dict[str, str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        (room,) = home.submit(AddRoom(room_name("main")))
        home.submit(*(Draft(room.id, Actor("eve"), "message", body, tags) for body, tags in said))
        shown = home.run("history", "--format", "jsonl", "--database", str(home.path)).stdout
    records = [json.loads(line) for line in shown.split("\n")[:-1]]
    assert [(record["body"], record["tags"]) for record in records] == said
    assert all(line.isprintable() for line in shown.split("\n"))


@given(TEXT)
def test_json_escapes_what_is_not_printed(text: str) -> None:
    assert json.loads(json_text(text)) == text
    assert json_text(text).isprintable()


def test_what_the_terminal_cannot_show(
    home: Home, main_room: Room, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Text is spelled out then; formats for programs are UTF-8 all the same."""
    home.say(main_room, alice, "日本")
    monkeypatch.setenv("PYTHONIOENCODING", "iso-8859-1")
    with home.process("history") as text, home.process("history", "--format", "jsonl") as lines:
        shown, _ = text.communicate(timeout=60)
        record, _ = lines.communicate(timeout=60)
    assert shown.endswith("alice: \\u65e5\\u672c\n")
    assert json.loads(record)["body"] == "日本"


@pytest.mark.parametrize(
    ("command", "nothing"),
    [
        (("ban", "list"), "nobody is banned from the server"),
        (("report", "list"), "no report is open"),
        (("report", "list", "--closed"), "no report is closed"),
        (("audit", "--by", "nobody"), "the audit log has nothing of that"),
        (("account", "waiting"), "no account waits for approval"),
        (("account", "list", "--unused", "90d"), "every active account has been used since then"),
    ],
)
def test_a_list_of_nothing_is_a_sentence(home: Home, command: tuple[str, ...], nothing: str) -> None:
    """On standard error: standard output is empty, for programs."""
    home.account("alice")
    said = home.run(*command, apart=True)
    assert (said.exit_code, said.stdout, said.stderr) == (0, "", f"{nothing}\n")
