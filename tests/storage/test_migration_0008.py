"""Replies and reactions in a database of an older schema still refer to their messages after 0008, when ids
have a stamp."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine

from chatstore.chat.model.message_ids import msgid
from tests.storage.database import Database
from tests.storage.test_migration_0003 import migrate


def test_replies_and_reactions_name_the_ids_of_now(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    before = Database(path)
    room = before.room()
    said, *_ = before.say(room, "what is this?", "a reply", "another", "none", "odd")
    before.close()
    migrate(path, "0007", down=True)
    engine = create_engine(f"sqlite:///{path}")
    of_then = msgid(room.id, said.seq)
    answers = {2: of_then, 3: of_then, 4: msgid(room.id, 999), 5: "zzzzzzzzzzzzz-1"}
    with engine.begin() as connection:
        for seq, answered in answers.items():
            key = "+reply" if seq == 3 else "+draft/reply"
            tags = f'{{"{key}": "{answered}", "+draft/react": "\u00e9"}}'
            connection.exec_driver_sql("UPDATE messages SET tags = ? WHERE seq = ?", (tags, seq))
    engine.dispose()
    after = Database(path)
    try:
        _, *events = after.events(room)
    finally:
        after.close()
    of_now = msgid(room.id, said.seq, said.time)
    named = [event.tags.get("+draft/reply", event.tags.get("+reply")) for event in events]
    assert named == [of_now, of_now, answers[4], answers[5]]
    assert {event.tags["+draft/react"] for event in events} == {"\u00e9"}
