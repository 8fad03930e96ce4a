"""What is done to nodes, their database and their bus while people talk."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence

from chatstore.chat.changes.pruning import MAX_AT_ONCE
from chatstore.chat.model.events import RoomPruned
from chatstore.chat.ports import Change, Transaction
from chatstore.chat.rules.retention import DAY
from chatstore.cli.database import writing
from chatstore.config import Config, Database
from tests.nodes.fleet import Fleet, Node
from tests.nodes.lease import LEASE

_CUT = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = '{}' AND pid <> pg_backend_pid() AND random() < {}"
)
_KEPT = 3_000
"""Ms for which messages are kept in the room that is pruned."""
PRUNED = "#tea"
"""The room of which rows are pruned."""


class PruneEarly(Change):
    """Retention, as if a day were over in seconds."""

    def apply(self, tx: Transaction) -> None:
        moved, _, _ = tx.retention.prune(MAX_AT_ONCE, tx.now + DAY - _KEPT)
        for room_id, first_seq in moved.items():
            tx.announce(RoomPruned(room_id, first_seq))


class Breaking:
    """Breaks things, one after the other. `done` counts them."""

    def __init__(self, fleet: Fleet, chance: random.Random) -> None:
        self.done: Counter[str] = Counter()
        self._fleet = fleet
        self._chance = chance

    def for_seconds(self, seconds: float, faults: Sequence[str], between: float = 0.4) -> None:
        """Do these in a random order, each at least once if there is time."""
        until = time.monotonic() + seconds
        left: list[str] = []
        while time.monotonic() < until:
            if not faults:
                time.sleep(between)
                continue
            if not left:
                left = list(faults)
                self._chance.shuffle(left)
            name = left.pop()
            fault: Callable[[], None] = getattr(self, name)
            fault()
            self.done[name.replace("_", " ")] += 1
            time.sleep(self._chance.uniform(0, 2 * between))  # nothing waits for this: it makes the moment random

    def _node(self) -> Node | None:
        running = self._fleet.running
        return self._chance.choice(running) if running else None

    def kill(self) -> None:
        """kill -9; the supervisor starts it again."""
        if node := self._node():
            node.program.signal(signal.SIGKILL)

    def pause(self) -> None:
        """Shorter than the lease."""
        self._pause(self._chance.uniform(0.2, min(2.0, LEASE / 2)))

    def pause_longer_than_the_lease(self) -> None:
        """It comes back as one that was declared dead, and ends."""
        self._pause(LEASE * 1.7)

    def _pause(self, seconds: float) -> None:
        if node := self._node():
            program = node.program
            program.signal(signal.SIGSTOP)
            time.sleep(seconds)
            program.signal(signal.SIGCONT)

    def stop_the_database_at_once(self) -> None:
        self._fleet.cluster.stop("immediate")
        self._fleet.cluster.start()

    def database_away(self) -> None:
        """For a while."""
        self._fleet.cluster.stop("immediate")
        time.sleep(self._chance.uniform(1.0, 3.0))
        self._fleet.cluster.start()

    def cut(self) -> None:
        """Half of the connections to the database."""
        self._fleet.cluster.execute(_CUT.format(self._fleet.database, 0.5))

    def lose_some_of_the_bus(self) -> None:
        """A third, until it is switched again."""
        self._fleet.lose_of_the_bus(0.3)

    def switch_off_the_bus(self) -> None:
        self._fleet.lose_of_the_bus(1.0)

    def switch_on_the_bus(self) -> None:
        self._fleet.lose_of_the_bus(0.0)

    def prune(self) -> None:
        """Erase what is old in one room, beside the nodes, as a command does."""
        self._fleet.cluster.execute(
            f"UPDATE rooms SET retention_days = 1 WHERE name = '{PRUNED[1:]}'", database=self._fleet.database
        )
        with writing(Config(database=Database(url=self._fleet.url))) as store:
            store.submit([PruneEarly()]).result()

    def join(self) -> None:
        """One node more, once."""
        if len(self._fleet.nodes) < 4:
            self._fleet.join()
