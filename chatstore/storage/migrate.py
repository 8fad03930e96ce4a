"""Bring a database to this program's schema with Alembic, or say why that is not possible.

Alembic is imported only when there is something to migrate: it takes longer to load than a start should.
The name of a migration's file begins with its number, so the newest revision is known without Alembic.
"""

from __future__ import annotations

import glob
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DatabaseError

import chatstore
from chatstore.storage.engine import StorageError
from chatstore.storage.sqlite import driver as sqlite

log = logging.getLogger(__name__)

KEPT = 14 * 24 * 60 * 60
"""Seconds that a copy from before a migration is kept."""


class Upgrade(NamedTuple):
    """What upgrade() did. `created` says that the database is new. `copy` is the copy of it from before a
    migration."""

    created: bool = False
    copy: Path | None = None


def check(engine: Engine) -> None:
    """Raise StorageError if the file is not a database with this program's schema. Writes nothing."""
    current, revisions = known_revision(engine)
    if current != revisions[-1]:
        older = _older(engine, current, revisions)
        raise StorageError(f"{older}. Start `chatstore server` on it, or on a copy of it, to migrate it")


def upgrade(engine: Engine, served_by: Callable[[], str] = lambda: "") -> Upgrade:
    """Create the database, or copy and migrate it, in one transaction. `served_by`: which server has it open now; a
    database in use is not migrated.

    Raises StorageError, and changes nothing, if the file is not a database, belongs to another program or
    to a newer chatstore, needs a migration while it is in use, or lies on a file system that can't have a
    write-ahead log.
    """
    current, revisions = known_revision(engine)
    if current != revisions[-1] and (server := served_by()):
        older = _older(engine, current, revisions)
        raise StorageError(f"{older} and is in use: {server}; restart that server with this version first")
    if why := sqlite.use_wal(engine):
        raise StorageError(
            f"{engine.url.database} can't have a write-ahead log ({why}). Network shares often can't:"
            " put the database on a local disk"
        )
    if current == revisions[-1]:
        return Upgrade()
    copy = _copy(engine, f"before-{revisions[-1]}") if current is not None else None
    _run_migrations(engine)
    return Upgrade(current is None, copy)


def _older(engine: Engine, current: str | None, revisions: Sequence[str]) -> str:
    file, schema = engine.url.database, current or "none"
    return f"{file} was written by an older chatstore (schema {schema}, not {revisions[-1]})"


def drop_old_copies(database: Path, now: float) -> list[Path]:
    """Remove copies from before a migration that are older than KEPT, because they still have what was
    erased since. Returns those that stay. `now`: seconds since 1970 UTC. A server calls it when it has
    opened the migrated database."""
    kept: list[Path] = []
    for copy in sorted(database.parent.glob(f"{glob.escape(database.name)}.before-[0-9][0-9][0-9][0-9]")):
        try:
            if now - copy.stat().st_mtime > KEPT:
                copy.unlink()
                log.info("removed %s: the migration was more than two weeks ago", copy)
            else:
                kept.append(copy)
        except OSError as error:
            log.warning("%s, a copy from before a migration, can't be removed: %s", copy, error.strerror)
    return kept


def known_revision(engine: Engine) -> tuple[str | None, list[str]]:
    """The database's revision (None for a new one), and this program's. Raises StorageError for one that
    this program does not know."""
    current, revisions = _revision(engine), _revisions()
    if current is not None and current not in revisions:
        file = engine.url.database
        raise StorageError(f"{file} was written by a newer chatstore (schema {current}): upgrade this one")
    return current, revisions


def _revision(engine: Engine) -> str | None:
    """The revision of a database; None for an empty one."""
    file = engine.url.database
    try:
        with engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            if not tables:
                return None
            if "alembic_version" not in tables:
                raise StorageError(f"{file} is a database of another program")
            return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
    except DatabaseError as error:
        raise StorageError(f"{file} can't be used as a database: {error.orig}") from None


def _revisions() -> list[str]:
    """This program's revisions, oldest first."""
    return sorted(path.name.partition("_")[0] for path in (_scripts() / "versions").glob("[0-9]*.py"))


def _copy(engine: Engine, name: str) -> Path:
    """Copy the database beside itself. An existing copy comes from a migration that failed, and is replaced."""
    path = Path(f"{engine.url.database}.{name}")
    try:
        with engine.connect() as connection, connection.begin():
            sqlite.back_up(connection, path, replace=True)
    except (OSError, *sqlite.ERRORS) as error:
        raise StorageError(f"{path}, the copy from before the migration, can't be written: {error}") from None
    return path


def _run_migrations(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    with sqlite.writing(engine, checkpoints=False) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _scripts() -> Path:
    """migrations/: inside the package when installed, beside it in a checkout."""
    package = Path(chatstore.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
