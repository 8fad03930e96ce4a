"""`chatstore copy`: everything from one database to another, as from SQLite to PostgreSQL."""

from __future__ import annotations

import click

from chatstore.amounts import counted
from chatstore.cli.database import note_act_in
from chatstore.cli.options import NOT_FOUND, fail
from chatstore.cli.output import done
from chatstore.cli.progress import Progress
from chatstore.config import url_of
from chatstore.storage.copying import copy as copy_everything
from chatstore.storage.errors import NoDatabaseError, StorageError


@click.command(short_help="Copy the database to another one.")
@click.option("--from", "source", metavar="URL", required=True, help="The database to copy, which stays as it is.")
@click.option("--to", "target", metavar="URL", required=True, help="An empty database, or the path of a new file.")
def copy(source: str, target: str) -> None:
    """Copy a database to another one, of the same or the other kind, and check the copy.

    URL is postgresql://HOST/NAME, sqlite:///PATH, or the path of a file. No server may run on either database.
    All ids and numbers stay. In the end both databases are read and compared. A copy that was not completed is
    refused by every command: remove it, and copy again. The audit log of the first database
    says that it was copied. The contents of files that people have uploaded are not in the database, and are not
    copied: see [files] folder.
    """
    try:
        with Progress("rows") as progress:
            copied = copy_everything(url_of(source), url_of(target), progress)
    except NoDatabaseError as error:
        fail(str(error), NOT_FOUND)
    except StorageError as error:
        fail(str(error))
    note_act_in(url_of(source), "data.copy", copied.target)
    if copied.files:
        what = counted(copied.files, "content")
        text = f"{what} of files stay where they are: set [files] folder to their folder, or copy it"
        click.echo(f"chatstore: {text}", err=True)
    if copied.unsafe:
        click.echo(f"chatstore: {copied.target} {copied.unsafe}; change that before a server starts", err=True)
    done(
        f"copied {copied.rows:,} rows, with {copied.messages:,} events of {copied.rooms:,} rooms and conversations,"
        f" from {copied.source} to {copied.target}; both were read again, and are the same"
    )
