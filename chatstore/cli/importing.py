"""`chatstore import`: bring what was said in another chat."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from chatstore.amounts import counted, sized
from chatstore.chat.model.text import printable
from chatstore.cli.database import writing_much
from chatstore.cli.formats import table
from chatstore.cli.links import served_page
from chatstore.cli.options import INCOMPLETE, fail, read_config, with_config
from chatstore.cli.output import Output, done
from chatstore.cli.progress import Progress
from chatstore.config import Config
from chatstore.importing import mapping
from chatstore.importing.attachments import Keeping
from chatstore.importing.mapping import Mapped
from chatstore.importing.people import Here
from chatstore.importing.source import Options, Problem, Source, SourceError
from chatstore.importing.sources import OPTIONS, SOURCES, open_source
from chatstore.importing.summary import AttachmentSummary, Summary
from chatstore.importing.texts import Longest
from chatstore.importing.work import Import, Plan, Report
from chatstore.storage.store import DatabaseStore

_SHOWN = 50
"""The most problems that are shown one by one."""
_PAUSE = 1.0
"""Beside a server: how long the import pauses after an attachment, in times that it took to put it on disk."""
_OWN = "chatstore"
"""The source that is no other chat: what `chatstore export` has written."""


class _Shown:
    """Shows problems as they come, in the first run that meets them; the rest is counted."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, problem: Problem) -> None:
        self._count += 1
        if self._count <= _SHOWN:
            click.echo(f"chatstore: {printable(str(problem.place))}: {printable(problem.why)}", err=True)
        elif self._count == _SHOWN + 1:
            click.echo("chatstore: more of the kind follow, and are only counted", err=True)


_EPILOG = "\b\nSources:\n" + "\n".join(
    f"  {name:<11}{what}" for name, what in [*SOURCES.items(), (_OWN, "what chatstore export has written as JSONL")]
)


@click.command("import", short_help="Import the history of another chat.", epilog=_EPILOG)
@with_config
@click.argument("source", metavar="SOURCE", type=click.Choice([*SOURCES, _OWN]))
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--dry-run", is_flag=True, help="Read everything, and write nothing.")
@click.option("--rooms", metavar="NAME,…", default="", help="Only these rooms, by their names there.")
@click.option(
    "--map",
    "map_file",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="People and rooms that are something here; see docs/importing.md.",
)
@click.option("--format", "form", metavar="NAME", default="", help="Which of a source's formats: irssi, weechat, …")
@click.option("--encoding", default="", help="Of text files. [default: UTF-8, else Windows-1252]")
@click.option("--timezone", metavar="ZONE", default="", help="Of times without one. [default: this machine's]")
@click.option("--room", metavar="NAME", default="", help="The room of a log that does not name it.")
@click.option("--private", is_flag=True, help="Treat every room as private.")
@click.option(
    "--no-attachments", "without", is_flag=True, help="Leave files where they are, also if the export has them."
)
@click.option("--option", "more", metavar="NAME=VALUE", multiple=True, help="For one source alone.")
def importing(
    config_file: Path | None,
    database: str | None,
    source: str,
    path: Path,
    dry_run: bool,
    rooms: str,
    map_file: Path | None,
    more: Sequence[str],
    **given: str | bool,
) -> None:
    """Import the history of another chat from its export.

    Who wrote there becomes a placeholder here: an account that owns its messages, and that nobody can log in
    to until it is linked (chatstore account claim) or activated (chatstore account reset). What was imported
    before is skipped, so an import can be repeated, and goes on where it was stopped. A server may be
    running. Files that the export has beside the messages become files here.

    Exit code 6: everything that could be read was imported, and something could not be read.
    """
    if source == _OWN:
        if rooms or map_file or more or any(given.values()):
            raise click.UsageError("an export of chatstore is loaded whole: give no other option than --dry-run")
        from chatstore.cli.loading import load_export

        load_export(config_file, database, path, dry_run=dry_run)
        return
    config = read_config(config_file, database)
    _check(source, given, more)
    options = Options(
        format=str(given["form"]),
        encoding=str(given["encoding"]),
        timezone=str(given["timezone"]),
        room=str(given["room"]),
        private=bool(given["private"]),
        more=_pairs(more),
    )
    chosen = frozenset(mapping.folded(name) for name in rooms.split(",") if name.strip())
    summary = Summary(tell=_Shown())
    began = time.monotonic()
    try:
        mapped = mapping.read(map_file) if map_file is not None else Mapped()
        opened = open_source(source, path, options)
        with ExitStack() as held:
            held.callback(opened.close)
            store, beside = held.enter_context(writing_much(config)) if not dry_run else (None, False)
            keeping, why = _keeping(config, store, beside=beside, wanted=not given["without"])
            accounts = _accounts(store, mapped, map_file)
            plan = Plan(source, _longest(config), chosen, mapped, accounts, beside, keeping)
            with Progress("bytes") as progress:
                Import(opened, store, plan, summary).run(_reporting(progress, summary, dry_run=dry_run))
    except SourceError as error:
        fail(printable(str(error)))
    if summary.nothing and not chosen:
        fail(f"{printable(str(path))} has no room and no message: name the whole export, its folder or archive")
    _show(opened, summary, time.monotonic() - began, keeping or why, dry_run=dry_run)
    for unknown in summary.unknown:
        click.echo(f"chatstore: {printable(unknown)}", err=True)
    if summary.lost or summary.unknown:
        raise SystemExit(INCOMPLETE)


def _check(source: str, given: Mapping[str, str | bool], more: Sequence[str]) -> None:
    """Raises a usage error for options that the source does not have: they would be ignored."""
    named = {
        "form": "--format",
        "encoding": "--encoding",
        "timezone": "--timezone",
        "room": "--room",
        "without": "--no-attachments",
    }
    wanted = [option for name, option in named.items() if given[name]]
    wanted += [f"--option {name}" for name in _pairs(more)]
    has = OPTIONS.get(source, ())
    for option in wanted:
        if option not in has:
            which = f"it has {', '.join(has)}" if has else "it has none of its own"
            raise click.UsageError(f"{source} has no {option}: {which}")


def _pairs(more: Sequence[str]) -> Mapping[str, str]:
    pairs = [each.partition("=") for each in more]
    if any(not name or not equals for name, equals, _ in pairs):
        raise click.UsageError("--option is NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _longest(config: Config) -> Longest:
    limits = config.limits
    return Longest(limits.message_length, limits.multiline_bytes, limits.multiline_lines)


def _keeping(
    config: Config, store: DatabaseStore | None, *, beside: bool, wanted: bool
) -> tuple[Keeping | None, str]:
    """Where attachments go; None if nowhere, and why."""
    page = served_page(store, config) if store is not None else config.web_url()
    if not wanted:
        return None, "--no-attachments was given"
    if not config.files.file_bytes:
        return None, "[files] file_bytes is 0"
    if config.files_folder is None:
        return None, "files have no folder: set [files] folder"
    if not page:
        return None, "there is no page to fetch files from: set [listen] web, or [web] url"
    return Keeping(page, config.policy.files, _PAUSE if beside else 0.0), ""


def _accounts(store: DatabaseStore | None, mapped: Mapped, file: Path | None) -> Mapping[str, Here]:
    """The accounts that the mapping names. Raises SourceError for one that does not exist."""
    found: dict[str, Here] = {}
    for name in mapped.people.values() if store is not None else ():
        account = store.accounts.named(name.folded) if store is not None else None
        if account is None or not account.owned:
            raise SourceError(f"{file}: there is no account {name.shown} here")
        found[name.folded] = Here(account.id, account.nick)
    return found


def _reporting(progress: Progress, summary: Summary, *, dry_run: bool) -> Report:
    began = time.monotonic()

    def report(done: int, total: int, messages: int) -> None:
        rate = messages / max(time.monotonic() - began, 1e-3)
        said = f"{messages:,} messages, {rate:,.0f}/s"
        progress("reading" if dry_run else "importing", min(done, total), total, said)

    return report


def _show(source: Source, summary: Summary, seconds: float, keeping: Keeping | str, *, dry_run: bool) -> None:
    cells = [
        (printable(room.there), printable(room.here), "private" if room.private else "", f"{room.stored:,}")
        for room in summary.rooms.values()
        if room.there
    ]
    direct = [room.stored for room in summary.rooms.values() if not room.there]
    if direct:
        cells.append((counted(len(direct), "direct conversation"), "", "private", f"{sum(direct):,}"))
    output = Output(machine=False)
    output.write(table(("there", "here", "", "messages"), cells) if cells else "")
    for what, number in sorted(summary.skipped.items(), key=lambda each: -each[1]):
        output.write(f"left out: {number:,} × {printable(what)}\n")
    for text, number in (
        ("were imported before", summary.known),
        ("answer a message that is not here, and are no replies", summary.unanswered),
        ("had a time before that of the message before them, and got one after it", summary.moved),
    ):
        output.write(f"messages that {text}: {number:,}\n" if number else "")
    for line in _of_attachments(summary.attachments, keeping, dry_run=dry_run):
        output.write(f"attachments that {printable(line)}\n")
    if summary.lost:
        output.write(f"{counted(summary.lost, 'problem')}: {counted(summary.lost, 'message')} could not be read\n")
    if notes := summary.problems - summary.lost:
        output.write(f"{counted(notes, 'note')}, and no message is missing for it\n")
    rate = f" ({counted(round(summary.stored / max(seconds, 1e-3)), 'message')}/s)" if summary.stored else ""
    if dry_run:
        done(
            f"{printable(source.title)}: {counted(summary.stored, 'message')} can be imported; nothing was written"
        )
        return
    brought = f"{counted(summary.stored, 'message')} and {counted(summary.reactions, 'reaction')}"
    people = counted(summary.people, "new placeholder")
    done(f"imported {brought} from {printable(source.title)}, with {people}, in {seconds:,.1f} s{rate}")


def _of_attachments(found: AttachmentSummary, keeping: Keeping | str, *, dry_run: bool) -> Iterator[str]:
    """What became of attachments, in lines. `keeping`: where they go, or why nowhere."""
    if isinstance(keeping, Keeping) and found.taken:
        become = "can become" if dry_run else "became"
        yield f"{become} files of {keeping.page}: {found.taken:,} ({sized(found.bytes)})"
    if isinstance(keeping, str) and found.unwanted:
        yield f"stay names and links, because {keeping}: {found.unwanted:,}"
    for why, number in found.refused.most_common():
        yield f"stay names and links ({why}): {number:,}"
    if found.missing:
        yield f"stay names and links (not in the export): {found.missing:,}"
