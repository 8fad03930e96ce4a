"""The writer's transactions on SQLite: each holds the write lock of the file from its beginning.

- Before COMMIT the database's files are compared with those that were opened. If one was removed or replaced,
  the batch is refused: whatever is committed into a file without a name is lost.
- If the disk is full, SQLite has rolled the batch back. Its senders are refused, nobody has seen it, and the
  writer goes on with the next batch.
- If COMMIT fails in any other way, nobody knows whether the rows will be there after a restart. The writer
  then says nothing, and stops for good.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from sqlalchemy import Connection, Engine, RootTransaction

from chatstore.chat.model.events import AccessLeft, Published, RoomPruned, RoomRemoved
from chatstore.chat.model.room_events import MessageRedacted
from chatstore.chat.ports import Clock, Others
from chatstore.chat.ports.nodes import Nicks, Presences
from chatstore.storage.backend import Begun, Here, Load, Unit
from chatstore.storage.catch_up import CatchUp
from chatstore.storage.errors import DISK_FULL, NOT_STORED, CommitUnknownError, NotStoredError
from chatstore.storage.presence import ONE_SERVER
from chatstore.storage.rooms import Members, Rooms
from chatstore.storage.sqlite import driver

_GONE = f"{NOT_STORED}: the server's database file is gone"
_LONG_LOG = 16 * 2**20
"""Bytes of the write-ahead log from which on it is emptied, where only others write."""
_FORGET_AGAIN = 1.0
"""Seconds after which emptying the write-ahead log of what was erased is tried again while there is other
work."""


_ERASING = (MessageRedacted, RoomRemoved, RoomPruned)
"""What a command may have erased: the server alone empties the write-ahead log. What changed without an event may
have been erased, too."""


class SqliteWriter:
    """A WriterConnection. `checkpoints`: true in the server only (see driver.py)."""

    def __init__(self, engine: Engine, clock: Clock, *, checkpoints: bool) -> None:
        self._engine = engine
        self._clock = clock
        self._checkpoints = checkpoints
        self._catch_up = CatchUp()
        self.answered_at = 0.0
        self._commits = 0
        """The last value of driver.foreign_commits()."""
        self._erased = False
        """Whether something was erased of which the write-ahead log still has a copy."""
        self._next_forgetting = 0.0
        """When emptying the write-ahead log is tried again (time.monotonic)."""
        self._others_wrote = False
        """Whether another process has committed since the length of the log was looked at."""
        self._gone = ""
        """The file that was missing last; empty if none was."""

    node_id = ""
    hears = True
    connection: Connection
    _transaction: RootTransaction

    def start(self, load: Load, hear: Callable[[Any], None], here: Here) -> None:
        connection = driver.writing(self._engine, checkpoints=self._checkpoints)
        try:
            with connection.begin():
                self._commits = driver.foreign_commits(connection)
                self._catch_up.begin(connection, here)
                load(Rooms(connection).all(), Members(connection).all(), Others())
            self._files = driver.Files(str(self._engine.url.database))
            self.answered_at = time.monotonic()
        except BaseException:
            connection.close()
            raise
        self.connection = connection

    def now(self) -> float:
        return self._clock()

    def people(self) -> tuple[Presences, Nicks]:
        return ONE_SERVER, ONE_SERVER

    def begin(self, units: Sequence[Unit]) -> Begun:
        now = int(self._clock() * 1000)
        try:
            self._transaction = self.connection.begin()
        except driver.ERRORS as error:  # another process keeps the database locked
            raise NotStoredError(driver.why(error)) from error
        try:
            commits = driver.foreign_commits(self.connection)
            if commits == self._commits:
                return Begun(now, ())
            self._others_wrote = True
            missed = self._catch_up.find(self.connection)
        except driver.ERRORS as error:
            self.roll_back()
            raise NotStoredError(driver.why(error)) from error
        self._commits = commits
        told = [event for event, _ in missed if not isinstance(event, AccessLeft)]
        self._erased = self._erased or not told or any(isinstance(event, _ERASING) for event in told)
        return Begun(now, missed)

    def hold(self, room_id: int) -> Sequence[Published]:
        return ()

    def roll_back(self) -> None:
        self._transaction.rollback()

    def commit(self, published: Sequence[Published], *, erased: bool) -> None:
        # SQLite goes on writing into a file that was removed or replaced, and nobody would find it after a
        # restart.
        if missing := self._files.missing():
            self.roll_back()
            self._refuse_gone(missing)
        try:
            self._transaction.commit()
        except Exception as error:
            if not driver.out_of_space(error):
                raise CommitUnknownError from error
            self.roll_back()
            raise NotStoredError(driver.why(error), DISK_FULL) from error
        self.answered_at = time.monotonic()
        self._gone = ""
        self._catch_up.remember(published)
        self._erased = self._erased or erased

    def was_stored(self, published: Sequence[Published]) -> bool:
        raise AssertionError("only the next start can tell")

    def _refuse_gone(self, missing: str) -> NoReturn:
        """Refuse a batch. Logged once, because every batch is refused until the file is back or the server
        stops."""
        known, self._gone = missing == self._gone, missing
        why = (
            f"{missing} was removed or replaced while the server runs: nothing is stored until it is back. Stop the"
            " server, and put the file back"
        )
        raise NotStoredError(why, _GONE, known=known)

    def told(self, published: Sequence[Published]) -> None:
        """There is one server."""

    def take_over(self, heard: deque[Any]) -> Sequence[Published]:
        return ()

    def has_missed(self) -> bool:
        with self.connection.begin():
            missed = driver.foreign_commits(self.connection) != self._commits
        self.answered_at = time.monotonic()
        return missed

    def rest(self, *, idle: bool) -> None:
        """Empty the write-ahead log of what was erased: when there is nothing else to do, or a second later. Also
        empty it if another process has made it long, and nothing is written here that would."""
        if not self._checkpoints:
            return
        if idle and self._others_wrote:
            self._others_wrote = False
            if driver.log_size(self._engine) > _LONG_LOG:
                driver.forget_log(self.connection)
        if not self._erased:
            return
        now = time.monotonic()
        if idle or now > self._next_forgetting:
            self._erased = not driver.forget_log(self.connection)
            self._next_forgetting = now + _FORGET_AGAIN

    def trouble(self) -> str:
        return self._files.missing()

    def close(self) -> None:
        self.connection.close()
