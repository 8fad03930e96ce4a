"""`chatstore doctor`: is all well, and what to do if not."""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click

from chatstore.chat.changes.administration import NoteAct
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.text import printable
from chatstore.cli.database import writing
from chatstore.cli.formats import json_array
from chatstore.cli.options import FAILED, NOT_FOUND, fail, load_config, with_config
from chatstore.cli.output import Output, may_be_cut
from chatstore.config import Config, ConfigError
from chatstore.doctor import examine as examine_rest
from chatstore.storage.checks.finding import Finding, problem
from chatstore.storage.copies import Copy
from chatstore.storage.errors import NoDatabaseError, StorageError
from chatstore.storage.packing import unpacked
from chatstore.storage.store import DatabaseStore

_SIGNS = {"ok": "OK", "warning": "WARNING", "problem": "PROBLEM", "skipped": "-"}


@click.command(short_help="Check that all is well.")
@with_config
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--deep", is_flag=True, help="Read every row, index and word. Takes minutes for millions of messages."
)
@click.option(
    "--repair", is_flag=True, help="Put right what can be without losing anything, and say what was done."
)
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def doctor(
    config_file: Path | None, database: str | None, file: Path | None, deep: bool, repair: bool, form: str
) -> None:
    """Check the database, the files, the configuration, the certificate and the programs: one line each,
    which says OK or what to do.

    The server may run. With FILE, check a backup, also a compressed one, without changing it. The exit code
    is 0 if there is nothing to do, and 1 otherwise.
    """
    if file is not None and (repair or database is not None):
        raise click.UsageError("a backup is only looked at: FILE goes without --repair and --database")
    findings = _of_backup(file, deep) if file is not None else _of_server(config_file, database, deep, repair)
    found: list[Finding] = []
    with may_be_cut():
        for one in _told(findings, form):
            found.append(one)
    if any(not one.well for one in found):
        sys.exit(FAILED)


def _of_backup(file: Path, deep: bool) -> Iterator[Finding]:
    if not file.exists():
        fail(f"there is no file {printable(str(file))}", NOT_FOUND)
    try:
        with unpacked(file) as plain:
            yield from _of_database(f"sqlite:///{plain.absolute()}", deep=deep, copy=True)
    except (OSError, EOFError, zlib.error) as error:
        yield replace(problem(f"it can't be unpacked: {error}", "take another backup"), check="integrity")


def _of_server(config_file: Path | None, database: str | None, deep: bool, repair: bool) -> Iterator[Finding]:
    try:
        config = load_config(config_file, database)
    except ConfigError as error:
        yield replace(problem(str(error), "correct it: no command works before"), check="configuration")
        return
    listed: list[Copy] = []
    repaired: list[Finding] = []
    url, files = config.database_url, config.files_folder
    for found in _of_database(url, deep=deep, repair=repair, listed=listed, files=files):
        repaired += [found] if found.repaired else []
        yield found
    if repaired:
        _note(config, repaired)
    yield from examine_rest(config, config_file, listed, time.time())


def _note(config: Config, repaired: Sequence[Finding]) -> None:
    """Write to the audit log what was repaired."""
    with writing(config) as store:
        store.submit([NoteAct(SERVER, "data.repair", found.check, found.repaired) for found in repaired]).wait()


def _of_database(
    url: str,
    *,
    deep: bool,
    copy: bool = False,
    repair: bool = False,
    listed: list[Copy] | None = None,
    files: Path | None = None,
) -> Iterator[Finding]:
    """The findings about a database. `listed` is given its backups. `files`: see DatabaseStore."""
    try:
        store = DatabaseStore(url, readers=1, create=False, read_only=True, follows=repair, files=files)
        try:
            if listed is not None:
                listed += store.place.backups()
            yield from store.examine(time.time(), deep=deep, copy=copy, repair=repair, begins=_begins)
        finally:
            store.close()
    except NoDatabaseError as error:
        fail(str(error), NOT_FOUND)
    except StorageError as error:
        advice = (
            "take another backup" if copy else "restore the newest backup that is whole (chatstore restore FILE)"
        )
        yield replace(problem(str(error), advice), check="integrity")


def _begins(name: str) -> None:
    """Say what is looked at, on a terminal: a check of a large database takes a while."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{name} …", nl=False, err=True)


def _told(findings: Iterable[Finding], form: str) -> Iterator[Finding]:
    """Show findings, each as soon as it is there where that is possible."""
    output = Output(machine=form == "json")
    found: list[Finding] = []
    for one in findings:
        if form == "table":
            if sys.stderr.isatty():
                click.echo("\r\x1b[K", nl=False, err=True)
            output.write(line_of(one))
        found.append(one)
        yield one
    if form == "json":
        output.write(json_array(_record(one) for one in found))


def line_of(found: Finding) -> str:
    """A finding for people: `OK       numbers          1,200 events in 3 rooms and conversations`."""
    did = f"repaired: {found.repaired}; " if found.repaired else ""
    advice = f": {found.advice}" if found.advice else ""
    return printable(f"{_SIGNS[found.state]:9}{found.check:17}{did}{found.text}{advice}") + "\n"


def _record(found: Finding) -> dict[str, str]:
    return {
        "check": found.check,
        "state": found.state,
        "found": found.text,
        "advice": found.advice,
        "repaired": found.repaired,
    }
