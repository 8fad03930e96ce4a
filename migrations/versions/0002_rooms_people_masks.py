"""Room settings, exception lists, read markers, metadata, client certificates.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("persistence", sa.String, nullable=False, server_default="default"))
    op.add_column("rooms", sa.Column("history", sa.String, nullable=False, server_default="everyone"))
    op.add_column("rooms", sa.Column("retention_days", sa.Integer, nullable=False, server_default="0"))
    op.add_column("rooms", sa.Column("motd", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("rooms", sa.Column("first_seq", sa.Integer, nullable=False, server_default="1"))
    op.drop_column("memberships", "read_seq")
    op.create_table(
        "read_markers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("room_id", sa.Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("read_at", sa.Integer, nullable=False),
        sa.UniqueConstraint("room_id", "person"),
    )
    op.add_column("messages", sa.Column("guest", sa.String))
    op.create_table(
        "masks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("room_id", sa.Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("mask", sa.String, nullable=False),
        sa.Column("set_by", sa.String, nullable=False),
        sa.Column("set_at", sa.Integer, nullable=False),
        sa.UniqueConstraint("room_id", "kind", "mask"),
    )
    op.execute(
        "INSERT INTO masks (room_id, kind, mask, set_by, set_at) "
        "SELECT room_id, 'b', mask, set_by, set_at FROM bans ORDER BY id"
    )
    op.drop_table("bans")
    op.create_table(
        "metadata_items",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE")),
        sa.Column("room_id", sa.Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE")),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.UniqueConstraint("account_id", "key"),
        sa.UniqueConstraint("room_id", "key"),
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("added_at", sa.Integer, nullable=False),
        sa.UniqueConstraint("fingerprint"),
    )
    op.create_index(None, "certificates", ["account_id"])


def downgrade() -> None:
    op.drop_table("certificates")
    op.drop_table("metadata_items")
    op.create_table(
        "bans",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("room_id", sa.Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("mask", sa.String, nullable=False),
        sa.Column("set_by", sa.String, nullable=False),
        sa.Column("set_at", sa.Integer, nullable=False),
        sa.UniqueConstraint("room_id", "mask"),
    )
    op.execute(
        "INSERT INTO bans (room_id, mask, set_by, set_at) "
        "SELECT room_id, mask, set_by, set_at FROM masks WHERE kind = 'b' ORDER BY id"
    )
    op.drop_table("masks")
    op.drop_column("messages", "guest")
    op.drop_table("read_markers")
    op.add_column("memberships", sa.Column("read_seq", sa.Integer, nullable=False, server_default="0"))
    for column in ("first_seq", "motd", "retention_days", "history"):
        op.drop_column("rooms", column)
    op.drop_column("accounts", "persistence")
