"""The index of words for searches: a file of SQLite's full-text search (FTS5), `<database>-search`.

It can be made again from the messages at any time. So it is no part of a backup, and its commits do not
wait for the disk (WAL with synchronous=NORMAL: after a power cut it is whole, and may be a little behind).
One thread writes it (IndexWriter, driven by indexing.py); any thread may ask it (IndexReader).

Message ids are cut into *shards* of SHARD ids. Each shard has a table of its own, which is complete *up to* an id:
every message of the shard below that id can be found. What follows from that:

- nothing but one shard is ever merged or written again, so no commit is long;
- the newest shard is asked first, and the next only if too little was found;
- to forget something, its shard is made again without it and the old table is dropped, whose pages are overwritten
  (`secure_delete`). FTS5 can't take words out of an index without their text before SQLite 3.43, and until 3.42
  leaves them in the file.

The words of a message are those of its text, one for its room and one for its author, so that a common word
in a small room is an intersection inside the index. Positions in the text are not kept: what is found is
compared with the question anyway. The tokenizer is `ascii`, which takes everything beyond ASCII for
letters: chat.model.phrases decides where words begin."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from chatstore.chat.model.messages import search_form
from chatstore.chat.model.phrases import indexed
from chatstore.storage.search import Part, Question
from chatstore.storage.sqlite import driver as sqlite

SHARD = 65_536
"""Message ids in one table."""
FORMAT = f"2 {SHARD} {unicodedata.unidata_version}"
"""What the words depend on. A file of another format is rebuilt."""
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
"""Words in SQLite's errors that do not concern the content of the file."""

SELECT = (
    "SELECT id, number, live, upto, messages, first_sent, last_sent, last_id, last_room, last_seq, stale, made_at"
    " FROM shards"
)
"""The fields in the order of Shard."""


_ROWS = 64
"""Rows of one INSERT. Each statement releases the GIL once; old versions of SQLite take 999 values at most."""

_KEEP = (
    "UPDATE shards SET number=?, live=?, upto=?, messages=?, first_sent=?, last_sent=?, last_id=?, last_room=?,"
    " last_seq=?, stale=?, made_at=? WHERE id=?"
)
_PLACE = (
    "INSERT INTO places VALUES (?, ?, ?, ?) ON CONFLICT (room_id, shard_id)"
    " DO UPDATE SET first_seq = MIN(first_seq, excluded.first_seq), messages = messages + excluded.messages"
)
_MAX_ROOMS = 128
"""The most rooms that a query may name inside the index."""


class Damaged(Exception):  # noqa: N818 - it is a state
    """The file is not an index, or a damaged one. It must be rebuilt."""


@dataclass(frozen=True)
class Shard:
    """A shard. `id` is that of its table. `upto` is the first message id that is not in it. Searches ask it
    if it is `live`; otherwise it is being built, and will replace the live one with its number. `last_*` is
    the last row that was read for it, a message or not (0: none). `stale` is 0 or one of STALE_*. Times are
    ms since 1970 UTC."""

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


STALE_A_LITTLE, STALE_EDITED, STALE = 1, 2, 3
"""Why a shard is stale: it has words of messages that are too old to keep (a little), of texts that were edited, or
of messages that were redacted or whose room was removed."""


def first_id(number: int) -> int:
    """The first id of a shard, by its number."""
    return number * SHARD


def number_of(id_: int) -> int:
    """The number of the shard that a message belongs to."""
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
    """Remove the file, whatever it contains, and the files that SQLite keeps beside it."""
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def newest_seen(path: Path) -> tuple[int, int, int] | None:
    """(id, room, seq) of the newest row that the index has seen. None if there is none, or if the file can't
    be read and so will be rebuilt."""
    if not path.exists():
        return None
    query = "SELECT last_id, last_room, last_seq FROM shards WHERE last_id > 0 ORDER BY last_id DESC LIMIT 1"
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            found: tuple[int, int, int] | None = connection.execute(query).fetchone()
    except sqlite3.Error:
        return None
    return found


def damage(error: sqlite3.Error) -> bool:
    """Whether an error of the writer is about the content of the file, and will not pass."""
    return isinstance(error, sqlite3.DatabaseError) and not any(words in str(error) for words in _TROUBLE)


def word_of_room(room: int) -> str:
    """The word that stands for a room. It begins with a private-use character, which the tokenizer treats as
    a letter."""
    return f"\ue000{room}"


def word_of_writer(nick: str) -> str:
    """The word that stands for an author. `nick` is in its search_form(). The word is hexadecimal, because a
    nick may contain anything."""
    return f"\ue001{nick.encode().hex()}"


Text = tuple[int, int, int, str, str]
"""A message to index: its id, room, seq, the nick of its author, and its body."""


class IndexWriter:
    """Writes the index; only one thread may use it. Raises Damaged, or sqlite3.Error for trouble that may
    pass."""

    def __init__(self, path: Path, last: int) -> None:
        """Open the file, or make it if it does not exist. `last` is the id of the newest message."""
        self._path = path
        with _telling_damage():
            sqlite.prepare_file(str(path))
            self.file = sqlite.identity(str(path))
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(last)
            except BaseException:
                self._connection.close()
                raise
        self._new_places: dict[tuple[int, int], tuple[int, int]] = {}
        self._erased = False

    def _prepare(self, last: int) -> None:
        execute = self._connection.execute
        execute("PRAGMA journal_mode=WAL")
        execute("PRAGMA synchronous=NORMAL")
        execute("PRAGMA secure_delete=ON")
        if not execute("SELECT name FROM sqlite_master").fetchall():
            self._connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
            execute("INSERT INTO about VALUES (?, ?)", (FORMAT, last))
        if execute("SELECT format FROM about").fetchall() != [(FORMAT,)]:
            raise Damaged("it was made by another version")
        for (id_,) in execute(
            "SELECT id FROM shards WHERE live = 0"
        ).fetchall():  # shards that were left unfinished
            self._drop(id_)

    def close(self, *, keep: bool = True) -> None:
        """Close the file; if `keep`, commit first. Raises nothing."""
        with contextlib.suppress(sqlite3.Error, Damaged):
            if keep:
                self.commit()
                self.forget()
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def shards(self) -> list[Shard]:
        with _telling_damage():
            return [Shard(*row) for row in self._connection.execute(f"{SELECT} ORDER BY number").fetchall()]

    @property
    def seen(self) -> int:
        """Up to which event id redacted messages have been removed from the index."""
        with _telling_damage():
            return int(self._connection.execute("SELECT seen FROM about").fetchone()[0])

    def saw(self, id_: int) -> None:
        with self._writing() as execute:
            execute("UPDATE about SET seen = ?", (id_,))

    def places(self, shard: Shard) -> list[tuple[int, int]]:
        """(room, first seq of the room in the shard), for every room with messages in the shard."""
        query = "SELECT room_id, first_seq FROM places WHERE shard_id = ?"
        with _telling_damage():
            return self._connection.execute(query, (shard.id,)).fetchall()

    def begin(self, number: int, now: int, *, live: bool) -> Shard:
        """Make an empty shard."""
        with self._writing() as execute:
            fields = (number, int(live), first_id(number), 0, 2**62, 0, 0, 0, 0, 0, now)
            id_ = execute(f"INSERT INTO shards VALUES (NULL, {','.join('?' * len(fields))})", fields).lastrowid
            assert id_ is not None
            execute(
                f"CREATE VIRTUAL TABLE words_{id_}"
                " USING fts5(words, content='', detail=none, columnsize=0, tokenize='ascii')"
            )
            return Shard(id_, *fields)

    def add(self, shard: Shard, texts: Sequence[Text]) -> None:
        """Add messages, in the order of their ids, to a shard. They can be found after commit()."""
        firsts = {room: seq for _, room, seq, _, _ in reversed(texts)}
        for room, count in Counter([room for _, room, _, _, _ in texts]).items():
            first, before = self._new_places.get((shard.id, room), (firsts[room], 0))
            self._new_places[shard.id, room] = min(first, firsts[room]), before + count
        words = {room: word_of_room(room) for room in firsts}
        values: list[object] = []
        for id_, room, _, nick, body in texts:
            values += (id_, f"{indexed(body)} {words[room]} {_writer(nick)}")
        with self._writing() as execute:
            for begin in range(0, len(values), 2 * _ROWS):
                some = values[begin : begin + 2 * _ROWS]
                rows = ",".join(["(?,?)"] * (len(some) // 2))
                execute(f"INSERT INTO words_{shard.id}(rowid, words) VALUES {rows}", some)

    def keep(self, shard: Shard) -> None:
        """Store the fields of a shard."""
        with self._writing() as execute:
            execute(_KEEP, (*_row(shard), shard.id))

    def finish(self, shard: Shard) -> None:
        """Finish a complete shard: merge it into one piece, which is fastest to search."""
        with self._writing() as execute:
            execute(f"INSERT INTO words_{shard.id}(words_{shard.id}) VALUES ('optimize')")

    def put_in_place(self, new: Shard) -> Shard:
        """Let a rebuilt shard replace the live one with its number, which is dropped."""
        with self._writing() as execute:
            old = execute("SELECT id FROM shards WHERE number = ? AND live = 1", (new.number,)).fetchall()
            for (id_,) in old:
                self._drop(id_)
            there = replace(new, live=1)
            execute(_KEEP, (*_row(there), new.id))
        self._erased = True
        return there

    def drop(self, shard: Shard) -> None:
        with self._writing():
            self._drop(shard.id)
        self._erased = True

    def commit(self) -> None:
        """Commit: what was added can be found from now on."""
        if not self._connection.in_transaction:
            return
        with _telling_damage():
            rows = [(room, id_, *place) for (id_, room), place in self._new_places.items()]
            self._connection.executemany(_PLACE, rows)
            self._connection.execute("COMMIT")
        self._new_places.clear()

    def forget(self) -> None:
        """Empty the write-ahead log, which may have pages of dropped shards. While somebody reads it does
        nothing; the next call tries again."""
        if self._erased and not self._connection.in_transaction:
            with _telling_damage():
                busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._erased = bool(busy)

    def _drop(self, id_: int) -> None:
        execute = self._connection.execute
        execute(f"DROP TABLE IF EXISTS words_{id_}")
        execute("DELETE FROM places WHERE shard_id = ?", (id_,))
        execute("DELETE FROM shards WHERE id = ?", (id_,))
        self._new_places = {key: place for key, place in self._new_places.items() if key[0] != id_}

    @contextmanager
    def _writing(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        """Yields `execute` inside a transaction, which commit() ends."""
        with _telling_damage():
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection.execute


@contextmanager
def _telling_damage() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if damage(error):
            raise Damaged(str(error)) from error
        raise


def _row(shard: Shard) -> tuple[object, ...]:
    return astuple(shard)[1:]


@lru_cache(maxsize=10_000)
def _writer(nick: str) -> str:
    return word_of_writer(search_form(nick))


class IndexReader:
    """Lends connections to the index. Any thread may use it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[tuple[tuple[int, int], sqlite3.Connection]] = []
        self._lock = threading.Lock()
        self.doubted = threading.Event()
        """Set after a search found the file damaged; the indexer then rebuilds it."""

    @contextmanager
    def asking(self) -> Iterator[Lookup | None]:
        """A Lookup for one search; None if there is no index, or it can't be opened just now."""
        connection = self._connection()
        if connection is None:
            yield None
            return
        lookup = Lookup(connection[1], self.doubted)
        try:
            yield lookup
        finally:
            if lookup.failed:
                connection[1].close()
            else:
                with self._lock:
                    self._idle.append(connection)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _connection(self) -> tuple[tuple[int, int], sqlite3.Connection] | None:
        try:
            file = sqlite.identity(str(self._path))
            while True:
                with self._lock:
                    known = self._idle.pop() if self._idle else None
                if known is None:
                    break
                if known[0] == file:
                    return known
                known[1].close()  # it belongs to a file that was replaced
            connection = sqlite3.connect(
                f"file:{quote(str(self._path))}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
            )
            return file, connection
        except (OSError, sqlite3.Error):
            return None


class Lookup:
    """An Index. After an error of SQLite it answers as if nothing were indexed."""

    def __init__(self, connection: sqlite3.Connection, doubted: threading.Event) -> None:
        self._connection = connection
        self._doubted = doubted
        self._shares: Mapping[int, int] = {}
        self.failed = False

    def parts(self, question: Question) -> Sequence[Part]:
        shards = self.shards()
        self._shares = self._count(question.rooms) if shards else {}
        return [
            Part(
                shard.start,
                shard.upto,
                empty=shard.id not in self._shares
                or shard.last_sent < question.after
                or shard.first_sent > question.before,
                key=shard,
            )
            for shard in shards
        ]

    def shards(self) -> list[Shard]:
        """The shards that can be asked, by number."""
        try:
            if self._connection.execute("SELECT format FROM about").fetchall() != [(FORMAT,)]:
                return []
            rows = self._connection.execute(f"{SELECT} WHERE live = 1 ORDER BY number").fetchall()
            return [Shard(*row) for row in rows]
        except sqlite3.Error as error:
            self._fail(error)
            return []

    def _count(self, rooms: Iterable[int]) -> Mapping[int, int]:
        """How many messages of these rooms each shard has, by the shard's id; shards without any are left out."""
        shares: dict[int, int] = {}
        wanted = list(rooms)
        try:
            for begin in range(0, len(wanted), 500):
                some = wanted[begin : begin + 500]
                marks = ",".join("?" * len(some))
                query = f"SELECT shard_id, SUM(messages) FROM places WHERE room_id IN ({marks}) GROUP BY shard_id"
                for shard_id, messages in self._connection.execute(query, some).fetchall():
                    shares[shard_id] = shares.get(shard_id, 0) + messages
        except sqlite3.Error as error:
            self._fail(error)
        return shares

    def ids(self, part: Part, question: Question, between: tuple[int, int], most: int) -> list[int] | None:
        """See Index. If most of a shard's messages are in the wanted rooms, the rooms are not part of the
        question."""
        shard: Shard = part.key
        rooms: Sequence[int] = ()
        if 2 * self._shares[shard.id] < shard.messages:
            rooms = self._rooms_in(shard, question.rooms)
        match = [f'"{word.text}"{" *" if word.begins else ""}' for word in question.words]
        if question.author:
            match.append(f'"{word_of_writer(question.author)}"')
        if places := [f'"{word_of_room(room)}"' for room in rooms]:
            match.append(f"({' OR '.join(places)})")
        table = f"words_{shard.id}"
        query = (
            f"SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid >= ? AND rowid < ?"
            f" ORDER BY rowid {'DESC' if question.newest else 'ASC'} LIMIT ?"
        )
        try:
            found = self._connection.execute(query, (" AND ".join(match), *between, most)).fetchall()
        except sqlite3.Error as error:
            self._fail(error)
            return None
        return [id_ for (id_,) in found]

    def _rooms_in(self, shard: Shard, wanted: Mapping[int, int]) -> Sequence[int]:
        """Which of the wanted rooms have messages in the shard; none if they are too many to ask for."""
        query = "SELECT room_id FROM places WHERE shard_id = ?"
        try:
            there = [id_ for (id_,) in self._connection.execute(query, (shard.id,)).fetchall() if id_ in wanted]
        except sqlite3.Error as error:
            self._fail(error)
            return ()
        return there if len(there) <= _MAX_ROOMS else ()

    def _fail(self, error: sqlite3.Error) -> None:
        self.failed = True
        if "malformed" in str(error) or "not a database" in str(error):
            self._doubted.set()
