"""`chatstore backup`: copy the database to a file, also while the server runs."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from chatstore.amounts import counted, sized
from chatstore.chat.model.text import printable
from chatstore.cli.database import note_act, reading
from chatstore.cli.options import fail, read_config, with_config
from chatstore.cli.output import done
from chatstore.cli.progress import Progress
from chatstore.storage.backups import Wanted
from chatstore.storage.store import unsound


@click.command(short_help="Back up the database.")
@with_config
@click.argument("target", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.option("--compress", is_flag=True, help="Compress the copy (gzip).")
@click.option("--verify", is_flag=True, help="Run the doctor on the copy before it gets its name.")
@click.option(
    "--keep",
    metavar="N",
    type=click.IntRange(min=1),
    help="Of the backups in FOLDER, keep the newest N.",
)
@click.option("--quiet", is_flag=True, help="Say nothing unless something is wrong.")
def backup(
    config_file: Path | None,
    database: str | None,
    target: Path,
    force: bool,
    compress: bool,
    verify: bool,
    keep: int | None,
    quiet: bool,
) -> None:
    """Copy the database, as it is at one moment, to FILE. The server may keep running.

    FILE appears once it is complete and on disk. Only you can read it. It is a database like the original,
    which chatstore restore puts in its place. In a FOLDER it gets a name with the time, and --keep removes
    older ones that this command has made there of this database.

    The contents of files that people have uploaded go to a folder beside it, NAME.files, which the backups of a
    database share. If some are missing, the copy is made, and the command fails.
    """
    if str(target) == "-":
        raise click.UsageError("a backup is a file: chatstore export - writes to standard output")
    wanted = Wanted(target, force, keep or 0, compress, unsound if verify else None)
    config = read_config(config_file, database)
    with ExitStack() as held:
        store = held.enter_context(reading(config, any_schema=True))
        report = InKiB(held.enter_context(Progress("KiB"))) if sys.stderr.isatty() and not quiet else nothing
        made = store.back_up(wanted, report)
    note_act(config, "data.backup", str(made.path))
    for path, why in made.stuck:
        click.echo(printable(f"chatstore: {path}, an older backup, can't be removed: {why}"), err=True)
    if made.missing:
        what = counted(len(made.missing), "content")
        folder = printable(str(config.files_folder))
        fail(f"{made.path} was made, and {what} of files missing in {folder}: run chatstore doctor")
    if quiet:
        return
    said = counted(made.messages, "message")
    shown = target / made.path.name if target.is_dir() else target.with_name(made.path.name)
    removed = f"; removed {', '.join(path.name for path in made.removed)}" if made.removed else ""
    checked = "; the copy is sound" if verify else ""
    done(f"{said} backed up to {printable(f'{shown}, {sized(made.bytes)}{checked}{removed}')}")


class InKiB:
    """Tells a Progress of KiB what is told in bytes."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __call__(self, what: str, done: int, total: int) -> None:
        self._progress(what, -(-done // 1024), -(-total // 1024))


def nothing(_what: str, _done: int, _all: int) -> None:
    """The progress where nobody looks, as in cron."""
