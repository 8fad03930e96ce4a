"""Stores events of rooms: what people say, many at once, and everything else.

It is apart from messages.py, which reads, because every message passes here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.files import MARK
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.room_events import EVENT_KINDS, NO_TAGS, MessagePosted, RoomEvent
from chatstore.storage import drivers
from chatstore.storage.file_references import refer

BOT = "bot"
"""The tag of events that a bot caused."""
RELAYED = "relaymsg"
"""The tag of messages that somebody passed on; see Actor.relayed."""
_JSON = json.JSONEncoder(ensure_ascii=False).encode
"""json.dumps() makes an encoder for each text that is not plain ASCII."""


def post(connection: Connection, now: int, drafts: Sequence[Draft]) -> list[RoomEvent | None]:
    """Store messages of any rooms, in order. Returns an event for each; None if there is no such room."""
    wanted = Counter([draft.room for draft in drafts])
    driver = drivers.of(connection)
    taken = driver.take_seqs(connection, wanted, now)
    places = {room: [seq - wanted[room], time - wanted[room]] for room, (seq, time) in taken.items()}
    events: list[RoomEvent | None] = []
    rows: list[tuple[Any, ...]] = []
    linking: list[RoomEvent] = []
    actor: Actor | None = None
    for draft in drafts:
        room = draft.room
        place = places.get(room)
        if place is None:
            events.append(None)
            continue
        place[0] = seq = place[0] + 1
        place[1] = time = place[1] + 1
        if draft.actor is not actor:  # once for a run of somebody's messages
            actor = draft.actor
            account_id, nick, guest, notes = actor.account_id or 0, actor.nick, actor.guest or "", _notes(actor)
        body, tags, audience = draft.body, draft.tags, draft.audience
        event: RoomEvent
        if draft.kind == MessagePosted.kind:  # the common case, and quicker in the compiled build
            event = MessagePosted(room, seq, time, actor, body, tags, audience)
        else:
            event = EVENT_KINDS[draft.kind](room, seq, time, actor, body, tags, audience)
        events.append(event)
        noted = _noted(tags, notes) if tags or notes else ""
        rows.append((room, seq, time, account_id, nick, draft.kind, body, noted, guest, audience))
        if MARK in body:
            linking.append(event)
    driver.insert_messages(connection, rows)
    if linking:
        refer(connection, linking)
    return events


def record(
    connection: Connection,
    now: int,
    kind: type[RoomEvent],
    room: int,
    actor: Actor,
    body: str,
    tags: Mapping[str, str],
    audience: str = "",
) -> RoomEvent:
    """Store one event of a room, which must exist."""
    notes = _notes(actor)
    noted = _noted(tags, notes) if tags or notes else ""
    values = (actor.account_id or 0, actor.nick, kind.kind, body, noted, actor.guest or "", audience)
    seq, time = drivers.of(connection).record(connection, room, values, now)
    event = kind(room, seq, time, actor, body, tags, audience)
    if MARK in body:
        refer(connection, [event])
    return event


def _notes(actor: Actor) -> Mapping[str, str]:
    """The tags of everything that an actor says, beside those of the event."""
    if not actor.bot and not actor.relayed:
        return NO_TAGS
    return {**({BOT: ""} if actor.bot else {}), **({RELAYED: actor.relayed} if actor.relayed else {})}


def _noted(tags: Mapping[str, str], notes: Mapping[str, str]) -> str:
    """Tags as they are stored."""
    return _JSON({**tags, **notes})
