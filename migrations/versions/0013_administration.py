"""Audit log, server-wide bans, reports, one-use links for existing accounts, accounts that wait for approval.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.storage.sql import Integer, String, Text

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("at", Integer, nullable=False),
        sa.Column("actor", String, nullable=False),
        sa.Column("account_id", Integer),
        sa.Column("via", String, nullable=False),
        sa.Column("action", String, nullable=False),
        sa.Column("about", String, nullable=False),
        sa.Column("detail", Text, nullable=False),
        sa.Column("actor_folded", String, nullable=False),
        sa.Column("about_folded", String, nullable=False),
        sa.Column("by_member", Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    for columns in (
        ["at"],
        ["actor_folded", "id"],
        ["about_folded", "id"],
        ["by_member", "id"],
        ["by_member", "at"],
    ):
        op.create_index(None, "audit", columns)
    op.create_table(
        "server_bans",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("mask", String, nullable=False),
        sa.Column("reason", Text, nullable=False),
        sa.Column("set_by", String, nullable=False),
        sa.Column("set_at", Integer, nullable=False),
        sa.Column("until", Integer),
        sa.UniqueConstraint("mask"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "server_bans_version",
        sa.Column("version", Integer, nullable=False),
        sa.Column("one", Integer, nullable=False, server_default="1"),
    )
    op.create_index(None, "server_bans_version", ["one"], unique=True)
    op.create_table(
        "reports",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("room_id", Integer, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
        sa.Column("seq", Integer, nullable=False),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("reason", Text, nullable=False),
        sa.Column("reported_at", Integer, nullable=False),
        sa.Column("closed_at", Integer),
        sa.Column("closed_by", String, nullable=False, server_default=sa.text("''")),
        sa.Column("decision", Text, nullable=False, server_default=sa.text("''")),
        sa.UniqueConstraint("room_id", "seq", "account_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "reports", ["account_id"])
    still_open = sa.text("closed_at IS NULL")
    op.create_index("ix_reports_open", "reports", ["id"], postgresql_where=still_open, sqlite_where=still_open)
    op.create_table(
        "account_requests",
        sa.Column(
            "account_id",
            Integer,
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("address", String, nullable=False),
    )
    op.add_column("account_invitations", sa.Column("account_id", Integer))


def downgrade() -> None:
    op.drop_column("account_invitations", "account_id")
    op.drop_table("account_requests")
    op.drop_table("reports")
    op.drop_table("server_bans_version")
    op.drop_table("server_bans")
    op.drop_table("audit")
