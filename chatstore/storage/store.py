"""The Store of chat.ports: one database with its writer, its readers, its index of words and its lock."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.events import MESSAGE_KINDS
from chatstore.chat.model.messages import Draft, Found, Search
from chatstore.chat.model.rooms import Room
from chatstore.chat.ports import Change, Clock, StoredMember
from chatstore.chat.ticket import Ticket
from chatstore.storage import migrate, schema
from chatstore.storage import search as searching
from chatstore.storage.accounts import Accounts
from chatstore.storage.engine import NoDatabaseError, StorageError, open_engine
from chatstore.storage.invitations import Invitations
from chatstore.storage.messages import Messages, RoomStats
from chatstore.storage.metadata import Metadata
from chatstore.storage.read_markers import ReadMarkers
from chatstore.storage.rooms import Invites, Members, Offers, Rooms
from chatstore.storage.rows import Rows
from chatstore.storage.sqlite import driver as sqlite
from chatstore.storage.sqlite import full_text
from chatstore.storage.sqlite import incarnation
from chatstore.storage.sqlite.full_text import IndexReader, path_beside
from chatstore.storage.sqlite.indexing import Indexer
from chatstore.storage.sqlite.lock import Served, ServerLock, holder, path_of
from chatstore.storage.tokens import Tokens
from chatstore.storage.writer import Deliver, Load, Writer

log = logging.getLogger(__name__)

Subject = TypeVar("Subject", bound=Rows)

_ENDS = ("", "-wal", "-shm", "-journal")
_COUNT = select(func.count()).where(schema.messages.c.kind.in_(MESSAGE_KINDS))

__all__ = ["DatabaseStore", "NoDatabaseError", "RoomStats", "StorageError"]


class DatabaseStore:
    """A database that is open. Every method but submit() blocks.

    Its rows (`accounts`, `rooms`, …) are for reading: each call takes a connection, sees one state of the database,
    and gives the connection back.
    """

    def __init__(
        self,
        url: str,
        readers: int = 8,
        *,
        create: bool = True,
        read_only: bool = False,
        follows: bool = False,
        server: str = "",
    ) -> None:
        """Open a database by its URL; create or migrate it. Raises StorageError.

        `readers`: how many threads may read at once. `create`: if false, raises NoDatabaseError when there
        is none. `read_only`: nothing is written, and the database must exist. `follows`: a read-only
        database sees what others write from now on. `server`: given by the one server of a database, for
        the lock: who that is, in one line (see lock.py). Nothing is written before the lock is held.
        """
        self._engine: Engine = open_engine(
            url, readers, create=create and not read_only, read_only=read_only, follows=follows
        )
        self._lock: ServerLock | None = None
        self.incarnation = ""
        """The incarnation of the database, in the server only; see incarnation.py."""
        self._writer: Writer | None = None
        self.submit: Callable[[Sequence[Draft | Change]], Ticket] = _nothing_is_written
        """Writer.submit. Before start_writer() it fails."""
        self._words = IndexReader(path_beside(self.path))
        self._indexer: Indexer | None = None
        self.accounts = self._each(Accounts)
        self.tokens = self._each(Tokens)
        self.invitations = self._each(Invitations)
        self.rooms = self._each(Rooms)
        self.members = self._each(Members)
        self.invites = self._each(Invites)
        self.offers = self._each(Offers)
        self.messages = self._each(Messages)
        self.markers = self._each(ReadMarkers)
        self.metadata = self._each(Metadata)
        try:
            self._open(server, read_only=read_only)
        except BaseException:
            self._engine.dispose()
            if not read_only:
                _remove_if_empty(self.path)
            self._unlock()
            raise

    def _open(self, server: str, *, read_only: bool) -> None:
        """Take the lock, and create or migrate the database."""
        if server:
            migrate.known_revision(self._engine)  # otherwise a lock would be made beside another program's file
            self._lock = ServerLock(self.path, server)
        if read_only:
            self.created, self.migration_copy = migrate.Upgrade()
        else:
            served_by = (lambda: "") if server else (lambda: holder(self.path))
            self.created, self.migration_copy = migrate.upgrade(self._engine, served_by)
        if self._lock is not None:
            self._file = sqlite.identity(str(self.path))
            self.incarnation = incarnation.settle(self._engine, self._lock.before, path_beside(self.path))
            self._note()
            for copy in migrate.drop_old_copies(self.path, time.time()):
                log.info(
                    "%s, a copy from before a migration, has messages that were erased since."
                    " The first start more than two weeks after it was made removes it",
                    copy,
                )

    def check_schema(self) -> None:
        """Raise StorageError if the schema is not this program's. It is for a read-only database, which is
        not migrated."""
        migrate.check(self._engine)

    @property
    def path(self) -> Path:
        """The database's file."""
        assert self._engine.url.database is not None
        return Path(self._engine.url.database)

    def size(self) -> int:
        """The bytes on disk, including the write-ahead log."""
        return sqlite.size(self._engine)

    def back_up(self, path: Path, *, replace: bool) -> int:
        """Copy the database, as it is at one moment, to a file; a server may be running. Returns the number
        of messages in the copy. Raises StorageError."""
        if _is_ours(path, self.path):
            raise StorageError(f"{path} belongs to the database itself: choose another file")
        try:
            with self._reading() as connection:
                count = connection.execute(_COUNT).scalar_one()
                sqlite.back_up(connection, path, replace=replace)
        except FileExistsError:
            raise StorageError(f"{path} already exists; it is not overwritten") from None
        except (OSError, *sqlite.ERRORS) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise StorageError(f"{path} can't be written: {why}") from None
        return int(count)

    # Writing.

    def start_writer(
        self,
        deliver: Deliver,
        clock: Clock,
        *,
        load: Load = lambda _rooms, _members: None,
        checkpoints: bool = True,
        refusal: Callable[[Draft], ChatError | None] = lambda _: None,
        on_fatal: Callable[[], None] = lambda: None,
    ) -> None:
        """Start the writer: submit() works from now on. `deliver` is given everything that happens after what
        `load` is given. `checkpoints`: true in the server only (see sqlite.py). `refusal` judges
        messages: why one is refused, or None. `on_fatal` is called when the writer gives up. Raises
        StorageError."""
        writer = Writer(self._engine, deliver, clock, checkpoints=checkpoints, refusal=refusal, on_fatal=on_fatal)
        try:
            writer.start(load)
        except sqlite.ERRORS as error:
            raise StorageError(f"{self.path} can't be written: {getattr(error, 'orig', error)}") from None
        self._writer, self.submit = writer, writer.submit

    @property
    def writing(self) -> bool:
        """Whether the writer accepts work."""
        return self._writer is not None and self._writer.alive

    @property
    def healthy(self) -> bool:
        """Whether what is submitted now would be stored, as far as is known; see Writer.healthy. Never blocks."""
        return self._writer is not None and self._writer.healthy

    def start_indexing(self, clock: Clock) -> None:
        """Start the thread that keeps the index of words, in the server only. Without the index, and if
        SQLite has no full-text search, searches read messages one by one."""
        if not full_text.available():
            log.info("this SQLite has no full-text search (FTS5): searches read messages one by one")
            return
        writer = self._writer
        busy = (lambda: writer.queued > 0) if writer is not None else (lambda: False)
        self._indexer = Indexer(path_beside(self.path), self._reading, clock, self._words.doubted, busy)
        self._indexer.start()

    def close(self) -> None:
        """Store what is queued, and close the database."""
        self._words.close()
        if self._indexer is not None:
            self._indexer.stop()
        if self._writer is not None:
            self._writer.stop()
        with suppress(StorageError, *sqlite.ERRORS, OSError):
            self._note()
        self._engine.dispose()
        self._unlock()

    def advertise(self, page: str, endpoints: Mapping[str, tuple[str, int]]) -> None:
        """Tell commands that run beside this server where it is; see lock.Served."""
        if self._lock is not None:
            self._lock.advertise(Served(page, dict(endpoints)))

    def _note(self) -> None:
        """Leave a note for the server's next start."""
        if self._lock is not None:
            newest = incarnation.newest(self._engine)
            self._lock.note({"incarnation": self.incarnation, "file": self._file, "newest": newest})

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # Reading.

    def roster(self) -> tuple[Sequence[Room], Sequence[StoredMember]]:
        """Every named room, and the members of all of them."""
        with self._reading() as connection:
            return Rooms(connection).all(), Members(connection).all()

    def search(self, search: Search, go_on: Callable[[], bool]) -> Found:
        return searching.search(self._reading, search, go_on, self._words)

    def _each(self, rows: type[Subject]) -> Subject:
        """Rows for reading: each call has a connection of its own, and sees one state. It raises StorageError if
        the database can't be read. The cast holds for methods alone, which is what tests/storage/test_rows.py
        checks."""
        return cast("Subject", _EachCall(rows, self._reading))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection whose transaction makes several statements see one state."""
        try:
            with self._engine.connect() as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            raise StorageError(f"{self.path} can't be read: {error.orig}") from error


class _EachCall:
    """A stand-in for rows: each call of one of their methods takes a connection, and gives it back."""

    def __init__(self, rows: type[Rows], reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._rows = rows
        self._reading = reading

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            with self._reading() as connection:
                return getattr(self._rows(connection), name)(*arguments, **options)

        return call


def _nothing_is_written(_units: Sequence[Draft | Change]) -> Ticket:
    raise AssertionError("start_writer() comes first")


def _is_ours(path: Path, database: Path) -> bool:
    """Whether a file is the database, its index or its lock, or one that SQLite keeps beside them."""
    ours = [Path(f"{file}{end}") for file in (database, path_beside(database)) for end in _ENDS]
    ours.append(path_of(database))
    return path.resolve() in [own.resolve() for own in ours]


def _remove_if_empty(path: Path) -> None:
    """Remove an empty file that a failed start has left."""
    try:
        if path.stat().st_size == 0:
            os.unlink(path)
    except OSError:
        pass
