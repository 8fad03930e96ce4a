"""Previews of links, and rooms that do not want them.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String, Text

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_previews",
        sa.Column("digest", String, primary_key=True),
        sa.Column("url", Text, nullable=False),
        sa.Column("title", Text, nullable=False),
        sa.Column("description", Text, nullable=False),
        sa.Column("site", Text, nullable=False),
        sa.Column("failure", Text, nullable=False),
        sa.Column("image", String),
        sa.Column("media_type", String),
        sa.Column("picture", sa.LargeBinary),
        sa.Column("width", Integer, nullable=False),
        sa.Column("height", Integer, nullable=False),
        sa.Column("until", Integer, nullable=False),
        sa.UniqueConstraint("image"),
    )
    op.create_index(None, "link_previews", ["until"])
    op.add_column("rooms", sa.Column("previews", String, nullable=False, server_default=sa.text("'on'")))


def downgrade() -> None:
    op.drop_column("rooms", "previews")
    op.drop_table("link_previews")
