"""`chatstore export`: everything, or a part of it, as files that need no chatstore."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from chatstore.amounts import counted, sized
from chatstore.chat.model.text import printable
from chatstore.cli.database import find_account, find_room, note_act, reading
from chatstore.cli.formats import FORMATS
from chatstore.cli.options import fail, read_config, with_config
from chatstore.cli.output import done, may_be_cut
from chatstore.cli.progress import Progress
from chatstore.cli.times import time_option
from chatstore.exporting import html, text
from chatstore.storage import content_copies, own_data
from chatstore.storage.exporting import Scope, Snapshot, everything
from chatstore.storage.files import part_of, put_in_place, sync
from chatstore.storage.store import DatabaseStore

_JSONL = (".jsonl", ".jsonl.gz")


@click.command(short_help="Export messages, rooms and accounts.")
@with_config
@click.argument("target", metavar="FILE|DIRECTORY")
@click.option("--room", "rooms", metavar="ROOM", multiple=True, help="Only this room; may be given several times.")
@click.option("--since", metavar="TIME", callback=time_option, help="Only what was said from this time on.")
@click.option("--account", "name", metavar="NAME", help="Only what this account may read, and what is about it.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "html", "txt"]),
    help="jsonl: one lossless file. html, txt: a directory. [default: by the name of the target]",
)
@click.option("--files", is_flag=True, help="With jsonl: also what files contain, in a folder beside FILE.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists; a directory is never replaced.")
def export(
    config_file: Path | None,
    database: str | None,
    target: str,
    rooms: tuple[str, ...],
    since: int | None,
    name: str | None,
    form: str | None,
    files: bool,
    force: bool,
) -> None:
    """Export everything as it is at one moment. The server may keep running.

    jsonl is lossless but for secrets (passwords, keys of rooms, tokens): `chatstore import chatstore FILE` makes a
    database of it. FILE is compressed if its name ends in .gz; - is standard output. With --files, a folder beside
    it has what files contain. html is a folder of pages to read in any browser. txt is a folder of text files.

    The target is complete once it appears. Only you can read it: it has what was said in private, too.
    """
    form = form or _form_of(target)
    if target == "-" and form != "jsonl":
        raise click.UsageError(f"--format {form} needs a directory")
    if files and (form != "jsonl" or target == "-" or rooms or name is not None):
        raise click.UsageError("--files goes with a FILE in jsonl of everything")
    config = read_config(config_file, database)
    with may_be_cut(), reading(config) as store:
        if store.place.file is not None and _is_of(Path(target), store.place.file):
            fail(f"{printable(target)} belongs to the database itself: choose another name")
        scope = Scope(
            rooms=[find_room(store, name).id for name in rooms] if rooms else None,
            since=since,
            account=find_account(store, name, removed=True).id if name is not None else None,
        )
        if form == "jsonl":
            _to_jsonl(store, target, scope, force, files=files)
        else:
            title = f"Everything of {name}" if name is not None else "Messages"
            _to_folder(store, Path(target), scope, form, title)
    what = f"what {name} may read" if name is not None else ", ".join(f"#{room}" for room in rooms) or "everything"
    note_act(config, "data.export", what, form)


def _form_of(target: str) -> str:
    """The format that the name of a target says."""
    if target == "-" or target.endswith(_JSONL):
        return "jsonl"
    suffix = Path(target).suffix.lower()
    if suffix in (".txt", ".html", ".htm", ".json", ".gz", ".zip", ".csv", ".log"):
        raise click.UsageError(
            f"{printable(target)}: html and txt are directories, jsonl ends in .jsonl: give --format"
        )
    return "html"


def _is_of(target: Path, database: Path) -> bool:
    """Whether a path is the database's file, or one that is kept beside it."""
    target, database = target.resolve(), database.resolve()
    return target.parent == database.parent and target.name.startswith(database.name)


def _to_jsonl(store: DatabaseStore, target: str, scope: Scope, force: bool, *, files: bool) -> None:
    lines = everything if scope.account is None else own_data.everything
    rows = 0
    with (
        _file(target, force) as file,
        content_copies.held(store.contents if files else None) as alive,
        store.snapshot() as snapshot,
    ):
        with Progress("rows") as progress:

            def told(so_far: int, total: int) -> None:
                nonlocal rows
                rows = so_far
                progress("exporting", so_far, total)
                alive()

            for part in lines(snapshot, scope, _now(), told):
                file.write(part)
        if files:
            _save_contents(store, snapshot, Path(target), alive)
    if target != "-":
        done(f"{rows:,} rows exported to {printable(target)}, {sized(os.path.getsize(target))}")


def _save_contents(store: DatabaseStore, snapshot: Snapshot, target: Path, alive: Callable[[], None]) -> None:
    """Put what files contain beside the export. Raises OSError."""
    kept = content_copies.contents_of(snapshot.connection)
    folder = content_copies.exported_folder(target)
    with Progress("contents") as progress:

        def did(so_far: int, total: int) -> None:
            alive()
            progress("copying", so_far, total)

        missing = content_copies.save(kept, store.contents, folder, did)
    for place in missing:
        click.echo(f"chatstore: the content {place} of a file is not there: chatstore doctor says whose", err=True)
    size = sized(sum(one.size + one.thumbnail for one in kept))
    done(f"{counted(len(kept) - len(missing), 'content')} of files, {size}, in {printable(str(folder.folder))}")


def _to_folder(store: DatabaseStore, target: Path, scope: Scope, form: str, about: str) -> None:
    with _folder(target) as folder, store.snapshot() as snapshot, Progress("conversations") as progress:

        def told(so_far: int, total: int) -> None:
            progress("exporting", so_far, total)

        if form == "html":
            talks, said = html.write(snapshot, scope, folder, about, _now(), told)
        else:
            talks, said = text.write(snapshot, scope, folder, FORMATS["text"]("").page, told)
    where = target / html.INDEX if form == "html" else target
    done(f"{counted(said, 'message')} of {counted(talks, 'conversation')} exported to {printable(str(where))}")


@contextmanager
def _folder(target: Path) -> Iterator[Path]:
    """An empty folder to fill, which has its name once it is complete."""
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        fail(f"{printable(str(target))} already exists and is not an empty directory: name a new one")
    part = None
    try:
        part = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part"))
        yield part
        for folder, _, names in os.walk(part):
            for path in (folder, *(os.path.join(folder, name) for name in names)):
                sync(Path(path))
        os.rename(part, target)  # onto an empty folder, or nothing
        sync(target.parent)
    except OSError as error:
        fail(f"{printable(str(target))} can't be written: {error.strerror}")
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _file(target: str, force: bool) -> Iterator[IO[bytes]]:
    """The file to write, which has its name once it is complete and on disk."""
    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    try:
        if path.exists() and not force:
            raise FileExistsError
        with part_of(path) as part:
            with open(part, "wb") as file:
                if path.suffix == ".gz":
                    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6) as packed:
                        yield packed  # type: ignore[misc]
                else:
                    yield file
                file.flush()
                os.fsync(file.fileno())
            put_in_place(part, path, replace=force)
    except FileExistsError:
        fail(f"{printable(target)} already exists; --force replaces it")
    except OSError as error:
        fail(f"{printable(target)} can't be written: {error.strerror}")


def _now() -> int:
    return int(time.time() * 1000)
