"""The members of a room as a list, which is made again only when they have changed.

Everybody who joins is sent the list, so in a room of many members it costs more than the join. Actors and roles are
replaced, never changed, so a list that was made of the same ones still holds.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.rooms import Role

_MOST_MADE = 8
"""How much is kept that was made of a list: for clients with the same capabilities and nicks of one length."""


class MemberView(NamedTuple):
    """A member of a room. It has no more fields than a list of names needs, because a room may have many
    members."""

    actor: Actor
    role: Role

    @property
    def nick(self) -> str:
        return self.actor.nick


class MemberList:
    """Members of a room, by nick."""

    __slots__ = ("_actors", "_made", "_roles", "members")

    def __init__(self, actors: Sequence[Actor], roles: Sequence[Role]) -> None:
        self._actors = actors
        self._roles = roles
        self._made: dict[Hashable, Any] = {}
        both = map(MemberView, actors, roles)
        self.members: Sequence[MemberView] = sorted(both, key=lambda member: member.actor.nick.casefold())

    @classmethod
    def of(cls, members: Iterable[MemberView]) -> MemberList:
        several = [*members]
        return cls([member.actor for member in several], [member.role for member in several])

    def still(self, actors: Sequence[Actor], roles: Sequence[Role]) -> bool:
        """Whether the room has the same members now."""
        return self._actors == actors and self._roles == roles

    def made(self, what: Hashable) -> Any:
        """What keep() was given under that name; None if it is not kept."""
        return self._made.get(what)

    def keep(self, what: Hashable, made: Any) -> None:
        """Keep what somebody has made of the members, as long as the room has the same ones. Any thread may call
        it."""
        self._made = {**self._made, what: made} if len(self._made) < _MOST_MADE else {what: made}
