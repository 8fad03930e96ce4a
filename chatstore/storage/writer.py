"""The writer: the one thread that writes the database, and delivers what it has committed.

A batch goes through these steps, on which the promises rest:

1. The writer takes whatever is queued, up to a cap. It does not wait for more. It opens one transaction.
2. It catches up (CatchUp): what another process has committed meanwhile is read and published first, because
   the batch is judged by it. Nothing more can be committed elsewhere while we hold the write lock.
3. It judges and stores. Consecutive messages are stored by one statement; every other unit runs in a
   savepoint, so a unit that fails fails alone. A unit that may take somebody's right to post ends its
   batch: what follows is judged after everybody, the hub included, has been told of it.
4. It commits. COMMIT returns when the data is on disk.
5. It publishes, and then resolves the tickets: a sender's next command runs after everybody has been told
   of the last.

`store`, `commit` and `publish` of the Writer and `judge` of the Batch are the seams between these steps;
tests break the promises there on purpose (tests/faults/mutants.py).

What can go wrong:

- Before COMMIT the writer compares the database's files with those that it opened. If one was removed or
  replaced, it refuses the batch: whatever is committed into a file without a name is lost.
- If the disk is full, SQLite has rolled the batch back. Its senders are refused, nobody has seen it, and the writer
  goes on with the next batch.
- If COMMIT fails in any other way, nobody knows whether the rows will be there after a restart. The writer
  then says nothing, stops for good and calls `on_fatal`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, NoReturn

from sqlalchemy import Connection, Engine, RootTransaction

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import (
    NO_TAGS,
    AccessLeft,
    AccountEnded,
    Event,
    Published,
    RoomEvent,
    RoomOpened,
    RoomRemoved,
)
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.rooms import Room
from chatstore.chat.ports import Change, Clock, StoredMember
from chatstore.chat.ticket import Ticket
from chatstore.storage.accounts import Accounts
from chatstore.storage.invitations import Invitations
from chatstore.storage.last_said import LastSaid
from chatstore.storage.messages import Messages
from chatstore.storage.metadata import Metadata
from chatstore.storage.reactions import Reactions
from chatstore.storage.read_markers import ReadMarkers
from chatstore.storage.retention import Retention
from chatstore.storage.rooms import Invites, Members, Offers, Rooms
from chatstore.storage.sqlite import driver as sqlite
from chatstore.storage.tokens import Tokens

log = logging.getLogger(__name__)

MAX_BATCH = 2000
"""The most units in one transaction. Measured: with 200 the rate is a quarter lower, and more than 2,000
gains nothing."""
MAX_DEFERRED = 100
"""The most deferrable units in one batch. When thousands of people leave at once, a message waits for so many
of them."""
MAX_QUEUED = 20_000
"""The most jobs in the queue. A connection has at most one there, so only a flood of connections reaches
this."""
_LOOK_AROUND = 1.0
"""Seconds without work after which the writer looks for another process's commits."""

_PROBE_AGAIN = 5.0
"""Seconds after the last commit until a health check makes the writer try a commit."""
_LONG = 2.0
"""Seconds that a batch may take before the database counts as unhealthy."""

_BUSY = "the server has too much to do: try again"
_NOT_STORED = "the message could not be stored"
_DISK_FULL = f"{_NOT_STORED}: the disk is full"
_GONE = f"{_NOT_STORED}: the server's database file is gone"


Load = Callable[[Sequence[Room], Sequence[StoredMember]], None]
"""Receives every room and every member when the writer starts."""
Deliver = Callable[[Sequence[Published]], None]
"""Delivers what was committed. The writer's thread calls it, in commit order."""


class CommitUnknownError(Exception):
    """COMMIT failed. Only the next start can tell whether the rows are there."""


@dataclass
class Job:
    """Units that were submitted together, and their ticket."""

    units: Sequence[Draft | Change]
    ticket: Ticket


class _Probe(Change):
    """A write that changes nothing, to find out whether the database accepts writes."""

    def apply(self, tx: Any) -> None:
        tx.touch()


class Writer:
    """Start it once; submit from any thread; stop() drains the queue."""

    def __init__(
        self,
        engine: Engine,
        deliver: Deliver,
        clock: Clock,
        *,
        checkpoints: bool = True,
        refusal: Callable[[Draft], ChatError | None] = lambda _: None,
        on_fatal: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._deliver = deliver
        self._clock = clock
        self._checkpoints = checkpoints
        self._refusal = refusal
        self._on_fatal = on_fatal
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        """The jobs, and None as the last one: the sentinel."""
        self._closed = False
        self._queue_lock = threading.Lock()
        """Hold it to put something on the queue, so that nothing follows the sentinel."""
        self._queue_ended = False
        """Whether the sentinel was taken: nothing more will come."""
        self._deferred: deque[Job] = deque()
        """Deferrable jobs that were taken from the queue and wait for an idle moment."""
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._catch_up = CatchUp()
        self._last_said = LastSaid()
        self._erased = False
        """Whether something was erased of which the write-ahead log still has a copy."""
        self._next_forgetting = 0.0
        """When emptying the write-ahead log is tried again (time.monotonic)."""
        self._trouble = ""
        """Why nothing can be stored at present; empty if all is well."""
        self._busy_since: float | None = None
        """When the database began to keep the writer waiting (time.monotonic); None if it does not."""
        self._last_commit = time.monotonic()
        self._health_asked = False
        """Whether somebody has called healthy() since the writer last looked."""

    def start(self, load: Load) -> None:
        """Give `load` every room and member, and start the thread. Whatever another process commits after that is
        published. Raises SQLAlchemyError if the database can't be read."""
        connection = sqlite.writing(self._engine, checkpoints=self._checkpoints)
        try:
            with connection.begin():
                self._catch_up.begin(connection)
                load(Rooms(connection).all(), Members(connection).all())
            self._files = sqlite.Files(str(self._engine.url.database))
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it accepts work."""
        return self._thread.is_alive() and not self._closed

    @property
    def healthy(self) -> bool:
        """Whether what is submitted now would be stored, as far as is known: the database is there, not
        locked and not full. Any thread may ask; it never blocks. If nothing was stored lately, the writer
        tries a commit because somebody asked, and the next answer is by that."""
        self._health_asked = True
        since = self._busy_since
        return self.alive and not self._trouble and (since is None or time.monotonic() - since < _LONG)

    @property
    def queued(self) -> int:
        """The number of jobs in the queue."""
        return self._queue.qsize()

    def submit(self, units: Sequence[Draft | Change]) -> Ticket:
        """Queue units, to be stored in this order. Never blocks: if the queue is too long, they are refused at
        once (BUSY)."""
        ticket = Ticket()
        with self._queue_lock:
            taken = not self._closed and self.queued < MAX_QUEUED
            if taken:
                self._queue.put(Job(units, ticket))
        if not taken:
            ticket.resolve([ChatError(Code.BUSY, _BUSY) for _ in units])
        return ticket

    def stop(self) -> None:
        """Refuse new work, store what is queued, and wait until that is done."""
        with self._queue_lock:
            self._closed = True
            self._queue.put(None)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    # The thread.

    def _run(self) -> None:
        try:
            with self._connection as connection:
                while self._one_batch(connection):
                    pass
        except CommitUnknownError:
            log.critical(
                "a commit failed, and whether it is on disk is unknown: stopping, so that a restart can tell"
            )
            self._closed = True
            self._on_fatal()
        except Exception:
            log.critical("the writer failed: stopping", exc_info=True)
            self._closed = True
            self._on_fatal()

    def _one_batch(self, connection: Connection) -> bool:
        """Take what is queued, store and publish it. Returns False when the queue has ended."""
        jobs, more = self._take()
        self._forget_erased(connection, idle=not jobs)
        if not jobs and more and self._should_probe():
            jobs = [Job([_Probe()], Ticket())]
        if not jobs and (not more or not self._foreign_commits(connection)):
            return more
        self._busy_since = time.monotonic()
        try:
            published, outcomes = self.store(connection, jobs)
        except ChatError as refused:  # the whole batch: nothing of it is stored
            published, outcomes = [], [[refused] * len(job.units) for job in jobs]
        finally:
            self._busy_since = None
        self.publish(published)
        for job, outcome in zip(jobs, outcomes, strict=True):
            try:
                job.ticket.resolve(outcome)
            except Exception:
                log.exception("a callback of a ticket failed")
        return more

    def _forget_erased(self, connection: Connection, *, idle: bool) -> None:
        """Empty the write-ahead log of what was erased: when there is nothing else to do, or a second later."""
        if not self._erased or not self._checkpoints:
            return
        now = time.monotonic()
        if idle or now > self._next_forgetting:
            self._erased = not sqlite.forget_log(connection)
            self._next_forgetting = now + _LOOK_AROUND

    def publish(self, published: Sequence[Published]) -> None:
        """Tell everybody of what was committed. A failure to deliver changes nothing of what is stored."""
        try:
            self._deliver(published)
        except Exception:
            log.exception("delivery failed; what was to be delivered is stored")

    def _take(self) -> tuple[list[Job], bool]:
        """The jobs of one batch (none after a second without work), and whether there will be another."""
        jobs: list[Job] = []
        units = 0
        try:
            job = self._queue.get_nowait() if self._deferred else self._queue.get(timeout=_LOOK_AROUND)
            while job is not None:
                if _deferrable(job):
                    self._deferred.append(job)
                else:
                    jobs.append(job)
                    units += len(job.units)
                    if _ends_batch(job):  # what follows must be judged by a hub that knows of it
                        return jobs, True
                    if units >= MAX_BATCH:
                        break
                job = self._queue.get_nowait()
            else:
                self._queue_ended = True
        except Empty:
            pass
        for _ in range(min(len(self._deferred), MAX_DEFERRED)):
            jobs.append(self._deferred.popleft())
        return jobs, bool(self._deferred) or not self._queue_ended

    def _should_probe(self) -> bool:
        """Whether to try a commit: in trouble, to notice when it is over; otherwise because somebody asked."""
        asked, self._health_asked = self._health_asked, False
        late = time.monotonic() - self._last_commit > _PROBE_AGAIN
        return bool(self._trouble or self._files.missing() or (asked and late))

    def _foreign_commits(self, connection: Connection) -> bool:
        """Whether another process has committed since the last batch."""
        self._busy_since = time.monotonic()
        try:
            with connection.begin():
                return self._catch_up.needed(connection)
        except sqlite.ERRORS as error:  # another process keeps the database locked: look again later
            log.warning("could not check whether another process has written: %s", error)
            self._trouble = str(error)
            return False
        finally:
            self._busy_since = None

    def _in_trouble(self, jobs: Sequence[Job], why: str) -> None:
        """Nothing of a batch was stored. A probe logs the same trouble only once."""
        if why != self._trouble or not all(isinstance(unit, _Probe) for job in jobs for unit in job.units):
            log.error("a batch of %d could not be stored: %s", len(jobs), why)
        self._trouble = why

    def store(self, connection: Connection, jobs: Sequence[Job]) -> tuple[list[Published], list[list[Any]]]:
        """Store jobs in one transaction. Returns what to publish, and the outcome of each unit by job. Raises
        ChatError if all of it is refused, CommitUnknownError if nobody can know."""
        now = int(self._clock() * 1000)
        try:
            transaction = connection.begin()
        except sqlite.ERRORS as error:  # another process keeps the database locked
            self._in_trouble(jobs, str(error))
            raise ChatError(Code.NOT_STORED, _NOT_STORED) from error
        try:
            if self._catch_up.needed(connection):
                self.publish(self._catch_up.find(connection))
            batch = Batch(connection, now, self._refusal, self._last_said)
            for job in jobs:
                batch.add(job)
            batch.flush()
        except Exception as error:
            self._roll_back(transaction)
            self._in_trouble(jobs, str(error))
            raise ChatError(Code.NOT_STORED, _DISK_FULL if sqlite.out_of_space(error) else _NOT_STORED) from error
        # SQLite goes on writing into a file that was removed or replaced, and nobody would find it after a restart.
        if missing := self._files.missing():
            self._roll_back(transaction)
            self._refuse_gone(missing)
        try:
            self.commit(transaction, batch)
        except ChatError as refused:
            self._in_trouble(jobs, str(refused.__cause__))
            raise
        if self._trouble:
            log.warning("the database can be written again")
        self._trouble, self._last_commit = "", time.monotonic()
        self._catch_up.remember(batch.published)
        self._erased = self._erased or batch.erased
        return batch.published, batch.outcomes

    def commit(self, transaction: RootTransaction, batch: Batch) -> None:
        """COMMIT: when this returns, the batch is on disk. Raises ChatError if it was rolled back because
        the disk is full, CommitUnknownError for any other failure."""
        try:
            transaction.commit()
        except Exception as error:
            if not sqlite.out_of_space(error):
                raise CommitUnknownError from error
            self._roll_back(transaction)
            raise ChatError(Code.NOT_STORED, _DISK_FULL) from error

    def _roll_back(self, transaction: RootTransaction) -> None:
        transaction.rollback()
        self._last_said.forget()

    def _refuse_gone(self, missing: str) -> NoReturn:
        """Refuse a batch. Logged once, because every batch is refused until the file is back or the server
        stops."""
        why = f"{missing} was removed or replaced while the server runs"
        if why != self._trouble:
            log.error("%s: nothing is stored until it is back. Stop the server, and put the file back", why)
        self._trouble = why
        raise ChatError(Code.NOT_STORED, _GONE)


class Batch:
    """The work of one transaction: outcomes by job, and what to publish, in order."""

    def __init__(
        self,
        connection: Connection,
        now: int,
        refusal: Callable[[Draft], ChatError | None],
        last_said: LastSaid,
    ) -> None:
        self._connection = connection
        self._now = now
        self._refusal = refusal
        self._last_said = last_said
        self.outcomes: list[list[Any]] = []
        self.published: list[Published] = []
        self.erased = False
        self._run: list[tuple[Draft, list[Any], int]] = []
        """Messages that are judged and not stored yet, each with the place for its outcome."""
        self._judged: tuple[tuple[Any, ...], Actor, ChatError | None] | None = None
        """The last question that judge() asked, the actor, and the answer."""

    def add(self, job: Job) -> None:
        outcome: list[Any] = [None] * len(job.units)
        self.outcomes.append(outcome)
        for index, unit in enumerate(job.units):
            if not isinstance(unit, Draft):
                self.flush()
                outcome[index] = self._change(unit)
            elif (refused := self.judge(unit)) is not None:
                outcome[index] = refused
            else:
                self._run.append((unit, outcome, index))

    def judge(self, draft: Draft) -> ChatError | None:
        """Why a message is refused; None if it may be posted. Asked once for a run of somebody's messages to one
        room, because what the hub knows changes only between batches."""
        question = (draft.room, draft.kind, draft.audience, draft.actor)
        if self._judged is None or question != self._judged[0]:
            refused = self._refusal(draft)
            self._judged = question, draft.actor, refused
        _, draft.actor, refused = self._judged
        return refused

    def flush(self) -> None:
        """Store the messages that were added: all at once, or if that fails, one by one."""
        run, self._run = self._run, []
        if not run:
            return
        try:
            with sqlite.savepoint(self._connection):
                events = Messages(self._connection, self._now).post([draft for draft, _, _ in run])
        except Exception as error:
            if sqlite.out_of_space(error) or sqlite.transaction_lost(self._connection):
                raise
            if len(run) == 1:
                log.error("a message could not be stored: %s", error)
                run[0][1][run[0][2]] = ChatError(Code.NOT_STORED, _NOT_STORED)
                return
            for one in run:
                self._run = [one]
                self.flush()
            return
        for (draft, outcome, index), event in zip(run, events, strict=True):
            if event is None:  # the room was removed after the message was judged
                outcome[index] = ChatError(Code.NO_SUCH_ROOM, "there is no such room")
            else:
                outcome[index] = event
                self.published.append((event, draft.origin))

    def _change(self, change: Change) -> Any:
        tx = Transaction(self._connection, self._now, self._last_said)
        try:
            with sqlite.savepoint(self._connection):
                result = change.apply(tx)
        except ChatError as refused:
            return refused
        except Exception as error:
            if sqlite.out_of_space(error) or sqlite.transaction_lost(self._connection):
                raise
            log.exception("%s failed", type(change).__name__)
            if isinstance(error, sqlite.ERRORS):
                return ChatError(Code.NOT_STORED, "this could not be stored")
            return ChatError(Code.INTERNAL, "internal error")
        self.published += [(event, change.origin) for event in tx.events]
        self.erased = self.erased or tx.erased
        return result


class Transaction:
    """The Transaction of chat.ports: what one change sees of the batch's transaction, subject by subject.

    `now`: ms since 1970 UTC.
    """

    def __init__(self, connection: Connection, now: int, last_said: LastSaid) -> None:
        self._connection = connection
        self._last_said = last_said
        self.now = now
        self.accounts = Accounts(connection, now)
        self.tokens = Tokens(connection, now)
        self.invitations = Invitations(connection, now)
        self.rooms = Rooms(connection, now)
        self.members = Members(connection, now)
        self.invites = Invites(connection, now)
        self.offers = Offers(connection, now)
        self.messages = Messages(connection, now)
        self.reactions = Reactions(connection, now)
        self.markers = ReadMarkers(connection, now)
        self.metadata = Metadata(connection, now)
        self.retention = Retention(connection, now)
        self.events: list[Event] = []
        """What to publish once this is committed."""
        self.erased = False
        """Whether something was erased of which the write-ahead log still has a copy."""

    def record(
        self,
        kind: type[RoomEvent],
        room_id: int,
        actor: Actor,
        body: str = "",
        tags: Mapping[str, str] | None = None,
        audience: str = "",
    ) -> RoomEvent:
        event = self.messages.record(kind, room_id, actor, body, tags if tags is not None else NO_TAGS, audience)
        self.events.append(event)
        return event

    def last_said(self, room_id: int, actor: Actor, since: int) -> int | None:
        return self._last_said.at(self._connection, room_id, actor.key, since)

    def announce(self, event: Event) -> None:
        self.events.append(event)

    def erase(self, event: RoomEvent, by: Actor, reason: str) -> None:
        self.messages.erase(event, by, reason)
        self.erased = True

    def touch(self) -> None:
        """Write an unchanged value, to find out whether the database accepts writes."""
        sqlite.run(self._connection, "UPDATE incarnations SET token = token")


class CatchUp:
    """Finds what another process has committed, to publish it like the writer's own. Use it in the writer's
    transaction only.

    It remembers how far each room has been published. After another process has committed, it reads what lies
    beyond: new and removed rooms, events that were not published here, accounts that were ended, and the
    logins that are still valid.
    """

    def __init__(self) -> None:
        self.last_seqs: dict[int, int] = {}
        """The last seq that was published, by room."""
        self._ended: dict[int, str] = {}
        """The reason that was published for each ended account."""
        self._commits = 0
        """The last value of sqlite.foreign_commits()."""

    def begin(self, connection: Connection) -> None:
        """Treat everything that is stored now as published."""
        self._commits = sqlite.foreign_commits(connection)
        self.last_seqs = Rooms(connection).last_seqs()
        self._ended = Accounts(connection).ended()

    def needed(self, connection: Connection) -> bool:
        """Whether another process has committed since we last caught up."""
        return sqlite.foreign_commits(connection) != self._commits

    def remember(self, published: Sequence[Published]) -> None:
        """Remember what was published."""
        for event, _ in published:
            match event:
                case RoomEvent():
                    if event.seq:
                        self.last_seqs[event.room] = event.seq
                case RoomOpened(room):
                    self.last_seqs.setdefault(room.id, room.last_seq)
                case RoomRemoved(room_id):
                    self.last_seqs.pop(room_id, None)
                case AccountEnded(account_id, reason):
                    self._ended[account_id] = reason

    def find(self, connection: Connection) -> list[Published]:
        """What another process has committed. It counts as published from now on."""
        commits, ended = sqlite.foreign_commits(connection), Accounts(connection).ended()
        found: list[Published] = [(_access_left(connection), None), *self._events(connection)]
        for account_id, reason in sorted(ended.items()):
            # An account that was restored and suspended again has another reason.
            if self._ended.get(account_id) != reason:
                found.append((AccountEnded(account_id, reason), None))
        self.remember(found)
        self._commits, self._ended = commits, ended
        return found

    def _events(self, connection: Connection) -> list[Published]:
        """New and removed rooms, and the events that were not published here."""
        found: list[Published] = []
        last = Rooms(connection).last_seqs()
        known = {room.id: room for room in Rooms(connection).all()}
        for room_id in self.last_seqs.keys() - last.keys():
            found.append((RoomRemoved(room_id), None))
        for room_id in sorted(last):
            if room_id not in self.last_seqs and room_id in known:
                found.append((RoomOpened(known[room_id]), None))
            published = self.last_seqs.get(room_id, 0)
            if last[room_id] > published:
                if room_id not in known and (direct := Rooms(connection).by_id(room_id)) is not None:
                    found.append((RoomOpened(direct, Members(connection).persons_of(room_id)), None))
                found += [(event, None) for event in Messages(connection).after(room_id, published)]
        return found


def _access_left(connection: Connection) -> AccessLeft:
    accounts = Accounts(connection)
    return AccessLeft(
        Tokens(connection).all_ids(), accounts.all_fingerprints(), accounts.epochs(), accounts.admins()
    )


def _deferrable(job: Job) -> bool:
    if len(job.units) != 1:
        return False
    [unit] = job.units
    return not isinstance(unit, Draft) and unit.deferrable


def _ends_batch(job: Job) -> bool:
    return any(not isinstance(unit, Draft) and unit.ends_batch for unit in job.units)
