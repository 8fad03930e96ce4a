"""The processes that write the database, in the table `nodes`, which stays empty with SQLite."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, select, update

from chatstore.storage.rows import Rows
from chatstore.storage.schema import account_invitations, incarnations, nodes

_RECENT = 6_000
"""Ms since its last beat within which a server is certainly there."""


class Nodes(Rows):
    """What a change reads and writes of the nodes."""

    def is_silent(self, node: str, beat_at: int) -> bool:
        silent = select(nodes.c.id).where(nodes.c.id == node, nodes.c.beat_at == beat_at)
        return self._connection.execute(silent.with_for_update()).first() is not None

    def remove(self, node: str) -> None:
        self._connection.execute(delete(nodes).where(nodes.c.id == node))

    def lock(self) -> None:
        """Wait until no other transaction is here. It lasts until this transaction is over."""
        self._connection.execute(update(incarnations).values(token=incarnations.c.token))

    def first_inviter(self, node: str) -> str:
        """The name of another server than `node` that has printed an invitation for the first admin which is still
        good; empty if there is none."""
        invitation = account_invitations.c
        good: tuple[ColumnElement[bool], ...] = (
            invitation.first == 1,
            invitation.used_at.is_(None),
            invitation.expires_at > self._now,
            nodes.c.beat_at > self._now - _RECENT,
            nodes.c.id != node,
        )
        query = select(nodes.c.name).join(account_invitations, invitation.id == nodes.c.invited).where(*good)
        return str(self._connection.execute(query.limit(1)).scalar() or "")

    def note_invited(self, node: str, invitation: int) -> None:
        """This node prints this invitation for the first admin."""
        self._connection.execute(update(nodes).where(nodes.c.id == node).values(invited=invitation))
