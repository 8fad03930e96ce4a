"""Device tokens in the database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from chatstore.chat.model.scopes import EVERYTHING, Grant
from chatstore.chat.model.tokens import DeviceToken
from chatstore.storage import drivers
from chatstore.storage.rows import Rows, one_statement, rows_of
from chatstore.storage.schema import device_tokens

_BY_DIGEST = select(device_tokens).where(device_tokens.c.digest == bindparam("digest"))
_IDS = select(device_tokens.c.id)
_EXISTS = "SELECT 1 FROM device_tokens WHERE id = :token"


class Tokens(Rows):
    """Device tokens."""

    @one_statement
    def by_digest(self, digest: str) -> DeviceToken | None:
        row = self._connection.execute(_BY_DIGEST, {"digest": digest}).one_or_none()
        return DeviceToken(*row) if row is not None else None

    @one_statement
    def of_account(self, account_id: int) -> list[DeviceToken]:
        """The account's tokens, oldest first."""
        query = select(device_tokens).where(device_tokens.c.account_id == account_id).order_by(device_tokens.c.id)
        return [DeviceToken(*row) for row in self._connection.execute(query).all()]

    def count(self, account_id: int) -> int:
        query = select(func.count()).select_from(device_tokens).where(device_tokens.c.account_id == account_id)
        return int(self._connection.execute(query).scalar_one())

    def all_ids(self, of: Collection[int] | None = None) -> frozenset[int]:
        """All ids; or those of these accounts."""
        return frozenset(row.id for row in rows_of(self._connection, _IDS, device_tokens.c.account_id, of))

    def exists(self, token_id: int) -> bool:
        return bool(drivers.of(self._connection).run(self._connection, _EXISTS, {"token": token_id}))

    def add(self, account_id: int, digest: str, label: str, grant: Grant = EVERYTHING) -> DeviceToken:
        values: dict[str, Any] = {
            "account_id": account_id,
            "digest": digest,
            "label": label,
            "created_at": self._now,
            "scopes": grant.scope_text,
            "rooms": grant.room_text,
        }
        self._connection.execute(insert(device_tokens).values(values))
        added = self.by_digest(digest)
        assert added is not None
        return added

    def use(self, token_id: int) -> bool:
        """Note that a token was used now. Returns whether it exists."""
        used = update(device_tokens).where(device_tokens.c.id == token_id).values(last_used_at=self._now)
        return self._connection.execute(used).rowcount > 0

    def remove(self, account_id: int, *, only: int | None, but: int | None) -> list[int]:
        """Remove the account's token `only`, or all of its tokens except `but`. Returns the ids of the
        removed tokens."""
        chosen = _IDS.where(device_tokens.c.account_id == account_id)
        if only is not None:
            chosen = chosen.where(device_tokens.c.id == only)
        if but is not None:
            chosen = chosen.where(device_tokens.c.id != but)
        ids = list(self._connection.execute(chosen.order_by(device_tokens.c.id)).scalars().all())
        if ids:
            self._connection.execute(delete(device_tokens).where(device_tokens.c.id.in_(ids)))
        return ids
