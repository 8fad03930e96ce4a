"""What chatstore needs of a database: the interface that SQLite and PostgreSQL implement.

Everything else in storage/ uses it, and names neither. Rows use a Driver (drivers.of gives that of a
connection). The store uses the rest: the Backend, the Place (the database as its operator sees it), and the
WriterConnection (what the writer does in its transactions).
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Table

from chatstore.chat.model.events import Published
from chatstore.chat.model.messages import Draft, Found, Search
from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.model.rooms import Room
from chatstore.chat.ports import Change, Clock, Others, StoredMember
from chatstore.chat.ports.nodes import Nicks, Presences
from chatstore.storage.checks.finding import Finding
from chatstore.storage.contents import Folder
from chatstore.storage.copies import Copy

Result = TypeVar("Result")
Unit = Draft | Change
Load = Callable[[Sequence[Room], Sequence[StoredMember], Others], None]
"""Receives every room, every member, and who is at other servers when the writer starts."""
Here = Callable[[], Collection[int] | None]
"""Returns the accounts that have a session here now; None if they are not known."""
Reading = Callable[[], AbstractContextManager[Connection]]
"""Opens a connection for one look, whose transaction makes several statements see one state."""


@dataclass(frozen=True)
class NodeInfo:
    """What the other nodes of a database, and its operator, are told of a process that writes it.

    `kind`: "server" or "command". `name`: where it is, in one line. `server`: the name that clients see
    ([server] name). `policy`: a hash of the settings that all nodes should share, which REHASH may change.
    `connections` counts the clients. Any thread may call both. `user`: the user of this machine who runs a command,
    for the audit log; other processes are not told."""

    kind: str = "command"
    name: str = ""
    server: str = ""
    version: str = ""
    policy: Callable[[], str] = str
    connections: Callable[[], int] = lambda: 0
    user: str = ""


class NodeStatus(NamedTuple):
    """A process that writes the database. `kind`, `name`, `server`, `version` and `policy` as in NodeInfo.
    `started_at` is in ms since 1970 UTC. `silent` and `lag` are ms: since it was last heard, and from another
    one's commit until it had delivered it, lately. `alive`: it was heard within the lease."""

    id: str
    kind: str
    name: str
    server: str
    version: str
    policy: str
    started_at: int
    silent: int
    connections: int
    lag: int
    leads: bool
    alive: bool


class Fate(enum.Enum):
    """What an error inside a transaction means."""

    UNIT = "only this unit has failed"
    TWICE = "somebody else has inserted the same key: apply the unit once more"
    AGAIN = "the transaction is over: do the batch once more"
    CAREFULLY = "the transaction is over: do the batch once more, with a savepoint for each unit"
    FULL = "the transaction is over: the disk is full"
    OVER = "the transaction is over"


class Driver(Protocol):
    """How statements are executed in one kind of database, where SQLAlchemy leaves a difference."""

    @property
    def ERRORS(self) -> tuple[type[Exception], ...]:  # noqa: N802
        """The errors of the database, through SQLAlchemy or directly from the driver (run())."""

    @property
    def REMOTE(self) -> bool:  # noqa: N802
        """Whether each statement is a round trip. Then a batch is tried without savepoints first, and what is
        read by one statement is read outside of a transaction."""

    def run(
        self, connection: Connection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[Any]:
        """Execute a statement in the transaction that is open, and fetch what it returns. Parameters are `?` or
        `:name`. Errors are the driver's own.

        It goes round SQLAlchemy, whose part of an execution costs more than all that the database does for a
        small statement. It is for the few that every batch of the writer has."""

    def later(self, connection: Connection, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        """Execute a statement whose result nobody needs, at the latest before the next one: where a statement
        is a round trip, both make the same one. So its error may come out of another statement, or of
        flush()."""

    def flush(self, connection: Connection) -> None:
        """Execute what later() has put off."""

    def savepoint(self, connection: Connection) -> AbstractContextManager[None]:
        """Undo alone what fails inside. Savepoints do not nest."""

    def writes(self, connection: Connection) -> int:
        """How many statements have written something over this connection. It only rises, and is counted for
        those that are REMOTE alone."""

    def fate(self, error: BaseException, connection: Connection) -> Fate:
        """What an error that came out of a savepoint or of a statement means for the transaction."""

    def why(self, error: BaseException) -> str:
        """What an error says, in one line, for the operator; above all one of ERRORS."""

    def fill(self, connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert many rows, with the values of all columns. Raises StorageError for a row that can't be stored
        here."""

    def last_ids(self, connection: Connection, tables: Sequence[Table]) -> Mapping[str, int]:
        """The last id that each table has given out, also if that row is gone."""

    def set_last_ids(self, connection: Connection, tables: Sequence[Table], last: Mapping[str, int]) -> None:
        """Give out ids after these; of all tables, or of `tables` where others only count what is there."""

    def analyze(self, connection: Connection, tables: Sequence[Table]) -> None:
        """Gather what statements on these tables are planned by, after they were filled; where that is
        needed."""

    def allow_long_statements(self, connection: Connection) -> None:
        """The rest of this transaction may have a statement that takes long."""

    def take_seqs(
        self, connection: Connection, wanted: Mapping[int, int], now: int
    ) -> Mapping[int, tuple[int, int]]:
        """Take n seqs, and as many rising times, from each room: `wanted` is n by room. Returns the last of
        the n and its time (ms) by room, without rooms that don't exist."""

    def insert_messages(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows of messages.COLUMNS, so that in each room ids rise in the order of its rows. 0 stands for no
        account, and an empty text for no tags and no guest."""

    def record(self, connection: Connection, room: int, values: Sequence[Any], now: int) -> tuple[int, int]:
        """Take a seq and a time from a room, which exists, and insert one message. `values`: those of
        messages.COLUMNS that follow the time, as for insert_messages. Returns seq and time."""


class Begun(NamedTuple):
    """A transaction of the writer. `now` is ms since 1970 UTC. `missed` is what others have committed and was
    not published here: it is published before anything is judged. `held`: the rooms that nobody else can
    change until the transaction is over; None if that is so of all. For any other, see
    WriterConnection.hold."""

    now: int
    missed: Sequence[Published]
    held: set[int] | None = None


class WriterConnection(Protocol):
    """The writer's transactions. Only the writer's thread calls it."""

    @property
    def connection(self) -> Connection:
        """Inside a transaction: for the rows."""

    def start(self, load: Load, hear: Callable[[Any], None], here: Here) -> None:
        """Connect, and give `load` every room and member, and the other servers' people. From then on `hear` is
        called, in any thread, with what other servers of the database tell. Raises Driver.ERRORS."""

    @property
    def node_id(self) -> str:
        """The id of this process among those that write the database; empty with SQLite. Any thread may ask."""

    @property
    def answered_at(self) -> float:
        """When the database was last seen to work (time.monotonic). Any thread may ask."""

    @property
    def hears(self) -> bool:
        """Whether what other servers of the database tell is heard at once. Any thread may ask."""

    def now(self) -> float:
        """Seconds since 1970 UTC, by the one clock of the database. Any thread may ask; it never blocks."""

    def people(self) -> tuple[Presences, Nicks]:
        """The presences and nicks, inside a transaction."""

    def begin(self, units: Sequence[Unit]) -> Begun:
        """Open a transaction that holds what the units will touch. Raises NotStoredError, AgainError."""

    def hold(self, room_id: int) -> Sequence[Published]:
        """Nobody else can change this room from now on until the transaction is over. Returns what others have
        committed there, to publish it before anything is judged by it. Called once for each room that is not
        held. If the unit that came to the room fails, it is not held any more."""

    def roll_back(self) -> None: ...

    def commit(self, published: Sequence[Published], *, erased: bool) -> None:
        """COMMIT: when this returns, the batch is on disk. `erased`: something was erased. Raises
        NotStoredError, AgainError, CommitUnsettledError, CommitUnknownError."""

    def was_stored(self, published: Sequence[Published]) -> bool:
        """After a CommitUnsettledError: whether the transaction was committed. Raises Driver.ERRORS as long as
        that can't be told."""

    def told(self, published: Sequence[Published]) -> None:
        """This was committed and published here: tell the other servers."""

    def take_over(self, heard: deque[Any]) -> Sequence[Published]:
        """What to publish of what was heard, outside of a transaction. What is done with leaves `heard`. Raises
        Driver.ERRORS: then call it again with the rest."""

    def has_missed(self) -> bool:
        """Whether others may have committed something since the last transaction. Raises Driver.ERRORS."""

    def rest(self, *, idle: bool) -> None:
        """Between two batches. `idle`: there is nothing else to do."""

    def trouble(self) -> str:
        """Why nothing can be stored at present, as far as can be seen without a transaction; or an empty
        text."""

    def close(self) -> None: ...


class Served(NamedTuple):
    """Where a server is. `page` is the URL of its page, or empty. `endpoints` has host and port by the
    endpoint's name."""

    page: str
    endpoints: dict[str, tuple[str, int]]


class Place(Protocol):
    """Where a database is, and who serves it."""

    @property
    def name(self) -> str:
        """As messages name it: the file, or the URL without its password."""

    @property
    def file(self) -> Path | None:
        """The database's file, if it is one."""

    @property
    def shared(self) -> bool:
        """Whether it may have several servers."""

    def claim(self, server: str, node: NodeInfo) -> None:
        """Become a server of this database. `server` describes it in one line. Raises StorageError if that is
        not possible, for example because another one serves it."""

    def restored(self) -> tuple[str, int] | None:
        """The name of the backup that was restored since the last server ran, and when (ms since 1970 UTC), after
        claim(); None if that is not known."""

    def served_by(self, *, removes: bool) -> str:
        """A server that serves the database and does not allow a migration now; empty if there is none.
        `removes`: whether the migration takes away what an older version needs."""

    def nodes(self) -> Sequence[NodeStatus] | None:
        """The processes that write the database now, the oldest first; None if it has one server at most, which
        served_by() names. Raises StorageError."""

    def missing(self, error: Exception) -> bool:
        """Whether a connection has failed because there is no such database."""

    def prepare(self) -> None:
        """What has to be done before the first write. Raises StorageError."""

    def unsafe(self) -> str:
        """Why what is committed there may be lost when power fails, in words that follow the database's name;
        empty if it is not. A server refuses such a database."""

    def copy_before(self, revision: str) -> Path | None:
        """Copy the database before it is migrated; None if such copies are not made here. Raises
        StorageError."""

    def migrating(self) -> AbstractContextManager[Connection]:
        """A transaction in which nobody else migrates."""

    def migrate(self, work: Callable[[Connection], Result]) -> Result:
        """Call `work` with migrating(); once more with a new one, if what it changes is in use. Raises
        StorageError if it stays so."""

    def read_locked(self) -> AbstractContextManager[Connection]:
        """A transaction that reads, while nobody can write. Raises StorageError if a server runs."""

    def bulk_load(self) -> AbstractContextManager[Connection]:
        """A connection for filling an empty database."""

    def ensure_incarnation(self) -> str:
        """The incarnation of the database that a server starts on (see docs/glossary.md); a new one if
        needed."""

    def note_for_next_start(self) -> None:
        """A server stops, or has started: leave a note for its next start. Raises Driver.ERRORS, OSError."""

    def kept_by_servers(self) -> bool:
        """Whether it is written where it is: False for a backup that nobody has served, and on read-only media."""

    def served(self) -> Served | None:
        """Where the server of this database is; None if none runs, or it does not say."""

    def advertise(self, page: str, endpoints: Mapping[str, tuple[str, int]]) -> None:
        """Tell commands that run beside this server where it is."""

    def size(self) -> int:
        """The bytes of the database. Raises StorageError."""

    def log_size(self) -> int:
        """The bytes of the write-ahead log that lies beside the database; 0 if there is none here."""

    def check_backup(self, path: Path) -> None:
        """Raise StorageError if no backup can be made at this path, for example because another program makes
        them."""

    def copy_to(self, connection: Connection, path: Path, report: Callable[[int, int], None]) -> None:
        """Copy what this connection's transaction sees to an empty file; `report` is told the bytes that are
        done, and how many there are. Raises StorageError, OSError."""

    def listing(self, *, required: bool) -> AbstractContextManager[bool]:
        """Nobody else makes a backup meanwhile. Yields whether backups can be listed; if that is required,
        raises StorageError otherwise."""

    def list_backup(self, path: Path) -> None:
        """List a backup that was made now; inside listing()."""

    def backups(self) -> Sequence[Copy]:
        """The listed backups that are still there, the oldest first."""

    def copies(self, *, deep: bool) -> Sequence[Copy]:
        """The copies of the database that chatstore has made and that are still there. `deep`: unpack
        compressed ones, to count what they have."""

    def drop_old_copies(self) -> None:
        """Remove copies from before a migration that are two weeks old, because they still have what was erased
        since, and what was killed a day ago while it was made. A server does that when it starts, and each day."""

    def remove_leftovers(self) -> None:
        """The start has failed: leave nothing behind that it has made."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class Examined:
    """The database that is looked at. `now` is ms since 1970 UTC. `deep`: look at everything, however long that
    takes. `copy`: it is a backup, which no server serves. `older`: its schema is that of an earlier version.
    `contents`: where the bytes of files are; None if there is no such place."""

    reading: Reading
    place: Place
    now: int
    deep: bool = False
    copy: bool = False
    older: bool = False
    contents: Folder | None = None

    @property
    def served(self) -> bool:
        """Whether a server runs on the database."""
        if self.copy:
            return False
        nodes = self.place.nodes()
        if nodes is None:
            return bool(self.place.served_by(removes=True))
        return any(one.kind == "server" and one.alive for one in nodes)


Writing = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction that writes the database."""


class Check(NamedTuple):
    """`name` is stable, for programs. `repair` puts right what can be put right without losing anything, and
    says what it did; an empty text if that was nothing.

    `removes`: the repair removes something as not needed any more, judged by the rest of the database. So it is
    done only if the rest is whole: `ground` is what looks at that, and finds a problem otherwise. `slow`: the
    check reads every event, so it is left out without --deep."""

    name: str
    run: Callable[[Examined], Finding]
    repair: Callable[[Examined, Writing], str] | None = None
    removes: bool = False
    ground: Callable[[Examined], Finding] | None = None
    slow: bool = False


Verify = Callable[[Path], Sequence[Finding]]
"""Looks at a copy, and returns what is wrong with it."""


class Restored(NamedTuple):
    """A backup that was restored. `replaced`: where the database from before is; None if there was none."""

    path: Path
    replaced: Path | None


class Words(Protocol):
    """Search, by an index of words if there is one."""

    def start(self, clock: Clock, busy: Callable[[], bool], leads: Callable[[], bool]) -> None:
        """Keep the index, in a thread of its own; in the server only. `busy`: whether the writer has much to
        do. `leads`: whether this server is to do now what one does for all."""

    def search(self, search: Search, go_on: Callable[[], bool]) -> Found:
        """See chat.ports.Store.search."""

    @property
    def behind(self) -> int | None:
        """About how many messages the index lacks; None if there is none, or another server keeps it. Any
        thread may ask; it never blocks."""

    def close(self) -> None: ...


class Leader(Protocol):
    """Whether this server is the one that does what one has to do for all servers of the database."""

    @property
    def leads(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


class Backend(Protocol):
    """One kind of database."""

    def open(self, url: str, readers: int, *, create: bool, read_only: bool, follows: bool) -> Engine:
        """See storage.engine.open_engine."""

    def place(self, engine: Engine) -> Place: ...

    def writer(self, engine: Engine, clock: Clock, node: NodeInfo, *, checkpoints: bool) -> WriterConnection: ...

    def leader(self, engine: Engine, node: str, silent: Callable[[str, int], None]) -> Leader:
        """`node`: the id of this one. `silent` receives each node that is dead, and the time of its last
        beat."""

    def words(self, engine: Engine, reading: Reading) -> Words: ...

    def forget_words(self, connection: Connection, room: int, seq: int) -> None:
        """The text of a message was erased in this transaction: the index must not keep its words."""

    def change_words(self, connection: Connection, message: RoomEvent, body: str) -> None:
        """A message has this text from now on, by this transaction: so must the index."""

    def checks(self) -> Sequence[Check]:
        """The checks of a database, in the order in which they are told."""

    def restore(self, url: str, backup: Path, verify: Verify, report: Callable[[int, int], None]) -> Restored:
        """Put a backup in the place of the database. `verify` looks at the copy first; `report` is told the bytes
        that are done, and how many there are. Raises StorageError; then nothing has changed."""
