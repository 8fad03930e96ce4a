"""A webhook ends with the device token by which it was made.

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("hooks", sa.Column("made_by_token", Integer))


def downgrade() -> None:
    op.drop_column("hooks", "made_by_token")
