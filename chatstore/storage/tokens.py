"""Device tokens, as functions of a connection."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from chatstore.chat.model.tokens import DeviceToken
from chatstore.storage.schema import device_tokens

_BY_DIGEST = select(device_tokens).where(device_tokens.c.digest == bindparam("digest"))
_IDS = select(device_tokens.c.id)


def by_digest(connection: Connection, digest: str) -> DeviceToken | None:
    row = connection.execute(_BY_DIGEST, {"digest": digest}).one_or_none()
    return DeviceToken(*row) if row is not None else None


def of_account(connection: Connection, account_id: int) -> list[DeviceToken]:
    """The oldest first."""
    query = select(device_tokens).where(device_tokens.c.account_id == account_id).order_by(device_tokens.c.id)
    return [DeviceToken(*row) for row in connection.execute(query).all()]


def count(connection: Connection, account_id: int) -> int:
    query = select(func.count()).select_from(device_tokens).where(device_tokens.c.account_id == account_id)
    return int(connection.execute(query).scalar_one())


def all_ids(connection: Connection) -> frozenset[int]:
    return frozenset(connection.execute(_IDS).scalars().all())


def add(connection: Connection, account_id: int, digest: str, label: str, now: int) -> DeviceToken:
    values: dict[str, Any] = {"account_id": account_id, "digest": digest, "label": label, "created_at": now}
    connection.execute(insert(device_tokens).values(values))
    added = by_digest(connection, digest)
    assert added is not None
    return added


def use(connection: Connection, token_id: int, now: int) -> bool:
    """Whether it is there."""
    used = update(device_tokens).where(device_tokens.c.id == token_id).values(last_used_at=now)
    return connection.execute(used).rowcount > 0


def remove(connection: Connection, account_id: int, *, only: int | None, but: int | None) -> list[int]:
    """Of the account's `only` that one, or all `but` one. Their ids."""
    chosen = _IDS.where(device_tokens.c.account_id == account_id)
    if only is not None:
        chosen = chosen.where(device_tokens.c.id == only)
    if but is not None:
        chosen = chosen.where(device_tokens.c.id != but)
    ids = list(connection.execute(chosen.order_by(device_tokens.c.id)).scalars().all())
    if ids:
        connection.execute(delete(device_tokens).where(device_tokens.c.id.in_(ids)))
    return ids
