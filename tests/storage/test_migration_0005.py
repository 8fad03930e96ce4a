"""Accounts of an older schema after 0005: two that look alike both stay, and no third can be made."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from chatstore.chat.changes.accounts import CreateAccount, NoteNetwork
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import person_name
from chatstore.storage.store import DatabaseStore
from tests.storage.database import Database
from tests.storage.test_migration_0003 import migrate

ACCOUNT = (
    "INSERT INTO accounts (id, name, folded, nick, role, status, status_reason, password, created_at, persistence)"
    " VALUES (?, ?, ?, ?, 'user', 'active', '', 'x', 5, 'default')"
)


def test_lookalikes_from_before_stay(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    migrate(path, "0004")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for number, name in enumerate(("Ian", "lan", "bob"), start=1):
            connection.exec_driver_sql(ACCOUNT, (number, name, name.lower(), name))
    engine.dispose()
    database = Database(path)
    store = database.store
    try:
        for name in ("ian", "lan"):
            account = store.accounts.named(name)
            assert account is not None
            assert (account.epoch, account.suspended_until) == (0, None)
        for name, like in (("Ian_", None), ("b0b", "bob"), ("1an", "Ian"), ("ıan", "Ian")):
            if like is None:
                database.do(CreateAccount(person_name(name), "x"))
                continue
            with pytest.raises(ChatError, match=f"looks like {like}, which"):
                database.do(CreateAccount(person_name(name), "x"))
        for number in range(25):
            database.do(NoteNetwork(3, str(number)))
        database.now += 1
        database.do(NoteNetwork(3, "5"))
        database.do(NoteNetwork(3, "25"))
        known = [number for number in range(26) if store.accounts.knows_network(3, str(number))]
        assert known == [5, *range(7, 26)]
    finally:
        store.close()


def test_back_to_0004(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    DatabaseStore(f"sqlite:///{path}").close()
    migrate(path, "0004", down=True)
    engine = create_engine(f"sqlite:///{path}")
    found = inspect(engine)
    columns = {column["name"] for column in found.get_columns("accounts")}
    assert not columns & {"epoch", "suspended_until", "skeleton", "shown_skeleton"}
    assert "known_networks" not in found.get_table_names()
    assert "made_by_token" not in {column["name"] for column in found.get_columns("account_invitations")}
    engine.dispose()
