"""Slow mode: seconds between two messages of one member of a room.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms", sa.Column("slowmode", Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("rooms", "slowmode")
