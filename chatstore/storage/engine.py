"""Open a database by its URL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from chatstore.storage import sqlite


class StorageError(Exception):
    """The database can't be used; the message is one line for the person who runs the server."""


class NoDatabaseError(StorageError):
    """There is none, and none was to be made."""


def open_engine(
    url: str, readers: int, *, create: bool = True, read_only: bool = False, follows: bool = False
) -> Engine:
    """An engine with a pool for `readers` connections beside the writer's. Creates the file and its folder
    where they are missing, unless told not to. `read_only`: nothing is written, not even beside the file, which
    may be on a medium that can't be written; it `follows` what others write from now on. Raises StorageError."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StorageError(
            f"not a database URL: {url!r} (for example sqlite:////var/lib/chatstore/chat.db)"
        ) from None
    if parsed.get_backend_name() != "sqlite":
        raise StorageError(
            f"this version keeps its data in SQLite; it can't open {parsed.get_backend_name()!r} URLs"
        )
    if not parsed.database or parsed.database == ":memory:":
        raise StorageError("the database must be a file: memory forgets")
    if not create and not sqlite.exists(parsed.database):
        raise NoDatabaseError(f"there is no database at {parsed.database}")
    arguments: dict[str, Any] = {}
    try:
        if read_only:
            arguments["creator"] = sqlite.reader(parsed.database, follows=follows)
        else:
            sqlite.prepare_file(parsed.database)
    except OSError as error:
        what = "read" if read_only else "write"
        raise StorageError(f"cannot {what} {parsed.database}: {error.strerror}") from None
    try:
        engine = create_engine(parsed, pool_size=readers + 1, max_overflow=2, hide_parameters=True, **arguments)
    except (ArgumentError, NoSuchModuleError) as error:
        raise StorageError(f"not a database URL: {url!r} ({error})") from None
    sqlite.configure(engine)
    return engine
