"""What an account is shown of the history of its rooms when its client requests none.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import String

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("replay", String, nullable=False, server_default="default"))


def downgrade() -> None:
    op.drop_column("accounts", "replay")
