"""Prosody's SQLite database: archives of rooms (mod_muc_mam) and of conversations (mod_mam)."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from chatstore.importing.source import Options, Reaction, SourceError
from chatstore.importing.sources import open_source
from tests.importing.exports import NOTHING, Read, read

CONFERENCE, HOST = "conf.x.org", "x.org"
Row = tuple[object, ...]


def said(
    text: str, nick: str = "Ada", key: str = "k1", when: object = 1000, more: str = "", room: str = "club"
) -> Row:
    stanza = f"<message xmlns='jabber:client' type='groupchat' from='{room}@{CONFERENCE}/{nick}' id='{key}-given'>"
    stanza += f"<body>{text}</body>{more}</message>" if text else f"{more}</message>"
    return (CONFERENCE, room, "muc_log", key, when, "message<groupchat", "xml", stanza)


def sent(text: str, who: str, to: str, owner: str, key: str, when: int, more: str = "") -> Row:
    stanza = f'<message type="chat" from="{who}@{HOST}/phone" to="{to}@{HOST}" id="{when}">'
    stanza += f"<body>{text}</body>{more}</message>"
    peer = f"{to if owner == who else who}@{HOST}"
    return (HOST, owner, "archive", key, when, peer, "xml", stanza)


def database(path: Path, *rows: Row, settings: dict[str, object] | None = None) -> Path:
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        connection.executescript("""
            CREATE TABLE prosody (host TEXT, user TEXT, store TEXT, key TEXT, type TEXT, value TEXT);
            CREATE TABLE prosodyarchive (sort_id INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT, user TEXT,
                store TEXT, key TEXT, "when" INTEGER, "with" TEXT, type, value);
        """)
        into = 'INSERT INTO prosodyarchive (host, user, store, key, "when", "with", type, value)'
        connection.executemany(f"{into} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        for key, value in ({"_data": {"name": "Club"}} if settings is None else settings).items():
            row = (CONFERENCE, "club", "config", key, "json", json.dumps(value))
            connection.execute("INSERT INTO prosody VALUES (?, ?, ?, ?, ?, ?)", row)
    connection.close()
    return path


def prosody(path: Path, *rows: Row, options: Options = NOTHING, settings: dict[str, object] | None = None) -> Read:
    return read("prosody", database(path / "prosody.sqlite", *rows, settings=settings), options)


def test_a_room(tmp_path: Path) -> None:
    found = prosody(
        tmp_path,
        said("second &lt;b&gt;", "Grace", "k2", 2000),
        said("first"),
        said("/me waves", key="k3", when=3000),
    )
    assert found.texts == ["first", "second <b>", "waves"]
    first, _, waves = found.messages
    assert (first.id, first.room, first.at, waves.action) == (
        "club@conf.x.org:k1",
        "club@conf.x.org",
        1_000_000,
        True,
    )
    assert found.people == {"conf.x.org/ada": "Ada", "conf.x.org/grace": "Grace"}
    assert (found.rooms["club"].private, found.problems) == (False, [])


@pytest.mark.parametrize("hides", [{"members_only": True}, {"hidden": True}, {"password": "x"}])
def test_rooms_that_not_everybody_may_read(tmp_path: Path, hides: dict[str, object]) -> None:
    settings = {
        "_data": hides,
        "_affiliations": {"ada@x.org": "owner", "eve@x.org": "outcast"},
        "bob@x.org": "member",
    }
    room = prosody(tmp_path, said("psst"), settings=settings).rooms["club"]
    assert (room.private, room.members) == (True, ("ada@x.org", "bob@x.org", "conf.x.org/ada"))
    found = prosody(tmp_path, said("psst"), settings={})
    assert found.rooms["club"].private
    assert found.problems == [
        "prosody.sqlite: there are no settings of the room club@conf.x.org: it becomes private"
    ]
    assert prosody(tmp_path, said("x"), options=Options(private=True)).rooms["club"].private


def test_corrections_reactions_and_answers(tmp_path: Path) -> None:
    corrected = "<replace xmlns='urn:xmpp:message-correct:0' id='k1-given'/>"
    liked = (
        "<reactions xmlns='urn:xmpp:reactions:0' id='k1'><reaction>👍</reaction><reaction>🎉</reaction></reactions>"
    )
    unliked = "<reactions xmlns='urn:xmpp:reactions:0' id='k1'><reaction>👍</reaction></reactions>"
    answer = (
        "<reply xmlns='urn:xmpp:reply:0' id='k1'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>"
        "<body start='0' end='6'/></fallback>"
    )
    found = prosody(
        tmp_path,
        said("teh"),
        said("the", key="k2", when=2000, more=corrected),
        said("not hers", "Eve", "k3", 3000, corrected),
        said("", "Grace", "k4", 4000, liked),
        said("", "Grace", "k5", 5000, unliked),
        said("> the\nyes", "Grace", "k6", 6000, answer),
    )
    the, yes = found.messages
    assert (the.text, the.edited, yes.text, yes.answers, yes.edited) == ("the", True, "yes", the.id, False)
    assert the.reactions == [Reaction("👍", ("conf.x.org/grace",))]
    assert found.skipped == {
        "a correction, which is with its message": 2,
        "a reaction, which is with its message": 2,
    }


def test_conversations_are_read_once(tmp_path: Path) -> None:
    reply = "<reply xmlns='urn:xmpp:reply:0' id='1000'/>"
    found = prosody(
        tmp_path,
        *(sent("hi", "ada", "grace", owner, f"{owner}1", 1000) for owner in ("ada", "grace")),
        *(sent("hello", "grace", "ada", owner, f"{owner}2", 2000, reply) for owner in ("ada", "grace")),
        sent("only hers", "ada", "grace", "ada", "ada3", 3000),
    )
    assert found.texts == ["hi", "hello", "only hers"]
    hi, hello, _ = found.messages
    assert (hi.room, hello.answers) == ("direct:ada@x.org,grace@x.org", hi.id)
    (room,) = found.rooms.values()
    assert (room.kind, room.private, room.members) == ("direct", True, ["ada@x.org", "grace@x.org"])


def test_a_nick_is_taken_for_the_account_of_that_name(tmp_path: Path) -> None:
    settings: dict[str, object] = {"_data": {"members_only": True}, "ada@x.org": "owner"}
    rows = (said("psst"), said("me too", "Guest", "k2", 2000), sent("hi", "ada", "grace", "ada", "d1", 1000))
    found = prosody(tmp_path, *rows, settings=settings)
    assert [message.who for message in found.messages] == ["ada@x.org", "conf.x.org/guest", "ada@x.org"]
    assert found.rooms["club"].members == ("ada@x.org", "conf.x.org/guest")


def test_what_is_no_message_is_counted_and_what_is_unknown_is_reported(tmp_path: Path) -> None:
    plain = said("x")[:-1]
    found = prosody(
        tmp_path,
        (*plain, f"<presence from='club@{CONFERENCE}/Ada'/>"),
        (*plain, f"<presence from='club@{CONFERENCE}/Ada' type='unavailable'/>"),
        said("", more="<subject>news</subject>"),
        said("secret", more="<encrypted xmlns='eu.siacs.conversations.axolotl'/>"),
        said(""),
        (*plain, "<message"),
        (*plain, None),
        (*plain, "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><message><body>&a;</body></message>"),
        said("when?", when="soon"),
        said("who?", ""),
        said("größe", when=2000),
    )
    assert found.texts == ["größe"]
    assert found.skipped == {"joined": 1, "left": 1, "changed the topic": 1, "was encrypted": 1, "had no text": 1}
    assert [problem.partition(": ")[2][:45] for problem in found.problems] == [
        "its XML can't be read: unclosed token: line 1",
        "it has no XML",
        "its XML has a DOCTYPE, which no stanza has",
        "nobody is named who said it",
        "'soon' is no time",
    ]


def test_what_is_no_database_of_prosody(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "x.db").executescript("CREATE TABLE a (b)")
    with pytest.raises(SourceError, match="is no database of Prosody: it has no table prosodyarchive"):
        open_source("prosody", tmp_path / "x.db", NOTHING)
