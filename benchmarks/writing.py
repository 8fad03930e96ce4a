"""Measures how fast messages are stored, without anybody to hear of them, beside sqlite3 alone.

Both write the same rows into the same schema with the same pragmas and the same number in a transaction, and
update the room's row; both wait until one transaction is on disk before they begin the next. The writer also
takes a batch from its queue, makes events of it, reads the room's new place, and resolves the tickets.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.outcome import Outcome
from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.rooms import Room
from chatstore.storage.store import DatabaseStore

BATCHES = {1: 1000, 100: 30_000, 2000: 60_000}
"""By batch size: how many rows are written."""
_FOX = "the quick brown fox jumps over the lazy dog"
_NOW = 1_700_000_000_000


def measure_writer(folder: Path, batches: Mapping[int, int] = BATCHES) -> Outcome:
    """Rows a second through the writer, by batch size."""
    store, room, account = _new(folder / "writer.db")
    actor = Actor(account.nick, account.name, account.id)

    def write(batch: int, times: int) -> float:
        drafts = [[Draft(room.id, actor, "message", _FOX) for _ in range(batch)] for _ in range(times)]
        begun = time.monotonic()
        for each in drafts:
            store.submit(each).wait()
        return time.monotonic() - begun

    outcome = _rates(write, batches)
    store.close()
    return outcome


def measure_sqlite(folder: Path, batches: Mapping[int, int] = BATCHES) -> Outcome:
    """Rows a second by sqlite3's executemany."""
    store, room, account = _new(folder / "raw.db")
    store.close()
    connection = sqlite3.connect(folder / "raw.db", isolation_level=None)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    seq = 0

    def write(batch: int, times: int) -> float:
        nonlocal seq
        begun = time.monotonic()
        for _ in range(times):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "UPDATE rooms SET last_seq = last_seq + ?, last_sent_at = ? WHERE id = ?",
                (batch, _NOW + seq + batch, room.id),
            )
            connection.executemany(
                "INSERT INTO messages (room_id, seq, sent_at, account_id, nick, kind, body, tags, guest)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (room.id, seq + i, _NOW + seq + i, account.id, account.nick, "message", _FOX, None, None)
                    for i in range(1, batch + 1)
                ],
            )
            connection.execute("COMMIT")
            seq += batch
        return time.monotonic() - begun

    outcome = _rates(write, batches)
    connection.close()
    return outcome


def _rates(write: Callable[[int, int], float], batches: Mapping[int, int]) -> Outcome:
    return Outcome({f"rows{batch}": rows / write(batch, rows // batch) for batch, rows in batches.items()})


def _new(path: Path) -> tuple[DatabaseStore, Room, Account]:
    """A store with a running writer, a room and an account."""
    store = DatabaseStore(f"sqlite:///{path}")
    store.start_writer(lambda _events: None, time.time)
    room = store.submit([AddRoom(room_name("main"))]).result()
    account = store.submit([CreateAccount(person_name("alice"), "!")]).result()
    return store, room, account
