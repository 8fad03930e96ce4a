"""Device tokens, invitations to the server.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_tokens",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("digest", String, nullable=False),
        sa.Column("label", String, nullable=False),
        sa.Column("created_at", Integer, nullable=False),
        sa.Column("last_used_at", Integer),
        sa.UniqueConstraint("digest"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "device_tokens", ["account_id"])
    op.create_table(
        "account_invitations",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("digest", String, nullable=False),
        sa.Column("name", String, nullable=False),
        sa.Column("role", String, nullable=False),
        sa.Column("created_at", Integer, nullable=False),
        sa.Column("expires_at", Integer, nullable=False),
        sa.Column("made_by", Integer, sa.ForeignKey("accounts.id")),
        sa.Column("first", Integer, nullable=False),
        sa.Column("used_at", Integer),
        sa.Column("used_by", Integer, sa.ForeignKey("accounts.id")),
        sa.UniqueConstraint("digest"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("account_invitations")
    op.drop_table("device_tokens")
