"""Room settings, exception lists, read markers, metadata, client certificates.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String, Text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("persistence", String, nullable=False, server_default="default"))
    op.add_column("rooms", sa.Column("history", String, nullable=False, server_default="everyone"))
    op.add_column("rooms", sa.Column("retention_days", Integer, nullable=False, server_default="0"))
    op.add_column("rooms", sa.Column("motd", Text, nullable=False, server_default=sa.text("''")))
    op.add_column("rooms", sa.Column("first_seq", Integer, nullable=False, server_default="1"))
    op.drop_column("memberships", "read_seq")
    op.create_table(
        "read_markers",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("person", String, nullable=False),
        sa.Column("read_at", Integer, nullable=False),
        sa.UniqueConstraint("room_id", "person"),
    )
    op.add_column("messages", sa.Column("guest", String))
    op.create_table(
        "masks",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", String, nullable=False),
        sa.Column("mask", String, nullable=False),
        sa.Column("set_by", String, nullable=False),
        sa.Column("set_at", Integer, nullable=False),
        sa.UniqueConstraint("room_id", "kind", "mask"),
    )
    op.execute(
        "INSERT INTO masks (room_id, kind, mask, set_by, set_at) "
        "SELECT room_id, 'b', mask, set_by, set_at FROM bans ORDER BY id"
    )
    op.drop_table("bans")
    op.create_table(
        "metadata_items",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE")),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE")),
        sa.Column("key", String, nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.UniqueConstraint("account_id", "key"),
        sa.UniqueConstraint("room_id", "key"),
    )
    op.create_table(
        "certificates",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("fingerprint", String, nullable=False),
        sa.Column("added_at", Integer, nullable=False),
        sa.UniqueConstraint("fingerprint"),
    )
    op.create_index(None, "certificates", ["account_id"])


def downgrade() -> None:
    op.drop_table("certificates")
    op.drop_table("metadata_items")
    op.create_table(
        "bans",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("mask", String, nullable=False),
        sa.Column("set_by", String, nullable=False),
        sa.Column("set_at", Integer, nullable=False),
        sa.UniqueConstraint("room_id", "mask"),
    )
    op.execute(
        "INSERT INTO bans (room_id, mask, set_by, set_at) "
        "SELECT room_id, mask, set_by, set_at FROM masks WHERE kind = 'b' ORDER BY id"
    )
    op.drop_table("masks")
    op.drop_column("messages", "guest")
    op.drop_table("read_markers")
    op.add_column("memberships", sa.Column("read_seq", Integer, nullable=False, server_default="0"))
    for column in ("first_seq", "motd", "retention_days", "history"):
        op.drop_column("rooms", column)
    op.drop_column("accounts", "persistence")
