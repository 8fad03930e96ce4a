"""The writer's transactions on PostgreSQL, of which other nodes have their own at the same time.

- A transaction begins with one statement. It writes the receipt (node.py), and locks the rows that its units
  have said they will touch: accounts, then rooms, by id. All nodes lock in this order, so no two wait for each
  other. Then what others have committed in these rooms is read and published: nothing can follow while they are
  locked, so units are judged by what is true, and a room's events are published in the order of their seqs.
- A room that no unit has named is locked and read when a unit comes to it (`hold`).
- The last thing that the first statement asks is the database's clock: there is one clock for all nodes.
- If the connection is lost before COMMIT, nothing is stored, and the batch can be done once more. If it is lost in
  COMMIT, the receipt tells whether the batch is stored (`was_stored`): the old transaction has its row locked until
  it is over.
- If the database is away, each transaction tries once to connect, and is refused. The writer tries by itself, too.
"""

from __future__ import annotations

import concurrent.futures
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, RootTransaction

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import Published
from chatstore.chat.model.messages import Draft
from chatstore.chat.ports import Clock, Others, Touched
from chatstore.chat.ports.nodes import Nicks as NicksPort
from chatstore.chat.ports.nodes import Presences as PresencesPort
from chatstore.storage.backend import Begun, Fate, Here, Load, Unit
from chatstore.storage.catch_up import CatchUp
from chatstore.storage.errors import (
    DISK_FULL,
    NOT_STORED,
    AgainError,
    CommitUnsettledError,
    FencedError,
    LostError,
    NotStoredError,
)
from chatstore.storage.last_said import LastSaid
from chatstore.storage.postgresql import driver, incarnation
from chatstore.storage.postgresql.bus import Bus
from chatstore.storage.postgresql.node import NOW, RECEIPT, Node, fenced
from chatstore.storage.postgresql.presence import Nicks, Presences
from chatstore.storage.postgresql.taking_over import read_spans, take_over
from chatstore.storage.rooms import Members, Rooms
from chatstore.storage.transaction import Transaction

log = logging.getLogger(__name__)

_SETTINGS = {
    "synchronous_commit": "on",
    "idle_in_transaction_session_timeout": "3s",
    "lock_timeout": "5s",
    "statement_timeout": "10s",
}
"""Of the writer's connection. A node that stands still (a stopped process, a frozen machine) keeps its locks for
three seconds at most."""
_SET = f"SELECT {', '.join(f'''set_config('{name}', '{value}', false)''' for name, value in _SETTINGS.items())}"
_ROOMS = "CAST(:rooms AS bigint[])"
_NAMED = """ARRAY(
    SELECT unnest(CAST(:rooms AS bigint[]))
    UNION SELECT id FROM rooms WHERE key = ANY(CAST(:keys AS text[]))
    UNION SELECT r.id FROM memberships m JOIN rooms r ON r.id = m.room_id
          WHERE m.guest = ANY(CAST(:guests AS text[])) AND r.kind = 'room'
    UNION SELECT r.id FROM memberships m JOIN rooms r ON r.id = m.room_id
          WHERE m.account_id = ANY(CAST(:members AS bigint[])) AND r.kind = 'room'
)"""
_LOCK = f"""
    WITH receipt AS ({RECEIPT}),
    held_accounts AS (
        SELECT id FROM accounts WHERE id = ANY(CAST(:accounts AS bigint[])) ORDER BY id FOR NO KEY UPDATE
    ),
    held_rooms AS (
        SELECT id, last_seq FROM rooms WHERE id = ANY({_ROOMS}) ORDER BY id FOR NO KEY UPDATE
    )
    SELECT 'receipt', 0, 0 FROM receipt
    UNION ALL SELECT 'account', id, 0 FROM held_accounts
    UNION ALL SELECT 'room', id, last_seq FROM held_rooms
    UNION ALL SELECT 'now', 0, {NOW}
"""
"""The parts are executed in this order. NO KEY, because what others insert takes KEY SHARE by its foreign keys."""
_LOCK_NAMED = _LOCK.replace(_ROOMS, _NAMED)
"""The rooms are given by their keys and by their members, too."""
_HOLD = "SELECT last_seq FROM rooms WHERE id = :room FOR NO KEY UPDATE"
_ONE_STATE = """
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
    SET LOCAL idle_in_transaction_session_timeout = 0
"""
_AWAY = f"{NOT_STORED}: the database does not answer"
_PATIENCE = 0.25
"""Seconds that a transaction waits for a new connection."""
_NOT_AGAIN = 0.05
"""Seconds after a connection that failed in which no other is tried."""


class PostgresWriter:
    """A WriterConnection."""

    connection: Connection
    _transaction: RootTransaction
    _bus: Bus

    clock: Clock | None = None
    """In tests, instead of the database's clock."""

    def __init__(self, engine: Engine, node: Node) -> None:
        self._engine = engine
        self._catch_up = CatchUp(read_spans)
        self._found: list[Published] = []
        """What others have committed, which counts as published and was not published yet."""
        self._unnamed: set[int] = set()
        """The rooms that the last transaction came to without having named them."""
        self._away = ""
        """Why there is no connection to the database; empty if there is one."""
        self._next_try = 0.0
        """When connecting is tried again (time.monotonic)."""
        self._opener = ThreadPoolExecutor(1, "writer-connects")
        self._opening: Future[Connection] | None = None
        """A connection that is being made."""
        self.node = node

    @property
    def node_id(self) -> str:
        return self.node.id

    @property
    def answered_at(self) -> float:
        return self.node.beat_at

    @property
    def hears(self) -> bool:
        return self._bus.hears

    def now(self) -> float:
        return self.node.now()

    def start(self, load: Load, hear: Callable[[Any], None], here: Here) -> None:
        self.connection = self._open()
        try:
            with self.connection.begin():
                self.node.register(self.connection)
        except BaseException:
            self.connection.close()
            raise
        self._bus = Bus(self._engine, self.node.id, hear)
        self._bus.start()  # what is committed from here on is heard
        try:
            with self.connection.begin():
                self._see_one_state()
                self._catch_up.begin(self.connection, here)
                others = Others(self.node.id, Presences(self.connection, self.node.id).all())
                load(Rooms(self.connection).all(), Members(self.connection).all(), others)
        except BaseException:
            self.close()
            raise

    # The connection.

    def _open(self) -> Connection:
        """A new connection, which belongs to nobody else."""
        connection = self._engine.connect().execution_options(isolation_level="READ COMMITTED")
        try:
            connection.detach()
            with connection.begin():
                driver.run(connection, _SET)
        except BaseException:
            with suppress(*driver.ERRORS):
                connection.close()
            raise
        return connection

    def _opened(self) -> Connection:
        """A new connection. If it does not come at once, it is waited for in another thread, and had at a later
        call: a machine that is gone does not even refuse, and nothing here may wait for that. Raises
        Driver.ERRORS."""
        if self._opening is None:
            self._opening = self._opener.submit(self._open)
        try:
            connection = self._opening.result(_PATIENCE)
        except concurrent.futures.TimeoutError:
            raise psycopg.OperationalError("the PostgreSQL server does not answer") from None
        except BaseException:
            self._opening = None
            raise
        self._opening = None
        return connection

    def _connect(self, *, anew: bool = False) -> int | None:
        """Connect again, if the connection is lost. `anew`: in any case. Returns the number of the last batch that
        was committed, if it had to connect: the transaction of the connection before is over. Raises
        Driver.ERRORS, FencedError."""
        if not anew and not driver.is_lost(self.connection):
            return None
        with suppress(*driver.ERRORS):
            self.connection.close()
        try:
            self.connection = self._opened()
            with self.connection.begin():
                number = self.node.verify(self.connection, self._catch_up.last_seqs)
        except LostError:
            with suppress(*driver.ERRORS), self.connection.begin():
                incarnation.renew(self.connection, self.node.incarnation)  # for the clients of whoever starts next
            raise
        except driver.ERRORS as error:
            self._away = driver.why(error)
            self._next_try = time.monotonic() + _NOT_AGAIN
            raise
        self._away = ""
        return number

    def _see_one_state(self) -> None:
        """Several statements of the transaction see the same. It may take its time between them, because it locks
        nothing."""
        driver.run(self.connection, _ONE_STATE)

    def people(self) -> tuple[PresencesPort, NicksPort]:
        return Presences(self.connection, self.node.id), Nicks(self.connection)

    # A transaction.

    def begin(self, units: Sequence[Unit]) -> Begun:
        known = self._away
        try:
            if known and time.monotonic() < self._next_try:
                raise NotStoredError(known, _AWAY, known=True, away=True)
            self._connect()
        except driver.ERRORS as error:
            raise NotStoredError(self._away, _AWAY, known=bool(known), away=True) from error
        try:
            self._transaction = self.connection.begin()
            now, last_seqs = self._lock(self._touched(units))
            self._unnamed = set()
            after = self._catch_up.after
            last = {room_id: seq for room_id, seq in last_seqs.items() if seq > after(room_id)}
            self._found += [(event, None) for event in self._catch_up.read(self.connection, last)]
        except driver.ERRORS as error:
            fate = driver.fate(error, self.connection)
            self.roll_back()
            if fate is Fate.AGAIN:
                raise AgainError(driver.why(error)) from error
            raise NotStoredError(driver.why(error), DISK_FULL if fate is Fate.FULL else NOT_STORED) from error
        except BaseException:
            self.roll_back()
            raise
        missed, self._found = self._found, []
        return Begun(now, missed, set(last_seqs))

    def _touched(self, units: Sequence[Unit]) -> Touched:
        """What units have named."""
        accounts: set[int] = set()
        rooms: set[int] = set()
        keys: set[str] = set()
        people: set[Actor] = set()
        tx: Transaction | None = None
        for unit in units:
            if isinstance(unit, Draft):
                rooms.add(unit.room)
                continue
            if tx is None:
                tx = Transaction(self.connection, self._about_now(), LastSaid(), None, self.people())
            try:
                touched = unit.touches(tx)
            except driver.ERRORS:
                raise
            except Exception:
                log.debug(
                    "what %(change)s touches is not known",
                    {"event": "touches-unknown", "change": type(unit).__name__},
                    exc_info=True,
                )  # apply() will fail
                continue
            accounts.update(touched.accounts)
            rooms.update(touched.rooms)
            keys.update(touched.keys)
            people.update(touched.people)
        return Touched(accounts, rooms, keys, people)

    def _about_now(self) -> int:
        """The time (ms since 1970 UTC), as far as it is known before the database is asked."""
        return int((self.now() if self.clock is None else self.clock()) * 1000)

    def _lock(self, touched: Touched) -> tuple[int, Mapping[int, int]]:
        """Write the receipt and lock rows, all in one statement. Returns the time, and the rooms' last seqs."""
        values: dict[str, Any] = {
            **self.node.next_receipt(),
            "accounts": [*touched.accounts],
            "rooms": [*touched.rooms, *self._unnamed],
        }
        by_name = touched.keys or touched.people
        if by_name:
            values["keys"] = [*touched.keys]
            values["guests"] = [actor.guest for actor in touched.people if actor.guest is not None]
            values["members"] = [actor.account_id for actor in touched.people if actor.account_id is not None]
        receipt, *rows = driver.run(self.connection, _LOCK_NAMED if by_name else _LOCK, values, begins=True)
        if receipt[0] != "receipt":
            raise fenced()
        self.node.written(rows[-1][2])
        last_seqs = {id_: value for what, id_, value in rows if what == "room"}
        now = rows[-1][2] if self.clock is None else int(self.clock() * 1000)
        return now, last_seqs

    def hold(self, room_id: int) -> Sequence[Published]:
        """If the transaction has to be done again, this room is locked with the others."""
        self._unnamed.add(room_id)
        rows = driver.run(self.connection, _HOLD, {"room": room_id})
        if not rows or rows[0][0] <= self._catch_up.after(room_id):
            return ()
        return [(event, None) for event in self._catch_up.read(self.connection, {room_id: rows[0][0]})]

    def roll_back(self) -> None:
        with suppress(*driver.ERRORS):
            self._transaction.rollback()

    def commit(self, published: Sequence[Published], *, erased: bool) -> None:
        if driver.has_failed(self.connection):  # COMMIT would roll it back, and not say so
            self.roll_back()
            raise AgainError("a statement of the transaction has failed")
        try:
            self._transaction.commit()
        except Exception as error:
            raise CommitUnsettledError(driver.why(error)) from error
        self._committed(published)

    def was_stored(self, published: Sequence[Published]) -> bool:
        stored = self._connect(anew=True) == self.node.batch
        if stored:
            self._committed(published)
        return stored

    def _committed(self, published: Sequence[Published]) -> None:
        self._unnamed = set()
        self.node.committed()
        self._catch_up.remember(published)

    # The other nodes.

    def told(self, published: Sequence[Published]) -> None:
        self._bus.tell(published)

    def take_over(self, heard: deque[Any]) -> Sequence[Published]:
        self._connect()
        with self.connection.begin():
            self._see_one_state()
            take_over(self.connection, self._catch_up, self.node.id, heard, self._found)
        found, self._found = self._found, []
        self.node.heard(found)
        return found

    def has_missed(self) -> bool:
        """The bus tells by itself what may have been missed."""
        return bool(self._found)

    def rest(self, *, idle: bool) -> None:
        """Beat, if that is due; this also notices that the database is away."""
        if idle and (self.node.due or self._away):
            try:
                self._connect()
                with self.connection.begin():
                    self.node.receipt(self.connection)
            except driver.ERRORS as error:
                self._away = driver.why(error)

    def trouble(self) -> str:
        return self._away

    def close(self) -> None:
        self._bus.stop()
        with suppress(FencedError, *driver.ERRORS):
            self._connect()
            with self.connection.begin():
                self.node.leave(self.connection)
        self._opener.shutdown(wait=False)
        with suppress(*driver.ERRORS):
            self.connection.close()
