"""A database of schema 0004 after 0006: old invites let nobody in, and reactions are counted."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from tests.storage.test_migration_0003 import BEFORE, migrate


def tags(seq: int, account: int, **said: str) -> str:
    noted = json.dumps({key.replace("_", "/"): value for key, value in said.items()}, ensure_ascii=False)
    return (
        "INSERT INTO messages (room_id, seq, sent_at, account_id, nick, kind, body, tags)"
        f" VALUES (3, {seq}, {seq + 10}, {account}, 'Olga', 'tags', '', '{noted}')"
    )


SAID = [
    tags(2, 1, **{"+draft/react": "👍", "+draft/reply": "3-1"}),
    tags(3, 1, **{"+react": "x", "+reply": "3-1"}),
    tags(4, 1, **{"+draft/unreact": "x", "+draft/reply": "3-1"}),
    tags(5, 1, **{"+draft/react": "other room", "+draft/reply": "4-1"}),
    tags(6, 1, **{"+draft/react": "no place", "+draft/reply": "nonsense"}),
    tags(7, 1, **{"+draft/persist": ""}),
]


def test_old_data(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    migrate(path, "0004")
    with sqlite3.connect(path) as connection:
        for statement in [*BEFORE, *SAID]:
            connection.execute(statement)
    connection.close()
    migrate(path, "0006")
    with sqlite3.connect(path) as connection:
        counted = connection.execute("SELECT room_id, seq, person, value FROM reactions").fetchall()
        given = connection.execute("SELECT person, invited_by, inviter, opens FROM invitations").fetchall()
    connection.close()
    assert counted == [(3, 1, "1", "👍")]
    assert given == [("1", "Olga", "", 0)]
    migrate(path, "0004", down=True)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT COUNT(*) FROM invitations").fetchone() == (1,)
    connection.close()
