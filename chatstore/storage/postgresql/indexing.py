"""Fills the index of words behind the commits: a thread with a connection of its own, in the server that leads.

The range that is indexed is one row (message_word_range). It grows in slices, each a transaction that locks that
row, so two fillers at once do no harm (a server may believe for a moment that it still leads). It grows upwards
to the newest messages first, then downwards through the old ones, so in an older database search is soon fast
where people look.

**Ids are not in the order of commits.** A transaction that got id 100 may commit after one that got 105, so that
105 is there does not say that everything below is. Before the range takes in an id, every transaction that may
still bring a lower one must be over. That is exact with transaction ids, where a number of seconds would be a
guess (a commit may hang longer than any timeout of ours) and slower:

1. `last` is the largest id that a snapshot sees. After that snapshot, this transaction takes its own number (xid).
   Every message up to `last` got its id before, in a transaction that had its number already, because it takes a
   room's seq before it stores a message: so that number is lower than ours.
2. A later snapshot whose xmin, the lowest number still in progress, is not below ours says that all of these are
   over. What they have brought is seen from then on, and nothing else comes up to `last`.

The xmax of the first snapshot would not do: it is the number after the last one that has *ended*, and the late
transaction may have a higher one. A transaction that is forgotten open, in any database of that PostgreSQL,
keeps the index where it is; searches read what is not indexed.

**What was erased does not come back.** A redaction puts an empty row into message_words, or empties the row that is
there. A filler that has read the text before that either meets that row and leaves it, or its own row is emptied,
because an insert waits for another transaction's row with the same id. Rows of messages that are deleted go by
the foreign key, which makes both wait for each other.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine

from chatstore.chat.model.room_events import MESSAGE_KINDS
from chatstore.storage.postgresql import driver, lexemes

log = logging.getLogger(__name__)

SLICE = 256
"""Rows that are indexed at once."""
LOOK = 0.5
"""Seconds between two looks for new messages."""
_PATIENCE = 0.05
"""Seconds that a slice waits, at most, for the writer to become idle."""
_MAX_REST = 0.1
"""Seconds between two slices while there is more to do."""
_SOON = 0.05
"""Seconds after which a slice that met another transaction is tried again."""
_TROUBLE = 5.0
"""Seconds after which it tries again after a failure."""
_LONG = 60.0
"""Seconds after which a transaction that keeps the index waiting is worth a warning."""
_REMOVED = 5_000
"""Rows of another format that are removed at once."""
_SETTINGS = (
    "SET lock_timeout = '200ms'",
    "SET statement_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '3s'",
    "SET synchronous_commit = off",
)
"""It gives up waiting before PostgreSQL looks for a deadlock (after 1 s), so it is never the writer that gives way.
If this process stands still, nobody waits for its slice for long. Its commits need not be on disk: the range and
the words are lost together."""
_NOW = """
    SELECT (SELECT coalesce(max(id), 0) FROM messages),
           CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint),
           CAST(CAST(pg_current_xact_id() AS text) AS bigint)
"""
_BEGIN = """
    INSERT INTO message_word_range (id, format, first, upto) VALUES (1, '', 0, 0) ON CONFLICT (id) DO NOTHING
    RETURNING id
"""
_RANGE = "SELECT format, first, upto FROM message_word_range WHERE id = 1 FOR UPDATE SKIP LOCKED"
_PUT_RANGE = "UPDATE message_word_range SET format = :format, first = :first, upto = :upto WHERE id = 1"
_REMOVE_BLOCKS = "DELETE FROM message_word_blocks"
_REMOVE_WORDS = """
    DELETE FROM message_words WHERE id IN (SELECT id FROM message_words ORDER BY id LIMIT :most) RETURNING id
"""
_COLUMNS = "SELECT id, room_id, sent_at, nick, kind, audience, body FROM messages"
_UPWARDS = f"{_COLUMNS} WHERE id >= :low AND id < :high ORDER BY id LIMIT :most"
_DOWNWARDS = f"{_COLUMNS} WHERE id < :high ORDER BY id DESC LIMIT :most"
_ADD_WORDS = f"""
    INSERT INTO message_words (id, words)
    SELECT id, array_to_tsvector(string_to_array(words, chr({ord(lexemes.BETWEEN)})))
    FROM unnest(CAST(? AS bigint[]), CAST(? AS text[])) AS new (id, words)
    ON CONFLICT (id) DO NOTHING
"""
_ADD_TIMES = """
    INSERT INTO message_word_blocks AS known (number, first_sent, last_sent)
    SELECT number, min(sent), max(sent)
    FROM unnest(CAST(? AS bigint[]), CAST(? AS bigint[])) AS new (number, sent)
    GROUP BY number
    ON CONFLICT (number) DO UPDATE
    SET first_sent = least(known.first_sent, excluded.first_sent),
        last_sent = greatest(known.last_sent, excluded.last_sent)
"""
_MET = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.ForeignKeyViolation,
)
"""The slice met a transaction that erases what it reads: it is done again."""


class Filler:
    """The thread that fills the index; start and stop it once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: Connection | None = None
        self._settled = Settled()
        self._failed = False
        self._leads: Callable[[], bool] = lambda: True
        self.behind: int | None = None
        """About how many rows are not indexed, as of the last slice; None if another server keeps the index."""

    def start(self, busy: Callable[[], bool], leads: Callable[[], bool]) -> None:
        """`busy` says whether work waits for the writer, `leads` whether the index is this server's to fill."""
        self._leads = leads
        self._thread = threading.Thread(target=self._run, args=(busy,), name="indexer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the current slice. What is not indexed yet will be after the next start."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._close()

    def _run(self, busy: Callable[[], bool]) -> None:
        rest = 0.0
        while not self._stopping.wait(rest):
            until = time.monotonic() + _PATIENCE
            while busy() and time.monotonic() < until and not self._stopping.wait(0.001):
                pass
            rest = self.work()

    def catch_up(self) -> None:
        """Do everything there is to do now, without rest and in this thread; for benchmarks and tests."""
        while self.work() < LOOK:
            pass

    def work(self) -> float:
        """Do one slice. Returns how many seconds to rest after it."""
        if not self._leads():
            self.behind = None
            self._close()
            return LOOK
        begun = time.monotonic()
        try:
            more = self._slice(self._connected())
        except Exception as error:
            found = driver.driver_error(error)
            if isinstance(found, _MET):
                return _SOON
            self._close()
            if not self._failed:
                log.warning(
                    "the search index could not be written: %(why)s",
                    {"event": "index-not-written", "why": driver.why(error)},
                    exc_info=found is None,
                )
            self._failed = True
            return _TROUBLE
        self._failed = False
        return min(time.monotonic() - begun, _MAX_REST) if more else LOOK

    def _connected(self) -> Connection:
        if self._connection is None:
            connection = self._engine.connect().execution_options(isolation_level="READ COMMITTED")
            connection.detach()  # the settings are this connection's, which ends with them
            self._connection, self._settled = connection, Settled()
            with connection.begin():
                for setting in _SETTINGS:
                    driver.run(connection, setting)
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*driver.ERRORS):
                connection.close()

    # A slice.

    def _slice(self, connection: Connection) -> bool:
        """Do one slice. Returns whether there is more to do at once."""
        with connection.begin():
            last, *oldest_and_own = driver.run(connection, _NOW)[0]
            settled = self._settled.look(last, *oldest_and_own)
            found = driver.run(connection, _RANGE)
            if not found:  # there is none yet, or another filler is at it
                return bool(driver.run(connection, _BEGIN))
            [(format_, first, upto)] = found
            if format_ != lexemes.FORMAT:
                return self._begin(connection, format_, settled)
            self.behind = max(0, first - 1) + max(0, last + 1 - upto)
            if settled is not None and upto <= settled:
                values = {"low": upto, "high": settled + 1, "most": SLICE}
                rows = driver.run(connection, _UPWARDS, values)
                upto = rows[-1][0] + 1 if len(rows) == SLICE else settled + 1
            elif first > 1:
                rows = driver.run(connection, _DOWNWARDS, {"high": first, "most": SLICE})
                first = rows[-1][0] if len(rows) == SLICE else 1
            else:
                return False
            _add(connection, rows)
            driver.run(connection, _PUT_RANGE, {"format": format_, "first": first, "upto": upto})
        return first > 1 or len(rows) == SLICE

    def _begin(self, connection: Connection, format_: str, settled: int | None) -> bool:
        """Begin an empty index, or remove some of what another version has made."""
        if format_:  # from now on nobody asks it
            driver.run(connection, _PUT_RANGE, {"format": "", "first": 0, "upto": 0})
            driver.run(connection, _REMOVE_BLOCKS)
        if driver.run(connection, _REMOVE_WORDS, {"most": _REMOVED}):
            return True
        if settled is None:
            return False
        values = {"format": lexemes.FORMAT, "first": settled + 1, "upto": settled + 1}
        driver.run(connection, _PUT_RANGE, values)
        return True


class Settled:
    """Up to which id nothing more can come, by looks at the database; see above."""

    def __init__(self) -> None:
        self._settled: int | None = None
        self._waiting: tuple[int, int] | None = None
        """The largest id of an earlier look, and the number of that transaction."""
        self._since = 0.0
        """When that was (time.monotonic)."""
        self._warned = False

    def look(self, last: int, oldest: int, own: int) -> int | None:
        """`last`: the largest id that a snapshot sees; `oldest`: its xmin; `own`: the number that this transaction
        has taken after it. None if nothing is known yet."""
        if self._waiting is not None and self._waiting[1] <= oldest:
            self._settled, self._waiting = self._waiting[0], None
        if self._waiting is None and last != self._settled:
            self._waiting, self._since, self._warned = (last, own), time.monotonic(), False
        elif self._waiting is not None and not self._warned and time.monotonic() - self._since > _LONG:
            log.warning(
                "a transaction is open for longer than %(seconds).0f s on that PostgreSQL server"
                " (pg_stat_activity, pg_prepared_xacts): new messages are not indexed until it ends",
                {"event": "index-waits", "seconds": _LONG},
            )
            self._warned = True
        return self._settled


def _add(connection: Connection, rows: Sequence[Any]) -> None:
    ids: list[int] = []
    words: list[str] = []
    blocks: list[int] = []
    times: list[int] = []
    for id_, room, sent_at, nick, kind, audience, body in rows:
        if kind in MESSAGE_KINDS and not audience:
            ids.append(id_)
            words.append(lexemes.BETWEEN.join(lexemes.of_message(body, nick, room)))
            blocks.append(id_ // lexemes.BLOCK)
            times.append(sent_at)
    if ids:
        driver.run(connection, _ADD_WORDS, (ids, words))
        driver.run(connection, _ADD_TIMES, (blocks, times))
