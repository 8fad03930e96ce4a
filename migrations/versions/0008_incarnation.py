"""The database's incarnation; message ids get a stamp, also in stored replies and reactions.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import json
import re
from typing import Any

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incarnations",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("token", String, nullable=False),
    )
    _stamp_ids(op.get_bind())


def downgrade() -> None:
    op.drop_table("incarnations")


_ID = re.compile("([1-9a-z][0-9a-z]{0,12})-([1-9a-z][0-9a-z]{0,12})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _stamp_ids(connection: Any) -> None:
    """Put the stamp into the ids that replies and reactions store: clients will know messages by those ids."""
    answers = connection.execute(sa.text("SELECT id, tags FROM messages WHERE tags LIKE '%reply%'")).all()
    time_of = sa.text("SELECT sent_at FROM messages WHERE room_id = :room AND seq = :seq")
    change = sa.text("UPDATE messages SET tags = :tags WHERE id = :id")
    for id_, noted in answers:
        tags, changed = json.loads(noted), False
        for key in ("+draft/reply", "+reply"):
            place = _ID.fullmatch(tags.get(key, ""))
            if place is None or max(int(place[1], 36), int(place[2], 36)) >= 2**63:
                continue
            sent_at = connection.execute(time_of, {"room": int(place[1], 36), "seq": int(place[2], 36)}).scalar()
            if sent_at is not None:
                tags[key], changed = f"{tags[key]}-{_stamp(sent_at)}", True
        if changed:
            connection.execute(change, {"id": id_, "tags": json.dumps(tags, ensure_ascii=False)})


def _stamp(time: int) -> str:
    digits = ""
    for _ in range(4):
        time, digit = divmod(time, 36)
        digits = _DIGITS[digit] + digits
    return digits
