"""Edits: whether a room keeps the earlier texts of edited messages.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import String

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms", sa.Column("edits", String, nullable=False, server_default="erase"))


def downgrade() -> None:
    op.drop_column("rooms", "edits")
