"""What invites to rooms allow; offers of rooms; reactions, stored for counting.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String, Text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_DIGITS = set("0123456789abcdefghijklmnopqrstuvwxyz")


def upgrade() -> None:
    op.add_column("invitations", sa.Column("nick", String, nullable=False, server_default=sa.text("''")))
    op.add_column("invitations", sa.Column("inviter", String, nullable=False, server_default=sa.text("''")))
    # Nobody knows whether an operator sent the older invites, so they let nobody in.
    op.add_column("invitations", sa.Column("opens", Integer, nullable=False, server_default="0"))
    op.create_table(
        "room_offers",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("offered_by", Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("offered_at", Integer, nullable=False),
        sa.UniqueConstraint("room_id"),
    )
    op.create_index(None, "room_offers", ["account_id"])
    op.create_table(
        "reactions",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("seq", Integer, nullable=False),
        sa.Column("person", String, nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.UniqueConstraint("room_id", "seq", "person", "value"),
    )
    _count_reactions(op.get_bind())


def downgrade() -> None:
    op.drop_table("reactions")
    op.drop_table("room_offers")
    op.drop_column("invitations", "opens")
    op.drop_column("invitations", "inviter")
    op.drop_column("invitations", "nick")


def _count_reactions(connection: Any) -> None:
    """Count the reactions of the stored events, in their order; removed ones do not count."""
    counted: dict[tuple[int, int, str, str], None] = {}
    said = sa.text(
        "SELECT room_id, account_id, guest, tags FROM messages WHERE kind = 'tags' AND tags IS NOT NULL ORDER BY id"
    )
    for room, account, guest, noted in connection.execute(said):
        tags = json.loads(noted)
        seq = _seq_in(room, tags.get("+draft/reply", tags.get("+reply", "")))
        person = str(account if account is not None else guest)
        if seq is None:
            continue
        for key, value in tags.items():
            if key in ("+draft/react", "+react"):
                counted[(room, seq, person, value)] = None
            elif key in ("+draft/unreact", "+unreact"):
                counted.pop((room, seq, person, value), None)
    insert = sa.text("INSERT INTO reactions (room_id, seq, person, value) VALUES (:room, :seq, :person, :value)")
    rows = [dict(zip(("room", "seq", "person", "value"), each, strict=True)) for each in counted]
    for begin in range(0, len(rows), 1_000):
        connection.execute(insert, rows[begin : begin + 1_000])


def _seq_in(room: int, msgid: str) -> int | None:
    """The seq of a message of this room, by its id: room and seq in base 36."""
    place, _, seq = msgid.partition("-")
    if not place or not seq or len(msgid) > 40 or not set(place + seq) <= _DIGITS:
        return None
    return int(seq, 36) if int(place, 36) == room and int(seq, 36) < 2**63 else None
