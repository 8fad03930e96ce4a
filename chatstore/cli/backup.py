"""`chatstore backup`: the database copied to a file, beside a running server."""

from __future__ import annotations

from pathlib import Path

import click

from chatstore.chat.model.text import printable
from chatstore.cli.database import reading
from chatstore.cli.options import fail, read_config, with_config
from chatstore.cli.output import done
from chatstore.cli.room import size_text


@click.command(short_help="Copy the database, server running or not.")
@with_config
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def backup(config_file: Path | None, database: str | None, file: Path, force: bool) -> None:
    """Copy the whole database to FILE, as it is at one moment, while the server runs.

    FILE is there when it is complete and on disk, and readable by you alone. It is a database like the one it was
    copied from: to restore it, stop the server and put it in that one's place.
    """
    with reading(read_config(config_file, database), any_schema=True) as store:
        if file.exists() and not force:
            fail(f"{printable(str(file))} exists already, and is not overwritten without --force")
        messages = store.back_up(file, replace=force)
    said = "1 message" if messages == 1 else f"{messages} messages"
    done(f"{said} backed up to {printable(str(file))}, {size_text(file.stat().st_size)}")
