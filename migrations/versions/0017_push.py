"""Web Push: the server's key and the subscriptions; what accounts want to be told of.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String, Text

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _account(**options: bool) -> sa.Column[int]:
    return sa.Column("account_id", Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE"), **options)  # type: ignore[arg-type]


def upgrade() -> None:
    op.create_table(
        "push_keys",
        sa.Column("id", Integer, primary_key=True, autoincrement=False),
        sa.Column("private_key", Text, nullable=False),
        sa.Column("public_key", String, nullable=False),
        sa.Column("created_at", Integer, nullable=False),
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("id", Integer, primary_key=True),
        _account(nullable=False),
        sa.Column("service", Text, nullable=False),
        sa.Column("endpoint", Text, nullable=False),
        sa.Column("digest", String, nullable=False),
        sa.Column("p256dh", String, nullable=False),
        sa.Column("auth", String, nullable=False),
        sa.Column("switches", Text, nullable=False),
        sa.Column("token_id", Integer, sa.ForeignKey("device_tokens.id", ondelete="CASCADE")),
        sa.Column("certificate", String, nullable=False),
        sa.Column("epoch", Integer, nullable=False),
        sa.Column("address", String, nullable=False),
        sa.Column("registered_at", Integer, nullable=False),
        sa.Column("active_at", Integer, nullable=False),
        sa.UniqueConstraint("digest"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "push_subscriptions", ["account_id"])
    op.create_index(None, "push_subscriptions", ["token_id"])
    op.create_table(
        "notifications",
        _account(primary_key=True, autoincrement=False),
        sa.Column("rooms", String, nullable=False),
        sa.Column("direct", String, nullable=False),
        sa.Column("keywords", Text, nullable=False),
        sa.Column("quiet", String, nullable=False),
        sa.Column("zone", String, nullable=False),
    )
    op.create_table(
        "conversation_notifications",
        sa.Column("id", Integer, primary_key=True),
        _account(nullable=False),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("level", String, nullable=False),
        sa.Column("muted_until", Integer, nullable=False),
        sa.UniqueConstraint("account_id", "room_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "conversation_notifications", ["room_id"])


def downgrade() -> None:
    op.drop_table("conversation_notifications")
    op.drop_table("notifications")
    op.drop_table("push_subscriptions")
    op.drop_table("push_keys")
