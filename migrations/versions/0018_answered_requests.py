"""Requests of the HTTP API that have made a message.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    account = sa.ForeignKey("accounts.id", ondelete="CASCADE")
    op.create_table(
        "answered_requests",
        sa.Column("account_id", Integer, account, primary_key=True, autoincrement=False),
        sa.Column("key", String, primary_key=True),
        sa.Column("request", String, nullable=False),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("seq", Integer, nullable=False),
        sa.Column("answered_at", Integer, nullable=False),
    )
    op.create_index(None, "answered_requests", ["account_id", "answered_at"])
    op.create_index(None, "answered_requests", ["room_id"])


def downgrade() -> None:
    op.drop_table("answered_requests")
