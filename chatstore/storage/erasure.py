"""What a person has left in the database, for erasing it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Delete, Update, bindparam, delete, func, or_, select, update

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.room_events import EARLIER, MessageRedacted, RoomEvent, RoomRenamed
from chatstore.storage.rows import Rows
from chatstore.storage.schema import (
    audit,
    file_references,
    files,
    hooks,
    imported_people,
    invitations,
    messages,
    metadata_items,
    reactions,
    read_markers,
    reports,
    room_offers,
    server_bans,
)

_LAST = select(func.coalesce(func.max(messages.c.id), 0))
_BY = (
    select(messages.c.room_id, messages.c.seq)
    .where(messages.c.id > bindparam("after"), messages.c.id <= bindparam("upto"))
    .where(messages.c.account_id == bindparam("account"), messages.c.kind.in_(bindparam("kinds", expanding=True)))
    .order_by(messages.c.id)
)
_HERE = (messages.c.room_id == bindparam("room")) & (messages.c.seq == bindparam("at"))
_FILES = select(files.c.id).where(files.c.account_id == bindparam("account"))
_SCATTERED = (reactions, read_markers, invitations, reports, server_bans, audit)
"""Tables with traces of people and no index by whose they are."""
_WITH_REASON = ("room.kick", "report.close", "account.suspend", "server.ban", "server.kill")
_UNTIL = re.compile(r"until \d{4}-\d\d-\d\d \d\d:\d\d UTC(?=: )")
_REALNAME, _REASON = "realname", "reason"


class Erasure(Rows):
    """Finds the events of an account, and erases what it has left."""

    def last_id(self) -> int:
        """The id of the last event."""
        return int(self._connection.execute(_LAST).scalar_one())

    def events_by(
        self, account_id: int, kinds: Collection[str], after: int, upto: int
    ) -> Sequence[tuple[int, int]]:
        """Room and seq of the events of these kinds that an account has caused, with ids from behind `after` to
        `upto`. It reads every event there."""
        asked = {"account": account_id, "kinds": list(kinds), "after": after, "upto": upto}
        return [(row.room_id, row.seq) for row in self._connection.execute(_BY, asked).all()]

    def forget_words(self, event: RoomEvent) -> bool:
        """Erase the words of an event that is no message: its reason, or the real name with a join. Returns whether
        there were any. The new name of a room stays."""
        tags = {name: value for name, value in event.tags.items() if name not in (_REALNAME, _REASON, EARLIER)}
        if isinstance(event, MessageRedacted) and event.body:
            self._forget_reason(event.room, event.target_seq)
        body = event.body if isinstance(event, RoomRenamed) else ""
        if body == event.body and len(tags) == len(event.tags):
            return False
        self._put(event.room, event.seq, body, tags)
        return True

    def _forget_reason(self, room: int, seq: int) -> None:
        """The reason is with the message that was redacted, too."""
        row = self._connection.execute(
            select(messages.c.tags).where(_HERE), {"room": room, "at": seq}
        ).one_or_none()
        if row is not None and row.tags:
            tags = json.loads(row.tags)
            if tags.pop(_REASON, None) is not None:
                self._put(room, seq, "", tags)

    def _put(self, room: int, seq: int, body: str, tags: dict[str, Any]) -> None:
        stored = json.dumps(tags, ensure_ascii=False) if tags else None
        self._connection.execute(
            update(messages).where(_HERE).values(body=body, tags=stored), {"room": room, "at": seq}
        )

    def last_trace(self) -> int:
        """The highest id among the rows that forget_scattered() looks at."""
        highest = (select(func.coalesce(func.max(table.c.id), 0)) for table in _SCATTERED)
        return max(int(self._connection.execute(query).scalar_one()) for query in highest)

    def forget_scattered(self, account: Account, after: int, upto: int) -> dict[str, int]:
        """Erase traces in tables that have no index by whose they are: among the rows with ids from behind
        `after` to `upto`."""
        person = str(account.id)
        gone: dict[str, Delete | Update] = {
            "reactions left": delete(reactions).where(reactions.c.person == person),
            "read markers": delete(read_markers).where(read_markers.c.person == person),
            "invites": delete(invitations).where(
                or_(invitations.c.person == person, invitations.c.inviter == person)
            ),
            "reasons of reports": update(reports)
            .where(reports.c.account_id == account.id, reports.c.reason != "")
            .values(reason=""),
            "decisions": update(reports)
            .where(reports.c.closed_by == account.name, reports.c.decision != "")
            .values(decision=""),
            "reasons of bans": update(server_bans)
            .where(server_bans.c.set_by == account.name, server_bans.c.reason != "")
            .values(reason=""),
        }
        counts = {
            what: self._connection.execute(statement.where(statement.table.c.id.between(after + 1, upto))).rowcount
            for what, statement in gone.items()
        }
        return {**counts, "reasons in the audit log": self._forget_noted(account.id, after, upto)}

    def _forget_noted(self, account_id: int, after: int, upto: int) -> int:
        """Erase the reasons that an account gave for what it did, from the audit log. Returns how many."""
        here = audit.c.id.between(after + 1, upto) & (audit.c.account_id == account_id)
        noted = select(audit.c.id, audit.c.action, audit.c.detail).where(here, audit.c.action.in_(_WITH_REASON))
        left = [(row.id, without_reason(row.action, row.detail), row.detail) for row in
                self._connection.execute(noted).all()]  # fmt: skip
        changed = [(id_, kept) for id_, kept, before in left if kept != before]
        for id_, kept in changed:
            self._connection.execute(update(audit).where(audit.c.id == id_).values(detail=kept))
        return len(changed)

    def forget_traces(self, account: Account) -> dict[str, int]:
        """Erase the rest, by what it is; see the names in the result."""
        gone = {
            "offers": delete(room_offers).where(
                or_(room_offers.c.account_id == account.id, room_offers.c.offered_by == account.id)
            ),
            "file references": delete(file_references).where(file_references.c.file_id.in_(_FILES)),
            "settings": delete(metadata_items).where(metadata_items.c.account_id == account.id),
            "webhooks": delete(hooks).where(hooks.c.account_id == account.id),
        }
        here = {"account": account.id}
        counts = {what: self._connection.execute(statement, here).rowcount for what, statement in gone.items()}
        del counts["file references"]
        left = update(files).where(files.c.account_id == account.id).values(due_at=self._now)  # for the collector
        counts["files"] = self._connection.execute(left).rowcount
        return {**counts, "addresses": self._forget_addresses(account.id)}

    def _forget_addresses(self, account_id: int) -> int:
        """Erase the e-mail addresses and JIDs by which an import knew a person."""
        person = imported_people.c.person
        found = self._connection.execute(
            select(imported_people.c.import_id, person)
            .where(imported_people.c.account_id == account_id, person.contains("@"))
            .order_by(imported_people.c.import_id, person)
        ).all()
        for number, row in enumerate(found, 1):
            here = (imported_people.c.import_id == row.import_id) & (person == row.person)
            gone = {"person": f"erased {account_id} {number}"}
            self._connection.execute(update(imported_people).where(here).values(gone))
        return len(found)


def without_reason(action: str, detail: str) -> str:
    """The detail of an entry of the audit log without the words of whoever did it: what stays is about whom it
    was, and until when."""
    if action in ("room.kick", "report.close"):
        return detail.partition(": ")[0]
    until = _UNTIL.match(detail) if action in ("account.suspend", "server.ban") else None
    return until[0] if until is not None else ""
