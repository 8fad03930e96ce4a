"""Pinned messages.

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pins",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("seq", Integer, nullable=False),
        sa.Column("pinned_at", Integer, nullable=False),
        sa.UniqueConstraint("room_id", "seq"),
    )


def downgrade() -> None:
    op.drop_table("pins")
