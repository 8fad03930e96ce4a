"""The writer: the one thread that writes the database, and delivers what it has committed.

A batch goes through these steps, on which the promises rest:

1. The writer takes whatever is queued, up to a cap. It does not wait for more. It opens one transaction, which
   holds what the batch will touch.
2. It catches up: what another process has committed there meanwhile is read and published first, because
   the batch is judged by it. Nothing more can be committed there while we hold it.
3. It judges and stores. Consecutive messages are stored by one statement; every other unit runs in a
   savepoint, so a unit that fails fails alone; one that has nothing to write needs none. (Where a savepoint is
   a round trip, a batch is tried without them first.) A unit that may take somebody's right to post ends its
   batch: what follows is judged after everybody, the hub included, has been told of it. The exception: people
   who leave one after the other do so in one batch.
4. It commits. COMMIT returns when the data is on disk.
5. It publishes, and then resolves the tickets: a sender's next command runs after everybody has been told
   of the last.

`store`, `commit` and `publish` of the Writer and `judge` of the Batch are the seams between these steps;
tests break the promises there on purpose (tests/faults/mutants.py).

What differs between databases is in the WriterConnection: how a transaction is begun and committed, what others
have committed meanwhile, and what an error means for the batch.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import Published
from chatstore.chat.model.messages import Draft
from chatstore.chat.ports import Change
from chatstore.chat.ticket import Ticket
from chatstore.storage import drivers
from chatstore.storage.backend import Driver, Fate, Here, Load, Unit, WriterConnection
from chatstore.storage.batch import Batch, Job
from chatstore.storage.errors import (
    DISK_FULL,
    NOT_STORED,
    AgainError,
    CommitUnknownError,
    CommitUnsettledError,
    FencedError,
    NotStoredError,
    UndoneError,
)
from chatstore.storage.figures import WriterFigures
from chatstore.storage.last_said import LastSaid

log = logging.getLogger(__name__)

NOT_STORED_BECAUSE = "a batch of %(units)d could not be stored: %(why)s"
"""What the log says, once, of trouble with the database."""

MAX_BATCH = 2000
"""The most units in one transaction. Measured: with 200 the rate is a quarter lower, and more than 2,000
gains nothing."""
MAX_DEFERRED = 100
"""The most deferrable units in one batch. When thousands of people leave at once, a message waits for so many
of them."""
MAX_LEAVING = 100
"""The most jobs of people who leave in one batch, for the same reason."""
MAX_LEAVING_TOGETHER = 20
"""The same where several servers write one database: until the commit, the others wait for all rooms of a batch."""
MAX_QUEUED = 20_000
"""The most jobs in the queue. A connection has at most one there, so only a flood of connections reaches
this."""
_LOOK_AROUND = 1.0
"""Seconds without work after which the writer looks for another process's commits."""
_AGAIN, _MOST_WAIT = 0.05, 1.0 - 1e-6
"""The first and the longest pause, in seconds, between two tries to reach a database that is away."""
_TURN = 0.02
"""Seconds before a batch is done once more. After a deadlock, it is the other transaction's turn."""
_PATIENCE = 5.0
"""Seconds that a stop waits for the fate of a COMMIT that failed."""
_PROBE_AGAIN = 5.0
"""Seconds after the last commit until a health check makes the writer try a commit."""
_READY = 5.0
"""Seconds since the last sign of the database after which the server is not ready."""
_MUCH = 1_000
"""So much of what other servers have told may wait to be delivered until the server is not ready."""
_LONG = 2.0
"""Seconds that a batch may take before the database counts as unhealthy."""
_STUCK = 10.0
"""Seconds that a batch may take before what waits for it is refused: nobody knows whether it ever ends."""
_TRIES = 4
"""How often a batch is tried that others' transactions stop."""

_BUSY = "the server has too much to do: try again"
_SLOW, _ENDED = "the database does not answer", "the writer has ended"
_NO_ANSWER = f"{NOT_STORED}: the database does not answer"

Deliver = Callable[[Sequence[Published]], None]
"""Delivers what was committed. The writer's thread calls it, in commit order."""


_WAKE = Job((), Ticket())
"""It wakes the writer, because something was heard."""


class _Probe(Change):
    """A write that changes nothing, to find out whether the database accepts writes."""

    def apply(self, tx: Any) -> None:
        tx.touch()


class Writer:
    """Start it once; submit from any thread; stop() drains the queue."""

    def __init__(
        self,
        database: WriterConnection,
        deliver: Deliver,
        *,
        refusal: Callable[[Draft], ChatError | None] = lambda _: None,
        on_fatal: Callable[[], None] = lambda: None,
        here: Here = lambda: None,
        user: str = "",
        committed: Deliver = lambda _: None,
    ) -> None:
        """`committed` is told of what this writer itself has committed, after it was delivered. It must not
        block."""
        self._database = database
        self._user = user
        self._deliver = deliver
        self._committed = committed
        self._refusal = refusal
        self._on_fatal = on_fatal
        self._here = here
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        """The jobs, and None as the last one: the sentinel. _WAKE is no job."""
        self._heard: deque[Any] = deque()
        """What other servers have told, and was not taken over yet."""
        self._closed = False
        self._queue_lock = threading.Lock()
        """Hold it to put something on the queue, so that nothing follows the sentinel."""
        self._queue_ended = False
        """Whether the sentinel was taken: nothing more will come."""
        self._deferred: deque[Job] = deque()
        """Deferrable jobs that were taken from the queue and wait for an idle moment."""
        self._put_off: deque[Job] = deque()
        """The first job of the next batch, if it was taken from the queue."""
        self._writer_thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._last_said = LastSaid()
        self.figures = WriterFigures()
        self._trouble = ""
        """Why nothing can be stored at present; empty if all is well."""
        self._told = ""
        """What senders are told of the trouble, if that says more than that nothing was stored."""
        self._unread = ""
        """Why what other servers have told can't be read at present."""
        self._busy_since: float | None = None
        """When the database began to keep the writer waiting (time.monotonic); None if it does not."""
        self._last_commit = time.monotonic()
        """When something was stored last (time.monotonic)."""
        self._health_asked = False
        """Whether somebody has called healthy() since the writer last looked."""
        self._wait = _LOOK_AROUND
        """Seconds without work after which the writer looks at the database by itself."""

    def start(self, load: Load) -> None:
        """Give `load` every room and member, and start the thread. Whatever another process commits after
        that is published. Raises SQLAlchemyError if the database can't be read."""
        self._database.start(load, self.heard, self._here)
        self._writer_thread.start()

    @property
    def alive(self) -> bool:
        """Whether it accepts work."""
        return self._writer_thread.is_alive() and not self._closed

    @property
    def healthy(self) -> bool:
        """Whether what is submitted now would be stored, as far as is known: the database is there, not
        locked and not full. Any thread may ask; it never blocks. If nothing was stored lately, the writer
        tries a commit because somebody asked, and the next answer is by that."""
        self._health_asked = True
        since = self._busy_since
        return self.alive and not self._trouble and (since is None or time.monotonic() - since < _LONG)

    @property
    def refusal(self) -> str:
        """Why it is not healthy, in words for everybody: no path and no address. Empty if it is. Asks as healthy
        does."""
        if self.healthy:
            return ""
        if not self._trouble:
            return _SLOW if self.alive else _ENDED
        return self._told or "the database can't be used"

    @property
    def ready(self) -> bool:
        """Whether it is healthy, the database has answered within the last seconds, and nothing that other servers
        have committed waits to be delivered. Any thread may ask; it never blocks."""
        answered = time.monotonic() - self._database.answered_at < _READY
        return self.healthy and answered and self._database.hears and len(self._heard) < _MUCH

    @property
    def trouble(self) -> str:
        """Why nothing can be stored at present, in one line for the operator; empty if all is well. Any thread may
        ask."""
        since = self._busy_since
        slow = since is not None and time.monotonic() - since >= _LONG
        return self._trouble or (_SLOW if slow else "") or ("" if self.alive else _ENDED)

    @property
    def queued(self) -> int:
        """The number of jobs in the queue."""
        return self._queue.qsize() + len(self._put_off)

    @property
    def _stuck(self) -> bool:
        since = self._busy_since
        return since is not None and time.monotonic() - since > _STUCK

    def submit(self, units: Sequence[Unit]) -> Ticket:
        """Queue units, to be stored in this order. Never blocks: if the queue is too long, they are refused at
        once (BUSY), and so they are if the database does not answer (NOT_STORED)."""
        ticket = Ticket()
        if self._stuck:
            ticket.resolve([ChatError(Code.NOT_STORED, _NO_ANSWER) for _ in units])
            return ticket
        with self._queue_lock:
            taken = not self._closed and self.queued < MAX_QUEUED
            if taken:
                self._queue.put(Job(units, ticket))
        if not taken:
            ticket.resolve([ChatError(Code.BUSY, _BUSY) for _ in units])
        return ticket

    def heard(self, what: Any) -> None:
        """Another server has told this: it is delivered in its turn. Never blocks."""
        self._heard.append(what)
        if self._queue.empty():  # otherwise the writer looks after its next batch
            self._queue.put(_WAKE)

    def refuse_stuck(self) -> bool:
        """Refuse what waits (NOT_STORED), if the database has not answered for long: a COMMIT may wait for a
        standby until somebody repairs that. Call it now and then, from any thread. It never blocks. Returns whether
        it is so."""
        stuck = self._stuck
        if stuck:
            self._refuse_queued(ChatError(Code.NOT_STORED, _NO_ANSWER))
        return stuck

    def stop(self) -> None:
        """Refuse new work, store what is queued, and wait until that is done."""
        with self._queue_lock:
            self._closed = True
            self._queue.put(None)
        if self._writer_thread.is_alive() and threading.current_thread() is not self._writer_thread:
            self._writer_thread.join()

    @property
    def _driver(self) -> Driver:
        return drivers.of(self._database.connection)

    # The thread.

    def _run(self) -> None:
        try:
            while self._one_batch():
                pass
        except CommitUnknownError:
            log.critical(
                "a commit failed, and whether it is on disk is unknown: stopping, so that a restart can tell",
                {"event": "commit-unknown"},
            )
            self._closed = True
            self._on_fatal()
        except FencedError as error:
            log.critical("%(why)s", {"event": "fenced", "why": error})
            self._closed = True
            self._on_fatal()
        except Exception:
            log.critical("the writer failed: stopping", {"event": "writer-failed"}, exc_info=True)
            self._closed = True
            self._on_fatal()
        finally:
            self._database.close()

    def _one_batch(self) -> bool:
        """Take what is queued, store and publish it. Returns False when the queue has ended."""
        jobs, more = self._take()
        if self._heard:
            self._take_over()
        self._busy_since = time.monotonic()
        try:
            self._database.rest(idle=not jobs)
        finally:
            self._busy_since = None
        if not jobs and more and self._should_probe():
            jobs = [Job([_Probe()], Ticket())]
        if not jobs and (not more or not self._has_missed()):
            return more
        self._busy_since = time.monotonic()
        try:
            published, outcomes = self.store(jobs)
            self._wait = _LOOK_AROUND
        except ChatError as refused:  # the whole batch: nothing of it is stored
            published, outcomes = [], [[refused] * len(job.units) for job in jobs]
        finally:
            self._busy_since = None
        self.publish(published)
        self._tell_of(published)
        self._database.told(published)
        for job, outcome in zip(jobs, outcomes, strict=True):
            self._resolve(job, outcome)
        return more

    def _resolve(self, job: Job, outcome: list[Any]) -> None:
        try:
            job.ticket.resolve(outcome)
        except Exception:
            log.exception("a callback of a ticket failed", {"event": "callback-failed"})

    def publish(self, published: Sequence[Published]) -> None:
        """Tell everybody of what was committed. A failure to deliver changes nothing of what is stored."""
        try:
            self._deliver(published)
        except Exception:
            log.exception("delivery failed; what was to be delivered is stored", {"event": "delivery-failed"})

    def _tell_of(self, published: Sequence[Published]) -> None:
        """Tell whoever follows what this writer has committed."""
        try:
            self._committed(published)
        except Exception:
            log.exception("delivery failed; what was to be delivered is stored", {"event": "delivery-failed"})

    def _take(self) -> tuple[list[Job], bool]:
        """The jobs of one batch (none after a second without work), and whether there will be another."""
        jobs: list[Job] = []
        units = 0
        try:
            job = self._next()
            while job is not None:
                if job is _WAKE:
                    pass
                elif _deferrable(job):
                    self._deferred.append(job)
                else:
                    jobs.append(job)
                    units += len(job.units)
                    if _ends_batch(job):  # what follows must be judged by a hub that knows of it
                        if _leaves(job):
                            self._take_others_who_leave(jobs)
                        return jobs, not self._queue_ended or bool(self._deferred)
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

    def _next(self) -> Job | None:
        """The first job of a batch. Waits for it, if none is deferred, and raises Empty."""
        try:
            return self._put_off.popleft()
        except IndexError:  # there is none, or it has been refused a moment ago
            return self._queue.get_nowait() if self._deferred else self._queue.get(timeout=self._wait)

    def _take_others_who_leave(self, jobs: list[Job]) -> None:
        """Add the jobs that follow, as long as people leave by them."""
        most = MAX_LEAVING_TOGETHER if self._driver.REMOTE else MAX_LEAVING
        with suppress(Empty):
            while len(jobs) < most:
                job = self._queue.get_nowait()
                if job is None:
                    self._queue_ended = True
                    return
                if job is _WAKE:
                    continue
                if _deferrable(job):
                    self._deferred.append(job)
                elif _leaves(job):
                    jobs.append(job)
                else:
                    self._put_off.append(job)
                    return

    def _take_over(self) -> None:
        """Publish what other servers have told. If the database is away, that is done later."""
        heard: deque[Any] = deque()
        while self._heard:
            heard.append(self._heard.popleft())
        self._busy_since = time.monotonic()
        try:
            published = self._database.take_over(heard)
        except self._driver.ERRORS as error:
            why = self._driver.why(error)
            if why != self._unread:
                log.warning(
                    "could not read what another server has written: %(why)s",
                    {"event": "news-not-read", "why": why},
                )
            self._unread = why
            self._trouble = self._trouble or why
            self._heard.extendleft(reversed(heard))
            return
        finally:
            self._busy_since = None
        self._unread = ""
        self.publish(published)

    def _should_probe(self) -> bool:
        """Whether to try a commit: in trouble, to notice when it is over; otherwise because somebody asked."""
        asked, self._health_asked = self._health_asked, False
        late = time.monotonic() - self._last_commit > _PROBE_AGAIN
        return bool(self._trouble or self._database.trouble() or (asked and late))

    def _has_missed(self) -> bool:
        """Whether others have committed since the last batch."""
        self._busy_since = time.monotonic()
        try:
            missed = self._database.has_missed()
        except self._driver.ERRORS as error:
            # Another process keeps the database locked, or it is away: look again later.
            self._trouble = self._driver.why(error)
            log.warning(
                "could not check whether another process has written: %(why)s",
                {"event": "database-not-read", "why": self._trouble},
            )
            return False
        finally:
            self._busy_since = None
        return missed

    def store(self, jobs: Sequence[Job]) -> tuple[list[Published], list[list[Any]]]:
        """Store jobs in one transaction. Returns what to publish, and the outcome of each unit by job. Raises
        ChatError if all of it is refused, CommitUnknownError if nobody can know."""
        try:
            batch = self._store_again(jobs)
        except NotStoredError as error:
            self._in_trouble(jobs, error)
            self.figures.refused += 1
            if error.away:
                self._wait = _AGAIN if self._wait == _LOOK_AROUND else min(2 * self._wait, _MOST_WAIT)
            raise error.refusal from error
        if self._trouble:
            log.warning("the database can be written again", {"event": "database-back"})
            self._told = ""
            self._trouble = ""
        published, outcomes = batch.published, batch.outcomes
        units = len(outcomes[0]) if len(outcomes) == 1 else sum(map(len, outcomes))
        self.figures.stored(units, len(published), batch.messages)
        return published, outcomes

    def _store_again(self, jobs: Sequence[Job]) -> Batch:
        """Store jobs; once more, and again, if that may help. Raises NotStoredError, CommitUnknownError."""
        careful, tries = not self._driver.REMOTE, 1
        while True:
            try:
                return self._store_once(jobs, careful=careful)
            except UndoneError as error:
                log.debug(
                    "a batch of %(units)d is done with savepoints: %(why)s",
                    {"event": "batch-with-savepoints", "units": len(jobs), "why": error},
                )
                careful = True
            except AgainError as error:
                if tries == _TRIES:
                    raise NotStoredError(str(error)) from error
                log.info(
                    "a batch of %(units)d is done once more: %(why)s",
                    {"event": "batch-again", "units": len(jobs), "why": error},
                )
                tries += 1
                time.sleep(_TURN)

    def _store_once(self, jobs: Sequence[Job], *, careful: bool) -> Batch:
        """Raises NotStoredError, AgainError, CommitUnknownError; UndoneError if it was not `careful`."""
        begun = self._database.begin([unit for job in jobs for unit in job.units])
        people = self._database.people()
        batch = Batch(
            self._database.connection,
            begun,
            self._refusal,
            self._last_said,
            self._hold,
            people,
            careful=careful,
            user=self._user,
        )
        try:
            if begun.missed:
                self.publish(begun.missed)
            for job in jobs:
                batch.add(job)
            batch.finish()
        except Exception as error:
            fate, why = self._driver.fate(error, self._database.connection), self._driver.why(error)
            self._database.roll_back()
            self._last_said.forget()
            if not careful and fate in (Fate.UNIT, Fate.TWICE, Fate.CAREFULLY):
                raise UndoneError(why) from error
            if fate is Fate.AGAIN:
                raise AgainError(why) from error
            raise NotStoredError(why, DISK_FULL if fate is Fate.FULL else NOT_STORED) from error
        begun_at = time.monotonic()
        try:
            self.commit(batch)
        except (NotStoredError, AgainError):
            self._last_said.forget()
            raise
        self._last_commit = ended_at = time.monotonic()
        self.figures.commits.add(ended_at - begun_at)
        return batch

    def commit(self, batch: Batch) -> None:
        """COMMIT: when this returns, the batch is on disk. Raises NotStoredError or AgainError if it was
        rolled back, CommitUnknownError if nobody can know."""
        try:
            self._database.commit(batch.published, erased=batch.erased)
        except CommitUnsettledError as error:
            log.warning(
                "a commit failed: asking the database whether it was stored (%(why)s)",
                {"event": "commit-unsettled", "why": error},
            )
            if not self._was_stored(batch, error):
                raise AgainError(str(error)) from error

    def _was_stored(self, batch: Batch, error: CommitUnsettledError) -> bool:
        """Ask whether a batch was stored, until the database answers. Nothing is said of the batch meanwhile, and
        what is queued is refused. At a stop, raises CommitUnknownError after some seconds."""
        self._trouble = str(error)
        wait, stopping_since = _AGAIN, 0.0
        while True:
            try:
                return self._database.was_stored(batch.published)
            except self._driver.ERRORS as away:
                log.debug(
                    "the database can't tell yet: %(why)s",
                    {"event": "commit-unsettled-yet", "why": self._driver.why(away)},
                )
            if self._closed:
                stopping_since = stopping_since or time.monotonic()
                if time.monotonic() - stopping_since > _PATIENCE:
                    raise CommitUnknownError from error
            self._refuse_queued(NotStoredError(self._trouble).refusal)
            time.sleep(wait)
            wait = min(2 * wait, _LOOK_AROUND)

    def _refuse_queued(self, refused: ChatError) -> None:
        """Refuse what waits. Any thread may do it."""
        with suppress(IndexError):
            first = self._put_off.popleft()
            self._resolve(first, [refused] * len(first.units))
        with suppress(Empty):
            while (job := self._queue.get_nowait()) is not None:
                if job is not _WAKE:
                    self._resolve(job, [refused] * len(job.units))
            self._queue_ended = True

    def _hold(self, room_id: int) -> None:
        if missed := self._database.hold(room_id):
            self.publish(missed)

    def _in_trouble(self, jobs: Sequence[Job], error: NotStoredError) -> None:
        """Nothing of a batch was stored. A probe logs the same trouble only once."""
        why = str(error)
        probe = all(isinstance(unit, _Probe) for job in jobs for unit in job.units)
        if not error.known and (why != self._trouble or not probe):
            log.error(NOT_STORED_BECAUSE, {"event": "batch-refused", "units": len(jobs), "why": why})
        self._trouble, self._told = why, str(error.refusal).removeprefix(NOT_STORED).removeprefix(": ")


def _deferrable(job: Job) -> bool:
    if len(job.units) != 1:
        return False
    [unit] = job.units
    return not isinstance(unit, Draft) and unit.deferrable


def _leaves(job: Job) -> bool:
    """Whether people leave by it, and nothing else happens."""
    return all(not isinstance(unit, Draft) and unit.leaves for unit in job.units)


def _ends_batch(job: Job) -> bool:
    return any(unit.ends_batch for unit in job.units if not isinstance(unit, Draft))
