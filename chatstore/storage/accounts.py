"""Accounts, as functions of a connection."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from chatstore.chat.accounts import Account, ended_because
from chatstore.storage.schema import accounts, certificates

_BY_ID = select(accounts).where(accounts.c.id == bindparam("id"))
_BY_FOLDED = select(accounts).where(accounts.c.folded == bindparam("folded"))


def by_id(connection: Connection, account_id: int) -> Account | None:
    return _account(connection.execute(_BY_ID, {"id": account_id}).one_or_none())


def by_folded(connection: Connection, folded: str) -> Account | None:
    return _account(connection.execute(_BY_FOLDED, {"folded": folded}).one_or_none())


def all_accounts(connection: Connection) -> list[Account]:
    """By name."""
    rows = connection.execute(select(accounts).order_by(accounts.c.folded)).all()
    return [Account(*row) for row in rows]


def ended(connection: Connection) -> dict[int, str]:
    """The accounts that may not log in, with what their sessions are to be told."""
    query = select(accounts.c.id, accounts.c.status, accounts.c.status_reason).where(accounts.c.status != "active")
    rows = connection.execute(query).all()
    return {row.id: ended_because(row.status, row.status_reason) for row in rows}


def add(connection: Connection, *, name: str, folded: str, password: str, role: str, now: int) -> Account:
    values = {
        "name": name,
        "folded": folded,
        "nick": name,
        "role": role,
        "status": "active",
        "status_reason": "",
        "password": password,
        "created_at": now,
    }
    connection.execute(insert(accounts).values(values))
    account = by_folded(connection, folded)
    assert account is not None
    return account


def change(connection: Connection, account_id: int, **values: Any) -> None:
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(values))


def by_certificate(connection: Connection, fingerprint: str) -> Account | None:
    query = select(accounts).join(certificates).where(certificates.c.fingerprint == fingerprint)
    return _account(connection.execute(query).one_or_none())


def certificates_of(connection: Connection, account_id: int) -> list[tuple[str, int]]:
    """(fingerprint, when it was added), the oldest first."""
    query = select(certificates.c.fingerprint, certificates.c.added_at).where(
        certificates.c.account_id == account_id
    )
    return [(row.fingerprint, row.added_at) for row in connection.execute(query.order_by(certificates.c.id)).all()]


def add_certificate(connection: Connection, account_id: int, fingerprint: str, now: int) -> None:
    values = {"account_id": account_id, "fingerprint": fingerprint, "added_at": now}
    connection.execute(insert(certificates).values(values))


def remove_certificates(connection: Connection, account_id: int, fingerprint: str = "") -> int:
    """That one, or without a fingerprint all of the account's; how many there were."""
    chosen = delete(certificates).where(certificates.c.account_id == account_id)
    if fingerprint:
        chosen = chosen.where(certificates.c.fingerprint == fingerprint)
    return connection.execute(chosen).rowcount


def _account(row: Any) -> Account | None:
    return Account(*row) if row is not None else None
