"""`chatstore history`: messages, read from the database. The server may run meanwhile, or not."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click

from chatstore.chat.model.message_ids import is_id_of, message_place, msgid
from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.room_events import SHOWN_KINDS, RoomEvent
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
"""Seconds between two polls of the database. A poll that finds nothing reads two index entries."""


def _id_option(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """The callback of an option whose value is a message id."""
    if value is not None and message_place(value) is None:
        raise click.BadParameter(f"{value!r} is not a message id")
    return value


@click.command()
@with_config
@click.option(
    "--room", metavar="ROOM", help="The room: main or '#main'. [default: the first of the configured rooms]"
)
@click.option(
    "--direct", nargs=2, metavar="NAME NAME", help="A direct conversation of two persons instead of a room."
)
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="At most this many messages; 0 for all.",
)
@click.option("--before", metavar="MSGID", callback=_id_option, help="Only messages before this one.")
@click.option("--after", metavar="MSGID", callback=_id_option, help="Only messages after this one.")
@click.option("--since", metavar="TIME", callback=time_option, help="Only messages from this time on.")
@click.option("--until", metavar="TIME", callback=time_option, help="Only messages before this time.")
@click.option("--user", metavar="NAME", help="Only messages of this account.")
@click.option("--events", is_flag=True, help="Include joins, leaves, topic changes and mode changes.")
@click.option("--format", "form", default="text", show_default=True, type=click.Choice(list(FORMATS)))
@click.option("--follow", is_flag=True, help="Keep printing new messages until Ctrl-C.")
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
    """Show the messages of a room or a direct conversation, oldest first.

    Shows the newest N messages; with --since or --after, the first N messages from there. With --follow,
    --since and --after have no limit. --follow skips no message and shows none twice.

    TIME is a date (2026-11-22), a date and time ('2026-11-22 18:52:38', local unless Z or +01:00 follows),
    today, yesterday, or an age: 2h, 30m, 3d, 1w.

    The formats text and table are for people: times are local, and control characters are spelled out. json
    and jsonl (one object per line) are lossless. csv and tsv spell out control characters, and put an
    apostrophe before a cell that a spreadsheet would read as a formula.
    """
    config = read_config(config_file, database)
    if room and direct:
        raise click.UsageError("--room and --direct exclude each other")
    if follow and (before or until is not None):
        raise click.UsageError("--follow has no end: leave out --before and --until")
    if follow and not FORMATS[form].endless:
        raise click.UsageError(f"--follow has no end, which --format {form} needs: use text, jsonl, csv or tsv")
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
        raise click.UsageError("no room is configured: give --room ROOM or --direct NAME NAME")
    return room if room is not None else config.rooms.default[0]


def _room(store: DatabaseStore, form: str, name: str) -> tuple[Room, Format]:
    room = find_room(store, name)
    return room, FORMATS[form](room.name)


def _direct(store: DatabaseStore, form: str, one: str, other: str) -> tuple[Room, Format]:
    first, second = (find_account(store, name, removed=True) for name in (one, other))
    room = store.rooms.keyed(direct_key(first.id, second.id))
    if room is None:
        fail(f"{first.name} and {second.name} have no messages with each other", NOT_FOUND)
    return room, FORMATS[form]("", (first.name, second.name))


def _last_before(store: DatabaseStore, room: Room, after: str | None, since: int | None) -> int:
    """The last seq before those that are asked for; 0 if there is none."""
    by_id = _seq(store, room, after) if after is not None else 0
    by_time = store.messages.first_seq_from(room.id, since) - 1 if since is not None else 0
    return max(by_id, by_time)


def _first_behind(store: DatabaseStore, room: Room, before: str | None, until: int | None) -> int:
    """The first seq after those that are asked for: at most the first that did not exist at the start."""
    by_id = _seq(store, room, before) if before is not None else room.last_seq + 1
    by_time = store.messages.first_seq_from(room.id, until) if until is not None else room.last_seq + 1
    return min(by_id, by_time, room.last_seq + 1)


def _seq(store: DatabaseStore, room: Room, text: str) -> int:
    """The seq of the message with this id. A message that was pruned still has its place."""
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
        more = f"chatstore: there are more: --after {last_id} continues, --limit 0 shows all"
        click.echo(more, err=True)


def _nothing(query: HistoryQuery, room: Room) -> str:
    """Why no message is shown."""
    if query.author is not None or query.after or query.before != room.last_seq + 1:
        return "no messages match"
    return f"no messages in {'this conversation' if room.direct else room.name} yet"


def _follow(store: DatabaseStore, query: HistoryQuery, form: Format, seen: int) -> None:
    """Print the messages that exist, then new ones page by page. `seen`: the newest seq at the start."""
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
    """The events that are asked for, ascending, in whole pages. Between two pages the database is not held
    open."""
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
    """The seq after which exactly the newest `limit` events lie, found page by page from the end."""
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
