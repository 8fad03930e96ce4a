"""An export is of one moment, whatever is written meanwhile."""

from __future__ import annotations

import json

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
