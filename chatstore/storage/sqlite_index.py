"""The index of `sqlite_shards`, for the one thread that writes it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from chatstore.chat.model.messages import search_form
from chatstore.chat.model.phrases import indexed
from chatstore.storage import sqlite
from chatstore.storage.sqlite_shards import (
    FORMAT,
    SCHEMA,
    SELECT,
    Damaged,
    Shard,
    damage,
    first_id,
    identity,
    word_of_room,
    word_of_writer,
)

_ROWS = 64
"""Rows of one INSERT: a statement is one turn without the GIL, and takes 999 values at most in old versions."""

_KEEP = (
    "UPDATE shards SET number=?, live=?, upto=?, messages=?, first_sent=?, last_sent=?, last_id=?, last_room=?,"
    " last_seq=?, stale=?, made_at=? WHERE id=?"
)
_PLACE = (
    "INSERT INTO places VALUES (?, ?, ?, ?) ON CONFLICT (room_id, shard_id)"
    " DO UPDATE SET first_seq = MIN(first_seq, excluded.first_seq), messages = messages + excluded.messages"
)


class Text(NamedTuple):
    """A message for the index."""

    id: int
    room: int
    seq: int
    nick: str
    body: str


class Index:
    """The index, for the one thread that writes it. Raises Damaged, or sqlite3.Error for what may pass."""

    def __init__(self, path: Path, last: int) -> None:
        """Open the file, or make it where there is none. `last`: the id of the newest message."""
        self._path = path
        with _telling_damage():
            sqlite.prepare_file(str(path))
            self.file = identity(path)
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
        for (id_,) in execute("SELECT id FROM shards WHERE live = 0").fetchall():  # what was left half done
            self._drop(id_)

    def close(self, *, keep: bool = True) -> None:
        """`keep`: commit first. Raises nothing."""
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
        """What was taken back by messages up to this id is dealt with."""
        with _telling_damage():
            return int(self._connection.execute("SELECT seen FROM about").fetchone()[0])

    def saw(self, id_: int) -> None:
        with self._writing() as execute:
            execute("UPDATE about SET seen = ?", (id_,))

    def places(self, shard: Shard) -> list[tuple[int, int]]:
        """(room, the first seq of it in the shard), for every room that the shard has something of."""
        query = "SELECT room_id, first_seq FROM places WHERE shard_id = ?"
        with _telling_damage():
            return self._connection.execute(query, (shard.id,)).fetchall()

    def begin(self, number: int, now: int, *, live: bool) -> Shard:
        """A new shard without anything in it."""
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
        """Put messages into a shard. What is put is found after `commit`."""
        for text in texts:
            key = (shard.id, text.room)
            first, count = self._new_places.get(key, (text.seq, 0))
            self._new_places[key] = (min(first, text.seq), count + 1)
        values: list[object] = []
        for text in texts:
            values += (text.id, f"{indexed(text.body)} {word_of_room(text.room)} {_writer(text.nick)}")
        with self._writing() as execute:
            for begin in range(0, len(values), 2 * _ROWS):
                some = values[begin : begin + 2 * _ROWS]
                rows = ",".join(["(?,?)"] * (len(some) // 2))
                execute(f"INSERT INTO words_{shard.id}(rowid, words) VALUES {rows}", some)

    def keep(self, shard: Shard) -> None:
        """What is known of a shard, as it is now."""
        with self._writing() as execute:
            execute(_KEEP, (*_row(shard), shard.id))

    def finish(self, shard: Shard) -> None:
        """Nothing more is coming: make it one piece, which is asked fastest."""
        with self._writing() as execute:
            execute(f"INSERT INTO words_{shard.id}(words_{shard.id}) VALUES ('optimize')")

    def put_in_place(self, new: Shard) -> Shard:
        """A shard that was made again takes the place of the one it was made for, which is dropped."""
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
        """From here on what was put is found."""
        if not self._connection.in_transaction:
            return
        with _telling_damage():
            rows = [(room, id_, *place) for (id_, room), place in self._new_places.items()]
            self._connection.executemany(_PLACE, rows)
            self._connection.execute("COMMIT")
        self._new_places.clear()

    def forget(self) -> None:
        """Have no page left in the write-ahead log of what was dropped; tried again with the next call while
        somebody reads just now."""
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
        """Gives `execute`, inside a transaction that `commit` ends."""
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
