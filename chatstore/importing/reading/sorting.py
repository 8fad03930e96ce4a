"""Messages of exports that mix them: each room's in the order of time, sorted on disk, since memory may not
do."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterable, Iterator

from chatstore.importing.source import Item, Message, SourceError

_AT_ONCE = 1000


def sorted_messages(items: Iterable[Item]) -> Iterator[Item]:
    """Everything else as it comes, then the messages: by room, and in it by time; those of one time as they
    came. Raises SourceError if the disk is full."""
    database = _temporary()
    try:
        yield from _sorted(database, items)
    except sqlite3.Error as error:
        raise SourceError(
            f"the messages can't be sorted in a temporary file: {error}. TMPDIR says in which folder that is"
        ) from None
    finally:
        database.close()


def _temporary() -> sqlite3.Connection:
    """A database in the folder for temporary files, which is gone when it is closed."""
    return sqlite3.connect("", isolation_level=None)


def _sorted(database: sqlite3.Connection, items: Iterable[Item]) -> Iterator[Item]:
    database.execute("CREATE TABLE messages (room INTEGER, at INTEGER, message BLOB)")
    database.execute("BEGIN")
    rooms: dict[str, int] = {}
    waiting: list[tuple[int, int, bytes]] = []
    for item in items:
        if not isinstance(item, Message):
            yield item
            continue
        waiting.append((rooms.setdefault(item.room, len(rooms)), item.at, pickle.dumps(item, -1)))
        if len(waiting) >= _AT_ONCE:
            database.executemany("INSERT INTO messages VALUES (?, ?, ?)", waiting)
            waiting.clear()
    database.executemany("INSERT INTO messages VALUES (?, ?, ?)", waiting)
    for (message,) in database.execute("SELECT message FROM messages ORDER BY room, at, rowid"):
        yield pickle.loads(message)
