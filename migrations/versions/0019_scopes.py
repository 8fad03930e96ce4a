"""What device tokens allow: scopes, and the rooms that they are limited to.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import String, Text

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    every = sa.text("'read write files manage'")
    op.add_column("device_tokens", sa.Column("scopes", String, nullable=False, server_default=every))
    op.add_column("device_tokens", sa.Column("rooms", Text))


def downgrade() -> None:
    op.drop_column("device_tokens", "rooms")
    op.drop_column("device_tokens", "scopes")
