"""Open a database by its URL."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from chatstore.storage import backends
from chatstore.storage.errors import StorageError


def open_engine(
    url: str, readers: int, *, create: bool = True, read_only: bool = False, follows: bool = False
) -> Engine:
    """An engine with a pool of `readers` connections beside the writer's.

    `create`: make the file and its folder if they are missing; otherwise that raises NoDatabaseError.
    `read_only`: nothing is written, not even beside the file, which may lie on read-only media. `follows`:
    a read-only engine sees what others write from now on. Raises StorageError.
    """
    try:
        scheme, colon, _ = url.partition("://")
        if not colon:
            raise ArgumentError
        backend = backends.named(scheme.partition("+")[0])
        return backend.open(url, readers, create=create, read_only=read_only, follows=follows)
    except (ArgumentError, ValueError, NoSuchModuleError):
        raise StorageError(
            "not a database URL (for example sqlite:////var/lib/chatstore/chat.db or postgresql://HOST/NAME)"
        ) from None
