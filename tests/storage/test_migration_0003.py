"""What a database of schema 0002 holds is there after 0003, and what 0003 brings can be used beside it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect

import chatstore
from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.invitations import InviteToServer
from chatstore.chat.changes.tokens import AddToken
from chatstore.chat.model.names import person_name
from chatstore.storage.sqlite import driver as sqlite
from chatstore.storage.store import DatabaseStore
from tests.storage.database import Database

ROOT = Path(__file__).parents[2]

MIGRATIONS = Path(chatstore.__file__).parent.parent / "migrations"

BEFORE = [
    "INSERT INTO accounts (id, name, folded, nick, role, status, status_reason, password, created_at, persistence)"
    " VALUES (1, 'Olga', 'olga', 'Olga', 'admin', 'active', '', 'x', 5, 'on')",
    "INSERT INTO rooms (id, kind, key, name, topic, topic_by, topic_at, flags, password, member_limit, founder_id,"
    " created_at, last_seq, last_sent_at)"
    " VALUES (3, 'room', '#tea', 'Tea', 'green', 'Olga', 6, 'nt', '', 0, 1, 5, 1, 8)",
    "INSERT INTO messages (room_id, seq, sent_at, account_id, nick, kind, body)"
    " VALUES (3, 1, 8, 1, 'Olga', 'message', 'hello')",
    "INSERT INTO invitations (room_id, person, invited_by, invited_at) VALUES (3, '1', 'Olga', 9)",
    "INSERT INTO certificates (account_id, fingerprint, added_at) VALUES (1, 'ab', 10)",
]


def migrate(path: Path, revision: str, *, down: bool = False) -> None:
    engine = create_engine(f"sqlite:///{path}")
    sqlite.configure(engine)
    sqlite.use_wal(engine)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with sqlite.writing(engine, checkpoints=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)
    engine.dispose()


def at_0002(path: Path) -> None:
    migrate(path, "0002")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for statement in BEFORE:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_old_data_stays_and_new_features_work(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    at_0002(path)
    database = Database(path)
    store = database.store
    try:
        olga = store.accounts.named("olga")
        room = store.rooms.keyed("#tea")
        assert olga is not None
        assert room is not None
        assert (olga.name, olga.admin, olga.persistence) == ("Olga", True, "on")
        assert database.bodies(room) == ["hello"]
        assert store.accounts.certificates(1) == [("ab", 10)]
        assert (
            store.tokens.of_account(1),
            store.invitations.all(),
        ) == ([], [])
        newest = max((ROOT / "migrations" / "versions").glob("[0-9]*.py")).name.partition("_")[0]
        assert store.migration_copy == Path(f"{path}.before-{newest}")
        database.do(AddToken(1, "d", "phone"))
        database.do(InviteToServer("e", made_by=1))
        zoe = database.do(CreateAccount(person_name("zoe"), "x", invitation="e"))
        assert [(each.account_id, each.label) for each in store.tokens.of_account(1)] == [(1, "phone")]
        assert [(each.made_by, each.used_by) for each in store.invitations.all()] == [(1, zoe.id)]
    finally:
        store.close()


def test_back_to_0002(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    DatabaseStore(f"sqlite:///{path}").close()
    migrate(path, "0002", down=True)
    engine = create_engine(f"sqlite:///{path}")
    left = set(inspect(engine).get_table_names())
    engine.dispose()
    assert "certificates" in left
    assert not left & {"device_tokens", "account_invitations"}
