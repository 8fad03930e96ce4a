"""`chatstore files`: what people have uploaded."""

from __future__ import annotations

from pathlib import Path

import click

from chatstore.amounts import counted, sized
from chatstore.chat.changes.files import RemoveFile
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.files import StoredFile, is_token, tokens_in
from chatstore.chat.model.text import printable
from chatstore.cli.database import find_account, reading, refuse, writing
from chatstore.cli.formats import json_array, listing
from chatstore.cli.options import read_config, with_config
from chatstore.cli.output import Output, done, may_be_cut
from chatstore.cli.times import local_time, utc_time

_HEADERS = ("id", "uploaded", "size", "type", "name")
_ALL = 1_000_000


@click.group()
def files() -> None:
    """Show and remove what people have uploaded."""


@files.command("usage", short_help="How much the accounts have uploaded.")
@with_config
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def usage(config_file: Path | None, database: str | None, form: str) -> None:
    """Show how many files the accounts have, and how many bytes, thumbnails included. Those with the most
    come first.

    The same content of several files counts for each account, and is on the disk once.
    """
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        found, stored = store.files.usages(), store.files.total()
        if form == "json":
            rows = ({"account": name, "files": count, "bytes": size} for name, count, size in found)
            Output(machine=True).write(json_array(rows))
            return
        cells = [(printable(name), f"{count:,}", sized(size)) for name, count, size in found]
        said = listing(("account", "files", "size"), cells, "nobody has uploaded a file")
        Output(machine=False).write(said + (f"on the disk: {sized(stored)}\n" if found else ""))


@files.command("list", short_help="List the files of an account.")
@with_config
@click.argument("account")
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def list_(config_file: Path | None, database: str | None, account: str, form: str) -> None:
    """List the files of ACCOUNT, the latest first."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        owner = find_account(store, account, removed=True)
        found = store.files.of_account(owner.id, None, _ALL)
        if form == "json":
            Output(machine=True).write(json_array(_record(one) for one in found))
            return
        cells = [
            (one.token, local_time(one.uploaded_at), sized(one.size), one.media_type, printable(one.name))
            for one in found
        ]
        Output(machine=False).write(listing(_HEADERS, cells, f"{printable(owner.name)} has uploaded nothing"))


@files.command("remove", short_help="Remove files.")
@with_config
@click.argument("which", metavar="URL|ID...", nargs=-1, required=True)
def remove(config_file: Path | None, database: str | None, which: tuple[str, ...]) -> None:
    """Remove files, by their URLs or the ids in them (see list). Messages that have the URL stay.

    The URL works no more at once. The content leaves the disk a minute later, if no other file has the same;
    without a server, after its next start.
    """
    tokens = [token for one in which for token in ([one] if is_token(one) else tokens_in(one))]
    if len(tokens) < len(which):
        raise click.UsageError("that is no URL of a file, and no id: chatstore files list shows them")
    config = read_config(config_file, database)
    with writing(config) as store:
        for token in tokens:
            try:
                gone: StoredFile = store.submit([RemoveFile(token, None)]).result()
            except ChatError as error:
                refuse(error)
            done(printable(f"removed {gone.name}, {sized(gone.size)}"))
    if len(tokens) > 1:
        done(f"{counted(len(tokens), 'file')} removed")


def _record(one: StoredFile) -> dict[str, int | str]:
    return {
        "id": one.token,
        "name": one.name,
        "type": one.media_type,
        "size": one.size,
        "width": one.width,
        "height": one.height,
        "thumbnail": one.thumbnail,
        "sha256": one.digest,
        "uploaded": utc_time(one.uploaded_at),
    }
