"""Load an export in JSONL into an empty database: what `chatstore import` does with chatstore's own format."""

from __future__ import annotations

from pathlib import Path

import click

from chatstore.amounts import counted
from chatstore.chat.model.text import printable
from chatstore.cli.formats import table
from chatstore.cli.options import fail, read_config
from chatstore.cli.output import Output, done
from chatstore.cli.progress import Progress
from chatstore.storage import loading
from chatstore.storage.content_copies import exported_folder
from chatstore.storage.errors import StorageError


def load_export(config_file: Path | None, database: str | None, path: Path, *, dry_run: bool) -> None:
    """Load the export at `path`, or with `dry_run` only read it to its end. Ends the command if that fails."""
    config = read_config(config_file, database)
    what = "checking" if dry_run else "loading"
    try:
        with Progress("bytes") as progress:
            report: loading.Report = lambda read, size: progress(what, read, size)  # noqa: E731
            if dry_run:
                loaded = loading.check(path, report)
            else:
                loaded = loading.load(path, config.database_url, report, config.files_folder)
    except StorageError as error:
        fail(printable(str(error)))
    Output(machine=False).write(
        table(("records", "number"), [*((name, f"{n:,}") for name, n in loaded.records.items())])
    )
    click.echo()
    where = printable(str(path))
    if dry_run:
        done(f"{where} is a whole export of {loaded.made_at}; nothing was written")
        return
    if loaded.locked:
        click.echo(
            f"{counted(loaded.locked, 'account')} can't log in yet, because an export has no passwords:"
            " `chatstore account reset NAME` prints a link by which its owner sets one"
        )
    if loaded.keys:
        click.echo(
            f"{counted(loaded.keys, 'room')} had a key, and nobody knows the new one: an operator sets another"
        )
    if loaded.skipped:
        skipped = counted(loaded.skipped, "device or invitation", "devices or invitations")
        click.echo(f"left out: {skipped} (they need their secret)")
    if loaded.contents - loaded.missing:
        click.echo(f"with {counted(loaded.contents - loaded.missing, 'content')} of files")
    if loaded.missing:
        why = f"{exported_folder(path).folder.name} beside the export, which `chatstore export --files` makes"
        click.echo(
            f"{counted(loaded.missing, 'content')} of files {'is' if loaded.missing == 1 else 'are'} not there: "
            + (why if config.files_folder is not None else "they have no folder, set [files] folder")
        )
    done(f"{where} of {loaded.made_at} is loaded")
