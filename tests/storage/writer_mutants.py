"""PostgreSQL's writer, broken on purpose: one thing each. `test_three_writers` must notice every one of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from chatstore.chat.model.events import Published
from chatstore.storage.batch import Batch
from chatstore.storage.errors import CommitUnsettledError, NotStoredError
from chatstore.storage.postgresql import driver, writing
from chatstore.storage.postgresql.writing import PostgresWriter
from chatstore.storage.writer import Writer

MonkeyPatch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Mutant:
    """`apply` breaks it; its docstring says what. `words`: what the test says then, as a regular expression.
    `pause`: seconds between two faults."""

    apply: Callable[[MonkeyPatch], None]
    words: str
    pause: float = 0.3

    @property
    def what(self) -> str:
        return str(self.apply.__doc__)


def hold_without_catching_up(patch: MonkeyPatch) -> None:
    """A room that nobody has named is locked, and what others have committed there is not published."""

    def hold(self: PostgresWriter, room_id: int) -> Sequence[Published]:
        driver.run(self.connection, writing._HOLD, {"room": room_id})
        return ()

    patch.setattr(PostgresWriter, "hold", hold)
    name_nothing(patch)


def name_nothing(patch: MonkeyPatch) -> None:
    """No change says what it touches, as if each came to its rooms only in apply()."""
    touched = PostgresWriter._touched

    def only_drafts(self: PostgresWriter, units: Sequence[Any]) -> Any:
        return touched(self, [unit for unit in units if not hasattr(unit, "touches")])

    patch.setattr(PostgresWriter, "_touched", only_drafts)


def catch_up_every_time(patch: MonkeyPatch) -> None:
    """A room is caught up with whenever a unit comes to it, its own batch's events included."""

    def always(self: Batch, unnamed: list[int], room_id: int) -> None:
        self._hold(room_id)

    patch.setattr(Batch, "_hold_first", always)


def refuse_after_a_commit_that_failed(patch: MonkeyPatch) -> None:
    """COMMIT is in the same `try` as what comes before it: if it fails, the batch is refused."""

    def sure(self: Writer, batch: Batch) -> None:
        try:
            self._database.commit(batch.published, erased=batch.erased)
        except CommitUnsettledError as error:
            raise NotStoredError(str(error)) from error

    patch.setattr(Writer, "commit", sure)


def do_it_again_after_a_commit_that_failed(patch: MonkeyPatch) -> None:
    """A batch whose COMMIT failed is done once more, and nobody asks whether it is stored."""
    was_stored = PostgresWriter.was_stored

    def never(self: PostgresWriter, published: Sequence[Published]) -> bool:
        was_stored(self, ())
        return False

    patch.setattr(PostgresWriter, "was_stored", never)


def lock_in_any_order(patch: MonkeyPatch) -> None:
    """Rooms are locked one by one, as units come to them."""
    name_nothing(patch)


def tell_before_the_commit(patch: MonkeyPatch) -> None:
    """Everybody is told while the transaction is still open."""
    commit, publish = Writer.commit, Writer.publish
    told: dict[int, Any] = {}

    def tell_first(self: Writer, batch: Batch) -> None:
        publish(self, batch.published)
        told[id(self)] = batch.published
        commit(self, batch)

    def unless_told(self: Writer, published: Sequence[Published]) -> None:
        if told.get(id(self)) is not published:
            publish(self, published)

    patch.setattr(Writer, "commit", tell_first)
    patch.setattr(Writer, "publish", unless_told)


def notify_before_the_commit(patch: MonkeyPatch) -> None:
    """The other nodes are told while the transaction is still open."""
    commit, told = Writer.commit, PostgresWriter.told

    def tell_first(self: Writer, batch: Batch) -> None:
        assert isinstance(self._database, PostgresWriter)
        told(self._database, batch.published)
        time.sleep(0.02)  # as if the disk were slow
        commit(self, batch)

    patch.setattr(Writer, "commit", tell_first)
    patch.setattr(PostgresWriter, "told", lambda _self, _published: None)


def forget_that_a_unit_let_go(patch: MonkeyPatch) -> None:
    """A batch goes by the state that it found, though a unit was undone and the room was let go of."""
    patch.setattr(Batch, "_let_go", lambda _self, _unnamed: None)
    patch.setattr(Batch, "_hold_first", lambda _self, _unnamed, _room_id: None)
    name_nothing(patch)


_ORDER = "out of order|what is not stored|has not published|a node has ended"
"""A node ends if it finds that the database lacks what it has published."""
MUTANTS = {
    "hold-without-catching-up": Mutant(hold_without_catching_up, _ORDER),
    "catch-up-every-time": Mutant(catch_up_every_time, _ORDER),
    "refuse-after-a-commit-that-failed": Mutant(
        refuse_after_a_commit_that_failed, "was refused, and is stored|" + _ORDER
    ),
    "do-it-again-after-a-commit-that-failed": Mutant(
        do_it_again_after_a_commit_that_failed, "stored twice|was acknowledged as|members of room"
    ),
    "lock-in-any-order": Mutant(lock_in_any_order, "deadlocks", 30.0),
    "tell-before-the-commit": Mutant(tell_before_the_commit, _ORDER),
    "notify-before-the-commit": Mutant(notify_before_the_commit, _ORDER),
    "hold-nothing": Mutant(forget_that_a_unit_let_go, _ORDER),
}
