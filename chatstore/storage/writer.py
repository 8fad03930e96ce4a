"""The writer: the one thread that writes the database, and delivers what it has committed.

The rules that the promises rest on, in the order of one batch:

1. It takes whatever is queued, up to a cap, without waiting for more, and opens one transaction.
2. What another process committed meanwhile comes first: it is read and published like our own, before what is
   queued here is judged by it. (It is committed already, and while we hold the write lock nothing can follow.)
3. Messages are stored in runs by one statement; every other unit runs in a savepoint. A unit that fails,
   fails alone. A unit that may take somebody's right to post ends its batch, so that what follows is
   judged by rooms that know of it.
4. COMMIT, which returns when the disk has it. Only then is anything published, and only after that are the
   tickets resolved: so a sender's next command runs when everybody has been told of the one before.

Before COMMIT the writer compares the database's files with those that it opened. Where one was removed or replaced,
the batch is rolled back and refused: what is committed into a file without a name is lost.

When a batch can't be stored because the disk is full, it was rolled back: its senders are refused, nobody
saw it, and the next batch is tried. When COMMIT itself fails otherwise, nobody knows whether the rows will
be there after a restart, so nothing is said: the writer stops for good and calls `on_fatal`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, NoReturn

from sqlalchemy import Connection, Engine

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import AccessLeft, AccountEnded, Published, RoomEvent, RoomOpened, RoomRemoved
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.rooms import Room
from chatstore.chat.ports import Bus, Change, Clock, StoredMember
from chatstore.chat.ticket import Ticket
from chatstore.storage import sqlite
from chatstore.storage.accounts import Accounts
from chatstore.storage.messages import Messages
from chatstore.storage.rooms import Members, Rooms
from chatstore.storage.tokens import Tokens
from chatstore.storage.transaction import Transaction, savepoint

log = logging.getLogger(__name__)

MOST_A_BATCH = 2000
"""Units a transaction: measured, 200 cost a quarter of the rate and more gains nothing."""
MOST_NOTES = 100
"""Units of a batch that can wait: when thousands go at once, who speaks meanwhile waits for so many of them."""
MOST_QUEUED = 20_000
"""Jobs that wait; every connection has one at most, so only a flood of connections meets this."""
_LOOK_AROUND = 1.0
"""Seconds without work after which the writer looks for another process's commits."""

_PROBE_AGAIN = 5.0
"""Seconds after the last commit until a question after the database's health is answered by a commit of its own."""
_LONG = 2.0
"""Seconds that the database may take before it is not well."""

_BUSY = "the server has too much to do: try again"
_NOT_STORED = "the message could not be stored"
_REFUSED = f"{_NOT_STORED}: there is no room on the disk"
_GONE = f"{_NOT_STORED}: the server's database is gone"


Load = Callable[[Sequence[Room], Sequence[StoredMember]], None]
"""Takes every room and every member, as they are when the writer begins."""


class CommitUnknownError(Exception):
    """COMMIT failed, and whether it happened is for the next start to find out."""


@dataclass
class Job:
    """What was submitted together, and its ticket."""

    units: Sequence[Draft | Change]
    ticket: Ticket


class _Probe(Change):
    """Writes without changing anything."""

    def apply(self, tx: Any) -> None:
        tx.touch()


class Writer:
    """Start it once; submit from any thread; stop() drains the queue."""

    def __init__(
        self,
        engine: Engine,
        bus: Bus,
        clock: Clock,
        *,
        checkpoints: bool = True,
        refusal: Callable[[Draft], ChatError | None] = lambda _: None,
        on_fatal: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._bus = bus
        self._clock = clock
        self._checkpoints = checkpoints
        self._refusal = refusal
        self._on_fatal = on_fatal
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._closed = False
        self._door = threading.Lock()
        """Held to put something on the queue, so that nothing can come after the sentinel."""
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._foreign = 0
        self._seen: dict[int, int] = {}
        self._ended: dict[int, str] = {}
        self._erased = False
        """Whether the write-ahead log still has what was erased."""
        self._trouble = ""
        """Why nothing can be stored at present; empty where all is well."""
        self._busy_since: float | None = None
        """Since when the database has kept the writer waiting."""
        self._last_commit = time.monotonic()
        self._asked = False
        """Somebody asked whether all is well."""
        self._next_try = 0.0
        self._notes: deque[Job] = deque()
        """Taken from the queue, and waiting for their turn behind everything else."""
        self._last = False
        """There is nothing more in the queue, and nothing will be."""

    def start(self, load: Load) -> None:
        """Give `load` every room and member, and begin: whatever another process commits from that look on will
        be published. Raises SQLAlchemyError when the database can't be read."""
        connection = sqlite.writing(self._engine, checkpoints=self._checkpoints)
        try:
            with connection.begin():
                self._foreign = sqlite.foreign_commits(connection)
                self._seen = Rooms(connection).last_seqs()
                self._ended = Accounts(connection).ended()
                load(Rooms(connection).all(), Members(connection).all())
            self._files = sqlite.Files(str(self._engine.url.database))
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it takes work."""
        return self._thread.is_alive() and not self._closed

    @property
    def well(self) -> bool:
        """Whether what is submitted now would be stored, as far as is known: the database is there, not locked and
        not full. For any thread; never blocks. Where nothing was stored lately, the writer tries it because of this
        question, for the next one."""
        self._asked = True
        since = self._busy_since
        return self.alive and not self._trouble and (since is None or time.monotonic() - since < _LONG)

    @property
    def pressed(self) -> bool:
        """Whether something waits for it."""
        return not self._queue.empty()

    def submit(self, units: Sequence[Draft | Change]) -> Ticket:
        """Queue units to be stored in this order. Never blocks: too long a queue refuses them at once."""
        ticket = Ticket()
        with self._door:
            taken = not self._closed and self._queue.qsize() < MOST_QUEUED
            if taken:
                self._queue.put(Job(units, ticket))
        if not taken:
            ticket.resolve([ChatError(Code.BUSY, _BUSY) for _ in units])
        return ticket

    def stop(self) -> None:
        """Refuse new work, store what is queued, and wait until that is done."""
        with self._door:
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
            log.critical("a commit failed and its fate is unknown: stopping, so that a restart can tell")
            self._closed = True
            self._on_fatal()
        except Exception:
            log.critical("the writer failed: stopping", exc_info=True)
            self._closed = True
            self._on_fatal()

    def _one_batch(self, connection: Connection) -> bool:
        """Take what is queued, store and publish it; False when it is time to stop."""
        jobs, more = self._take()
        self._forget_erased(connection, idle=not jobs)
        if not jobs and more and self._to_probe():
            jobs = [Job([_Probe()], Ticket())]
        if not jobs and (not more or not self._foreign_moved(connection)):
            return more
        self._busy_since = time.monotonic()
        try:
            published, outcomes = self._store(connection, jobs)
        except ChatError as refused:  # the whole batch: nothing of it is stored
            published, outcomes = [], [[refused] * len(job.units) for job in jobs]
        finally:
            self._busy_since = None
        self._publish(published)
        for job, outcome in zip(jobs, outcomes, strict=True):
            try:
                job.ticket.resolve(outcome)
            except Exception:
                log.exception("whoever waited for a ticket failed")
        return more

    def _forget_erased(self, connection: Connection, *, idle: bool) -> None:
        """Empty the write-ahead log of what was erased: when there is nothing else to do, or after a while."""
        if not self._erased or not self._checkpoints:
            return
        now = time.monotonic()
        if idle or now > self._next_try:
            self._erased = not sqlite.forget_log(connection)
            self._next_try = now + _LOOK_AROUND

    def _publish(self, published: Sequence[Published]) -> None:
        try:
            self._bus.publish(published)
        except Exception:
            log.exception("delivery failed; what was to be delivered is stored")

    def _take(self) -> tuple[list[Job], bool]:
        """A batch of jobs (none after a while without work), and whether there is to be another."""
        jobs: list[Job] = []
        units = 0
        try:
            job = self._queue.get_nowait() if self._notes else self._queue.get(timeout=_LOOK_AROUND)
            while job is not None:
                if _deferrable(job):
                    self._notes.append(job)
                else:
                    jobs.append(job)
                    units += len(job.units)
                    if _ends_batch(job):
                        return jobs, True
                    if units >= MOST_A_BATCH:
                        break
                job = self._queue.get_nowait()
            else:
                self._last = True
        except Empty:
            pass
        for _ in range(min(len(self._notes), MOST_NOTES)):
            jobs.append(self._notes.popleft())
        return jobs, bool(self._notes) or not self._last

    def _to_probe(self) -> bool:
        """Whether it is time to try to write: in trouble, to find its end; otherwise where somebody has asked."""
        asked, self._asked = self._asked, False
        late = time.monotonic() - self._last_commit > _PROBE_AGAIN
        return bool(self._trouble or self._files.missing() or (asked and late))

    def _foreign_moved(self, connection: Connection) -> bool:
        self._busy_since = time.monotonic()
        try:
            with connection.begin():
                return sqlite.foreign_commits(connection) != self._foreign
        except sqlite.ERRORS as error:  # somebody keeps the database locked: look again later
            log.warning("could not look for another process's commits: %s", error)
            self._trouble = str(error)
            return False
        finally:
            self._busy_since = None

    def _in_trouble(self, jobs: Sequence[Job], why: str) -> None:
        """Nothing of a batch was stored. What only tries it says so once."""
        if why != self._trouble or not all(isinstance(unit, _Probe) for job in jobs for unit in job.units):
            log.error("a batch of %d could not be stored: %s", len(jobs), why)
        self._trouble = why

    def _store(self, connection: Connection, jobs: Sequence[Job]) -> tuple[list[Published], list[list[Any]]]:
        """One transaction; raises ChatError when all of it is refused, CommitUnknownError when nobody can know."""
        now = int(self._clock() * 1000)
        try:
            transaction = connection.begin()
        except sqlite.ERRORS as error:  # another process keeps the database locked
            self._in_trouble(jobs, str(error))
            raise ChatError(Code.NOT_STORED, _NOT_STORED) from error
        try:
            self._catch_up(connection)
            batch = _Batch(connection, now, self._refusal)
            for job in jobs:
                batch.add(job)
            batch.flush()
        except Exception as error:
            transaction.rollback()
            self._in_trouble(jobs, str(error))
            raise ChatError(Code.NOT_STORED, _REFUSED if sqlite.out_of_space(error) else _NOT_STORED) from error
        if missing := self._files.missing():
            transaction.rollback()
            self._refuse_gone(missing)
        try:
            transaction.commit()
        except Exception as error:
            if not sqlite.out_of_space(error):
                raise CommitUnknownError from error
            transaction.rollback()
            self._in_trouble(jobs, str(error))
            raise ChatError(Code.NOT_STORED, _REFUSED) from error
        if self._trouble:
            log.warning("the database can be written again")
        self._trouble, self._last_commit = "", time.monotonic()
        self._note(batch.published)
        self._erased = self._erased or batch.erased
        return batch.published, batch.outcomes

    def _refuse_gone(self, missing: str) -> NoReturn:
        """Logged once: every batch will meet it until the file is back, or the server is stopped."""
        why = f"{missing} was removed or replaced while the server runs"
        if why != self._trouble:
            log.error("%s: nothing is stored any more; stop the server, and put the file back", why)
        self._trouble = why
        raise ChatError(Code.NOT_STORED, _GONE)

    def _note(self, published: Sequence[Published]) -> None:
        """Remember what was published, to know later what another process added."""
        for event, _ in published:
            match event:
                case RoomEvent():
                    if event.seq:
                        self._seen[event.room] = event.seq
                case RoomOpened(room):
                    self._seen.setdefault(room.id, room.last_seq)
                case RoomRemoved(room_id):
                    self._seen.pop(room_id, None)
                case AccountEnded(account_id, reason):
                    self._ended[account_id] = reason

    def _catch_up(self, connection: Connection) -> None:
        """Publish what another process has committed."""
        foreign = sqlite.foreign_commits(connection)
        if foreign == self._foreign:
            return
        ended = Accounts(connection).ended()
        found: list[Published] = [(_access_left(connection), None)]
        found += self._foreign_events(connection)
        for account_id, reason in sorted(ended.items()):
            if self._ended.get(account_id) != reason:  # of a suspension that was over there may be a new one
                found.append((AccountEnded(account_id, reason), None))
        self._publish(found)
        self._note(found)
        self._foreign, self._ended = foreign, ended

    def _foreign_events(self, connection: Connection) -> list[Published]:
        """Rooms that are new or gone, and the facts that were not published here."""
        found: list[Published] = []
        last = Rooms(connection).last_seqs()
        known = {room.id: room for room in Rooms(connection).all()}
        for room_id in self._seen.keys() - last.keys():
            found.append((RoomRemoved(room_id), None))
        for room_id in sorted(last):
            if room_id not in self._seen and room_id in known:
                found.append((RoomOpened(known[room_id]), None))
            if last[room_id] > self._seen.get(room_id, 0):
                if room_id not in known and (direct := Rooms(connection).by_id(room_id)) is not None:
                    found.append((RoomOpened(direct, Members(connection).persons_of(room_id)), None))
                facts = Messages(connection).after(room_id, self._seen.get(room_id, 0))
                found += [(fact, None) for fact in facts]
        return found


class _Batch:
    """One transaction's work in progress: outcomes by job, and what is to be published, in order."""

    def __init__(self, connection: Connection, now: int, refusal: Callable[[Draft], ChatError | None]) -> None:
        self._connection = connection
        self._now = now
        self._refusal = refusal
        self.outcomes: list[list[Any]] = []
        self.published: list[Published] = []
        self.erased = False
        self._run: list[tuple[Draft, list[Any], int]] = []
        """Messages not stored yet, each with the place for its outcome."""
        self._judged: tuple[tuple[Any, ...], Actor, ChatError | None] | None = None
        """The last question that was asked of a message, and its answer."""

    def add(self, job: Job) -> None:
        outcome: list[Any] = [None] * len(job.units)
        self.outcomes.append(outcome)
        for index, unit in enumerate(job.units):
            if not isinstance(unit, Draft):
                self.flush()
                outcome[index] = self._change(unit)
            elif (refused := self._judge(unit)) is not None:
                outcome[index] = refused
            else:
                self._run.append((unit, outcome, index))

    def _judge(self, draft: Draft) -> ChatError | None:
        """Asked once for a run of somebody's messages to one room: what the hub knows changes between batches."""
        question = (draft.room, draft.kind, draft.actor)
        if self._judged is None or question != self._judged[0]:
            refused = self._refusal(draft)
            self._judged = question, draft.actor, refused
        _, draft.actor, refused = self._judged
        return refused

    def flush(self) -> None:
        """Store the run of messages: all at once, or where that fails, one by one."""
        run, self._run = self._run, []
        if not run:
            return
        try:
            with savepoint(self._connection):
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
            if event is None:
                outcome[index] = ChatError(Code.NO_SUCH_ROOM, "there is no such room")
            else:
                outcome[index] = event
                self.published.append((event, draft.origin))

    def _change(self, change: Change) -> Any:
        tx = Transaction(self._connection, self._now)
        try:
            with savepoint(self._connection):
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
