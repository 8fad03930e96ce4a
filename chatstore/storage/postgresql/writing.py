"""The writer's transactions on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, RootTransaction

from chatstore.chat.model.events import Published
from chatstore.chat.ports import Others
from chatstore.chat.ports.nodes import Nicks as NicksPort
from chatstore.chat.ports.nodes import Presences as PresencesPort
from chatstore.storage.backend import Begun, Load, Unit
from chatstore.storage.catch_up import CatchUp
from chatstore.storage.errors import CommitUnknownError, NotStoredError
from chatstore.storage.postgresql import driver
from chatstore.storage.postgresql.bus import Bus
from chatstore.storage.postgresql.node import Node
from chatstore.storage.postgresql.presence import Nicks, Presences
from chatstore.storage.postgresql.taking_over import read_spans, take_over
from chatstore.storage.rooms import Members, Rooms


class PostgresWriter:
    """A WriterConnection."""

    connection: Connection
    _transaction: RootTransaction
    _bus: Bus

    def __init__(self, engine: Engine, node: Node) -> None:
        self._engine = engine
        self._catch_up = CatchUp(read_spans)
        self.node = node

    def start(self, load: Load, hear: Callable[[Any], None]) -> None:
        self.connection = self._engine.connect().execution_options(isolation_level="READ COMMITTED")
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
                self._catch_up.begin(self.connection)
                others = Others(self.node.id, Presences(self.connection, self.node.id).all())
                load(Rooms(self.connection).all(), Members(self.connection).all(), others)
        except BaseException:
            self.close()
            raise

    def _see_one_state(self) -> None:
        """Several statements of the transaction see the same."""
        driver.run(self.connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def people(self) -> tuple[PresencesPort, NicksPort]:
        return Presences(self.connection, self.node.id), Nicks(self.connection)

    def begin(self, units: Sequence[Unit]) -> Begun:
        try:
            self._transaction = self.connection.begin()
            now = self.node.receipt(self.connection)
        except driver.ERRORS as error:
            raise NotStoredError(str(error)) from error
        return Begun(now, ())

    def hold(self, room_id: int) -> Sequence[Published]:
        return ()

    def roll_back(self) -> None:
        with suppress(*driver.ERRORS):
            self._transaction.rollback()

    def commit(self, published: Sequence[Published], *, erased: bool) -> None:
        try:
            self._transaction.commit()
        except Exception as error:
            raise CommitUnknownError from error
        self.node.committed()
        self._catch_up.remember(published)

    def told(self, published: Sequence[Published]) -> None:
        self._bus.tell(published)

    def take_over(self, heard: Sequence[Any]) -> Sequence[Published]:
        with self.connection.begin():
            self._see_one_state()
            return take_over(self.connection, self._catch_up, self.node.id, heard)

    def has_missed(self) -> bool:
        return False

    def rest(self, *, idle: bool) -> None:
        """Beat, if that is due."""
        if idle and self.node.due:
            with suppress(*driver.ERRORS), self.connection.begin():
                self.node.receipt(self.connection)

    def trouble(self) -> str:
        return ""

    def close(self) -> None:
        self._bus.stop()
        with suppress(*driver.ERRORS), self.connection.begin():
            self.node.leave(self.connection)
        self.connection.close()
