"""Several servers of one database: who is where, and who has which nick.

With SQLite there is one server, and its hub knows all: the methods do nothing, claim() is always True.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.presence import Presence


class Presences(Protocol):
    """The connections of people, by node."""

    @property
    def node(self) -> str:
        """The id of this node; empty with SQLite."""

    def put(self, presence: Presence) -> None:
        """The person is here on this node (again, or changed)."""

    def remove(self, actor: Actor) -> None:
        """The person has no connection to this node any more."""

    def elsewhere(self, key: int | str) -> Sequence[Presence]:
        """The presences of the person with this Actor.key on other nodes."""

    def kill(self, key: int | str, why: str) -> None:
        """Mark the person's presences on other nodes as killed."""


class Nicks(Protocol):
    """The nicks of those who are here or members of a room. A claim is kept until release()."""

    def claim(self, folded: str, actor: Actor) -> bool:
        """Whether the nick is the person's now; False if somebody else has it."""

    def release(self, folded: str, actor: Actor) -> None: ...
