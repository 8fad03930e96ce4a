"""The audience of a message becomes a column, and is no longer a part of its kind.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import String

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# The only kinds with an audience. The tag `was` of removed messages keeps the old form, which no query reads.
_KINDS = ("message", "notice", "redact", "redacted")


def upgrade() -> None:
    op.add_column("messages", sa.Column("audience", String, nullable=False, server_default=sa.text("''")))
    narrow = ", ".join(f"'{kind}{audience}'" for kind in _KINDS for audience in "@+")
    op.execute(
        "UPDATE messages SET audience = CASE WHEN kind LIKE '%@' THEN '@' ELSE '+' END,"
        f" kind = substr(kind, 1, length(kind) - 1) WHERE kind IN ({narrow})"
    )


def downgrade() -> None:
    kinds = ", ".join(f"'{kind}'" for kind in _KINDS)
    op.execute(f"UPDATE messages SET kind = kind || audience WHERE audience <> '' AND kind IN ({kinds})")
    op.drop_column("messages", "audience")
