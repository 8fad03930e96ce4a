"""People and messages that were imported.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String, Text

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("source", String, nullable=False),
        sa.Column("scope", String, nullable=False),
        sa.Column("title", Text, nullable=False),
        sa.Column("began_at", Integer, nullable=False),
        sa.Column("runs", Integer, nullable=False),
        sa.UniqueConstraint("source", "scope"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "imported_people",
        _part_of_key("import_id", "imports"),
        sa.Column("person", String, primary_key=True),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id"), nullable=False),
    )
    op.create_index(None, "imported_people", ["account_id"])
    op.create_table(
        "imported_rooms",
        _part_of_key("import_id", "imports"),
        sa.Column("room", String, primary_key=True),
        _part_of_key("room_id", "rooms", ondelete="CASCADE"),
    )
    op.create_index(None, "imported_rooms", ["room_id"])
    op.create_table(
        "imported_members",
        _part_of_key("room_id", "rooms", ondelete="CASCADE"),
        _part_of_key("account_id", "accounts", ondelete="CASCADE"),
        sa.Column("role", Integer, nullable=False),
        sa.Column("standing", Integer, nullable=False),
    )
    op.create_index(None, "imported_members", ["account_id"])
    op.create_table(
        "imported_messages",
        _part_of_key("import_id", "imports"),
        sa.Column("message", String, primary_key=True),
        sa.Column("room_id", Integer, nullable=False),
        sa.Column("seq", Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "imported_spans",
        _part_of_key("room_id", "rooms", ondelete="CASCADE"),
        sa.Column("first_seq", Integer, primary_key=True, autoincrement=False),
        sa.Column("last_seq", Integer, nullable=False),
    )
    op.add_column("rooms", sa.Column("imported_people", Integer, nullable=False, server_default="0"))
    op.create_index(None, "reactions", ["person"])


def _part_of_key(name: str, table: str, ondelete: str | None = None) -> sa.Column[int]:
    key = sa.ForeignKey(f"{table}.id", ondelete=ondelete)
    return sa.Column(name, Integer, key, primary_key=True, autoincrement=False)


def downgrade() -> None:
    op.drop_index("ix_reactions_person", "reactions")
    op.drop_column("rooms", "imported_people")
    for table in ("spans", "messages", "members", "rooms", "people"):
        op.drop_table(f"imported_{table}")
    op.drop_table("imports")
    op.execute("DELETE FROM rooms WHERE kind = 'import'")
    op.execute("UPDATE accounts SET status = 'removed' WHERE status = 'placeholder'")
