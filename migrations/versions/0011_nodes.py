"""Several servers of one database: who runs, who is where, and who has which nick.

SQLite has the same tables, which stay empty: it has one server. The time of retention has one row,
also if two servers make it at once.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String, Text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nodes",
        sa.Column("id", String, primary_key=True),
        sa.Column("kind", String, nullable=False),
        sa.Column("name", String, nullable=False),
        sa.Column("server", String, nullable=False),
        sa.Column("version", String, nullable=False),
        sa.Column("policy", String, nullable=False),
        sa.Column("batch", Integer, nullable=False),
        sa.Column("started_at", Integer, nullable=False),
        sa.Column("beat_at", Integer, nullable=False),
        sa.Column("connections", Integer, nullable=False, server_default="0"),
        sa.Column("lag", Integer, nullable=False, server_default="0"),
        sa.Column("invited", Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "presence",
        sa.Column("person", String, primary_key=True),
        sa.Column("node", String, sa.ForeignKey("nodes.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("nick", String, nullable=False),
        sa.Column("called", String, nullable=False),
        sa.Column("realname", Text, nullable=False),
        sa.Column("modes", String, nullable=False),
        sa.Column("secure", Integer, nullable=False),
        sa.Column("operator", Integer, nullable=False),
        sa.Column("signed_on", Integer, nullable=False),
        sa.Column("away", Text, nullable=False),
        sa.Column("away_at", Integer, nullable=False),
        sa.Column("metadata", Text, nullable=False),
        sa.Column("killed", Text, nullable=False, server_default=sa.text("''")),
    )
    op.create_index(None, "presence", ["node"])
    op.create_table(
        "nicks",
        sa.Column("folded", String, primary_key=True),
        sa.Column("person", String, nullable=False),
    )
    op.create_index(None, "nicks", ["person"])
    op.add_column("incarnations", sa.Column("identity", String, nullable=False, server_default=sa.text("''")))
    op.add_column("retention_time", sa.Column("one", Integer, nullable=False, server_default="1"))
    op.create_index(None, "retention_time", ["one"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_retention_time_one", "retention_time")
    op.drop_column("retention_time", "one")
    op.drop_column("incarnations", "identity")
    op.drop_table("nicks")
    op.drop_table("presence")
    op.drop_table("nodes")
