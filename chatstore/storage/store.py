"""The Store of chat.ports over one database: a writer, and readers that fetch what they need and let go."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.events import Actor
from chatstore.chat.model.invitations import AccountInvitation
from chatstore.chat.model.kinds import SAID_KINDS
from chatstore.chat.model.lookalikes import looks_of
from chatstore.chat.model.messages import Draft, Found, HistoryQuery, Page, Search
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import Name
from chatstore.chat.model.rooms import Invitation, Offer, Room
from chatstore.chat.model.tokens import DeviceToken
from chatstore.chat.ports import Bus, Change, Clock, Conversation, MetadataItem, StoredMember, Unseen
from chatstore.chat.ticket import Ticket
from chatstore.storage import (
    accounts,
    incarnation,
    invitations,
    markers,
    messages,
    metadata,
    migrate,
    rooms,
    schema,
    sqlite,
    tokens,
)
from chatstore.storage import search as searching
from chatstore.storage import sqlite_shards as full_text
from chatstore.storage.engine import NoDatabaseError, StorageError, open_engine
from chatstore.storage.indexing import Indexer
from chatstore.storage.lock import ServerLock, holder, path_of
from chatstore.storage.messages import RoomStats
from chatstore.storage.sqlite_shards import path_beside
from chatstore.storage.sqlite_words import Words
from chatstore.storage.writer import Load, Writer

log = logging.getLogger(__name__)

_ENDS = ("", "-wal", "-shm", "-journal")
_COUNT = select(func.count()).where(schema.messages.c.kind.in_(SAID_KINDS))

__all__ = ["DatabaseStore", "NoDatabaseError", "RoomStats", "StorageError"]


class DatabaseStore:
    """Opened for a URL; `readers` is how many threads may read at once. Reading methods block."""

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
        """Create or migrate the database. Raises StorageError; without `create`, NoDatabaseError where there
        is none. `read_only`: nothing is written, and the database must exist; it sees what others write from now on
        if it `follows`. `server`: of the one server of a
        database, what others are told of it (see lock.py); before it has the lock it writes nothing."""
        self._engine: Engine = open_engine(
            url, readers, create=create and not read_only, read_only=read_only, follows=follows
        )
        self._lock: ServerLock | None = None
        self.incarnation = ""
        """Which life of the database this is, in the server; see incarnation.py."""
        self._writer: Writer | None = None
        self._words = Words(path_beside(self.path))
        self._indexer: Indexer | None = None
        try:
            if server:
                migrate.known_revision(self._engine)  # no lock beside a file that is another program's
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
                        "%s has messages that were erased since; it is removed two weeks after it was made", copy
                    )
        except BaseException:
            self._engine.dispose()
            if not read_only:
                _remove_if_empty(self.path)
            self._unlock()
            raise

    def check_schema(self) -> None:
        """Of a database that is only read: raises StorageError where its schema is not this program's."""
        migrate.check(self._engine)

    @property
    def path(self) -> Path:
        """The database's file."""
        assert self._engine.url.database is not None
        return Path(self._engine.url.database)

    def size(self) -> int:
        """Bytes on disk."""
        return sqlite.size(self._engine)

    def back_up(self, path: Path, *, replace: bool) -> int:
        """Copy the database to a file, beside a running server or not; the number of messages in the copy,
        which is as the database was at one moment. Raises StorageError."""
        if _is_ours(path, self.path):
            raise StorageError(f"{path} belongs to the database itself: choose another file")
        try:
            with self._reading() as connection:
                count = connection.execute(_COUNT).scalar_one()
                sqlite.back_up(connection, path, replace=replace)
        except FileExistsError:
            raise StorageError(f"{path} already exists; it is not overwritten") from None
        except (OSError, sqlite3.Error) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise StorageError(f"{path} can't be written: {why}") from None
        return int(count)

    # Writing.

    def start_writer(
        self,
        bus: Bus,
        clock: Clock,
        *,
        load: Load = lambda _rooms, _members: None,
        checkpoints: bool = True,
        refusal: Callable[[Draft], ChatError | None] = lambda _: None,
        on_fatal: Callable[[], None] = lambda: None,
    ) -> None:
        """From here on submit() works, and what is published on the bus follows on what `load` is given.
        `checkpoints`: in the server only (see sqlite.py). Raises StorageError."""
        writer = Writer(self._engine, bus, clock, checkpoints=checkpoints, refusal=refusal, on_fatal=on_fatal)
        try:
            writer.start(load)
        except sqlite.ERRORS as error:
            raise StorageError(f"{self.path} can't be written: {getattr(error, 'orig', error)}") from None
        self._writer = writer

    @property
    def writing(self) -> bool:
        """Whether there is a writer that works."""
        return self._writer is not None and self._writer.alive

    @property
    def well(self) -> bool:
        """Whether what is submitted now would be stored, as far as is known; see Writer.well. Never blocks."""
        return self._writer is not None and self._writer.well

    def submit(self, units: Sequence[Draft | Change]) -> Ticket:
        assert self._writer is not None, "start_writer() comes first"
        return self._writer.submit(units)

    def start_indexing(self, clock: Clock) -> None:
        """From here on the index of words follows what is committed, by whomever; in the server only. Without it,
        and where SQLite has no full-text search, searches read rows."""
        if not full_text.available():
            log.info("this SQLite has no full-text search (FTS5): searches read messages one by one")
            return
        writer = self._writer
        pressed = (lambda: writer.pressed) if writer is not None else (lambda: False)
        self._indexer = Indexer(path_beside(self.path), self._reading, clock, self._words.doubted, pressed)
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

    def _note(self) -> None:
        """Beside the database, for the server's next start."""
        if self._lock is not None:
            newest = incarnation.newest(self._engine)
            self._lock.note({"incarnation": self.incarnation, "file": self._file, "newest": newest})

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # Reading.

    def page(self, query: HistoryQuery) -> Page:
        with self._reading() as connection:
            return messages.page(connection, query)

    def search(self, search: Search, go_on: Callable[[], bool]) -> Found:
        return searching.search(self._reading, search, go_on, self._words)

    def first_seq_from(self, room_id: int, time: int) -> int:
        with self._reading() as connection:
            return messages.first_seq_from(connection, room_id, time)

    def conversations(
        self,
        actor: Actor,
        after: int,
        before: int,
        limit: int,
        *,
        newest: bool = True,
        ahead: int | None = None,
    ) -> Sequence[Conversation]:
        with self._reading() as connection:
            return messages.conversations(connection, actor, after, before, limit, newest=newest, ahead=ahead)

    def read_marker(self, room_id: int, actor: Actor) -> int | None:
        with self._reading() as connection:
            return markers.read_at(connection, room_id, actor)

    def unseen(self, account_id: int) -> Sequence[Unseen]:
        with self._reading() as connection:
            return messages.unseen(connection, account_id)

    def account(self, account_id: int) -> Account | None:
        with self._reading() as connection:
            return accounts.by_id(connection, account_id)

    def account_named(self, folded: str) -> Account | None:
        with self._reading() as connection:
            return accounts.by_folded(connection, folded)

    def account_looking_like(self, name: Name) -> Account | None:
        with self._reading() as connection:
            return accounts.looking_like(connection, looks_of(name))

    def knows_network(self, account_id: int, digest: str) -> bool:
        with self._reading() as connection:
            return accounts.knows_network(connection, account_id, digest)

    def account_with_certificate(self, fingerprint: str) -> Account | None:
        with self._reading() as connection:
            return accounts.by_certificate(connection, fingerprint)

    def certificates(self, account_id: int) -> Sequence[tuple[str, int]]:
        """(fingerprint, when it was added) of the account's, the oldest first."""
        with self._reading() as connection:
            return accounts.certificates_of(connection, account_id)

    def tokens(self, account_id: int) -> Sequence[DeviceToken]:
        """The account's, the oldest first."""
        with self._reading() as connection:
            return tokens.of_account(connection, account_id)

    def token(self, digest: str) -> DeviceToken | None:
        with self._reading() as connection:
            return tokens.by_digest(connection, digest)

    def account_invitation(self, digest: str) -> AccountInvitation | None:
        with self._reading() as connection:
            return invitations.by_digest(connection, digest)

    def account_invitations(self) -> Sequence[AccountInvitation]:
        """The used and expired ones too, the oldest first."""
        with self._reading() as connection:
            return invitations.every(connection)

    def all_accounts(self) -> Sequence[Account]:
        with self._reading() as connection:
            return accounts.all_accounts(connection)

    def room_keyed(self, key: str) -> Room | None:
        with self._reading() as connection:
            return rooms.by_key(connection, key)

    def invitations(self, actor: Actor) -> Sequence[str]:
        with self._reading() as connection:
            return rooms.invitations_of(connection, actor)

    def offers(self, account_id: int) -> Sequence[Offer]:
        with self._reading() as connection:
            return rooms.offers(connection, account_id)

    def invitations_to(self, room_id: int) -> Sequence[Invitation]:
        with self._reading() as connection:
            return rooms.invitations_to(connection, room_id)

    def metadata(self, subject: Subject) -> Mapping[str, str]:
        with self._reading() as connection:
            return metadata.of(connection, subject)

    def metadata_around(
        self, rooms: Sequence[int], accounts: Sequence[int], keys: Sequence[str]
    ) -> Sequence[MetadataItem]:
        with self._reading() as connection:
            return metadata.around(connection, rooms, accounts, keys)

    def room_stats(self, room_id: int) -> RoomStats:
        with self._reading() as connection:
            return messages.room_stats(connection, room_id)

    def roster(self) -> tuple[Sequence[Room], Sequence[StoredMember]]:
        """Every named room and its members, for the hub at the start."""
        with self._reading() as connection:
            return rooms.all_rooms(connection), rooms.members(connection)

    def rooms_ahead(self, time: int) -> Sequence[tuple[str, int]]:
        """Conversations whose newest fact is later than this time (ms since 1970 UTC): the name of each room and
        when that is; direct conversations together, as one. The latest first."""
        with self._reading() as connection:
            return rooms.ahead(connection, time)

    def memberships(self, actor: Actor) -> Sequence[StoredMember]:
        with self._reading() as connection:
            return rooms.memberships_of(connection, actor)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection for one look; the transaction makes several statements see one state. Raises
        StorageError when the database can't be read."""
        try:
            with self._engine.connect() as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            raise StorageError(f"{self.path} can't be read: {error.orig}") from error


def _is_ours(path: Path, database: Path) -> bool:
    """Whether a file is the database, the index of its words, or one of those that SQLite keeps beside them."""
    ours = [Path(f"{file}{end}") for file in (database, path_beside(database)) for end in _ENDS]
    ours.append(path_of(database))
    return path.resolve() in [own.resolve() for own in ours]


def _remove_if_empty(path: Path) -> None:
    """What a start that failed has made must not be left behind."""
    try:
        if path.stat().st_size == 0:
            os.unlink(path)
    except OSError:
        pass
