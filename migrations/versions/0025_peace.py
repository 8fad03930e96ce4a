"""Whom accounts ignore, and from whom they take direct messages.

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ignores",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("person", String, nullable=False),
        sa.Column("ignored_id", Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE")),
        sa.Column("nick", String, nullable=False),
        sa.Column("since", Integer, nullable=False),
        sa.UniqueConstraint("account_id", "person"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ignores_ignored_id", "ignores", ["ignored_id"])
    op.create_table(
        "peace",
        sa.Column(
            "account_id",
            Integer,
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("direct", String, nullable=False),
        sa.Column("version", Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("peace")
    op.drop_table("ignores")
