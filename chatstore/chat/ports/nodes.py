"""Several servers of one database: who is where, and who has which nick.

With SQLite there is one server, and its hub knows all: the methods do nothing, claim() is always True.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.names import Name
from chatstore.chat.model.presence import Presence


class Others(NamedTuple):
    """What a server has to know of the others when it starts: its own id (empty with SQLite), and the presences
    at the others."""

    node: str = ""
    presences: Sequence[Presence] = ()


class Presences(Protocol):
    """The connections of people, by node."""

    @property
    def node(self) -> str:
        """The id of this node; empty with SQLite."""

    def put(self, presence: Presence, *, new: bool = False) -> None:
        """The person is here on this node (again, or changed). What is the same at all nodes (nick, realname,
        modes, metadata) changes by describe() and put_metadata() only. `new`: by a new connection."""

    def remove(self, actor: Actor) -> None:
        """The person has no connection to this node any more. A guest's nick is free."""

    def remove_all(self, node: str) -> Sequence[Actor]:
        """The people of a node that is dead have no connection to it any more. Returns them."""

    def describe(self, actor: Actor, **values: str) -> None:
        """Set the person's `nick`, `realname` or `modes`, at every node."""

    def put_metadata(self, guest: Actor, key: str, value: str) -> None:
        """Set one of a guest's values; an empty one removes it."""

    def elsewhere(self, key: int | str) -> Sequence[Presence]:
        """The presences of the person with this Actor.key on other nodes. Nobody changes the person's presences
        until this transaction is over, so that of two nodes that look at each other's, one comes second."""

    def kill(self, key: int | str, why: str) -> None:
        """Mark the person's presences on other nodes as killed."""


class Nodes(Protocol):
    """The servers of the database. With SQLite there are none in it."""

    def is_silent(self, node: str, beat_at: int) -> bool:
        """Whether the server has written nothing since `beat_at`, and is not removed. It can't write until this
        transaction is over."""

    def remove(self, node: str) -> None:
        """The server is dead: it may not write any more."""

    def lock(self) -> None:
        """Wait until no other server's transaction is here. It lasts until this transaction is over."""

    def first_inviter(self, node: str) -> str:
        """The name of another server than `node` that has printed an invitation for the first admin which is
        still good; empty if there is none."""

    def note_invited(self, node: str, invitation: int) -> None:
        """The server `node` prints this invitation for the first admin."""


class Nicks(Protocol):
    """The nicks of those who are here or members of a room. A person has one; it is theirs until release()."""

    def claim(self, folded: str, actor: Actor) -> bool:
        """Whether the nick is the person's now, in place of the one before; False if somebody else has it."""

    def reserve(self, name: Name) -> None:
        """Until this transaction is over, no other server makes this name, or one that looks like it, an account's
        name or a nick by a change that reserves it, too. Then ask who has it."""

    def holder(self, folded: str) -> int | str | None:
        """The Actor.key of the person who has the nick."""

    def release(self, actor: Actor) -> None:
        """Release the person's nick."""

    def release_unheld(self, people: Sequence[Actor] | None = None) -> None:
        """Release the nicks of those who are neither here nor members of a room. `people`: only theirs."""
