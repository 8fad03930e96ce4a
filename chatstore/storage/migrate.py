"""Bring a database to this program's schema with Alembic, or say why that is not possible.

Alembic is imported only when there is something to migrate: it takes longer to load than a start should.
The name of a migration's file begins with its number, so the newest revision is known without Alembic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DatabaseError

import chatstore
from chatstore.storage import drivers
from chatstore.storage.backend import Place
from chatstore.storage.errors import NoDatabaseError, StorageError

UNFINISHED = "unfinished copy"
"""The revision of a database that was not copied to its end (copying.py). No chatstore knows it, so none uses
it."""


class Upgrade(NamedTuple):
    """What upgrade() did. `created` says that the database is new. `copy` is the copy of it from before a
    migration."""

    created: bool = False
    copy: Path | None = None


def check(engine: Engine, place: Place) -> None:
    """Raise StorageError if this is not a database with this program's schema. Writes nothing."""
    current, revisions = known_revision(engine, place)
    if current is None:
        raise _none(place)
    if current != revisions[-1]:
        older = _older(place, current, revisions)
        raise StorageError(f"{older}. Start `chatstore server` on it, or on a copy of it, to migrate it")


def upgrade(engine: Engine, place: Place, *, create: bool = True) -> Upgrade:
    """Create the database, or copy and migrate it, in one transaction.

    Raises StorageError, and changes nothing, if this is not a database, belongs to another program or
    to a newer chatstore, needs a migration while it is in use, or lies on a file system that can't have a
    write-ahead log. Without `create`, raises NoDatabaseError for an empty one.
    """
    current, revisions = known_revision(engine, place)
    if current is None and not create:
        raise _none(place)
    removes = any(map(_removes, _pending(current, revisions)))
    if current != revisions[-1] and (server := place.served_by(removes=removes)):
        older = _older(place, current, revisions)
        raise StorageError(f"{older} and is in use: {server}; restart that server with this version first")
    place.prepare()
    if current == revisions[-1]:
        return Upgrade()
    copy = place.copy_before(revisions[-1]) if current is not None else None

    def run(connection: Connection) -> bool:
        current = _revision(connection, place)  # another server may have been quicker
        if current != revisions[-1]:
            _run_migrations(connection)
        return current is None

    return Upgrade(place.migrate(run), copy)


def create_unfinished(place: Place) -> None:
    """Make the tables in an empty database, which can't be used before complete(). Raises StorageError."""
    with place.migrating() as connection:
        if _revision(connection, place) is not None:
            raise StorageError(f"{place.name} is not empty any more: somebody else has made tables there")
        _run_migrations(connection)
        connection.execute(text("UPDATE alembic_version SET version_num = :mark"), {"mark": UNFINISHED})


def complete(place: Place) -> None:
    """The copy is as its source: it can be used from now on."""
    with place.migrating() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": _revisions()[-1]})


def known_revision(engine: Engine, place: Place) -> tuple[str | None, list[str]]:
    """The database's revision (None for a new one), and this program's. Raises StorageError for one that
    this program does not know."""
    revisions = _revisions()
    try:
        with engine.connect() as connection:
            current = _revision(connection, place)
    except DatabaseError as error:
        if place.missing(error):
            raise NoDatabaseError(
                f"there is no database {place.name}: make one with createdb, or name another"
            ) from None
        raise StorageError(f"{place.name} can't be used as a database: {drivers.of(engine).why(error)}") from None
    if current == UNFINISHED:
        raise StorageError(f"{place.name} is a copy that was not completed: remove it, and copy again")
    if current is not None and current not in revisions:
        raise StorageError(f"{place.name} was written by a newer chatstore (schema {current}): upgrade this one")
    return current, revisions


def newest_revision() -> str:
    """The revision of a database that this program has made."""
    return _revisions()[-1]


def _none(place: Place) -> NoDatabaseError:
    return NoDatabaseError(f"{place.name} has no chat in it yet: start chatstore server on it, or name another")


def _older(place: Place, current: str | None, revisions: Sequence[str]) -> str:
    return f"{place.name} was written by an older chatstore (schema {current or 'none'}, not {revisions[-1]})"


def _revision(connection: Connection, place: Place) -> str | None:
    """The revision of a database; None for an empty one."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if {"alembic_version", "messages"} <= {*tables}:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if found is not None:
            return str(found)
    raise StorageError(f"{place.name} is a database of another program")


def _pending(current: str | None, revisions: Sequence[str]) -> Sequence[str]:
    """The revisions that a database with this one lacks."""
    return revisions if current is None else revisions[revisions.index(current) + 1 :]


def _removes(revision: str) -> bool:
    """Whether a migration takes away what an older version needs: its module says `removes = True`. All others only
    add, so that servers of the older version may go on beside it, where a database has several."""
    [script] = (_scripts() / "versions").glob(f"{revision}_*.py")
    return re.search(r"^removes = True$", script.read_text(encoding="utf-8"), re.MULTILINE) is not None


def _revisions() -> list[str]:
    """This program's revisions, oldest first."""
    return sorted(path.name.partition("_")[0] for path in (_scripts() / "versions").glob("[0-9]*.py"))


def _run_migrations(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _scripts() -> Path:
    """migrations/: inside the package when installed, beside it in a checkout."""
    package = Path(chatstore.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
