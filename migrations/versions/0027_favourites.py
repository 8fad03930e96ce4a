"""The favourite conversations of accounts.

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "favourites",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.UniqueConstraint("account_id", "room_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_favourites_room_id", "favourites", ["room_id"])


def downgrade() -> None:
    op.drop_table("favourites")
