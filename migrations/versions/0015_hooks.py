"""Webhooks, what they have received lately, and what they could not deliver.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String, Text

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hooks",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("direction", String, nullable=False),
        sa.Column("name", String, nullable=False),
        sa.Column("digest", String),
        sa.Column("url", Text, nullable=False),
        sa.Column("sends", String, nullable=False),
        sa.Column("word", String, nullable=False),
        sa.Column("answers", Integer, nullable=False),
        sa.Column("secret", Text, nullable=False),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id")),
        sa.Column("created_at", Integer, nullable=False),
        sa.Column("enabled", Integer, nullable=False, server_default="1"),
        sa.Column("used_at", Integer),
        sa.Column("failed_at", Integer),
        sa.Column("failing_since", Integer),
        sa.Column("error", Text, nullable=False, server_default=sa.text("''")),
        sa.Column("place", Integer, nullable=False, server_default="0"),
        sa.UniqueConstraint("digest"),
        sqlite_autoincrement=True,
    )
    for columns in (["room_id"], ["account_id"], ["direction", "enabled"]):
        op.create_index(None, "hooks", columns)
    op.create_table(
        "hook_deliveries",
        _hook(),
        sa.Column("delivery", String, primary_key=True),
        sa.Column("received_at", Integer, nullable=False),
    )
    op.create_index(None, "hook_deliveries", ["hook_id", "received_at"])
    op.create_table(
        "hook_retries",
        _hook(),
        sa.Column("seq", Integer, primary_key=True, autoincrement=False),
        sa.Column("attempts", Integer, nullable=False),
        sa.Column("next_at", Integer, nullable=False),
    )


def _hook() -> sa.Column[int]:
    key = sa.ForeignKey("hooks.id", ondelete="CASCADE")
    return sa.Column("hook_id", Integer, key, primary_key=True, autoincrement=False)


def downgrade() -> None:
    for table in ("hook_retries", "hook_deliveries", "hooks"):
        op.drop_table(table)
