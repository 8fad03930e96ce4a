"""`chatstore history`: what was said, read from the database itself, server running or not."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from chatstore.chat.model.events import RoomEvent
from chatstore.chat.model.kinds import SHOWN_KINDS
from chatstore.chat.model.messages import HistoryQuery, is_id_of, message_place, msgid
from chatstore.chat.model.rooms import Room, direct_key
from chatstore.cli.database import find_account, find_room, reading
from chatstore.cli.formats import FORMATS, Format
from chatstore.cli.options import NOT_FOUND, fail, read_config, with_config
from chatstore.cli.output import Output, may_be_cut
from chatstore.cli.times import time_option
from chatstore.config import Config
from chatstore.storage.store import DatabaseStore

_PAGE = 1000
_POLL = 0.3
"""Seconds between two looks at the database; each reads two index entries when nothing is new."""


def _id_option(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """The callback of an option whose value is a msgid."""
    if value is not None and message_place(value) is None:
        raise click.BadParameter(f"{value!r} is no message id")
    return value


@click.command()
@with_config
@click.option("--room", metavar="ROOM", help="main or '#main'. [default: the first of the configured rooms]")
@click.option("--direct", nargs=2, metavar="NAME NAME", help="The direct conversation of two accounts instead.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=0), help="At most so many; 0: all.")
@click.option("--before", metavar="MSGID", callback=_id_option, help="Only what is before this message.")
@click.option("--after", metavar="MSGID", callback=_id_option, help="Only what is after this message.")
@click.option("--since", metavar="TIME", callback=time_option, help="Only what was said at this time or later.")
@click.option("--until", metavar="TIME", callback=time_option, help="Only what was said before this time.")
@click.option("--user", metavar="NAME", help="Only what this account did.")
@click.option("--events", is_flag=True, help="Joins, leaves, topics and modes too.")
@click.option("--format", "form", default="text", show_default=True, type=click.Choice(list(FORMATS)))
@click.option("--follow", is_flag=True, help="Go on with what is new, until Ctrl-C.")
def history(
    config_file: Path | None,
    database: str | None,
    room: str | None,
    direct: tuple[str, str] | None,
    limit: int,
    before: str | None,
    after: str | None,
    since: int | None,
    until: int | None,
    user: str | None,
    events: bool,
    form: str,
    follow: bool,
) -> None:
    """Show what was said in a room, or between two people.

    These are the newest LIMIT messages; with --since or --after the oldest ones from there on. They are always
    in the order in which they were said. --follow first shows the same, without a limit after --since or
    --after, and then what comes, nothing left out and nothing twice.

    TIME is 2026-11-22, '2026-11-22 18:52:38', either with Z or +01:00 (otherwise it is local), or today or
    yesterday (their midnights), or 2h, 30m, 3d, 1w ago.

    text and table are for people: local time, control characters spelled out; the further
    lines of a message are indented in text, which is the same on a terminal
    and in a pipe. jsonl, one object a line, and json lose nothing. csv and tsv spell control characters out,
    and an apostrophe comes before what a spreadsheet would take for a formula.
    """
    config = read_config(config_file, database)
    if room and direct:
        raise click.UsageError("--room and --direct exclude each other")
    if follow and (before or until is not None):
        raise click.UsageError("--follow goes on for ever: --before and --until have no use")
    if follow and not FORMATS[form].endless:
        raise click.UsageError(f"--format {form} has an end, and --follow none: take text, jsonl, csv or tsv")
    with may_be_cut(), reading(config, follows=follow) as store:
        place, written = _direct(store, form, *direct) if direct else _room(store, form, _named(config, room))
        query = HistoryQuery(
            room=place.id,
            limit=limit,
            after=_last_before(store, place, after, since),
            before=_first_behind(store, place, before, until),
            newest=after is None and since is None,
            kinds=None if events else SHOWN_KINDS,
            author=find_account(store, user, removed=True).id if user is not None else None,
        )
        if follow:
            with suppress(KeyboardInterrupt):
                _follow(store, query, written, place.last_seq)
        else:
            _show(store, query, written, place)


def _named(config: Config, room: str | None) -> str:
    if room is None and not config.rooms.default:
        raise click.UsageError("which room? Give --room ROOM or --direct NAME NAME")
    return room if room is not None else config.rooms.default[0]


def _room(store: DatabaseStore, form: str, name: str) -> tuple[Room, Format]:
    room = find_room(store, name)
    return room, FORMATS[form](room.name)


def _direct(store: DatabaseStore, form: str, one: str, other: str) -> tuple[Room, Format]:
    first, second = (find_account(store, name, removed=True) for name in (one, other))
    room = store.rooms.keyed(direct_key(first.id, second.id))
    if room is None:
        fail(f"{first.name} and {second.name} have not written to each other", NOT_FOUND)
    return room, FORMATS[form]("", (first.name, second.name))


def _last_before(store: DatabaseStore, room: Room, after: str | None, since: int | None) -> int:
    """The last seq that is not asked for yet, 0 when everything is."""
    by_id = _seq(store, room, after) if after is not None else 0
    by_time = store.messages.first_seq_from(room.id, since) - 1 if since is not None else 0
    return max(by_id, by_time)


def _first_behind(store: DatabaseStore, room: Room, before: str | None, until: int | None) -> int:
    """The first seq that is not asked for any more: at the latest the first that was not there at the start."""
    by_id = _seq(store, room, before) if before is not None else room.last_seq + 1
    by_time = store.messages.first_seq_from(room.id, until) if until is not None else room.last_seq + 1
    return min(by_id, by_time, room.last_seq + 1)


def _seq(store: DatabaseStore, room: Room, text: str) -> int:
    """Of the message with this id; one that was pruned is still a place."""
    place = message_place(text)
    assert place is not None
    seq = place[1]
    events = store.messages.page(HistoryQuery(room.id, 1, after=seq - 1, before=seq + 1)).events
    known = seq < room.first_seq or (events and is_id_of(text, events[0].time))
    if place[0] != room.id or not known:
        where = "this conversation" if room.direct else room.name
        fail(f"no such message in {where}: {text}", NOT_FOUND)
    return seq


def _show(store: DatabaseStore, query: HistoryQuery, form: Format, room: Room) -> None:
    output = Output(machine=form.machine)
    output.write(form.head())
    last, last_id = 0, ""
    for events in _pages(store, query):
        output.write(form.page(events))
        last, last_id = events[-1].seq, msgid(query.room, events[-1].seq, events[-1].time)
    output.write(form.foot())
    if not last and sys.stderr.isatty():
        click.echo(f"chatstore: {_nothing(query, room)}", err=True)
    rest = replace(query, after=last, newest=False, limit=1)
    if last and not query.newest and sys.stderr.isatty() and store.messages.page(rest).events:
        more = f"chatstore: there is more: --after {last_id}, or --limit 0 for all of it"
        click.echo(more, err=True)


def _nothing(query: HistoryQuery, room: Room) -> str:
    """Why there is nothing to show."""
    if query.author is not None or query.after or query.before != room.last_seq + 1:
        return "nothing matches"
    return f"nothing was said in {'this conversation' if room.direct else room.name} yet"


def _follow(store: DatabaseStore, query: HistoryQuery, form: Format, seen: int) -> None:
    """What is there, up to the seq that was the last at the start; then, page by page, what comes."""
    output = Output(machine=form.machine)
    output.write(form.head())
    for events in _pages(store, query if query.newest else replace(query, limit=0)):
        output.write(form.page(events))
    query = replace(query, before=None, newest=False, limit=_PAGE)
    while True:
        page = store.messages.page(replace(query, after=seen))
        output.write(form.page(page.events))
        if page.last_seq < seen:
            fail("the room was removed", NOT_FOUND)
        if len(page.events) == _PAGE:
            seen = page.events[-1].seq
            continue
        seen = page.last_seq
        if not output.wait(_POLL):
            return


def _pages(store: DatabaseStore, query: HistoryQuery) -> Iterator[Sequence[RoomEvent]]:
    """What is asked for, ascending, in whole pages: between two of them nothing is held open."""
    if query.newest and query.limit:
        query = replace(query, after=_before_newest(store, query), limit=0)
    after, left = query.after, query.limit or None
    while left != 0:
        most = _PAGE if left is None else min(left, _PAGE)
        events = store.messages.page(replace(query, after=after, newest=False, limit=most)).events
        if events:
            yield events
        if len(events) < most:
            return
        after = events[-1].seq
        left = None if left is None else left - most


def _before_newest(store: DatabaseStore, query: HistoryQuery) -> int:
    """The seq after which exactly the newest `limit` lie, found from behind page by page."""
    after, left = query.after, query.limit
    while left:
        most = min(left, _PAGE)
        events = store.messages.page(replace(query, limit=most)).events
        if len(events) < most:
            return after
        query = replace(query, before=events[0].seq)
        left -= most
    assert query.before is not None
    return query.before - 1
