"""Direct conversations in use, and delivery of what is said in them.

A direct conversation has no listeners of its own. Every session of its two persons is told what is said in
it. A session that enters is held in all direct conversations of its person at once, until it was shown what
they missed, as a room holds it (room.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chatstore.chat.live.listener import Listener, Person, send, session_of
from chatstore.chat.live.room import seq_of
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import LinkPreviewed, TagsSent
from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.model.rooms import Room, direct_persons
from chatstore.chat.ports import Renderer

_NONE: dict[int, int] = {}
"""What most readers have told or shown; one object for all of them saves memory."""


@dataclass(frozen=True)
class DirectConversation:
    """A direct conversation that came up since the start, with its two persons as they were then."""

    room: Room
    persons: Mapping[int | str, Actor]


@dataclass(eq=False, slots=True)
class Reader:
    """The state of one session: what is kept for it as (room, seq, bytes) while it is held (None if it is
    not), the last seq that it was shown of each conversation before, and the last seq that it was told, by
    room."""

    kept: list[tuple[int, int, bytes]] | None = field(default_factory=list)
    shown: Mapping[int, int] = field(default_factory=lambda: _NONE)
    told: dict[int, int] = field(default_factory=lambda: _NONE)
    deaf: bool = False
    """Whether its token does not let it hear direct messages: it is told of its own person alone."""

    def note(self, room: int, seq: int) -> None:
        """Note that the session was told this event; a seq of 0 has no place."""
        if seq > self.told.get(room, 0):
            if self.told is _NONE:
                self.told = {}
            self.told[room] = seq


class DirectConversations:
    """All direct conversations in use. `find` returns the person with a key, if they are known here."""

    def __init__(self, find: Callable[[int | str], Person | None]) -> None:
        self._find = find
        self._rooms: dict[int, DirectConversation] = {}
        self._keys: dict[str, int] = {}
        self._readers: dict[Listener, Reader] = {}
        self._lock = threading.Lock()

    def __contains__(self, room_id: int) -> bool:
        return room_id in self._rooms

    def of(self, room_id: int) -> Room | None:
        """The conversation with this id, if it is in use."""
        found = self._rooms.get(room_id)
        return found.room if found is not None else None

    def id_of(self, key: str) -> int | None:
        return self._keys.get(key)

    def open(self, room: Room, persons: Sequence[Actor]) -> None:
        self._rooms[room.id] = DirectConversation(room, {person.key: person for person in persons})
        self._keys[room.key] = room.id

    def hold(self, session: Listener) -> None:
        with self._lock:
            self._readers[session] = Reader(deaf=not session.grant.hears())

    def release(self, session: Listener, shown: Mapping[int, int]) -> None:
        """The session was shown up to these seqs: send it what was kept beyond them, and stop holding it."""
        with self._lock:
            reader = self._readers.get(session)
            if reader is None or reader.kept is None:
                return
            session.send(b"".join(data for room, seq, data in reader.kept if seq > shown.get(room, 0) or seq == 0))
            for room, seq in [*shown.items(), *((room, seq) for room, seq, _ in reader.kept)]:
                reader.note(room, seq)
            reader.kept = None
            reader.shown = shown  # what is not delivered yet must not come again

    def forget(self, session: Listener) -> None:
        with self._lock:
            self._readers.pop(session, None)

    def told(self, session: Listener) -> dict[int, int]:
        """The last seq that the session was told, by room."""
        with self._lock:
            reader = self._readers.get(session)
            return reader.told.copy() if reader is not None else {}

    def change_renderer(self, session: Listener, renderer: Renderer) -> Renderer:
        """Set the session's renderer. Returns the one before."""
        with self._lock:
            old, session.renderer = session.renderer, renderer
            return old

    def deliver(self, event: RoomEvent | TagsSent, origin: object) -> None:
        direct = self._rooms[event.room]
        keys = direct_persons(direct.room.key)
        other = keys[1] if keys[0] == event.actor.key else keys[0]
        self._deliver(event, direct.persons[other], origin)

    def deliver_unstored(self, event: TagsSent, other: Actor, origin: object) -> None:
        """Deliver tags without a message when the two have no conversation yet."""
        self._deliver(event, other, origin)

    def _deliver(self, event: RoomEvent | TagsSent, other: Actor, origin: object) -> None:
        """Deliver to both persons."""
        target = self._find(other.key)
        to = target.nick if target is not None else other.nick
        to_oneself = other.key == event.actor.key
        with self._lock:
            for key in dict.fromkeys((event.actor.key, other.key)):
                person = self._find(key)
                for session in person.sessions if person is not None else ():
                    own = session is session_of(origin)
                    if own and session.renderer.echo:
                        self._tell(session, event, to, origin)
                    if to_oneself or (not own and (key == other.key or session.renderer.shows_own)):
                        # Somebody who writes to themselves gets the message besides the echo.
                        self._tell(session, event, to)
                    elif not (own and session.renderer.echo):
                        self._note(session, event)

    def tell_aside(self, event: LinkPreviewed, who: Actor) -> None:
        """Tell one of the two persons of something that has no place in the conversation's history."""
        direct = self._rooms.get(event.room)
        if direct is None:
            return
        keys = direct_persons(direct.room.key)
        other = direct.persons[keys[1] if keys[0] == who.key else keys[0]]
        found, person = self._find(other.key), self._find(who.key)
        to = found.nick if found is not None else other.nick
        for session in person.sessions if person is not None else ():
            if session.grant.hears():
                self.tell(session, session.renderer.render(event, "", to))

    def tell(self, session: Listener, data: bytes, origin: object = None) -> None:
        """Send something that concerns the session itself: at once, or after its welcome."""
        with self._lock:
            reader = self._readers.get(session)
            if reader is not None and reader.kept is not None:
                reader.kept.append((0, 0, data))
            elif reader is not None:
                send(session, data, origin)

    def _tell(self, session: Listener, event: RoomEvent | TagsSent, to: str, origin: object = None) -> None:
        """Send one event to a session. `origin` is set if it is the echo of what the session said."""
        reader, seq = self._readers.get(session), seq_of(event)
        if reader is None or reader.deaf:
            return
        if reader.kept is None:
            reader.note(event.room, seq)
        if 0 < seq <= reader.shown.get(event.room, 0):
            return
        data = session.renderer.render(event, "", to)
        if reader.kept is not None:
            reader.kept.append((event.room, seq, data))
        else:
            send(session, data, origin)

    def _note(self, session: Listener, event: RoomEvent | TagsSent) -> None:
        """Note an event that the session knows without being told."""
        reader = self._readers.get(session)
        if reader is not None and not reader.deaf:
            reader.note(event.room, seq_of(event))
