"""Messages to a part of a room, in a database of an older schema: after 0010 their audience is a column, and
nobody can read more or less than before."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine

from chatstore.chat.changes.membership import JoinRoom
from chatstore.chat.changes.posting import RedactMessage
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import Draft, HistoryQuery
from chatstore.chat.model.names import room_name
from tests.storage.database import ALICE, Database
from tests.storage.test_migration_0003 import migrate

KINDS = ["join", "message", "message@", "notice+", "message+", "notice", "tags", "redacted@", "redact@"]


def kinds(path: Path) -> list[str]:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT kind FROM messages ORDER BY id").scalars().all()
    engine.dispose()
    return [*found]


def test_what_never_had_an_audience_keeps_its_kind_on_the_way_back(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    database = Database(path)
    room = database.room()
    database.store.submit([Draft(room.id, ALICE, "tags", "", audience="@")]).wait()
    database.close()
    migrate(path, "0009", down=True)
    assert kinds(path) == ["tags"]


def test_an_audience_moves_from_the_kind_to_its_column_and_back(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    before = Database(path)
    room = before.room()
    before.do(JoinRoom(ALICE, room_name("main"), "", 10))
    drafts = []
    for kind in KINDS[1:7]:
        plain = kind.rstrip("@+")
        drafts.append(Draft(room.id, ALICE, plain, kind, audience=kind.removeprefix(plain)))
    before.store.submit(drafts).wait()
    [taken] = before.store.submit([Draft(room.id, ALICE, "message", "mistake", audience="@")]).wait()
    before.do(RedactMessage(ALICE, room.id, msgid(room.id, taken.seq, taken.time), "", 60))
    before.close()
    migrate(path, "0009", down=True)
    assert kinds(path) == KINDS
    after = Database(path)
    try:
        events = after.events(room)
        assert [f"{event.kind}{event.audience}" for event in events] == KINDS
        assert [event.audience for event in events] == ["", "", "@", "+", "+", "", "", "@", "@"]
        assert events[-2].tags["was"] == events[-1].tags["was"] == "message@"
        voiced = after.store.messages.page(HistoryQuery(room.id, 50, audiences=("", "+"))).events
        bodies = [event.body for event in voiced if event.body]
        assert bodies == ["message", "notice+", "message+", "notice", "tags"]
        assert after.store.messages.stats(room.id).messages == 2
    finally:
        after.close()
    assert kinds(path) == [kind.rstrip("@+") for kind in KINDS]
