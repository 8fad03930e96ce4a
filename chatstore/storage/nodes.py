"""The processes that write the database, in the table `nodes`, which stays empty with SQLite."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, String, cast, delete, exists, func, select, update

from chatstore.chat.model.actors import Actor
from chatstore.storage.presence import actor_of
from chatstore.storage.rows import Rows
from chatstore.storage.schema import (
    account_invitations,
    accounts,
    incarnations,
    memberships,
    nicks,
    nodes,
    presence,
)

_RECENT = 6_000
"""Ms since its last beat within which a server is certainly there."""
_AT_ONCE = 1_000
"""The most names of one statement."""
_PERSON = func.coalesce(memberships.c.guest, cast(memberships.c.account_id, String))
ABSENT = ~exists().where(presence.c.person == _PERSON)
"""Of a membership: its person has no connection to any node. In a query of `memberships`."""
_PEOPLE = select(
    presence.c.person, presence.c.nick, presence.c.called, presence.c.modes, accounts.c.name
).select_from(presence.outerjoin(accounts, cast(accounts.c.id, String) == presence.c.person))
_NOT_HERE = ~exists().where(presence.c.person == nicks.c.person)
_UNHELD = (_NOT_HERE, ~exists().where(nicks.c.person == _PERSON))


class Nodes(Rows):
    """What a change reads and writes of the nodes."""

    def end(self, node: str, beat_at: int) -> Sequence[Actor] | None:
        """Declare a node dead that was silent since `beat_at`: it may not write any more. Returns the people
        who were there; None if it is alive, or somebody else has ended it."""
        silent = select(nodes.c.id).where(nodes.c.id == node, nodes.c.beat_at == beat_at)
        if self._connection.execute(silent.with_for_update()).first() is None:
            return None
        rows = self._connection.execute(_PEOPLE.where(presence.c.node == node).order_by(presence.c.person)).all()
        self._connection.execute(delete(presence).where(presence.c.node == node))
        self._connection.execute(delete(nodes).where(nodes.c.id == node))
        return [actor_of(*row) for row in rows]

    def release_nicks(self, people: Sequence[Actor] | None = None) -> None:
        """Release the nicks of those who are neither here nor members of a room. `people`: only theirs."""
        if people is None:
            self._release(_UNHELD)
            return
        for column, keys in (
            (memberships.c.guest, [actor.guest for actor in people if actor.guest]),
            (memberships.c.account_id, [actor.account_id for actor in people if not actor.guest]),
        ):
            if keys:
                members = select(cast(column, String)).where(column.in_(keys))
                of_them = nicks.c.person.in_([str(key) for key in keys])
                self._release((of_them, _NOT_HERE, nicks.c.person.not_in(members)))

    def _release(self, unheld: tuple[ColumnElement[bool], ...]) -> None:
        held = select(nicks.c.folded).where(*unheld).order_by(nicks.c.folded).with_for_update()
        folded = self._connection.execute(held).scalars().all()
        for some in range(0, len(folded), _AT_ONCE):
            # They are looked at again, because whoever was waited for may have come back.
            chosen = nicks.c.folded.in_(folded[some : some + _AT_ONCE])
            self._connection.execute(delete(nicks).where(chosen, *unheld))

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
