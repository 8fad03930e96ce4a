"""The time that retention trusts.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_time",
        sa.Column("trusted_at", Integer, nullable=False),
        sa.Column("doubted_since", Integer),
    )


def downgrade() -> None:
    op.drop_table("retention_time")
