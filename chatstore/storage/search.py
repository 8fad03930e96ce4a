"""Search: messages read window by window, newest first, and looked at one by one.

SQLite's own LIKE knows the case of ASCII alone, so the text is compared here. A window is a range of ids (of seqs,
where there is one room to look in), so however little is found in it, reading it is soon over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, func, select

from chatstore.chat.events import MESSAGE_KINDS
from chatstore.chat.messages import Found, Search, search_form
from chatstore.storage.messages import COLUMNS, event_of, first_seq_from
from chatstore.storage.schema import accounts, messages, rooms

WINDOW = 5_000
Reading = Callable[[], AbstractContextManager[Connection]]


def search(reading: Reading, wanted: Search, go_on: Callable[[], bool]) -> Found:
    """See chat.ports.Store.search. `reading` opens a connection for one look."""
    one = next(iter(wanted.rooms)) if len(wanted.rooms) == 1 else None
    with reading() as connection:
        low, high = _bounds(connection, wanted, one)
    text, author = search_form(wanted.text), search_form(wanted.author)
    found: list[Any] = []
    forward = wanted.after is not None
    while low < high and len(found) < wanted.limit:
        if not go_on():
            return Found([event_of(row) for row in (found if forward else reversed(found))], complete=False)
        start, end = (low, min(low + WINDOW, high)) if forward else (max(low, high - WINDOW), high)
        low, high = (end, high) if forward else (low, start)
        with reading() as connection:
            rows = _window(connection, wanted, one, start, end)
        hits = (row for row in rows if row.seq >= wanted.rooms[row.room_id] and _fits(row, text, author))
        found += list(hits) if forward else reversed(list(hits))
    found = found[: wanted.limit]
    return Found([event_of(row) for row in (found if forward else reversed(found))])


def _fits(row: Any, text: str, author: str) -> bool:
    return (not author or search_form(row.nick) == author) and text in search_form(row.body)


def _bounds(connection: Connection, wanted: Search, room: int | None) -> tuple[int, int]:
    """The first id (or seq) to look at, and the first after those."""
    if room is None:
        last = connection.execute(select(func.max(messages.c.id))).scalar_one_or_none()
        return 1, (last or 0) + 1
    last = connection.execute(select(rooms.c.last_seq).where(rooms.c.id == room)).scalar_one_or_none()
    low = first_seq_from(connection, room, wanted.after) if wanted.after is not None else 1
    high = first_seq_from(connection, room, wanted.before + 1) if wanted.before is not None else (last or 0) + 1
    return max(low, wanted.rooms[room]), high


def _window(connection: Connection, wanted: Search, room: int | None, start: int, end: int) -> Sequence[Any]:
    place = messages.c.id if room is None else messages.c.seq
    query = (
        select(*(messages.c[column] for column in COLUMNS), accounts.c.name.label("account"))
        .select_from(messages.outerjoin(accounts, accounts.c.id == messages.c.account_id))
        .where(place >= start, place < end, messages.c.kind.in_(MESSAGE_KINDS))
        .where(messages.c.room_id.in_(wanted.rooms) if room is None else messages.c.room_id == room)
        .order_by(place)
    )
    if wanted.after is not None:
        query = query.where(messages.c.sent_at >= wanted.after)
    if wanted.before is not None:
        query = query.where(messages.c.sent_at <= wanted.before)
    return connection.execute(query).all()
