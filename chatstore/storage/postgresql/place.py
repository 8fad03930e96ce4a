"""A database of a PostgreSQL server as a Place."""

from __future__ import annotations

import logging
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from chatstore.storage.backend import NodeInfo, NodeStatus, Result
from chatstore.storage.copies import Copy
from chatstore.storage.errors import StorageError
from chatstore.storage.postgresql import incarnation, locks
from chatstore.storage.postgresql import node as nodes
from chatstore.storage.postgresql.address import shown
from chatstore.storage.postgresql.leader import APPLICATION
from chatstore.storage.postgresql.trouble import lock_failed, no_database, why
from chatstore.storage.schema import metadata

log = logging.getLogger(__name__)

LEAST_VERSION = 140_000
_NODES = text(f"""
    SELECT id, kind, name, server, version, policy, started_at, greatest(0, {nodes.NOW} - beat_at) AS silent,
           connections, lag,
           CAST(:leader AS text) || id IN (
               SELECT activity.application_name FROM pg_locks JOIN pg_stat_activity activity USING (pid)
               WHERE locktype = 'advisory' AND granted AND objid = :key AND activity.datname = current_database()
           ) AS leads
    FROM nodes ORDER BY started_at, id
""")
_FACTS = """
    SELECT CAST(current_setting('server_version_num') AS int), current_setting('server_encoding'),
           pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', current_user,
           to_regclass('alembic_version') IS NOT NULL
           OR coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
"""
_PATIENCE = ("lock_timeout = '5s'", "statement_timeout = 0", "idle_in_transaction_session_timeout = 0")
_SERVING = f"SELECT name FROM nodes WHERE kind = 'server' AND beat_at > {nodes.NOW} - :lease ORDER BY started_at"
_THEM = ("that server", "these servers")
_WAIT = 3.0
"""Seconds that a migration waits for a table."""
_PAUSES = (1.0, 3.0, 5.0)
"""Seconds between its tries."""
_USER = """
    SELECT application_name AS name, pid
    FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE datname = current_database() AND locktype = 'relation' AND granted AND pid <> pg_backend_pid()
    ORDER BY xact_start NULLS LAST LIMIT 1
"""
_SAFETY = "SELECT current_setting('fsync'), current_setting('full_page_writes')"


class Facts(NamedTuple):
    """What a server says of itself and the database. `creates`: whether the user may create the tables, or they
    are there."""

    version: int
    encoding: str
    standby: bool
    read_only: bool
    user: str
    creates: bool

    def wrong(self) -> str:
        """Why chatstore can't use the database; empty if it can."""
        if self.version < LEAST_VERSION:
            number = self.version // 10_000 if self.version >= 100_000 else self.version / 10_000
            return f"is PostgreSQL {number:g}: chatstore needs {LEAST_VERSION // 10_000} or newer"
        if self.encoding != "UTF8":
            return f"stores text as {self.encoding}: create the database with ENCODING 'UTF8' TEMPLATE template0"
        if self.standby:
            return "is a standby, which can't be written: use the primary's address"
        if self.read_only:
            return "is read-only: default_transaction_read_only is on"
        if not self.creates:
            return f"does not let {self.user} create tables: make that user the owner of the database"
        return ""


class PostgresDatabase:
    """A Place."""

    file: Path | None = None
    shared = True

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name = shown(engine.url)

    def claim(self, server: str, node: NodeInfo) -> None:
        """Refuse a server that would not keep what it has committed, or that calls itself something else than those
        that run. (It is asked again when it registers, see node.py.)"""
        self.prepare()
        if why := self.unsafe():
            raise StorageError(f"{self.name} {why}")
        with self._engine.connect() as connection:
            if inspect(connection).has_table("nodes"):
                nodes.check_others(connection, node)

    def restored(self) -> None:
        return

    def missing(self, error: Exception) -> bool:
        return no_database(error)

    def served_by(self, *, removes: bool) -> str:
        """Servers of an older version go on beside a migration that only adds."""
        names = [one.name for one in self._nodes() if one.kind == "server" and one.alive] if removes else []
        return f"{names[0]} (and {len(names) - 1} more)" if len(names) > 1 else "".join(names)

    def nodes(self) -> Sequence[NodeStatus]:
        try:
            return self._nodes()
        except DBAPIError as error:
            raise StorageError(f"{self.name} can't be read: {why(error)}") from None

    def _nodes(self) -> Sequence[NodeStatus]:
        with self._engine.connect() as connection:
            if not inspect(connection).has_table("nodes"):
                return []
            rows = connection.execute(_NODES, {"leader": f"{APPLICATION} ", "key": locks.LEADING}).all()
        return [NodeStatus(**row._mapping, alive=row.silent < nodes.LEASE * 1000) for row in rows]

    def prepare(self) -> None:
        """Refuse a database that can't be written, or not by chatstore."""
        with self._engine.connect() as connection:
            facts = Facts(*connection.execute(text(_FACTS)).one())
        if wrong := facts.wrong():
            raise StorageError(f"{self.name} {wrong}")

    def unsafe(self) -> str:
        with self._engine.connect() as connection:
            values = connection.execute(text(_SAFETY)).one()
        for setting, value in zip(("fsync", "full_page_writes"), values, strict=True):
            if value != "on":
                return f"has {setting} = {value}: it would lose messages when power fails"
        return ""

    def copy_before(self, revision: str) -> None:
        """None is made: pg_dump does that."""
        return

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A statement that waits for a table has all others queue behind it, also the reads of servers that run. So
        it waits for a moment only (see migrate)."""
        with self._alone() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = {int(_WAIT * 1000)}"))
            yield connection

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        fresh = self._engine.execution_options(isolation_level="READ COMMITTED")
        with fresh.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": locks.MIGRATING})
            yield connection

    def migrate(self, work: Callable[[Connection], Result]) -> Result:
        """Between two tries, what has queued gets through."""
        for pause in (*_PAUSES, None):
            try:
                with self.migrating() as connection:
                    return work(connection)
            except DBAPIError as error:
                if not lock_failed(error):
                    raise
                if pause is None:
                    raise StorageError(self._in_use()) from None
                log.warning(
                    "%(what)s; trying again in %(seconds)g s",
                    {"event": "database-in-use", "what": self._in_use(), "seconds": pause},
                )
            time.sleep(pause)
        raise AssertionError

    def _in_use(self) -> str:
        """Whom a migration waits for: most likely the longest transaction that has read a table."""
        with self._engine.connect() as connection:
            user = connection.execute(text(_USER)).first()
        who = f"{user.name or 'a program'} (process {user.pid})" if user is not None else "another program"
        return f"{self.name} can't be migrated while {who} keeps its tables in use"

    @contextmanager
    def read_locked(self) -> Iterator[Connection]:
        """Holds a lock on every table. The state that is read is that of after the locks."""
        with self._engine.connect() as connection:
            with connection.begin():
                self._refuse_served(connection)  # it need not wait for the locks then
            with connection.begin():
                for setting in _PATIENCE:  # no query before the locks: it would fix the state that is seen
                    connection.execute(text(f"SET LOCAL {setting}"))
                connection.execute(text(f"LOCK TABLE {', '.join(metadata.tables)} IN SHARE MODE"))
                self._refuse_served(connection)
                yield connection

    def _refuse_served(self, connection: Connection) -> None:
        if served := connection.execute(text(_SERVING), {"lease": int(nodes.LEASE * 1000)}).scalars().all():
            raise StorageError(
                f"{self.name} is served: {'; '.join(served)}; stop {_THEM[len(served) > 1]} first"
                f" (after kill -9, wait {nodes.LEASE:.0f} seconds)"
            )

    @contextmanager
    def bulk_load(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(isolation_level="READ COMMITTED") as connection:
            yield connection

    def ensure_incarnation(self) -> str:
        with self._alone() as connection:
            return incarnation.ensure(connection)

    def note_for_next_start(self) -> None:
        return

    def kept_by_servers(self) -> bool:
        return True

    def served(self) -> None:
        """Unknown: there may be several servers, and a balancer before them."""
        return

    def advertise(self, page: str, endpoints: Mapping[str, tuple[str, int]]) -> None:
        return

    def size(self) -> int:
        try:
            with self._engine.connect() as connection:
                return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
        except DBAPIError as error:
            raise StorageError(f"{self.name} can't be read: {why(error)}") from None

    def log_size(self) -> int:
        return 0

    def check_backup(self, path: Path) -> None:
        raise StorageError(
            "PostgreSQL has a program for backups:"
            f" pg_dump --format=custom --file={shlex.quote(str(path))} {shlex.quote(self.name)}"
        )

    def copy_to(self, connection: Connection, path: Path, report: Callable[[int, int], None]) -> None:
        self.check_backup(path)

    def listing(self, *, required: bool) -> AbstractContextManager[bool]:
        return nullcontext(False)

    def list_backup(self, path: Path) -> None:
        return

    def backups(self) -> Sequence[Copy]:
        return []

    def copies(self, *, deep: bool) -> Sequence[Copy]:
        """pg_dump makes them, and chatstore does not know where."""
        return []

    def drop_old_copies(self) -> None:
        return

    def remove_leftovers(self) -> None:
        return

    def close(self) -> None:
        return
