"""Bring a database to this program's schema with Alembic, or say why that can't be done."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DatabaseError

import chatstore
from chatstore.storage import sqlite
from chatstore.storage.engine import StorageError


class Upgrade(NamedTuple):
    """What was done: whether the database is new, and the copy that was made of one that was not."""

    created: bool = False
    copy: Path | None = None


def upgrade(engine: Engine) -> Upgrade:
    """Create or migrate the database, which is copied before unless it is new.

    Raises StorageError for a file that is no database, another program's, or newer than this program; then
    nothing was changed. All steps are one transaction.
    """
    file = engine.url.database
    config = Config()
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            foreign = current is None and bool(inspect(connection).get_table_names())
    except DatabaseError as error:
        raise StorageError(f"{file} can't be used as a database: {error.orig}") from None
    if foreign:
        raise StorageError(f"{file} is a database of another program")
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise StorageError(f"{file} was written by a newer chatstore (schema {current}): upgrade this one")
    sqlite.use_wal(engine)
    if current == scripts.get_current_head():
        return Upgrade()
    copy = sqlite.back_up(engine, f"before-{scripts.get_current_head()}") if current is not None else None
    with sqlite.writing(engine, checkpoints=False) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return Upgrade(current is None, copy)


def _scripts() -> Path:
    """migrations/: inside the package when installed, beside it in a checkout."""
    package = Path(chatstore.__file__).parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
