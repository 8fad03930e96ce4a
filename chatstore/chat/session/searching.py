"""What somebody finds again of what they may read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import RoomEvent
from chatstore.chat.model.messages import Search
from chatstore.chat.model.rooms import Room
from chatstore.chat.rules import permissions

if TYPE_CHECKING:
    from chatstore.chat.session import Session

SECONDS = 2.0
"""For which one search may go on."""
_ALWAYS = 2**62


@dataclass(frozen=True)
class Hit:
    """A message, and where it was said: the room's name, or the other person's nick."""

    event: RoomEvent
    room: Room
    name: str


@dataclass(frozen=True)
class Wanted:
    """As chat.model.messages.Search; `target` is `#room` or a nick, empty for everywhere."""

    limit: int
    target: str = ""
    text: str = ""
    author: str = ""
    after: int | None = None
    before: int | None = None


def search(session: Session, wanted: Wanted) -> tuple[Sequence[Hit], bool]:
    """What is found in what this person may read now, in ascending order, and whether all of it was searched.
    Blocks. Raises BUSY while another search of the same person is running."""
    running, key = session.chat.searching, session.actor.key
    if running.setdefault(key, session) is not session:
        raise ChatError(Code.BUSY, "another search of yours is still running: try again when it is done")
    try:
        return _search(session, wanted)
    finally:
        del running[key]


def _search(session: Session, wanted: Wanted) -> tuple[Sequence[Hit], bool]:
    places = {room.id: (room, name) for room, name in _places(session, wanted.target)}
    rooms = {room.id: session.history.readable_from(room) for room, _ in places.values()}
    if not rooms:
        return (), True
    most = session.chat.policy.limits.history_page_bytes
    until = time.monotonic() + SECONDS
    found = session.chat.store.search(
        Search(rooms, wanted.limit, wanted.text, wanted.author, wanted.after, wanted.before, most),
        lambda: time.monotonic() < until and session.person is not None and session in session.person.sessions,
    )
    # Asked again: what one was kicked from meanwhile is not one's own to read any more, not even after coming back.
    first = {
        id_: session.history.readable_from(room) for id_, (room, _) in places.items() if _may_read(session, id_)
    }
    hits = [event for event in found.events if event.room in first and event.seq >= first[event.room]]
    return [Hit(event, *places[event.room]) for event in hits], found.complete


def _places(session: Session, target: str) -> list[tuple[Room, str]]:
    """The conversations to look in; none where there is no such conversation for this person."""
    if target:
        try:
            return [session.history.conversation(target)]
        except ChatError:
            return []
    return [
        (each.room, each.name)
        for each in session.history.conversations(-1, _ALWAYS, 100_000)
        if _may_read(session, each.room.id)
    ]


def _may_read(session: Session, room_id: int) -> bool:
    live = session.chat.hub.room(room_id)
    return live is None or permissions.may_read(live.room, live.role(session.actor.key), session.actor)
