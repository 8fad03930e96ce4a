"""Device tokens, invitations to the server.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_tokens",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("label", sa.String, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("last_used_at", sa.Integer),
        sa.UniqueConstraint("digest"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "device_tokens", ["account_id"])
    op.create_table(
        "account_invitations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("created_at", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Integer, nullable=False),
        sa.Column("made_by", sa.Integer, sa.ForeignKey("accounts.id")),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("used_at", sa.Integer),
        sa.Column("used_by", sa.Integer, sa.ForeignKey("accounts.id")),
        sa.UniqueConstraint("digest"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("account_invitations")
    op.drop_table("device_tokens")
