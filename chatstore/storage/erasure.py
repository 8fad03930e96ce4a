"""What a person has left in the database, for erasing it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, update

from chatstore.chat.model.events import MessageRedacted, RoomEvent
from chatstore.storage.rows import Rows
from chatstore.storage.schema import (
    invitations,
    messages,
    metadata_items,
    reactions,
    read_markers,
    reports,
    room_offers,
)

_LAST = select(func.coalesce(func.max(messages.c.id), 0))
_BY = (
    select(messages.c.room_id, messages.c.seq)
    .where(messages.c.id > bindparam("after"), messages.c.id <= bindparam("upto"))
    .where(messages.c.account_id == bindparam("account"), messages.c.kind.in_(bindparam("kinds", expanding=True)))
    .order_by(messages.c.id)
)
_HERE = (messages.c.room_id == bindparam("room")) & (messages.c.seq == bindparam("at"))
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
        there were any."""
        tags = {name: value for name, value in event.tags.items() if name not in (_REALNAME, _REASON)}
        if isinstance(event, MessageRedacted) and event.body:
            self._forget_reason(event.room, event.target_seq)
        if not event.body and len(tags) == len(event.tags):
            return False
        self._put(event.room, event.seq, "", tags)
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

    def forget_traces(self, account_id: int) -> dict[str, int]:
        """Erase everything else, by what it is; see the names in the result."""
        person = str(account_id)
        gone = {
            "reactions left": delete(reactions).where(reactions.c.person == person),
            "read markers": delete(read_markers).where(read_markers.c.person == person),
            "invites": delete(invitations).where(
                or_(invitations.c.person == person, invitations.c.inviter == person)
            ),
            "offers": delete(room_offers).where(
                or_(room_offers.c.account_id == account_id, room_offers.c.offered_by == account_id)
            ),
            "settings": delete(metadata_items).where(metadata_items.c.account_id == account_id),
            "reasons of reports": update(reports)
            .where(reports.c.account_id == account_id, reports.c.reason != "")
            .values(reason=""),
        }
        return {what: self._connection.execute(statement).rowcount for what, statement in gone.items()}
