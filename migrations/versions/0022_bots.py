"""Bots: accounts of programs, which belong to an account or the server.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("kind", String, nullable=False, server_default="person"))
    op.add_column("accounts", sa.Column("owner_id", Integer))
    op.create_index(None, "accounts", ["owner_id"])


def downgrade() -> None:
    op.drop_index("ix_accounts_owner_id", "accounts")
    op.drop_column("accounts", "owner_id")
    op.drop_column("accounts", "kind")
