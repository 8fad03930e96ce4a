"""Checks of the index of words: whether it can be read, belongs to these messages, and has them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from chatstore.amounts import counted
from chatstore.chat.model.room_events import MESSAGE_KINDS
from chatstore.storage.backend import Examined
from chatstore.storage.checks.finding import Finding, ok, problem, warning
from chatstore.storage.files import part_or_temporary
from chatstore.storage.sqlite import driver
from chatstore.storage.sqlite.full_text import (
    FORMAT,
    SELECT,
    Shard,
    first_id,
    number_of,
    word_of_room,
)

_BEHIND = 5_000
"""Messages that the index of a running server may be behind: it takes some thousands a second."""
_ADVICE = "run chatstore doctor --repair while no server runs: it removes the index, and the server makes it anew"
_SAID = f"""
    SELECT id, room_id FROM messages WHERE id >= ? AND id < ? AND audience = ''
    AND kind IN ({", ".join(f"'{kind}'" for kind in MESSAGE_KINDS)})
"""


class _Wrong(Exception):  # noqa: N818 - it is an answer
    """What is wrong with the index."""


def words(subject: Examined, path: Path) -> Finding:
    served = subject.served
    if not path.exists():
        return ok("the server is about to make it" if served else "none yet: the server makes it")
    try:
        with _opened(path, deep=subject.deep) as index, subject.reading() as connection:
            if _ask(index, "SELECT format FROM about") != [(FORMAT,)]:
                return ok("made by another version: the next start makes it anew")
            [(found,)] = _ask(index, "PRAGMA quick_check(1)")
            if found != "ok":
                raise _Wrong(f"it is damaged: {found}")
            shards = [Shard(*row) for row in _ask(index, f"{SELECT} WHERE live = 1 ORDER BY number")]
            _of_these_messages(connection, shards)
            if subject.deep:
                _whole(index, shards)
                _complete(connection, index, shards)
            behind = _behind(connection, shards)
    except _Wrong as wrong:
        return problem(f"{wrong}: searches may miss messages", _ADVICE)
    except (sqlite3.Error, OSError) as error:
        return problem(f"it can't be read ({error}): searches may miss messages", _ADVICE)
    if served and behind > _BEHIND:
        return warning(
            f"{counted(behind, 'event')} behind: searches read these one by one",
            "wait, and look again; if the number does not fall, read the server's log and restart it",
        )
    late = f", {counted(behind, 'event')} behind: the server catches up" if behind else ""
    every = ", and every message is in it" if subject.deep else ""
    return ok(f"{counted(sum(shard.messages for shard in shards), 'message')}{every}{late}")


def _ask(index: sqlite3.Connection, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
    """Its errors are about the index, and must not be taken for those of the database."""
    try:
        return index.execute(sql, parameters).fetchall()
    except sqlite3.Error as error:
        raise _Wrong(f"it can't be read ({error})") from None


@contextmanager
def _opened(path: Path, *, deep: bool) -> Iterator[sqlite3.Connection]:
    """With `deep` it is a copy, because FTS5's check of itself has to be able to write."""
    with closing(driver.reader(str(path), follows=False)()) as index:
        if not deep:
            yield index
            return
        with part_or_temporary(path.absolute()) as part:
            if shutil.disk_usage(part.parent).free < path.stat().st_size * 2:
                yield index
                return
            with closing(sqlite3.connect(part, isolation_level=None)) as copy:
                index.backup(copy)
                yield copy


def _of_these_messages(connection: Connection, shards: list[Shard]) -> None:
    """Whether the newest row that the index has seen is in the database."""
    seen = [shard for shard in shards if shard.last_id]
    if seen:
        last = seen[-1]
        found = driver.run(connection, "SELECT room_id, seq FROM messages WHERE id = ?", (last.last_id,))
        if found and tuple(found[0]) != (last.last_room, last.last_seq):
            raise _Wrong("it was made from other messages")
        if not found and driver.newest_id(connection, "messages") < last.last_id:
            raise _Wrong("it knows messages that the database does not have")


def _whole(index: sqlite3.Connection, shards: list[Shard]) -> None:
    """FTS5's own check ("The FTS5 integrity-check command")."""
    for shard in shards:
        try:
            _ask(index, f"INSERT INTO words_{shard.id}(words_{shard.id}) VALUES ('integrity-check')")
        except _Wrong as wrong:
            if "readonly" not in str(wrong):  # no copy could be made
                raise


def _complete(connection: Connection, index: sqlite3.Connection, shards: list[Shard]) -> None:
    """Whether every message below a shard's `upto` is in it, by the word of its room."""
    missing: list[int] = []
    for shard in shards:
        rooms: dict[int, list[int]] = {}
        for id_, room in driver.run(connection, _SAID, (shard.start, shard.upto)):
            rooms.setdefault(room, []).append(id_)
        for room, ids in rooms.items():
            table = f"words_{shard.id}"
            query = f"SELECT rowid FROM {table} WHERE {table} MATCH ?"
            there = {id_ for (id_,) in _ask(index, query, (f'"{word_of_room(room)}"',))}
            missing += [id_ for id_ in ids if id_ not in there]
    if missing:
        raise _Wrong(f"it lacks {counted(len(missing), 'message')}")


def _behind(connection: Connection, shards: list[Shard]) -> int:
    """How many ids are not in the index yet."""
    [(last,)] = driver.run(connection, "SELECT coalesce(max(id), 0) FROM messages")
    [(first,)] = driver.run(connection, "SELECT coalesce(min(id), 1) FROM messages")
    upto = {shard.number: shard.upto for shard in shards}
    behind = 0
    for number in range(number_of(first), number_of(last) + 1):
        low, end = max(first, first_id(number)), min(first_id(number + 1), last + 1)
        behind += max(0, end - max(low, upto.get(number, 0)))
    return behind
