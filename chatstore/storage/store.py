"""The Store of chat.ports: one database with its writer, its readers, its index of words and its lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.messages import Draft, Found, Search
from chatstore.chat.model.rooms import Room
from chatstore.chat.ports import Clock, StoredMember
from chatstore.chat.ticket import Ticket
from chatstore.storage import backends, drivers, migrate
from chatstore.storage.accounts import Accounts
from chatstore.storage.answered import Answered
from chatstore.storage.audit import Audit
from chatstore.storage.backend import Examined, Here, Leader, Load, NodeInfo, Reading, Restored, Unit
from chatstore.storage.backups import Backup, Report, Wanted, back_up
from chatstore.storage.checks.examine import examine
from chatstore.storage.checks.finding import Finding
from chatstore.storage.checks.rows import messages_in
from chatstore.storage.content_copies import bring, contents_of, folder_of
from chatstore.storage.contents import Folder
from chatstore.storage.copies import Copy
from chatstore.storage.engine import open_engine
from chatstore.storage.erasure import Erasure
from chatstore.storage.errors import NoDatabaseError, StorageError, UnreadableError
from chatstore.storage.exporting import Snapshot
from chatstore.storage.favourites import Favourites
from chatstore.storage.feed import FeedRows
from chatstore.storage.figures import WriterFigures
from chatstore.storage.hooks import Hooks
from chatstore.storage.imports import Imports
from chatstore.storage.invitations import Invitations
from chatstore.storage.messages import Messages, RoomStats
from chatstore.storage.metadata import Metadata
from chatstore.storage.notifications import NotificationSettings
from chatstore.storage.own_export import OwnExport
from chatstore.storage.peace import PeaceSettings
from chatstore.storage.pins import Pins
from chatstore.storage.previews import Previews
from chatstore.storage.push import Push
from chatstore.storage.read_markers import ReadMarkers
from chatstore.storage.reports import Reports
from chatstore.storage.rooms import Invites, Members, Offers, Rooms
from chatstore.storage.rows import Rows
from chatstore.storage.server_bans import ServerBans
from chatstore.storage.tokens import Tokens
from chatstore.storage.uploads import Files
from chatstore.storage.writer import Deliver, Writer

Subject = TypeVar("Subject", bound=Rows)

__all__ = ["DatabaseStore", "RoomStats"]


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
        node: NodeInfo | None = None,
        files: Path | None = None,
    ) -> None:
        """Open a database by its URL; create or migrate it. Raises StorageError.

        `readers`: how many threads may read at once. `create`: if false, raises NoDatabaseError when there
        is none. `read_only`: nothing is written, and the database must exist. `follows`: a read-only
        database sees what others write from now on. `server`: given by the one server of a database, for
        the lock: who that is, in one line (see Place.claim). Nothing is written before the lock is held.
        `node`: what other processes that write the database are told of this one. `files`: the folder with the
        contents of files; None for the one beside the database, if that is a file.
        """
        self._url = url
        self._engine = open_engine(
            url, readers, create=create and not read_only, read_only=read_only, follows=follows
        )
        self._node = node if node is not None else NodeInfo()
        self._backend = backends.named(self._engine.dialect.name)
        driver = drivers.of(self._engine)
        self._errors, self._why = driver.ERRORS, driver.why
        self._without_transactions = (
            self._engine.execution_options(isolation_level="AUTOCOMMIT") if driver.REMOTE else self._engine
        )
        self.place = self._backend.place(self._engine)
        """Where the database is."""
        folder = files or (Path(f"{self.place.file}.files") if self.place.file is not None else None)
        self.contents = Folder(folder) if folder is not None else None
        """Where the bytes of files are; None if there is no such place."""
        self.incarnation = ""
        """The incarnation of the database, in the server only; see docs/glossary.md."""
        self.restored: tuple[str, int] | None = None
        """Place.restored(), in the server only."""
        self._writer: Writer | None = None
        self._leader: Leader | None = None
        self.now: Clock = time.time
        """Seconds since 1970 UTC by the clock of the database, after start_writer(); it never blocks."""
        self.node = ""
        """The id of this process among those that write the database, after start_writer(); empty with SQLite."""
        self.submit: Callable[[Sequence[Unit]], Ticket] = _nothing_is_written
        """Writer.submit. Before start_writer() it fails."""
        self._words = self._backend.words(self._engine, self._reading)
        self._set_readers()
        try:
            self._open(server, create=create, read_only=read_only)
        except BaseException as error:
            self._give_up(read_only=read_only)
            if isinstance(error, self._errors):
                raise StorageError(f"{self.place.name} can't be used: {self._why(error)}") from None
            raise

    def _set_readers(self) -> None:
        """One for each subject; see _each."""
        self.accounts = self._each(Accounts)
        self.tokens = self._each(Tokens)
        self.invitations = self._each(Invitations)
        self.rooms = self._each(Rooms)
        self.members = self._each(Members)
        self.invites = self._each(Invites)
        self.offers = self._each(Offers)
        self.messages = self._each(Messages)
        self.markers = self._each(ReadMarkers)
        self.pins = self._each(Pins)
        self.metadata = self._each(Metadata)
        self.erasure = self._each(Erasure)
        self.imports = self._each(Imports)
        self.audit = self._each(Audit)
        self.reports = self._each(Reports)
        self.server_bans = self._each(ServerBans)
        self.hooks = self._each(Hooks)
        self.files = self._each(Files)
        self.notifications = self._each(NotificationSettings)
        self.favourites = self._each(Favourites)
        self.peace = self._each(PeaceSettings)
        self.push = self._each(Push)
        self.answered = self._each(Answered)
        self.feed = self._each(FeedRows)
        self.previews = self._each(Previews)

    def _give_up(self, *, read_only: bool) -> None:
        """The database can't be opened: leave nothing behind."""
        self._engine.dispose()
        if not read_only:
            self.place.remove_leftovers()
        self.place.close()

    def _open(self, server: str, *, create: bool, read_only: bool) -> None:
        """Claim the database, and create or migrate it."""
        if server:
            migrate.known_revision(self._engine, self.place)  # another program's database is not claimed
            self.place.claim(server, self._node)
            self.restored = self.place.restored()
        self.created, self.migration_copy = (
            migrate.Upgrade() if read_only else migrate.upgrade(self._engine, self.place, create=create)
        )
        if server:
            self.incarnation = self.place.ensure_incarnation()
            self.place.note_for_next_start()

    def check_schema(self) -> None:
        """Raise StorageError if the schema is not this program's. It is for a read-only database, which is
        not migrated."""
        migrate.check(self._engine, self.place)

    def copies(self, *, deep: bool = False) -> Sequence[Copy]:
        """The copies of the database that chatstore has made: from before migrations, backups, and what a
        restore has replaced. `deep`: unpack compressed ones, to count what they have that was erased
        since."""
        return self.place.copies(deep=deep)

    def copies_with_erased(self) -> Sequence[str]:
        """The names of the copies that have, or may have, words that were erased since."""
        return [copy.path.name for copy in self.copies() if copy.erased != 0]

    @property
    def older(self) -> bool:
        """Whether an earlier version has written it, and a server would migrate it. Raises StorageError if it is no
        database of chatstore, or a newer one's."""
        current, revisions = migrate.known_revision(self._engine, self.place)
        if current is None:
            raise NoDatabaseError(f"{self.place.name} has no chat in it yet")
        return current != revisions[-1]

    def message_count(self) -> int:
        """How many messages people have said."""
        with self._reading() as connection:
            return messages_in(connection)

    def examine(
        self,
        now: float,
        *,
        deep: bool = False,
        copy: bool = False,
        repair: bool = False,
        begins: Callable[[str], None] = lambda _name: None,
    ) -> Iterator[Finding]:
        """What `chatstore doctor` finds in the database; see Examined. `now`: seconds since 1970 UTC.
        `repair`: put right what can be, which writes. `begins` is told each check's name. Raises StorageError
        if it is no database of chatstore, or a newer one's."""
        older = self.older
        subject = Examined(self._reading, self.place, int(now * 1000), deep, copy, older, self.contents)
        writing = self._repairing if repair and not older else None
        yield from examine(subject, self._backend.checks(), writing=writing, begins=begins)

    @contextmanager
    def _repairing(self) -> Iterator[Connection]:
        """A transaction that writes the database, though the store may be open for reading only."""
        engine = open_engine(self._url, 1, create=False)
        try:
            with self._backend.place(engine).migrating() as connection:
                yield connection
        except self._errors as error:
            raise StorageError(f"{self.place.name} can't be written: {self._why(error)}") from None
        finally:
            engine.dispose()

    def back_up(self, wanted: Wanted, report: Report = lambda _what, _done, _all: None) -> Backup:
        """Copy the database, as it is at one moment, to a file; a server may be running. Raises
        StorageError."""
        return back_up(self.place, self._reading, wanted, report, self.contents)

    # Writing.

    def start_writer(
        self,
        deliver: Deliver,
        clock: Clock,
        *,
        load: Load = lambda _rooms, _members, _others: None,
        checkpoints: bool = True,
        refusal: Callable[[Draft], ChatError | None] = lambda _: None,
        on_fatal: Callable[[], None] = lambda: None,
        here: Here = lambda: None,
        committed: Deliver = lambda _: None,
    ) -> None:
        """Start the writer: submit() works from now on. `deliver` is given everything that happens after what
        `load` is given. `checkpoints`: true in the server only (see sqlite/driver.py). `refusal` judges
        messages: why one is refused, or None. `on_fatal` is called when the writer gives up. `here`:
        see Here. `committed`: see Writer. Raises StorageError."""
        database = self._backend.writer(self._engine, clock, self._node, checkpoints=checkpoints)
        writer = Writer(
            database,
            deliver,
            refusal=refusal,
            on_fatal=on_fatal,
            here=here,
            user=self._node.user,
            committed=committed,
        )
        try:
            writer.start(load)
        except self._errors as error:
            raise StorageError(f"{self.place.name} can't be written: {self._why(error)}") from None
        self._writer, self.submit = writer, writer.submit
        self.node = database.node_id
        self.now = database.now

    @property
    def kind(self) -> str:
        """What kind of database it is: `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @property
    def writing(self) -> bool:
        """Whether the writer accepts work."""
        return self._writer is not None and self._writer.alive

    @property
    def healthy(self) -> bool:
        """Whether what is submitted now would be stored, as far as is known; see Writer.healthy. Never blocks."""
        return self._writer is not None and self._writer.healthy

    @property
    def refusal(self) -> str:
        """Why what is submitted now would not be stored, for everybody to read; see Writer.refusal."""
        return self._writer.refusal if self._writer is not None else "the database is not open"

    @property
    def trouble(self) -> str:
        """Why nothing can be stored at present, in one line for the operator; see Writer.trouble. Never blocks."""
        return self._writer.trouble if self._writer is not None else ""

    @property
    def queued(self) -> int:
        """The number of jobs that wait for the writer."""
        return self._writer.queued if self._writer is not None else 0

    @property
    def figures(self) -> WriterFigures:
        """What the writer has counted."""
        assert self._writer is not None, "start_writer() comes first"
        return self._writer.figures

    @property
    def index_behind(self) -> int | None:
        """About how many messages the index of words lacks; None if there is no index, or another server keeps it.
        Never blocks."""
        return self._words.behind

    def refuse_stuck(self) -> bool:
        """See Writer.refuse_stuck."""
        return self._writer is not None and self._writer.refuse_stuck()

    @property
    def ready(self) -> bool:
        """Whether it is healthy now, which the database has shown lately; see Writer.ready. Never blocks."""
        return self._writer is not None and self._writer.ready

    def start_leading(self, silent: Callable[[str, int], None]) -> None:
        """Be ready to do what one server of the database does for all. See Backend.leader for `silent`."""
        self._leader = self._backend.leader(self._engine, self.node, silent)
        self._leader.start()

    @property
    def leads(self) -> bool:
        """Whether this server is to do now what one does for all."""
        return self._leader is not None and self._leader.leads

    def start_indexing(self, clock: Clock) -> None:
        """Start what keeps the index of words, in the server only; see start_leading, too. Without an index,
        searches read messages one by one."""
        writer = self._writer
        busy = (lambda: writer.queued > 0) if writer is not None else (lambda: False)
        self._words.start(clock, busy, lambda: self.leads)

    def close(self) -> None:
        """Store what is queued, and close the database."""
        self._words.close()
        if self._leader is not None:
            self._leader.stop()
        if self._writer is not None:
            self._writer.stop()
        with suppress(StorageError, *self._errors, OSError):
            self.place.note_for_next_start()
        self._engine.dispose()
        self.place.close()

    # Reading.

    def roster(self) -> tuple[Sequence[Room], Sequence[StoredMember]]:
        """Every named room, and the members of all of them."""
        with self._reading() as connection:
            return Rooms(connection).all(), Members(connection).all()

    def search(self, search: Search, go_on: Callable[[], bool]) -> Found:
        return self._words.search(search, go_on)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The whole database, as it is at one moment, for as long as the context is open; a server may be running.
        SQLite's write-ahead log grows meanwhile."""
        with self._reading() as connection:
            yield Snapshot(connection)

    def own_export(self, account_id: int) -> OwnExport:
        """Everything about an account, in parts; see OwnExport."""
        return OwnExport(self._reading, account_id, int(self.now() * 1000))

    def _each(self, rows: type[Subject]) -> Subject:
        """Rows for reading: each call has a connection of its own, and sees one state. It raises StorageError if
        the database can't be read. The cast holds for methods alone, which is what tests/storage/test_rows.py
        checks."""
        return cast("Subject", _EachCall(rows, self._reading, self._reading_once))

    def _reading(self) -> AbstractContextManager[Connection]:
        """A connection whose transaction makes several statements see one state."""
        return self._connected(self._engine)

    def _reading_once(self) -> AbstractContextManager[Connection]:
        """A connection for one statement."""
        return self._connected(self._without_transactions)

    @contextmanager
    def _connected(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.connect() as connection, connection.begin():
                yield connection
        except self._errors as error:
            raise UnreadableError(f"{self.place.name} can't be read: {self._why(error)}") from error


class _EachCall:
    """A stand-in for rows: each call of one of their methods takes a connection, and gives it back. `once` opens
    one for the methods that read by one statement."""

    def __init__(self, rows: type[Rows], reading: Reading, once: Reading) -> None:
        self._rows = rows
        self._reading = reading
        self._once = once

    def __getattr__(self, name: str) -> Callable[..., Any]:
        reading = self._once if getattr(getattr(self._rows, name), "one_statement", False) else self._reading

        def call(*arguments: Any, **options: Any) -> Any:
            with reading() as connection:
                return getattr(self._rows(connection), name)(*arguments, **options)

        return call


def _nothing_is_written(_units: Sequence[Unit]) -> Ticket:
    raise AssertionError("start_writer() comes first")


def unsound(path: Path, *, deep: bool = False) -> Sequence[Finding]:
    """What is wrong with a copy of a database in a file. Raises StorageError if it is none."""
    store = DatabaseStore(f"sqlite:///{path.absolute()}", readers=1, create=False, read_only=True)
    try:
        return [found for found in store.examine(time.time(), deep=deep, copy=True) if found.state == "problem"]
    finally:
        store.close()


def restore(
    url: str, backup: Path, report: Callable[[int, int], None], files: Path | None
) -> tuple[Restored, Sequence[str]]:
    """Put a backup in the place of a database that no server runs on, after a look at it, and the contents of its
    files into the folder `files`. Also returns the contents that are nowhere. Raises StorageError; then the
    database is what it was."""
    backend = backends.named(url.partition(":")[0].partition("+")[0])
    missing: list[str] = []

    def verify(copy: Path) -> Sequence[Finding]:
        wrong = unsound(copy)
        if not wrong:  # the contents first: without a row, one hurts nobody
            missing[:] = _brought(copy, backup, files)
        return wrong

    return backend.restore(url, backup, verify, report), missing


def _brought(copy: Path, backup: Path, files: Path | None) -> Sequence[str]:
    try:
        store = DatabaseStore(f"sqlite:///{copy.absolute()}", readers=1, create=False, read_only=True)
        with closing(store), store._reading() as connection:
            kept = contents_of(connection)
    except StorageError:  # it was exchanged since it was looked at: whoever puts it in place says so
        return ()
    if not kept:
        return ()
    if files is None:
        return [one.place for one in kept]
    like = files.parent if files.parent.exists() else copy.parent
    return bring(kept, folder_of(backup), Folder(files), like)
