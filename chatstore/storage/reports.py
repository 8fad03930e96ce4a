"""Reports in the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, and_, func, insert, select, update

from chatstore.chat.model.reports import Report
from chatstore.chat.model.room_events import SHOWN_KINDS, RemovedMessage
from chatstore.storage.rows import Rows
from chatstore.storage.schema import accounts, messages, reports, rooms

_AUTHOR = accounts.alias()
_REPORTS: Select[Any] = (
    select(
        reports,
        accounts.c.name.label("reporter"),
        rooms.c.name.label("room"),
        func.coalesce(_AUTHOR.c.name, messages.c.nick, "").label("author"),
        messages.c.kind,
        messages.c.body,
        func.coalesce(messages.c.sent_at, 0).label("sent_at"),
    )
    .select_from(reports)
    .join(accounts, accounts.c.id == reports.c.account_id)
    .join(rooms, rooms.c.id == reports.c.room_id)
    .outerjoin(messages, and_(messages.c.room_id == reports.c.room_id, messages.c.seq == reports.c.seq))
    .outerjoin(_AUTHOR, _AUTHOR.c.id == messages.c.account_id)
)


class Reports(Rows):
    def open(self, after: int = 0, limit: int | None = None) -> list[Report]:
        """The open reports with larger ids, the oldest first."""
        query = _REPORTS.where(reports.c.closed_at.is_(None), reports.c.id > after).order_by(reports.c.id)
        return [_report(row) for row in self._connection.execute(query.limit(limit)).all()]

    def closed(self, before: int | None = None, limit: int | None = None) -> list[Report]:
        """The closed reports with smaller ids, the latest first."""
        query = _REPORTS.where(reports.c.closed_at.is_not(None)).order_by(reports.c.id.desc())
        if before is not None:
            query = query.where(reports.c.id < before)
        return [_report(row) for row in self._connection.execute(query.limit(limit)).all()]

    def by_id(self, report_id: int) -> Report | None:
        row = self._connection.execute(_REPORTS.where(reports.c.id == report_id)).one_or_none()
        return _report(row) if row is not None else None

    def count_open(self, account_id: int | None = None) -> int:
        """The number of open reports: of this account, or of all."""
        query = select(func.count()).select_from(reports).where(reports.c.closed_at.is_(None))
        if account_id is not None:
            query = query.where(reports.c.account_id == account_id)
        return int(self._connection.execute(query).scalar_one())

    def put(self, room_id: int, seq: int, account_id: int, reason: str) -> int:
        """Add a report, or open the account's earlier one about the message again. Returns its id."""
        here = (reports.c.room_id == room_id, reports.c.seq == seq, reports.c.account_id == account_id)
        values = {"reason": reason, "reported_at": self._now, "closed_at": None, "closed_by": "", "decision": ""}
        if not self._connection.execute(update(reports).where(*here).values(values)).rowcount:
            place = {"room_id": room_id, "seq": seq, "account_id": account_id}
            self._connection.execute(insert(reports).values({**place, **values}))
        return int(self._connection.execute(select(reports.c.id).where(*here)).scalar_one())

    def close(self, room_id: int, seq: int, by: str, decision: str, only: int | None = None) -> None:
        """Close all open reports about a message, or one of them."""
        chosen = update(reports).where(reports.c.room_id == room_id, reports.c.seq == seq)
        chosen = chosen.where(reports.c.closed_at.is_(None))
        if only is not None:
            chosen = chosen.where(reports.c.id == only)
        self._connection.execute(chosen.values(closed_at=self._now, closed_by=by, decision=decision))


def _report(row: Row[Any]) -> Report:
    values = dict(row._mapping)
    kind, body = values.pop("kind"), values.pop("body")
    del values["account_id"]
    gone = kind not in SHOWN_KINDS or kind == RemovedMessage.kind
    return Report(**values, text=None if gone else body)
