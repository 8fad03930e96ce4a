"""Epochs of passwords, ends of suspensions, skeletons of names, known networks, tokens that made invitations.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chatstore.chat.model.lookalikes import skeleton
from chatstore.storage.sql import Integer, String

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ADDED = ("epoch", "suspended_until", "skeleton", "shown_skeleton")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("epoch", Integer, nullable=False, server_default="0"))
    op.add_column("accounts", sa.Column("suspended_until", Integer))
    op.add_column("accounts", sa.Column("skeleton", String, nullable=False, server_default=sa.text("''")))
    op.add_column("accounts", sa.Column("shown_skeleton", String, nullable=False, server_default=sa.text("''")))
    op.create_index(None, "accounts", ["skeleton"])
    op.create_index(None, "accounts", ["shown_skeleton"])
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT id, name, folded FROM accounts")).all():
        values = {"id": row.id, "skeleton": skeleton(row.folded), "shown": skeleton(row.name)}
        statement = "UPDATE accounts SET skeleton = :skeleton, shown_skeleton = :shown WHERE id = :id"
        connection.execute(sa.text(statement), values)
    op.add_column("account_invitations", sa.Column("made_by_token", Integer))
    op.create_table(
        "known_networks",
        sa.Column("id", Integer, primary_key=True),
        sa.Column("account_id", Integer, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("digest", String, nullable=False),
        sa.Column("last_used_at", Integer, nullable=False),
        sa.UniqueConstraint("account_id", "digest"),
    )


def downgrade() -> None:
    op.drop_table("known_networks")
    op.drop_column("account_invitations", "made_by_token")
    op.drop_index("ix_accounts_shown_skeleton", "accounts")
    op.drop_index("ix_accounts_skeleton", "accounts")
    for column in reversed(_ADDED):
        op.drop_column("accounts", column)
