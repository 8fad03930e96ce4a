"""The first schema: accounts, rooms, memberships, messages, bans, invitations.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("folded", sa.String, nullable=False),
        sa.Column("nick", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("status_reason", sa.String, nullable=False),
        sa.Column("password", sa.String, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("last_seen_at", sa.Integer),
        sa.UniqueConstraint("folded"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rooms",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("topic_by", sa.String, nullable=False),
        sa.Column("topic_at", sa.Integer, nullable=False),
        sa.Column("flags", sa.String, nullable=False),
        sa.Column("password", sa.String, nullable=False),
        sa.Column("member_limit", sa.Integer, nullable=False),
        sa.Column("founder_id", sa.Integer, sa.ForeignKey("accounts.id")),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("last_sent_at", sa.Integer, nullable=False),
        sa.UniqueConstraint("key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("room_id", sa.Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id")),
        sa.Column("guest", sa.String),
        sa.Column("nick", sa.String, nullable=False),
        sa.Column("role", sa.Integer, nullable=False),
        sa.Column("joined_seq", sa.Integer, nullable=False),
        sa.Column("joined_at", sa.Integer, nullable=False),
        sa.Column("seen_seq", sa.Integer, nullable=False),
        sa.Column("read_seq", sa.Integer, nullable=False),
        sa.UniqueConstraint("room_id", "account_id"),
        sa.UniqueConstraint("room_id", "guest"),
    )
    op.create_index(None, "memberships", ["account_id"])
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("room_id", sa.Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("sent_at", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id")),
        sa.Column("nick", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("tags", sa.Text),
        sa.UniqueConstraint("room_id", "seq"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "bans",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("room_id", sa.Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("mask", sa.String, nullable=False),
        sa.Column("set_by", sa.String, nullable=False),
        sa.Column("set_at", sa.Integer, nullable=False),
        sa.UniqueConstraint("room_id", "mask"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("room_id", sa.Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("invited_by", sa.String, nullable=False),
        sa.Column("invited_at", sa.Integer, nullable=False),
        sa.UniqueConstraint("room_id", "person"),
    )


def downgrade() -> None:
    for table in ("invitations", "bans", "messages", "memberships", "rooms", "accounts"):
        op.drop_table(table)
