"""`chatstore export`: everything, or a part of it, as files that need no chatstore."""

from __future__ import annotations

import gzip
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from chatstore.chat.model.text import printable
from chatstore.cli.database import find_room, reading
from chatstore.cli.options import fail, read_config, with_config
from chatstore.cli.output import done, may_be_cut
from chatstore.cli.progress import Progress
from chatstore.cli.room import size_text
from chatstore.cli.times import time_option
from chatstore.storage.exporting import Scope, Snapshot, everything
from chatstore.storage.store import DatabaseStore

_JSONL = (".jsonl", ".jsonl.gz")


@click.command(short_help="Export messages, rooms and accounts.")
@with_config
@click.argument("target", metavar="FILE|DIRECTORY")
@click.option("--room", "rooms", metavar="ROOM", multiple=True, help="Only this room; may be given several times.")
@click.option("--since", metavar="TIME", callback=time_option, help="Only what was said from this time on.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "html", "txt"]),
    help="jsonl: one lossless file. html, txt: a directory. [default: by the name of the target]",
)
@click.option("--force", is_flag=True, help="Replace the target if it exists.")
def export(
    config_file: Path | None,
    database: str | None,
    target: str,
    rooms: tuple[str, ...],
    since: int | None,
    form: str | None,
    force: bool,
) -> None:
    """Export everything as it is at one moment. The server may keep running.

    jsonl is lossless but for secrets (passwords, keys of rooms, tokens): `chatstore import chatstore FILE` makes a
    database of it. FILE is compressed if its name ends in .gz; - is standard output. html is a folder of pages to
    read in any browser. txt is a folder of text files.

    The target is complete once it appears. Only you can read it: it has what was said in private, too.
    """
    form = form or ("jsonl" if target == "-" or target.endswith(_JSONL) else "html")
    if target == "-" and form != "jsonl":
        raise click.UsageError(f"--format {form} needs a directory")
    config = read_config(config_file, database)
    with may_be_cut(), reading(config) as store:
        ids = [find_room(store, name).id for name in rooms] if rooms else None
        scope = Scope(rooms=ids, since=since)
        _to_jsonl(store, target, lambda snapshot, count: everything(snapshot, scope, _now(), count), force, scope)


def _to_jsonl(
    store: DatabaseStore,
    target: str,
    lines: Callable[[Snapshot, Callable[[int], None]], Iterator[bytes]],
    force: bool,
    scope: Scope,
) -> None:
    with _file(target, force) as file, store.snapshot() as snapshot, Progress("rows") as progress:
        total = snapshot.count(scope)
        rows = 0

        def count(some: int) -> None:
            nonlocal rows
            rows = some
            progress("exporting", min(rows, total), total)

        for part in lines(snapshot, count):
            file.write(part)
    if target != "-":
        done(f"{rows:,} rows exported to {printable(target)}, {size_text(os.path.getsize(target))}")


@contextmanager
def _file(target: str, force: bool) -> Iterator[IO[bytes]]:
    """The file to write, which has its name once it is complete and on disk."""
    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    part = path.with_name(f".{path.name}.part")
    if path.exists() and not force:
        fail(f"{printable(target)} already exists; --force replaces it")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            if path.suffix == ".gz":
                with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6) as packed:
                    yield packed  # type: ignore[misc]
            else:
                yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        fail(f"{printable(target)} can't be written: {error.strerror}")
    finally:
        part.unlink(missing_ok=True)


def _now() -> int:
    return int(time.time() * 1000)
