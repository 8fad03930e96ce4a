"""What a database of schema 0001 holds is there after 0002."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import chatstore
from chatstore.chat.model.rooms import Ban, Role
from chatstore.storage.sqlite import driver as sqlite
from chatstore.storage.store import DatabaseStore

MIGRATIONS = Path(chatstore.__file__).parent.parent / "migrations"

FIRST = [
    "INSERT INTO accounts (id, name, folded, nick, role, status, status_reason, password, created_at)"
    " VALUES (1, 'Olga', 'olga', 'Olga', 'user', 'active', '', 'x', 5)",
    "INSERT INTO rooms (id, kind, key, name, topic, topic_by, topic_at, flags, password, member_limit, founder_id,"
    " created_at, last_seq, last_sent_at) VALUES (3, 'room', '#tea', 'Tea', 'green', 'Olga', 6, 'nt', 'sesame', 9,"
    " 1, 5, 2, 8)",
    "INSERT INTO memberships (room_id, account_id, nick, role, joined_seq, joined_at, seen_seq, read_seq)"
    " VALUES (3, 1, 'Olga', 2, 1, 7, 1, 0)",
    "INSERT INTO messages (room_id, seq, sent_at, account_id, nick, kind, body)"
    " VALUES (3, 1, 7, 1, 'Olga', 'join', ''), (3, 2, 8, 1, 'Olga', 'message', 'hello')",
    "INSERT INTO bans (room_id, mask, set_by, set_at)"
    " VALUES (3, 'Eve!*@*', 'Olga', 9), (3, '*!*@guest', 'Olga', 10)",
]


def at_0001(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    sqlite.configure(engine)
    sqlite.use_wal(engine)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with sqlite.writing(engine, checkpoints=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with sqlite.writing(engine, checkpoints=True) as connection, connection.begin():
        for statement in FIRST:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_rooms_bans_and_members_stay(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    at_0001(path)
    store = DatabaseStore(f"sqlite:///{path}")
    try:
        room = store.rooms.keyed("#tea")
        assert room is not None
        assert room.bans == (Ban("Eve!*@*", "Olga", 9), Ban("*!*@guest", "Olga", 10))
        assert (room.name, room.topic, room.password, room.member_limit, room.founder_id) == (
            "Tea", "green", "sesame", 9, 1,
        )  # fmt: skip
        assert (room.history, room.retention_days, room.motd, room.first_seq) == ("everyone", 0, "", 1)
        assert (room.exceptions, room.welcome) == ((), ())
        (member,) = store.roster()[1]
        assert (member.actor.account, member.role, member.joined_seq) == ("Olga", Role.OPERATOR, 1)
        assert store.migration_copy is not None
    finally:
        store.close()
