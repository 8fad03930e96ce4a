"""The events of rooms in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, case, false, func, or_, select, update

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.messages import HistoryQuery, Page
from chatstore.chat.model.room_events import (
    EVENT_KINDS,
    MESSAGE_KINDS,
    NO_TAGS,
    ModesChanged,
    RemovedMessage,
    RoomEvent,
    UnknownEvent,
)
from chatstore.chat.model.rooms import HIDDEN_KEY, Room, with_key
from chatstore.chat.ports import Conversation, Unseen
from chatstore.storage import backends, drivers
from chatstore.storage.file_references import lose, refer_anew
from chatstore.storage.posting import BOT, RELAYED, record
from chatstore.storage.rooms import Rooms
from chatstore.storage.rows import Rows
from chatstore.storage.schema import MESSAGE_COLUMNS, accounts, memberships, messages, rooms
from chatstore.storage.sql import octets


class RoomStats(NamedTuple):
    """What a room holds. `messages` counts messages and notices for everybody, `events` all events; `bytes`
    is the size of all bodies. `last_message_at` is ms since 1970 UTC; None without a message."""

    messages: int
    events: int
    bytes: int
    last_message_at: int | None


_ENDLESS = 2**62
_MODES = ModesChanged.kind
_BODY, _TAGS = MESSAGE_COLUMNS.index("body"), MESSAGE_COLUMNS.index("tags")
_LOOKED_AT = 50
"""Rows that are fetched before their size is checked."""
FOR_EVERYBODY = messages.c.kind.in_(MESSAGE_KINDS) & (messages.c.audience == "")
"""Messages for everybody who may read the room."""
_LAST_SEQ = "SELECT last_seq FROM rooms WHERE id = ?"


class Messages(Rows):
    """The events of rooms: stored, read by pages, erased."""

    def record(
        self,
        kind: type[RoomEvent],
        room: int,
        actor: Actor,
        body: str,
        tags: Mapping[str, str],
        audience: str = "",
    ) -> RoomEvent:
        """Store one event of a room, which must exist."""
        return record(self._connection, self._now, kind, room, actor, body, tags, audience)

    def page(self, query: HistoryQuery) -> Page:
        """A page of a room, and the room's last seq in the same snapshot."""
        last = self._last_seq(query.room)
        author = None if query.author is None else "account_id" if isinstance(query.author, int) else "guest"
        statement = _page_select(query.newest, query.kinds, author, query.audiences)
        values: dict[str, Any] = {
            "room": query.room,
            "after": query.after,
            "before": query.before if query.before is not None else _ENDLESS,
            "most": query.limit,
        }
        if query.author is not None:
            values["author"] = query.author
        result, cut = self._connection.execute(statement, values), False
        if query.most_bytes:
            rows, cut = _fitting(result, query.most_bytes)
        else:
            rows = [*result.all()]
        return Page([event_of(row) for row in (reversed(rows) if query.newest else rows)], last, cut)

    def _last_seq(self, room: int) -> int:
        """The last seq of a room; 0 if there is no such room."""
        found = drivers.of(self._connection).run(self._connection, _LAST_SEQ, (room,))
        return found[0][0] if found else 0

    def first_seq_from(self, room: int, time: int) -> int:
        """The smallest seq whose time is at least `time`, by bisection: time rises with seq. Last + 1 if none."""
        low, high = 1, self._last_seq(room) + 1
        while low < high:
            middle = (low + high) // 2
            row = self._connection.execute(_FROM_SEQ, {"room": room, "seq": middle}).one_or_none()
            if row is None or row.sent_at >= time:
                high = middle
            else:
                low = row.seq + 1
        return low

    def after(self, room: int, seq: int) -> Sequence[RoomEvent]:
        """Every event of a room after a seq, ascending."""
        return self.page(HistoryQuery(room, _ENDLESS, after=seq, newest=False)).events

    def at(self, room: int, seq: int) -> RoomEvent | None:
        """The event with this seq; None if there is none."""
        return next(iter(self.page(HistoryQuery(room, 1, after=seq - 1, before=seq + 1)).events), None)

    def erase(self, event: RoomEvent, by: Actor, reason: str) -> None:
        """See chat.ports.Transaction.erase."""
        tags = {"by": by.nick, "was": f"{event.kind}{event.audience}", **({"reason": reason} if reason else {})}
        values = {"kind": RemovedMessage.kind, "body": "", "tags": json.dumps(tags, ensure_ascii=False)}
        here = (messages.c.room_id == event.room) & (messages.c.seq == event.seq)
        self._connection.execute(update(messages).where(here).values(values))
        lose(self._connection, self._now, event.room, event.seq)
        backends.named(self._connection.dialect.name).forget_words(self._connection, event.room, event.seq)

    def rewrite(self, event: RoomEvent, body: str, tags: Mapping[str, str], *, erases: bool) -> None:
        """See chat.ports.Transaction.rewrite."""
        if event.actor.bot:
            tags = {**tags, BOT: ""}
        noted = json.dumps(dict(tags), ensure_ascii=False) if tags else None
        here = (messages.c.room_id == event.room) & (messages.c.seq == event.seq)
        self._connection.execute(update(messages).where(here).values({"body": body, "tags": noted}))
        if event.kind in MESSAGE_KINDS:
            backends.named(self._connection.dialect.name).change_words(self._connection, event, body)
            refer_anew(self._connection, self._now, event, body, erases=erases)

    def stats(self, room: int) -> RoomStats:
        """The statistics of a room. Reads every row of the room."""
        return RoomStats(*self._connection.execute(_STATS, {"room": room}).one())

    def conversations(
        self,
        actor: Actor,
        after: int,
        before: int,
        limit: int,
        *,
        newest: bool = True,
        ahead: int | None = None,
    ) -> list[Conversation]:
        """See chat.ports.Store.conversations."""
        later = ahead if ahead is not None else _ENDLESS
        mine, other = memberships.alias(), memberships.alias()
        first = case((rooms.c.history == "members", mine.c.joined_seq), else_=0)  # as permissions.readable_from
        latest = (
            select(messages.c.sent_at)
            .where(messages.c.room_id == rooms.c.id, messages.c.seq >= first, FOR_EVERYBODY)
            .order_by(messages.c.seq.desc())
            .limit(1)
            .correlate(rooms, mine)
            .scalar_subquery()
        )
        is_me = (
            mine.c.account_id == actor.account_id if actor.account_id is not None else mine.c.guest == actor.guest
        )
        query = (
            _conversations(mine, other, latest.label("latest"))
            .where(is_me, rooms.c.last_sent_at > after, latest > after, (latest < before) | (latest > later))
            .order_by(*((latest.desc(), rooms.c.id.desc()) if newest else (latest, rooms.c.id)))
        )
        rows = self._connection.execute(query.limit(limit + 1)).all() if limit else []
        if len(rows) > limit and rows[limit].latest == rows[limit - 1].latest:
            # A page that continues after this time must miss nothing: a millisecond comes whole, or not at all.
            cut = rows[limit].latest
            rows = [row for row in rows if row.latest != cut] or self._connection.execute(
                query.where(latest == cut)
            ).all()
        else:
            rows = rows[:limit]
        ascending = reversed(rows) if newest else rows
        found = Rooms(self._connection).by_ids([row.id for row in rows])
        return [Conversation(*_room_and_name(found, row), row.latest) for row in ascending]

    def unseen(self, account_id: int) -> list[Unseen]:
        """See chat.ports.Store.unseen."""
        mine, other = memberships.alias(), memberships.alias()
        query = (
            _conversations(mine, other, mine.c.seen_seq)
            .where(mine.c.account_id == account_id, rooms.c.last_seq > mine.c.seen_seq)
            .order_by(rooms.c.last_sent_at)
        )
        rows = self._connection.execute(query).all()
        found = Rooms(self._connection).by_ids([row.id for row in rows])
        return [Unseen(*_room_and_name(found, row), row.seen_seq) for row in rows]


def size_of(row: Any) -> int:
    """About how many bytes of a row of MESSAGE_COLUMNS people wrote."""
    return len(row[_BODY]) + len(row[_TAGS] or "")


def _fitting(result: Any, most: int) -> tuple[list[Any], bool]:
    """The first rows with at most so many bytes together, and whether there are more. Closes the result."""
    rows: list[Any] = []
    size = 0
    try:
        while some := result.fetchmany(_LOOKED_AT):
            for row in some:
                size += size_of(row)
                if rows and size > most:
                    return rows, True
                rows.append(row)
    finally:
        result.close()
    return rows, False


def _conversations(mine: Any, other: Any, *columns: Any) -> Select[Any]:
    """The rooms that somebody is in, by their membership; for a direct conversation with the other person's
    nick."""
    return (
        select(rooms.c.id, mine.c.nick.label("own"), other.c.nick, accounts.c.nick.label("account_nick"), *columns)
        .select_from(mine)
        .join(rooms, rooms.c.id == mine.c.room_id)
        .outerjoin(other, (rooms.c.kind == "direct") & (other.c.room_id == rooms.c.id) & (other.c.id != mine.c.id))
        .outerjoin(accounts, accounts.c.id == other.c.account_id)
    )


def _room_and_name(found: Mapping[int, Room], row: Any) -> tuple[Room, str]:
    """The room, and its name or the other person's nick; for a direct conversation with oneself, one's own
    nick."""
    room = found[row.id]
    return room, (row.account_nick or row.nick or row.own) if room.direct else room.name


def event_of(row: Any) -> RoomEvent:
    """The event of a row of MESSAGE_COLUMNS, followed by the account's name. A newer version may have stored a kind
    that this one does not know: it has its seq, and is shown to nobody."""
    room, seq, sent_at, account_id, nick, kind, body, noted, guest, audience, account = row
    if kind == _MODES:
        body = with_key(body, HIDDEN_KEY)  # earlier versions stored it
    tags = json.loads(noted) if noted else NO_TAGS
    relayed = tags.get(RELAYED, "")
    actor = _actor(nick, account, account_id, guest, bot=BOT in tags, relayed=relayed)
    return EVENT_KINDS.get(kind, UnknownEvent)(room, seq, sent_at, actor, body, tags, audience)


@lru_cache(maxsize=1024)
def _actor(
    nick: str, account: str | None, account_id: int | None, guest: str | None, *, bot: bool, relayed: str
) -> Actor:
    """Cached, because a page has few actors."""
    return Actor(nick, account, account_id, guest, bot=bot, relayed=relayed)


_FROM_SEQ = (
    select(messages.c.seq, messages.c.sent_at)
    .where(messages.c.room_id == bindparam("room"), messages.c.seq >= bindparam("seq"))
    .order_by(messages.c.seq)
    .limit(1)
)


_STATS = select(
    func.count(case((FOR_EVERYBODY, 1))),
    func.count(),
    func.coalesce(func.sum(octets(messages.c.body)), 0),
    func.max(case((FOR_EVERYBODY, messages.c.sent_at))),
).where(messages.c.room_id == bindparam("room"))


@lru_cache(maxsize=64)
def _page_select(
    newest: bool, kinds: tuple[str, ...] | None, author: str | None, audiences: tuple[str, ...] | None
) -> Select[Any]:
    """The statement of a page; built once for each shape, because building costs more than reading. `author`: the
    column that has the key. SQLAlchemy writes an IN anew each time it is executed, so there is none."""
    query = (
        select(*(messages.c[column] for column in MESSAGE_COLUMNS), accounts.c.name.label("account"))
        .select_from(messages.outerjoin(accounts, accounts.c.id == messages.c.account_id))
        .where(
            messages.c.room_id == bindparam("room"),
            messages.c.seq > bindparam("after"),
            messages.c.seq < bindparam("before"),
        )
        .order_by(messages.c.seq.desc() if newest else messages.c.seq)
        .limit(bindparam("most"))
    )
    if kinds is not None:
        query = query.where(_one_of(messages.c.kind, kinds))
    if author is not None:
        query = query.where(messages.c[author] == bindparam("author"))
    if audiences is not None:
        query = query.where(_one_of(messages.c.audience, audiences))
    return query


def _one_of(column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
    return or_(false(), *(column == value for value in values))
