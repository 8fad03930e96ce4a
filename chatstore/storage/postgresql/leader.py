"""One of the nodes leads: it does what one has to do for all of them (retention, the ends of dead nodes).

The leader is whoever holds an advisory lock, on a connection of its own. PostgreSQL frees the lock when that
connection ends, and another node has it a moment later. It ends the connection of a leader that stands still,
too, because nothing comes from there any more (idle_session_timeout). Nothing depends on there being one
leader only: such a node may believe for a moment that it leads.

Every node watches the beats, and the leader acts. A node is dead if its row has not changed for LEASE
seconds, by the watcher's own steady clock; so it does not matter if the database's clock is set. While the
watcher itself stood still, or the database was away or could not be written, nobody was watched, and the seconds
count anew. After a start of the database all nodes have twice as long, to connect again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import Engine

from chatstore.storage.postgresql import driver, locks, node

log = logging.getLogger(__name__)

APPLICATION = "chatstore leader"
"""The name of the leader's connection, as PostgreSQL shows it, before the node's id."""
_TRY = 0.2
"""Seconds between two tries to become the leader."""
_LOOK = 1.0
"""Seconds between two looks at the beats, at most."""
_IDLE = 5.0
"""Seconds after which a connection from which nothing comes loses the lead, at most."""

_LEAD = f"SELECT pg_try_advisory_lock({locks.LEADING})"
_BEATS = "SELECT id, beat_at FROM nodes"
_UP = "SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())"

Silent = Callable[[str, int], None]
"""Receives a node that is dead, and when it wrote its row last. It is told again as long as the row is
there."""


class Watch:
    """The beats of the nodes, as one of them sees them. `own`: the one that looks. If its own beat does not come,
    nobody's can be expected."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._seen: dict[str, tuple[int, float]] = {}
        """The last beat of each node, and since when that is the last one."""
        self._looked_at = 0.0

    def look(self, beats: Mapping[str, int], now: float) -> list[tuple[str, int]]:
        """Who is dead, with its last beat. `now` is of a steady clock."""
        if now - self._looked_at > node.LEASE / 3:
            self._seen = {}
        self._looked_at = now
        seen = {}
        for name, beat in beats.items():
            last, since = self._seen.get(name, (beat, now))
            seen[name] = (beat, since if last == beat else now)
        self._seen = seen
        if self._own not in seen or now - seen[self._own][1] > node.LEASE / 2:
            self._seen = {}
            return []
        return [(name, beat) for name, (beat, since) in seen.items() if now - since > node.LEASE]


class Leader:
    """This node's part: it leads, or tries to. `silent` is called in a thread of its own, and must not
    block."""

    def __init__(self, engine: Engine, node_id: str, silent: Silent) -> None:
        self._engine = engine
        self._node = node_id
        self._silent = silent
        self.leads = False
        """Whether this node leads now. Any thread may ask."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Leave the lead to others."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        known = ""
        while not self._stopping.is_set():
            connection: Any = None
            try:
                connection = self._connect()
                known = ""
                self._serve(connection)
            except driver.ERRORS as error:
                why = driver.why(error)
                if why != known:
                    log.info(
                        "does not lead, because its connection failed: %(why)s",
                        {"event": "leader-lost", "why": why},
                    )
                known = why
            except Exception:
                log.exception("does not lead", {"event": "leader-failed"})
            self.leads = False
            if connection is not None:
                with suppress(psycopg.Error):
                    connection.close()
            self._stopping.wait(_TRY)

    def _serve(self, connection: Any) -> None:
        watch, look_at = Watch(self._node), 0.0
        while not self._stopping.is_set():
            if not self.leads:
                self.leads = bool(connection.execute(_LEAD).fetchone()[0])
                if self.leads:
                    log.info("this server leads: it does what one does for all", {"event": "leads"})
            if (now := time.monotonic()) >= look_at:
                look_at = now + min(_LOOK, node.LEASE / 5)
                self._look(connection, watch)
            self._stopping.wait(_TRY)

    def _look(self, connection: Any, watch: Watch) -> None:
        silent = watch.look(dict(connection.execute(_BEATS).fetchall()), time.monotonic())
        if silent and self.leads and float(connection.execute(_UP).fetchone()[0]) > 2 * node.LEASE:
            for name, beat in silent:
                self._silent(name, beat)

    def _connect(self) -> Any:
        """A connection that belongs to nobody else."""
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        try:
            connection.autocommit = True
            connection.execute("SET statement_timeout = '10s'")
            idle = int(min(_IDLE, node.LEASE / 3) * 1000)
            connection.execute(f"SET idle_session_timeout = {idle}")
            connection.execute(f"SET application_name = '{APPLICATION} {self._node}'")
        except BaseException:
            connection.close()
            raise
        return connection
