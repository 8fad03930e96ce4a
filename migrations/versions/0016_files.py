"""Files that people upload, what they contain, and the messages that refer to them.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String, Text

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blobs",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("digest", String, nullable=False, unique=True),
        sa.Column("place", String, nullable=False, unique=True),
        sa.Column("size", Integer, nullable=False),
        sa.Column("thumbnail", Integer, nullable=False, server_default="0"),
        sa.Column("stored_at", Integer, nullable=False),
        sa.Column("due_at", Integer),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "blobs", ["due_at"])
    op.create_table(
        "files",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("token", String, nullable=False, unique=True),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("blob_id", Integer, sa.ForeignKey("blobs.id"), nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("media_type", String, nullable=False),
        sa.Column("size", Integer, nullable=False),
        sa.Column("width", Integer, nullable=False),
        sa.Column("height", Integer, nullable=False),
        sa.Column("thumbnail", Integer, nullable=False),
        sa.Column("digest", String, nullable=False),
        sa.Column("uploaded_at", Integer, nullable=False),
        sa.Column("due_at", Integer),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "files", ["account_id", "id"])
    op.create_index(None, "files", ["blob_id"])
    op.create_index(None, "files", ["due_at"])
    op.create_table(
        "file_references",
        _part_of_key("file_id", "files"),
        _part_of_key("room_id", "rooms"),
        sa.Column("seq", Integer, primary_key=True, autoincrement=False),
    )
    op.create_index(None, "file_references", ["room_id", "seq"])


def _part_of_key(name: str, table: str) -> sa.Column[int]:
    key = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, Integer, key, primary_key=True, autoincrement=False)


def downgrade() -> None:
    for table in ("file_references", "files", "blobs"):
        op.drop_table(table)
