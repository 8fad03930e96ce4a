"""An index of the rooms of guests; on PostgreSQL also the index of words for searches, for which SQLite has a file.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from chatstore.storage.sql import Integer, Text

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    guests = sa.text("guest IS NOT NULL")
    op.create_index(None, "memberships", ["guest"], postgresql_where=guests, sqlite_where=guests)
    if op.get_bind().dialect.name != "postgresql":
        return
    op.create_table(
        "message_words",
        sa.Column(
            "id",
            Integer,
            sa.ForeignKey("messages.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("words", TSVECTOR, nullable=False),
    )
    op.create_index(
        None,
        "message_words",
        ["words"],
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "256"},
    )
    op.create_table(
        "message_word_blocks",
        sa.Column("number", Integer, primary_key=True, autoincrement=False),
        sa.Column("first_sent", Integer, nullable=False),
        sa.Column("last_sent", Integer, nullable=False),
    )
    op.create_table(
        "message_word_range",
        sa.Column("id", Integer, primary_key=True, autoincrement=False),
        sa.Column("format", Text, nullable=False),
        sa.Column("first", Integer, nullable=False),
        sa.Column("upto", Integer, nullable=False),
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_table("message_word_range")
        op.drop_table("message_word_blocks")
        op.drop_table("message_words")
    op.drop_index("ix_memberships_guest", "memberships")
