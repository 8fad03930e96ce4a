"""`chatstore restore`: put a backup in the place of the database."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import click

from chatstore.amounts import counted
from chatstore.chat.changes.administration import NoteAct
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.audit import AuditQuery
from chatstore.chat.model.text import printable
from chatstore.cli.backup import InKiB, nothing
from chatstore.cli.database import reading, writing
from chatstore.cli.options import NOT_FOUND, fail, read_config, with_config
from chatstore.cli.output import done
from chatstore.cli.progress import Progress
from chatstore.config import Config
from chatstore.storage.content_copies import folder_of
from chatstore.storage.errors import NoDatabaseError, StorageError
from chatstore.storage.store import DatabaseStore
from chatstore.storage.store import restore as restore_backup


@click.command(short_help="Put a backup in the place of the database.")
@with_config
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def restore(config_file: Path | None, database: str | None, file: Path) -> None:
    """Put FILE, a backup that may be compressed, in the place of the database. The server must be stopped.

    The backup is copied and looked at first; if it is not sound, nothing changes. The database from before
    stays beside the new one, as DATABASE.replaced-TIME. The next start of the server gives the database a new
    incarnation, so clients forget what they knew of messages that it does not have.

    The contents of files come from the folder NAME.files beside FILE. If some are missing there, the command fails,
    and the rest is restored.

    What was erased since the backup is in it again. Accounts that were erased (account remove --erase) are named:
    erase them again.
    """
    config = read_config(config_file, database)
    try:
        with ExitStack() as held:
            report = InKiB(held.enter_context(Progress("KiB"))) if sys.stderr.isatty() else nothing
            told = partial(report, "copying")
            restored, missing = restore_backup(config.database_url, file, told, config.files_folder)
    except NoDatabaseError as error:
        fail(printable(str(error)), NOT_FOUND)
    except StorageError as error:
        fail(printable(str(error)))
    older, messages = _looked_at(config)
    if not older:
        _note(config, file)
    there = f"{messages:,} messages from {file} to {restored.path}"
    kept = f"; the database from before is {restored.replaced}" if restored.replaced is not None else ""
    later = "; it is of an earlier version, which the next start brings to this one" if older else ""
    if restored.replaced is not None and (names := _erased(config, restored.replaced, older=older)):
        said = f"{', '.join(names)}: erased since this backup, and now there again with all that they said"
        click.echo(printable(f"chatstore: {said}: run chatstore account remove NAME --erase for each"), err=True)
    done(printable(f"restored {there}{kept}{later}. Start the server now"))
    if missing:
        folder = printable(str(folder_of(file).folder))
        fail(f"{counted(len(missing), 'content')} of files missing: {folder} should have them")


def _looked_at(config: Config) -> tuple[bool, int]:
    """Whether the new database is of an earlier version, and how many messages it has."""
    with reading(config, any_schema=True) as store:
        return store.older, store.message_count()


def _erased(config: Config, replaced: Path, *, older: bool) -> list[str]:
    """The accounts that were erased in the database from before, and not in the backup."""
    query = AuditQuery(action="account.erase")
    try:
        with closing(DatabaseStore(f"sqlite:///{replaced}", readers=1, create=False, read_only=True)) as before:
            if before.older:  # none had the command
                return []
            erased = {entry.about: None for entry in reversed(before.audit.entries(query))}
        if erased and not older:
            with reading(config) as store:
                for entry in store.audit.entries(query):
                    erased.pop(entry.about, None)
    except StorageError:  # it is damaged
        return []
    return [*erased]


def _note(config: Config, file: Path) -> None:
    with writing(config) as store:
        store.submit([NoteAct(SERVER, "data.restore", file.name)]).result()
