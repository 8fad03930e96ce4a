"""What refers to which files: a message of a file's uploader that has its URL, and their own metadata, such as
their picture.

What others say of a file neither publishes nor keeps it: they may know its URL and be no more than its
readers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from chatstore.chat.model.files import MARK, tokens_in
from chatstore.chat.model.room_events import MESSAGE_KINDS, RoomEvent
from chatstore.storage.schema import file_references, files
from chatstore.storage.uploads import Files

_OWN = select(files.c.id, files.c.token).where(
    files.c.account_id == bindparam("account"), files.c.token.in_(bindparam("tokens", expanding=True))
)
_NAMED = select(files.c.id).where(files.c.token.in_(bindparam("tokens", expanding=True)))
_UNDUE = update(files).where(files.c.id.in_(bindparam("ids", expanding=True))).values(due_at=None)
_MOST = 200
"""If a change loses more files, the collector looks at them."""
_HERE = (file_references.c.room_id == bindparam("room")) & (file_references.c.seq == bindparam("at"))
_KNOWN = select(file_references.c.file_id).where(_HERE)
_OLD = (file_references.c.room_id == bindparam("room")) & (file_references.c.seq <= bindparam("last"))


def refer(connection: Connection, said: Iterable[RoomEvent]) -> None:
    """Note the references of new events. One without MARK in its text has none: ask for the others alone."""
    for event in said:
        account = event.actor.account_id
        if account is None or event.kind not in MESSAGE_KINDS or not (tokens := tokens_in(event.body)):
            continue
        _note(connection, account, event, tokens)


def _note(
    connection: Connection, account: int, event: RoomEvent, tokens: Sequence[str], known: Collection[int] = ()
) -> None:
    asked = {"account": account, "tokens": tokens}
    own = [row for row in connection.execute(_OWN, asked).all() if row.id not in known]
    if own:
        place = {"room_id": event.room, "seq": event.seq}
        connection.execute(insert(file_references), [{"file_id": row.id, **place} for row in own])
        connection.execute(_UNDUE, {"ids": [row.id for row in own]})


def refer_anew(connection: Connection, now: int, message: RoomEvent, body: str, *, erases: bool) -> None:
    """A message has this text from now on. `erases`: its text until now is erased, and with it goes what only that
    referred to."""
    here, tokens = {"room": message.room, "at": message.seq}, tokens_in(body)
    known = connection.execute(_KNOWN, here).scalars().all()
    if tokens and message.actor.account_id is not None:
        _note(connection, message.actor.account_id, message, tokens, known)
    if erases and known:
        _lose(connection, now, _HERE & file_references.c.file_id.not_in(_NAMED), {**here, "tokens": tokens})


def lose(connection: Connection, now: int, room: int, seq: int) -> None:
    """A message was erased: its files go, too, if it was the last that referred to them."""
    _lose(connection, now, _HERE, {"room": room, "at": seq})


def lose_old(connection: Connection, now: int, room: int, last: int) -> None:
    """All messages of a room up to a seq were erased."""
    _lose(connection, now, _OLD, {"room": room, "last": last})


def lose_room(connection: Connection, now: int, room: int) -> None:
    """A room is about to be removed. Its files are many, perhaps: the collector looks at them."""
    there = select(file_references.c.file_id).where(file_references.c.room_id == room)
    connection.execute(update(files).where(files.c.id.in_(there)).values(due_at=now))


def refer_of_account(connection: Connection, now: int, account: int, before: str, value: str) -> None:
    """An account has this value in its metadata, in place of the one before. Call it when that is stored."""
    if MARK not in before + value:
        return
    named, until_now = set(tokens_in(value)), set(tokens_in(before))
    if fresh := _own(connection, account, named - until_now):
        connection.execute(_UNDUE, {"ids": fresh})
    if lost := _own(connection, account, until_now - named):
        Files(connection, now).remove_unreferred(lost)


def _own(connection: Connection, account: int, tokens: Collection[str]) -> list[int]:
    """The account's own files among these."""
    if not tokens:
        return []
    return [row.id for row in connection.execute(_OWN, {"account": account, "tokens": list(tokens)}).all()]


def _lose(connection: Connection, now: int, which: ColumnElement[bool], values: dict[str, Any]) -> None:
    there = select(file_references.c.file_id).where(which).distinct()
    lost: Sequence[int] = connection.execute(there.limit(_MOST + 1), values).scalars().all()
    if not lost:
        return
    if len(lost) > _MOST:
        connection.execute(update(files).where(files.c.id.in_(there)).values(due_at=now), values)
        connection.execute(delete(file_references).where(which), values)
        return
    connection.execute(delete(file_references).where(which), values)
    Files(connection, now).remove_unreferred(lost)
