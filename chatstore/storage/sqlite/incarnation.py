"""The incarnation of a database: a random token, which clients compare with the one they remember.

After an older backup was restored, the database gives out numbers again that clients know from before. So a
server that starts on such a database makes a new token, and clients forget what they kept under the old
one. A start needs a new token if one of these is true:

- there is no token: `chatstore backup` and the copy from before a migration leave it out;
- the file is not the one of the last start (by device and inode, in the note of `lock`): it was copied or moved;
- the note or the index of words knows a message that the database does not have.

An unnecessary new token makes clients read again what they have seen; a missing one would show them wrong messages.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select

from chatstore.storage.schema import incarnations, messages
from chatstore.storage.sqlite import driver as sqlite
from chatstore.storage.sqlite import full_text


class Row(NamedTuple):
    """The place of a stored event, and when it was sent (ms since 1970 UTC; 0 if unknown)."""

    id: int
    room: int
    seq: int
    sent_at: int


def ensure(engine: Engine, note: Mapping[str, Any], index: Path) -> str:
    """The token of the database that a server starts on; a new one if that is needed. `note` is what the last
    server left in the lock's file, or empty. `index` is the file of the index of words."""
    file = list(sqlite.identity(str(engine.url.database)))
    known = [*_noted(note), *_indexed(index)]
    with engine.connect() as connection, connection.begin():
        token = connection.execute(select(incarnations.c.token)).scalar()
        same = token is not None and note.get("incarnation") == token and note.get("file") == file
        if same and all(_has(connection, row) for row in known):
            return str(token)
    token = secrets.token_hex(8)
    with sqlite.writing(engine, checkpoints=False) as connection:
        sqlite.start_log_anew(connection)
        with connection.begin():
            connection.execute(delete(incarnations))
            connection.execute(insert(incarnations).values(token=token))
    return token


def newest(engine: Engine) -> Row | None:
    """The newest event of all rooms."""
    columns = (messages.c.id, messages.c.room_id, messages.c.seq, messages.c.sent_at)
    query = select(*columns).order_by(messages.c.id.desc()).limit(1)
    with engine.connect() as connection, connection.begin():
        row = connection.execute(query).one_or_none()
        return Row(*row) if row is not None else None


def _has(connection: Connection, known: Row) -> bool:
    """Whether the database continues from this event: it is there, or it was there and has been erased."""
    columns = (messages.c.room_id, messages.c.seq, messages.c.sent_at)
    row = connection.execute(select(*columns).where(messages.c.id == known.id)).one_or_none()
    if row is not None:
        return (row.room_id, row.seq) == known[1:3] and known.sent_at in (0, row.sent_at)
    return sqlite.newest_id(connection, "messages") >= known.id


def _noted(note: Mapping[str, Any]) -> Iterator[Row]:
    with contextlib.suppress(TypeError, ValueError):
        yield Row(*(int(number) for number in note.get("newest") or ()))


def _indexed(path: Path) -> list[Row]:
    """The newest row that the index of words has seen; empty if there is none."""
    seen = full_text.newest_seen(path)
    return [Row(*seen, 0)] if seen is not None else []
