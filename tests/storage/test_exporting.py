"""An export is of one moment, whatever is written meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.membership import JoinRoom
from chatstore.chat.changes.posting import PostDirect, PostReaction
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.names import person_name, room_name
from chatstore.exporting import html
from chatstore.storage import own_data
from chatstore.storage.exporting import Scope, everything
from tests.storage.database import Database


def test_what_is_said_meanwhile_is_not_in_it(database: Database) -> None:
    room = database.room()
    database.say(room, "before")
    with database.store.snapshot() as snapshot:
        parts = everything(snapshot, Scope(), 0, lambda _done, _all: None)
        lines = [next(parts)]
        database.say(room, "meanwhile")
        database.room("another")
        lines += parts
    records = [json.loads(line) for line in b"".join(lines).splitlines()]
    assert [one["body"] for one in records if one["type"] == "message"] == ["before"]
    [exported] = [one for one in records if one["type"] == "room"]
    assert exported["last_seq"] == 1


def test_one_account_and_pages_on_either_database(database: Database, tmp_path: Path) -> None:
    """Each question to the database is asked here on both kinds."""
    people = [database.do(CreateAccount(person_name(name), "bcrypt:none")) for name in ("alice", "bob")]
    alice, bob = (Actor(one.nick, one.name, one.id) for one in people)
    room, secret = database.room(), database.room("secret")
    database.do(JoinRoom(alice, room_name("main"), "", 9))
    database.do(JoinRoom(bob, room_name("secret"), "", 9))
    [said] = database.store.submit([Draft(room.id, alice, "message", "hello")]).wait()
    database.store.submit([Draft(secret.id, bob, "message", "not for her")]).wait()
    database.do(PostDirect(bob, "alice", "message", "never opened"))
    id_ = msgid(said.room, said.seq, said.time)
    database.do(PostReaction(alice, room.id, (said.room, said.seq), {"+react": "!", "+reply": id_}, 9, 9))
    for scope in (Scope(account=alice.account_id), Scope(account=alice.account_id, rooms=[room.id], since=1)):
        with database.store.snapshot() as snapshot:
            lines = b"".join(own_data.everything(snapshot, scope, 0, lambda _done, _all: None))
        assert b"hello" in lines
        assert b"not for her" not in lines
        assert (b"never opened" in lines) == (scope.rooms is None)
    for number, scope in enumerate((Scope(), Scope(account=alice.account_id), Scope(rooms=[room.id], since=1))):
        folder = tmp_path / str(number)
        folder.mkdir()
        with database.store.snapshot() as snapshot:
            html.write(snapshot, scope, folder, "Messages", 0, lambda _done, _all: None)
            parts = [json.loads(line) for line in b"".join(everything(snapshot, Scope(rooms=[room.id]), 0, lambda
                     _done, _all: None)).splitlines()]  # fmt: skip
        assert {one["name"] for one in parts if one["type"] == "account"} == {"alice"}
        pages = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.html"))
        assert "hello" in pages
        assert ("not for her" in pages) == (number == 0)
        assert 'title="alice">! 1' in pages
