"""The promises, broken on purpose: one thing each, patched into a server's process by `tests.faults.server`.

The table at the end (and the one of `mutants_net.py`) says of each mutant which fault test must catch it, and
by which words. `test_mutants.py` runs those tests against the mutated server, and fails when one of them does
not notice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, event

from chatstore.chat.live.room import LiveRoom
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import EVENT_KINDS, Published, RoomEvent
from chatstore.chat.model.messages import Draft
from chatstore.chat.ticket import Ticket
from chatstore.storage import sqlite, writer
from chatstore.storage.messages import Messages
from chatstore.storage.writer import CommitUnknownError, Job, Writer


@dataclass(frozen=True)
class Mutant:
    """`apply` breaks it; its docstring says what, for the table in docs/durability.md. `caught_by`: the fault tests
    that must catch it, `module:function` under tests.faults, each with words that it then says."""

    apply: Callable[[], None]
    caught_by: Mapping[str, str]

    @property
    def what(self) -> str:
        return str(self.apply.__doc__)


# Durability.


def deliver_before_commit() -> None:
    """Everybody is told while the transaction is still open."""
    begin_batch, begin, store = writer._Batch.__init__, Writer.__init__, Writer._store
    open_: list[Any] = []

    def remembered(self: Any, *arguments: Any) -> None:
        begin_batch(self, *arguments)
        open_[:] = [self]

    def listening(self: Any, engine: Engine, *arguments: Any, **options: Any) -> None:
        begin(self, engine, *arguments, **options)

        @event.listens_for(engine, "commit")
        def tell_first(_connection: Connection) -> None:
            if open_ and threading.current_thread() is self._thread:
                self._publish(open_.pop().published)

    def told_already(self: Any, connection: Connection, jobs: Sequence[Job]) -> Any:
        return [], store(self, connection, jobs)[1]

    writer._Batch.__init__ = remembered  # type: ignore[method-assign]
    Writer.__init__ = listening  # type: ignore[method-assign]
    Writer._store = told_already  # type: ignore[method-assign]


def synchronous(level: str) -> Callable[[], None]:
    """COMMIT returns before the disk has it."""

    def apply() -> None:
        configure = sqlite.configure

        def weaker(engine: Engine) -> None:
            configure(engine)

            @event.listens_for(engine, "connect")
            def on_connect(connection: Any, _record: Any) -> None:
                connection.execute(f"PRAGMA synchronous={level}")

        sqlite.configure = weaker

    apply.__doc__ = f"COMMIT returns before the disk has it (`synchronous={level}`)."
    return apply


def go_on_behind_the_old_log() -> None:
    """A start appends to the write-ahead log that it finds, whatever became of what stands there."""
    sqlite._start_log_anew = lambda _connection: None


# Refusals.


def swallow_a_store_error() -> None:
    """What could not be stored is told to everybody all the same, the sender included."""
    store = Writer._store

    def swallowing(self: Any, connection: Connection, jobs: Sequence[Job]) -> Any:
        try:
            return store(self, connection, jobs)
        except ChatError:
            published: list[Published] = []
            outcomes: list[list[Any]] = []
            for job in jobs:
                outcomes.append([])
                for unit in job.units:
                    told = _as_if_stored(self, unit) if isinstance(unit, Draft) else None
                    outcomes[-1].append(told)
                    if told is not None:
                        published.append((told, unit.origin))
            return published, outcomes

    Writer._store = swallowing  # type: ignore[method-assign]


def _as_if_stored(self: Any, draft: Draft) -> RoomEvent:
    self._seen[draft.room] = self._seen.get(draft.room, 0) + 1
    now = int(self._clock() * 1000)
    return EVENT_KINDS[draft.kind](draft.room, self._seen[draft.room], now, draft.actor, draft.body, draft.tags)


def refuse_silently() -> None:
    """Nobody is told of what could not be stored, and its sender isn't either."""
    store = Writer._store

    def silent(self: Any, connection: Connection, jobs: Sequence[Job]) -> Any:
        try:
            return store(self, connection, jobs)
        except ChatError:
            return [], [[None] * len(job.units) for job in jobs]

    Writer._store = silent  # type: ignore[method-assign]


def answer_an_unknown_commit() -> None:
    """A COMMIT that failed is answered by "not stored", and the server goes on."""
    store = Writer._store

    def sure(self: Any, connection: Connection, jobs: Sequence[Job]) -> Any:
        try:
            return store(self, connection, jobs)
        except CommitUnknownError as error:
            connection.rollback()
            raise ChatError(Code.NOT_STORED, "the message could not be stored") from error

    Writer._store = sure  # type: ignore[method-assign]


def stop_when_the_disk_is_full() -> None:
    """SQLITE_FULL is taken for any other error of a COMMIT."""
    writer.sqlite.out_of_space = lambda _error: False


# What waits.


def drop_when_busy() -> None:
    """The writer's queue takes two jobs, and what comes then is dropped as if it were stored."""
    submit = Writer.submit

    def dropping(self: Any, units: Sequence[Any]) -> Ticket:
        if self._queue.qsize() < 2 or not all(isinstance(unit, Draft) for unit in units):
            return submit(self, units)
        ticket = Ticket()
        ticket.resolve([None] * len(units))
        return ticket

    Writer.submit = dropping  # type: ignore[method-assign]


# Numbers, order and time.


def skip_a_number() -> None:
    """Every seventh time, a room's row is moved on by one too many."""
    take, taken = Messages.take_seqs, [0]

    def skipping(self: Messages, room: int, n: int) -> tuple[int, int] | None:
        taken[0] += 1
        if taken[0] % 7:
            return take(self, room, n)
        return take(self, room, n + 1)

    Messages.take_seqs = skipping  # type: ignore[method-assign]


def repeat_a_number() -> None:
    """The messages of one transaction in one room are all shown by the number of the first."""
    deliver = LiveRoom.deliver

    def repeating(self: LiveRoom, published: Sequence[Published]) -> None:
        first = published[0][0]
        same = [
            (
                replace(told, seq=first.seq)
                if isinstance(first, RoomEvent) and isinstance(told, RoomEvent)
                else told,
                by,
            )
            for told, by in published
        ]
        deliver(self, same)

    LiveRoom.deliver = repeating  # type: ignore[method-assign]


def deliver_in_another_order() -> None:
    """The messages of one transaction in one room are told last first."""
    deliver = LiveRoom.deliver

    def backwards(self: LiveRoom, published: Sequence[Published]) -> None:
        deliver(self, list(reversed(published)))

    LiveRoom.deliver = backwards  # type: ignore[method-assign]


KILL, POWER, FULL = "test_kill:kill_9", "test_power:power_cut", "test_full:full_disk"
IO, FAILED_FLUSH = "test_io_errors:io_errors", "test_power:flush_that_failed"

STORAGE: dict[str, Mutant] = {
    "deliver-before-commit": Mutant(deliver_before_commit, {KILL: "was shown", POWER: "of .* images"}),
    "synchronous-normal": Mutant(synchronous("NORMAL"), {POWER: "of .* images"}),
    "synchronous-off": Mutant(synchronous("OFF"), {POWER: "of .* images"}),
    "swallow-a-store-error": Mutant(swallow_a_store_error, {FULL: "was shown"}),
    "refuse-silently": Mutant(refuse_silently, {FULL: "no answer"}),
    "go-on-behind-the-old-log": Mutant(go_on_behind_the_old_log, {FAILED_FLUSH: "of .* images"}),
    "answer-an-unknown-commit": Mutant(answer_an_unknown_commit, {IO: "was refused this, and it is stored"}),
    "stop-when-the-disk-is-full": Mutant(stop_when_the_disk_is_full, {FULL: "the server ended"}),
    "drop-when-busy": Mutant(drop_when_busy, {KILL: "no answer"}),
    "skip-a-number": Mutant(skip_a_number, {KILL: "not numbered"}),
    "repeat-a-number": Mutant(repeat_a_number, {KILL: "was shown"}),
    "deliver-in-another-order": Mutant(deliver_in_another_order, {KILL: "in another order"}),
}
"""Of the storage; those of the network, of the clock and of coming back are in `mutants_net.py`."""
