"""The first schema: accounts, rooms, memberships, messages, bans, invitations.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String, Text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("name", String, nullable=False),
        sa.Column("folded", String, nullable=False),
        sa.Column("nick", String, nullable=False),
        sa.Column("role", String, nullable=False),
        sa.Column("status", String, nullable=False),
        sa.Column("status_reason", String, nullable=False),
        sa.Column("password", String, nullable=False),
        sa.Column("created_at", Integer, nullable=False),
        sa.Column("last_seen_at", Integer),
        sa.UniqueConstraint("folded"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rooms",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("kind", String, nullable=False),
        sa.Column("key", String, nullable=False),
        sa.Column("name", String, nullable=False),
        sa.Column("topic", Text, nullable=False),
        sa.Column("topic_by", String, nullable=False),
        sa.Column("topic_at", Integer, nullable=False),
        sa.Column("flags", String, nullable=False),
        sa.Column("password", String, nullable=False),
        sa.Column("member_limit", Integer, nullable=False),
        sa.Column("founder_id", Integer, sa.ForeignKey("accounts.id")),
        sa.Column("created_at", Integer, nullable=False),
        sa.Column("last_seq", Integer, nullable=False),
        sa.Column("last_sent_at", Integer, nullable=False),
        sa.UniqueConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "memberships",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id")),
        sa.Column("guest", String),
        sa.Column("nick", String, nullable=False),
        sa.Column("role", Integer, nullable=False),
        sa.Column("joined_seq", Integer, nullable=False),
        sa.Column("joined_at", Integer, nullable=False),
        sa.Column("seen_seq", Integer, nullable=False),
        sa.Column("read_seq", Integer, nullable=False),
        sa.UniqueConstraint("room_id", "account_id"),
        sa.UniqueConstraint("room_id", "guest"),
    )
    op.create_index(None, "memberships", ["account_id"])
    op.create_table(
        "messages",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("seq", Integer, nullable=False),
        sa.Column("sent_at", Integer, nullable=False),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id")),
        sa.Column("nick", String, nullable=False),
        sa.Column("kind", String, nullable=False),
        sa.Column("body", Text, nullable=False),
        sa.Column("tags", Text),
        sa.UniqueConstraint("room_id", "seq"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "bans",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("mask", String, nullable=False),
        sa.Column("set_by", String, nullable=False),
        sa.Column("set_at", Integer, nullable=False),
        sa.UniqueConstraint("room_id", "mask"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("person", String, nullable=False),
        sa.Column("invited_by", String, nullable=False),
        sa.Column("invited_at", Integer, nullable=False),
        sa.UniqueConstraint("room_id", "person"),
    )


def downgrade() -> None:
    for table in ("invitations", "bans", "messages", "memberships", "rooms", "accounts"):
        op.drop_table(table)
