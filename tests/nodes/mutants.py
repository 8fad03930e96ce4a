"""The promises of several nodes, broken on purpose in all of them, and which test catches it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from tests.faults.mutants import Mutant


def no_resync() -> None:
    """A node that may have missed something on the bus does not ask the database."""
    from chatstore.storage.postgresql import writing
    from chatstore.storage.postgresql.bus import Heard, Lost

    take_over = writing.take_over

    def without(connection: Any, catch_up: Any, node: str, heard: deque[Heard], published: Any) -> None:
        kept = deque(each for each in heard if not isinstance(each, Lost))
        heard.clear()
        take_over(connection, catch_up, node, kept, published)

    writing.take_over = without


def no_fencing() -> None:
    """A node that was declared dead goes on, under a new row."""
    from sqlalchemy import text

    from chatstore.storage.postgresql.node import Node

    receipt = Node.receipt

    def again(self: Node, connection: Any) -> int:
        there = connection.execute(text("SELECT 1 FROM nodes WHERE id = :id"), {"id": self.id}).all()
        if not there and self.batch:
            self.register(connection)
        return receipt(self, connection)

    Node.receipt = again  # type: ignore[method-assign]


def reap_the_living() -> None:
    """The leader takes every node for dead that does not beat between two looks."""
    from chatstore.storage.postgresql.leader import Watch

    def look(_self: Watch, beats: Mapping[str, int], _now: float) -> list[tuple[str, int]]:
        return [*beats.items()]

    Watch.look = look  # type: ignore[method-assign]


def reap_nobody() -> None:
    """Nobody takes a silent node for dead."""
    from chatstore.storage.postgresql.leader import Watch

    def look(_self: Watch, _beats: Mapping[str, int], _now: float) -> list[tuple[str, int]]:
        return []

    Watch.look = look  # type: ignore[method-assign]


def give_a_nick_to_everybody() -> None:
    """A nick is given to whoever wants it, unless this node knows that somebody has it."""
    from chatstore.chat.model.actors import Actor
    from chatstore.storage.postgresql.presence import Nicks

    def claim(_self: Nicks, _folded: str, _actor: Actor) -> bool:
        return True

    Nicks.claim = claim  # type: ignore[method-assign]


MUTANTS: dict[str, Mutant] = {
    "no-resync": Mutant(no_resync, {"test_chaos:no_bus": "was never shown"}),
    "reap-the-living": Mutant(
        reap_the_living, {"test_lease:frozen_for_a_moment": "was said to go|was not dead|is there, and not known"}
    ),
    "reap-nobody": Mutant(
        reap_nobody,
        {"test_lease:killed": "who was on a dead node is not gone", "test_chaos:nodes_that_die": "are here|are in"},
    ),
    "give-a-nick-to-everybody": Mutant(give_a_nick_to_everybody, {"test_chaos:no_bus": "two had the nick"}),
    "no-fencing": Mutant(no_fencing, {"test_lease:frozen_for_too_long": "is not ended"}),
}
