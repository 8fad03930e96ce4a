"""The requests that have made a message, in the database."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select

from chatstore.chat.ports.history import AnsweredRequest
from chatstore.storage.rows import Rows, one_statement
from chatstore.storage.schema import answered_requests

_ROWS = answered_requests.c
_OWN = _ROWS.account_id == bindparam("account")
_BY_KEY = select(_ROWS.request, _ROWS.room_id, _ROWS.seq).where(_OWN, _ROWS.key == bindparam("digest"))
_FORGET = delete(answered_requests).where(_OWN)
_FORGET_OLD = _FORGET.where(_ROWS.answered_at < bindparam("until"))


class Answered(Rows):
    """Requests of the HTTP API that have been answered."""

    @one_statement
    def by_key(self, account_id: int, key: str) -> AnsweredRequest | None:
        row = self._connection.execute(_BY_KEY, {"account": account_id, "digest": key}).one_or_none()
        return AnsweredRequest(*row) if row is not None else None

    def put(self, account_id: int, key: str, answered: AnsweredRequest, until: int) -> None:
        """See chat.ports.history.Answered."""
        self._connection.execute(_FORGET_OLD, {"account": account_id, "until": until})
        values = {"account_id": account_id, "key": key, "answered_at": self._now}
        made = {"request": answered.request, "room_id": answered.room, "seq": answered.seq}
        self._connection.execute(insert(answered_requests).values(**values, **made))

    def forget(self, account_id: int) -> None:
        self._connection.execute(_FORGET, {"account": account_id})
