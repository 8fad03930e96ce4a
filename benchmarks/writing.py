"""Scenario H: how fast messages are stored, without anybody to hear of them."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.events import Actor
from chatstore.chat.messages import Draft
from chatstore.chat.names import person_name, room_name
from chatstore.storage.store import DatabaseStore

_FOX = "the quick brown fox jumps over the lazy dog"


class NoBus:
    """Nobody listens."""

    def publish(self, events: object) -> None: ...


@dataclass(frozen=True)
class Written:
    """Rows a second in batches of `batch`: through the writer (ids, times, events, the room's row), and by raw
    sqlite3's executemany of the same rows, both with synchronous=FULL."""

    batch: int
    writer: float
    raw: float


def measure_writing(folder: Path, batch: int = 100, rows: int = 20_000) -> Written:
    return Written(batch, _by_writer(folder / "writer.db", batch, rows), _raw(folder / "raw.db", batch, rows))


def _by_writer(path: Path, batch: int, rows: int) -> float:
    store = DatabaseStore(f"sqlite:///{path}")
    store.start_writer(NoBus(), time.time)
    room = store.submit([AddRoom(room_name("main"))]).result().id
    account = store.submit([CreateAccount(person_name("alice"), "!")]).result()
    actor = Actor(account.nick, account.name, account.id)
    begun = time.monotonic()
    for _ in range(rows // batch):
        store.submit([Draft(room, actor, "message", _FOX)] * batch).wait()
    seconds = time.monotonic() - begun
    store.close()
    return rows / seconds


def _raw(path: Path, batch: int, rows: int) -> float:
    """The same table, indexes and pragmas; the room's row is counted up as well."""
    DatabaseStore(f"sqlite:///{path}").close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "INSERT INTO rooms (id, kind, key, name, topic, topic_by, topic_at, flags, password, member_limit,"
        " created_at, last_seq, last_sent_at) VALUES (1, 'room', '#main', 'main', '', '', 0, '', '', 0, 0, 0, 0)"
    )
    seq = 0
    begun = time.monotonic()
    for _ in range(rows // batch):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE rooms SET last_seq = last_seq + ? WHERE id = 1", (batch,))
        connection.executemany(
            "INSERT INTO messages (room_id, seq, sent_at, account_id, nick, kind, body, tags)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (1, seq + i, 1_700_000_000_000 + seq + i, None, "alice", "message", _FOX, None)
                for i in range(1, batch + 1)
            ],
        )
        connection.execute("COMMIT")
        seq += batch
    seconds = time.monotonic() - begun
    connection.close()
    return rows / seconds
