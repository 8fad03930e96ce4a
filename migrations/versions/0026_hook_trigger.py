"""What an outgoing webhook sends is called its trigger.

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute('ALTER TABLE hooks RENAME COLUMN sends TO "trigger"')


def downgrade() -> None:
    op.execute('ALTER TABLE hooks RENAME COLUMN "trigger" TO sends')
