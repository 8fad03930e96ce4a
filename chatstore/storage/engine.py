"""Open a database by its URL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from chatstore.storage.sqlite import driver as sqlite


class StorageError(Exception):
    """The database can't be used. The message is one line for the operator."""


class NoDatabaseError(StorageError):
    """There is no database, and none was to be created."""


def open_engine(
    url: str, readers: int, *, create: bool = True, read_only: bool = False, follows: bool = False
) -> Engine:
    """An engine with a pool of `readers` connections beside the writer's.

    `create`: make the file and its folder if they are missing; otherwise that raises NoDatabaseError.
    `read_only`: nothing is written, not even beside the file, which may lie on read-only media. `follows`:
    a read-only engine sees what others write from now on. Raises StorageError.
    """
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
        raise StorageError("the database must be a file: a database in memory keeps nothing")
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
