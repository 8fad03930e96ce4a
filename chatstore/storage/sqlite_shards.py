"""The words of messages, in a file of SQLite's full-text search (FTS5) beside the database: `<database>-search`.

It can be made again from the messages at any time, so it is no part of a backup and its commits don't wait for the
disk (WAL with synchronous=NORMAL: after a power cut it is whole, and may be a little behind). It is written by
one thread (`sqlite_index`, by order of `indexing`) and read by any (`sqlite_words`).

Ids of messages are cut into *shards* of SHARD; each has a table of its own, which is *up to* an id: whatever lies
below that and in the shard can be found. What follows from that:

- nothing is ever merged or written again but one shard, so no commit is long;
- the newest shard is asked first, and the next only while too little was found;
- what must be forgotten is forgotten by making its shard again without it, and then dropping the old table, whose
  pages are overwritten (`secure_delete`). FTS5 itself can't take words out of an index without their text before
  SQLite 3.43, and until 3.42 leaves them in the file.

A message's words are those of its text, one for its room and one for its writer, so that a common word in a small
room is an intersection inside the index. Their places in the text are not kept: what is found is compared with
what was asked anyway. The tokenizer is `ascii`, which takes everything beyond ASCII for letters: where words begin
is decided in `chat.model.phrases`.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import unicodedata
from dataclasses import dataclass
from pathlib import Path

SHARD = 65_536
"""Ids of messages in one table."""
FORMAT = f"2 {SHARD} {unicodedata.unidata_version}"
"""What the words depend on; another one's file is made again."""
SCHEMA = """
CREATE TABLE about (format TEXT NOT NULL, seen INTEGER NOT NULL);
CREATE TABLE shards (
    id INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL, live INTEGER NOT NULL, upto INTEGER NOT NULL,
    messages INTEGER NOT NULL, first_sent INTEGER NOT NULL, last_sent INTEGER NOT NULL,
    last_id INTEGER NOT NULL, last_room INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    stale INTEGER NOT NULL, made_at INTEGER NOT NULL, UNIQUE (number, live)
);
CREATE TABLE places (
    room_id INTEGER NOT NULL, shard_id INTEGER NOT NULL, first_seq INTEGER NOT NULL, messages INTEGER NOT NULL,
    PRIMARY KEY (room_id, shard_id)
) WITHOUT ROWID;
CREATE INDEX ix_places_shard_id ON places (shard_id);
"""

_TROUBLE = ("locked", "full", "disk I/O", "unable to open", "readonly", "interrupted")
"""In the messages of errors that say nothing about what is in the file."""

SELECT = (
    "SELECT id, number, live, upto, messages, first_sent, last_sent, last_id, last_room, last_seq, stale, made_at"
    " FROM shards"
)
"""As the fields of Shard."""


class Damaged(Exception):  # noqa: N818 - it is a state
    """The file is not an index, or not a whole one: it is to be made again."""


@dataclass(frozen=True)
class Shard:
    """`id`: of its table. `upto`: the first id that is not in it. `live`: searches ask it; otherwise it is being
    made to take the place of the live one with its number. `last_*`: the last row that was seen for it, a message
    or not (0: none). `stale`: STALE_* below. Times in ms since 1970 UTC."""

    id: int
    number: int
    live: int
    upto: int
    messages: int
    first_sent: int
    last_sent: int
    last_id: int
    last_room: int
    last_seq: int
    stale: int
    made_at: int

    @property
    def start(self) -> int:
        return first_id(self.number)

    @property
    def end(self) -> int:
        return first_id(self.number + 1)


STALE_A_LITTLE, STALE = 1, 2
"""It has words of messages that are too old to be kept; of ones that were taken back, or said in a room that is
gone."""


def first_id(number: int) -> int:
    """The first id of a shard, by its number."""
    return number * SHARD


def number_of(id_: int) -> int:
    """Of the shard that a message belongs to."""
    return id_ // SHARD


def available() -> bool:
    """Whether this SQLite has FTS5."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5(body)")
        except sqlite3.OperationalError:
            return False
    return True


def path_beside(database: Path) -> Path:
    return database.with_name(f"{database.name}-search")


def remove(path: Path) -> None:
    """The file, whatever is in it, and what SQLite keeps beside it."""
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def identity(path: Path) -> tuple[int, int]:
    """Of a file: another one under the same name has another. Raises OSError."""
    status = os.stat(path)
    return status.st_dev, status.st_ino


def damage(error: sqlite3.Error) -> bool:
    """Whether an error of the one who writes is about what is in the file, not about the moment."""
    return isinstance(error, sqlite3.DatabaseError) and not any(words in str(error) for words in _TROUBLE)


def word_of_room(room: int) -> str:
    """It begins with a character that nobody assigns, and that the tokenizer takes for a letter."""
    return f"\ue000{room}"


def word_of_writer(nick: str) -> str:
    """For a nick in its `search_form`, whatever is in it."""
    return f"\ue001{nick.encode().hex()}"
