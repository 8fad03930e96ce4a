"""`chatstore backup`: copy the database to a file, also while the server runs."""

from __future__ import annotations

from pathlib import Path

import click

from chatstore.chat.model.text import printable
from chatstore.cli.database import reading
from chatstore.cli.options import fail, read_config, with_config
from chatstore.cli.output import done
from chatstore.cli.room import size_text


@click.command(short_help="Back up the database.")
@with_config
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def backup(config_file: Path | None, database: str | None, file: Path, force: bool) -> None:
    """Copy the database, as it is at one moment, to FILE. The server may keep running.

    FILE appears once it is complete and on disk. Only you can read it. It is a database like the original: to
    restore it, stop the server and put FILE in the place of the database.
    """
    with reading(read_config(config_file, database), any_schema=True) as store:
        if store.place.file is not None and file.exists() and not force:
            fail(f"{printable(str(file))} already exists; --force replaces it")
        messages = store.back_up(file, replace=force)
    said = "1 message" if messages == 1 else f"{messages} messages"
    done(f"{said} backed up to {printable(str(file))}, {size_text(file.stat().st_size)}")
