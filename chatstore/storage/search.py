"""Search in messages.

If there is an index of words, it gives candidates; otherwise all rows are read, window by window. Every
candidate and row is compared with the question, so the result does not depend on how far the index is.

The search goes through message ids from one end, the newest or (after a given time) the oldest, and no
further than needed. A *step* is one short look at the database, however little it finds. Between two steps
other threads have their turn, and the search may be told to end.

The index has words and authors. If a search asks for neither, or only for punctuation, or for one small room,
rows are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, Select, bindparam, func, select

from chatstore.chat.model.messages import Found, Search, search_form
from chatstore.chat.model.phrases import Asked, Word
from chatstore.storage.backend import Reading
from chatstore.storage.messages import FOR_EVERYBODY, Messages, event_of, size_of
from chatstore.storage.schema import MESSAGE_COLUMNS, accounts, messages, rooms

WINDOW = 5_000
"""Rows of one step."""
_SMALL = 2_000
"""Events of a room up to which reading them is faster than asking the index."""
_MAX_CANDIDATES = 2_000
_MANY = 1_000
"""Rooms beyond which reading everybody's rows, and leaving out those of other rooms here, is faster than naming the
rooms."""
ENDLESS = 2**62
_ROOM, _SEQ, _NICK, _BODY = (MESSAGE_COLUMNS.index(column) for column in ("room_id", "seq", "nick", "body"))
"""Places in a row: access by name takes twice as long, and there are many rows."""
Hits = list[Any]
"""Rows that match, in the direction of the search."""


class Question(NamedTuple):
    """What a search asks the index: messages that have all these words, are by the author (in its search_form();
    empty: anybody) and in one of the rooms, from the `newest` or from the oldest on. `after` and `before` are
    times (ms since 1970 UTC, both included)."""

    words: Sequence[Word]
    author: str
    rooms: Mapping[int, int]
    after: int
    before: int
    newest: bool


class Part(NamedTuple):
    """Message ids from `low` to before `high`. `indexed`: whether the index has every message there. `empty`: it
    has, and none of them can be what is asked for. `key` is the index's own."""

    low: int
    high: int
    indexed: bool = True
    empty: bool = False
    key: Any = None


class Index(Protocol):
    """The index of words, as one search sees it."""

    def parts(self, question: Question) -> Sequence[Part]:
        """The parts that can be asked, ascending. None overlaps another."""

    def ids(self, part: Part, question: Question, between: tuple[int, int], most: int) -> Sequence[int] | None:
        """Ids of messages in a part that may match, and lie in `between` (the first id, and the first beyond).
        At most `most`, in the direction of the question. None if the part can't be asked."""


Asking = Callable[[], AbstractContextManager[Index | None]]
"""Opens the index; None if there is none."""


def search(reading: Reading, wanted: Search, go_on: Callable[[], bool], asking: Asking) -> Found:
    """See chat.ports.Store.search. `reading` opens a connection for one look."""
    with asking() as index:
        steps = _Looking(reading, wanted, index).steps()
        found: Hits = []
        complete = True
        while len(found) < wanted.limit:
            if not go_on():
                complete = False
                break
            hits = next(steps, None)
            if hits is None:
                break
            found += hits
            if wanted.most_bytes and _too_large(found, wanted.most_bytes):
                complete = False
                break
    found = found[: wanted.limit]
    return Found([event_of(row) for row in (found if wanted.after is not None else reversed(found))], complete)


def _too_large(found: Hits, most: int) -> bool:
    """Whether the rows have more bytes than `most`. Drops those beyond from the end, but keeps one."""
    size = 0
    for number, row in enumerate(found):
        size += size_of(row)
        if number and size > most:
            del found[number:]
            return True
    return False


class _Looking:
    """One search."""

    def __init__(self, reading: Reading, wanted: Search, index: Index | None) -> None:
        self._reading = reading
        self._wanted = wanted
        self._index = index
        self._newest = wanted.after is None
        self._asked = Asked(wanted.text)
        self._author = search_form(wanted.author)
        words = self._asked.telling_words if self._author else self._asked.words
        self._one = next(iter(wanted.rooms)) if len(wanted.rooms) == 1 else None
        after = wanted.after if wanted.after is not None else -ENDLESS
        before = wanted.before if wanted.before is not None else ENDLESS
        self._question = Question(words, self._author, wanted.rooms, after, before, self._newest)
        self._times = {"after": after, "before": before}

    def steps(self) -> Iterator[Hits]:
        """What each step finds."""
        index = self._index
        asks = index is not None and (self._question.words or self._author)
        parts = index.parts(self._question) if index is not None and asks else []
        with self._reading() as connection:
            last = connection.execute(_LAST).scalar_one_or_none() or 0
            small = self._one is not None and _size(connection, self._one) <= _SMALL
        if not parts or small:
            yield from self._windows(1, ENDLESS)
            return
        assert index is not None
        every = _with_gaps(parts, last + 1)
        for part in reversed(every) if self._newest else every:
            if not part.indexed:
                yield from self._windows(part.low, part.high)
            elif not part.empty:
                yield from self._candidates(index, part)

    # By the index.

    def _candidates(self, index: Index, part: Part) -> Iterator[Hits]:
        """Ask for a part."""
        low, high = part.low, part.high
        most = self._wanted.limit + 1
        while low < high:
            ids = index.ids(part, self._question, (low, high), most)
            if ids is None:  # it was just rebuilt, or can't be read
                yield from self._windows(low, high)
                return
            yield self._rows(ids)
            if len(ids) < most:
                return
            low, high = (low, ids[-1]) if self._newest else (ids[-1] + 1, high)
            most = min(2 * most, _MAX_CANDIDATES)

    def _rows(self, ids: Sequence[int]) -> Hits:
        if not ids:
            return []
        with self._reading() as connection:
            values = {**self._times, "ids": list(ids)}
            rows = connection.execute(_select("ids"), values).all()
        return self._matching(rows)

    # By reading.

    def _windows(self, low: int, high: int) -> Iterator[Hits]:
        """Read every row between two ids; if one room is searched, only the rows of that room."""
        with self._reading() as connection:
            low, high = self._bounds(connection, low, high)
        shape = "seqs_from"
        places: dict[str, Any] = {"room": self._one}
        if self._one is None:
            shape = "ids_from" if len(self._wanted.rooms) <= _MANY else "all_ids_from"
            places = {"rooms": list(self._wanted.rooms)} if shape == "ids_from" else {}
        while low < high:
            start, end = (max(low, high - WINDOW), high) if self._newest else (low, min(low + WINDOW, high))
            low, high = (low, start) if self._newest else (end, high)
            values = {**self._times, **places, "low": start, "high": end}
            with self._reading() as connection:
                rows = connection.execute(_select(shape), values).all()
            yield self._matching(rows)

    def _bounds(self, connection: Connection, low: int, high: int) -> tuple[int, int]:
        """Two ids, limited to those that exist; if one room is searched, as seqs of that room."""
        if self._one is None:
            last = connection.execute(_LAST).scalar_one_or_none() or 0
            return low, min(high, last + 1)
        room, after, before = self._one, self._wanted.after, self._wanted.before
        row = connection.execute(_SEQS, {"room": room}).one_or_none()
        last = row.last_seq if row is not None else 0
        first = Messages(connection).first_seq_from(room, after) if after is not None else 1
        beyond = Messages(connection).first_seq_from(room, before + 1) if before is not None else last + 1
        first = max(first, self._wanted.rooms[room], _seq_at(connection, room, low, last))
        return first, min(beyond, _seq_at(connection, room, high, last))

    def _matching(self, rows: Sequence[Any]) -> Hits:
        """Those of the ascending `rows` that match, in the direction of the search."""
        first, author, fits = self._wanted.rooms, self._author, self._asked.fits
        hits = [
            row
            for row in rows
            if row[_SEQ] >= first.get(row[_ROOM], ENDLESS)
            and (not author or search_form(row[_NICK]) == author)
            and fits(row[_BODY])
        ]
        return hits[::-1] if self._newest else hits


def _with_gaps(parts: Sequence[Part], end: int) -> list[Part]:
    """All ids before `end`, ascending: the parts, and what is not indexed between them."""
    every: list[Part] = []
    low = 1
    for part in parts:
        if part.low > low:
            every.append(Part(low, part.low, indexed=False))
        if part.high > part.low:
            every.append(part)
        low = max(low, part.high)
    if low < end:
        every.append(Part(low, end, indexed=False))
    return every


def _size(connection: Connection, room: int) -> int:
    """How many events a room keeps."""
    row = connection.execute(_SEQS, {"room": room}).one_or_none()
    return row.last_seq - row.first_seq + 1 if row is not None else 0


def _seq_at(connection: Connection, room: int, id_: int, last: int) -> int:
    """The smallest seq of a room whose id is at least this, by bisection: ids rise with seq. Last + 1 if none."""
    if id_ <= 1:
        return 1
    low, high = 1, last + 1
    if id_ >= ENDLESS:
        return high
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(_ID_FROM_SEQ, {"room": room, "seq": middle}).one_or_none()
        if row is None or row.id >= id_:
            high = middle
        else:
            low = row.seq + 1
    return low


_LAST = select(func.max(messages.c.id))
_SEQS = select(rooms.c.first_seq, rooms.c.last_seq).where(rooms.c.id == bindparam("room"))
_ID_FROM_SEQ = (
    select(messages.c.id, messages.c.seq)
    .where(messages.c.room_id == bindparam("room"), messages.c.seq >= bindparam("seq"))
    .order_by(messages.c.seq)
    .limit(1)
)
_BETWEEN = (messages.c.id >= bindparam("low")) & (messages.c.id < bindparam("high"))
_WHERE: Mapping[str, Any] = {
    "ids": messages.c.id.in_(bindparam("ids", expanding=True)),
    "ids_from": _BETWEEN & messages.c.room_id.in_(bindparam("rooms", expanding=True)),
    "all_ids_from": _BETWEEN,
    "seqs_from": (messages.c.room_id == bindparam("room"))
    & (messages.c.seq >= bindparam("low"))
    & (messages.c.seq < bindparam("high")),
}


@lru_cache(maxsize=len(_WHERE))
def _select(shape: str) -> Select[Any]:
    """The statement for this shape; built once for each, because building costs more than reading."""
    return (
        select(*(messages.c[column] for column in MESSAGE_COLUMNS), accounts.c.name.label("account"))
        .select_from(messages.outerjoin(accounts, accounts.c.id == messages.c.account_id))
        .where(_WHERE[shape], FOR_EVERYBODY)
        .where(messages.c.sent_at.between(bindparam("after"), bindparam("before")))
        .order_by(messages.c.seq if shape == "seqs_from" else messages.c.id)
    )
