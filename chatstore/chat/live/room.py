"""A room in use: its members, its listeners, and how they are told.

An event is rendered once for each renderer among the listeners, and the events of one batch are joined into
one bytes object for each renderer. So a member costs one send for each batch.

**Joining a room's stream.** A session that is shown history first must get every later event exactly once. So
it is *held* when it enters the room: what the room delivers meanwhile is kept, in order. When the session has
shown its history up to some seq, release() hands it what was kept beyond that seq and makes it a listener.
That happens under the room's lock, so nothing is lost and nothing comes twice. The history that it was shown
may include events that are committed and not delivered yet; then the session stays held until they are
delivered.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, compress
from typing import NamedTuple

from chatstore.chat.live.listener import Listener, Origin, Person, Rendering, send, send_to_each, session_of
from chatstore.chat.model.events import AwayChanged, Event, Published, TagsSent
from chatstore.chat.model.member_list import MemberList
from chatstore.chat.model.room_events import MemberJoined, MemberLeft, RoomEvent, RoomMoved, RoomRenamed, Said
from chatstore.chat.model.rooms import Role, Room
from chatstore.chat.ports import FanOut, Renderer
from chatstore.chat.rules import permissions

MAX_KEPT = 16 * 1024 * 1024
"""The most bytes that are kept for one held session in one room."""


@dataclass(eq=False, slots=True)
class Member:
    person: Person
    role: Role
    joined_seq: int


class Arrival(NamedTuple):
    """A member who has joined.

    `away`: told with the join, if they are away. `person`: their sessions are told neither. `held`: those of them
    that are held in the room from this join on.
    """

    joined: MemberJoined
    away: AwayChanged | None
    person: Person
    held: Sequence[Listener]


@dataclass(eq=False)
class Hold:
    """What a room delivered while a session was being shown its history, as (seq, bytes).

    A message has its seq. What changes the roster has 0 and is always told: hearing twice of a join is
    harmless, never hearing of it is not.
    """

    kept: list[tuple[int, bytes]] = field(default_factory=list)
    after: int | None = None
    """The seq up to which the session was shown the room, once the session has released it. The hold ends
    when that much is delivered."""
    size: int = 0

    def keep(self, session: Listener, seq: int, data: bytes) -> None:
        """Keep an event. If a session takes so long that too much is kept, it is ended."""
        self.keep_all(session, [(seq, data)], len(data))

    def keep_all(self, session: Listener, events: Sequence[tuple[int, bytes]], size: int) -> None:
        """Keep events, which have `size` bytes together."""
        self.size += size
        if self.size > MAX_KEPT:
            self.kept.clear()
            session.end("too much was said while you were shown what was said before")
        else:
            self.kept += events


class LiveRoom:
    """A room with its members and, by renderer, its listeners. Its lock guards the listeners and the holds;
    only the writer's thread changes the members."""

    def __init__(self, room: Room, fan_out: FanOut = send_to_each) -> None:
        self.room = room
        self._fan_out = fan_out
        self.named_at = room.created_at
        """When it got its name, as far as is known (ms since 1970 UTC)."""
        self.open = True
        """False once the room is removed."""
        self.members: dict[int | str, Member] = {}
        self.listed: MemberList | None = None
        """The last list of its members that was asked for; see Hub.member_list."""
        self._delivered = room.last_seq
        self._silent = 0
        """Every event up to this seq was delivered here, and none of them is a message."""
        self._listeners: dict[Renderer, dict[Listener, None]] = {}
        self._holds: dict[Listener, Hold] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self.room.name

    @property
    def delivered(self) -> int:
        """The seq up to which everything was delivered. Any thread may ask."""
        return self._delivered

    def is_silent(self, seq: int) -> bool:
        """Whether it is known that nothing was said before this seq. Seqs have no gaps, so what was not
        delivered as an event of another kind counts as said. Any thread may ask."""
        return self._silent >= seq - 1

    def role(self, key: int | str) -> Role | None:
        member = self.members.get(key)
        return member.role if member is not None else None

    # Who listens.

    def hold(self, session: Listener) -> bool:
        """Keep for the session what is delivered from now on, until release(). Returns False if it is held or
        listens already, or may not hear what happens here."""
        if not session.grant.hears(self.room.id):
            return False
        with self._lock:
            if session in self._holds or session in self._listeners.get(session.renderer, {}):
                return False
            self._holds[session] = Hold()
            return True

    def release(self, session: Listener, after: int) -> None:
        """The session was shown everything up to seq `after`: send it what was kept beyond that, and let it
        listen."""
        with self._lock:
            hold = self._holds.get(session)
            if hold is not None:
                hold.after = after
                self._end_if_shown(session, hold)

    def seen_by(self, session: Listener) -> int:
        """The last seq that was delivered to the session; 0 while it is held."""
        with self._lock:
            if session in self._listeners.get(session.renderer, {}):
                return self._delivered
            hold = self._holds.get(session)
            return hold.after if hold is not None and hold.after is not None else 0

    def forget(self, session: Listener, origin: object = None) -> list[tuple[int, bytes]] | None:
        """Stop delivering to the session. Returns what was kept for a session that was still held, because it
        has to be told that; None if there is nothing more to tell."""
        with self._lock:
            self._stop_listening(session, session.renderer)
            hold = self._holds.pop(session, None)
            if hold is None:
                return None
            if hold.after is not None:
                send(session, beyond(hold.kept, hold.after), origin)
                return None
            return hold.kept

    def change_renderer(self, session: Listener, old: Renderer, new: Renderer) -> None:
        """Move a listener to its new renderer."""
        with self._lock:
            if self._stop_listening(session, old):
                self._listeners.setdefault(new, {})[session] = None

    # What they are told, by the writer.

    def deliver(self, messages: Sequence[Published]) -> int:
        """Deliver the messages of one batch, in order, to all listeners. Authors are not sent their own
        messages, unless their renderer has an echo. Returns for how many listeners a message was, in all."""
        own: dict[object, list[int]] = {}
        """The places of the messages that a session sent itself, by session."""
        narrow = labelled = False
        told = 0
        for place, (event, origin) in enumerate(messages):
            if event.audience:  # type: ignore[union-attr]
                narrow = True
            if isinstance(origin, Origin):
                labelled, origin = True, origin.session
            if origin in own:
                own[origin].append(place)
            else:
                own[origin] = [place]
        name = self.room.name
        with self._lock:
            for renderer, listeners in self._listeners.items():
                lines = [renderer.render(event, name) for event, _ in messages]
                data = lines[0] if len(lines) == 1 else b"".join(lines)
                echo = renderer.echo
                apart: Collection[object] = listeners if narrow else own if labelled or not echo else ()
                """Those who are not sent the whole batch as it is."""
                if not narrow:
                    told += len(listeners) * len(messages)
                self._fan_out([session.send for session in listeners if session not in apart], data)
                for session in [session for session in listeners if session in apart] if apart else ():
                    if not narrow and not echo:
                        session.send(_without(lines, own[session]))
                    else:
                        heard = [self._hears(session, event) for event, _ in messages]
                        if narrow:
                            told += sum(heard)
                        _tell_one_of_them(session, [*compress(lines, heard)], [*compress(messages, heard)])
            for session, hold in self._holds.items():
                for event, origin in messages:
                    if narrow and not self._hears(session, event):
                        continue
                    if session.renderer.echo or session_of(origin) is not session:
                        hold.keep(session, seq_of(event), session.renderer.render(event, self.name))
            self._advance(seq_of(messages[-1][0]))
        return told

    def tell(self, event: RoomEvent, told: set[Listener], origin: object = None) -> None:
        """Deliver one event that is not a message to all listeners except those in `told`, and add them to
        `told`."""
        with self._lock:
            for renderer, listeners in self._listeners.items():
                self._tell_all(listeners, renderer.render(event, self.name), told, origin)
            for session, hold in self._holds.items():
                if session not in told:
                    hold.keep(session, 0, session.renderer.render(event, self.name))
                    told.add(session)
            self._note_silent([event])
            self._advance(event.seq, origin)

    def tell_joined(self, arrivals: Sequence[Arrival]) -> None:
        """Deliver the joins of one batch, in order: one piece to each listener, however many they are. A newcomer
        is told of those who joined after them."""
        since: dict[Listener, int] = {}
        own: dict[Listener, list[int]] = {}
        for place, arrival in enumerate(arrivals):
            for session in arrival.held:
                since[session] = place + 1
        told = _Arrivals(self.name, arrivals)
        with self._lock:
            # Under the lock: a session that has come online since the join is its person's before it is held here.
            for place, arrival in enumerate(arrivals):
                for session in arrival.person.sessions:
                    own.setdefault(session, []).append(place)
            for renderer, listeners in self._listeners.items():
                self._fan_out([session.send for session in listeners if session not in own], told.all(renderer))
                for session in listeners:
                    if session in own:
                        session.send(told.without(renderer, own[session]))
            for session, hold in self._holds.items():
                told.keep(session, hold, since.get(session, 0), own.get(session, ()))
            self._note_silent([arrival.joined for arrival in arrivals])
            self._advance(arrivals[-1].joined.seq)

    def pass_over(self, seq: int, origin: object = None) -> None:
        """Note that everything up to this seq is delivered, of which the last is shown to nobody."""
        with self._lock:
            self._advance(seq, origin)

    def tell_renamed(
        self, event: RoomRenamed, origin: object = None, *, case_only: bool
    ) -> list[tuple[Listener, RoomMoved]]:
        """Tell of a rename. Sessions whose renderer can't show it leave the room under its old name, and are
        held in it under the new one. Returns these with the event that shows them the new room.

        `case_only` says that all clients see both names as the same, so none of them has to move.
        """
        moved: list[tuple[Listener, RoomMoved]] = []
        with self._lock:
            for renderer, listeners in [*self._listeners.items()]:
                data = renderer.render(event, self.name)
                for session in [*listeners]:
                    if renderer.follows_renames or case_only:
                        send(session, data, origin)
                    else:
                        send(session, renderer.render(_left(session, event), event.before), origin)
                        self._stop_listening(session, renderer)
                        moved.append((session, moved_into(session, event)))
            for session, hold in self._holds.items():
                if session.person is None:  # this session is just entering, and has not been told of the room yet
                    continue
                renderer = session.renderer
                data = renderer.render(event, self.name)
                if not (renderer.follows_renames or case_only):
                    data = renderer.render(_left(session, event), event.before)
                    data += renderer.render(moved_into(session, event), self.name)
                hold.keep(session, 0, data)
            for session, _ in moved:
                self._holds[session] = Hold()
            self._note_silent([event])
            self._advance(event.seq, origin)
        return moved

    def tell_aside(self, said: Rendering, told: set[Listener], origin: object = None) -> None:
        """Deliver something that has no place in the room's history to all listeners except those in `told`,
        and add them to `told`."""
        with self._lock:
            for renderer, listeners in self._listeners.items():
                self._tell_all(listeners, said.of(renderer), told, origin)
            for session, hold in self._holds.items():
                if session not in told:
                    told.add(session)
                    hold.keep(session, 0, said.of(session.renderer))

    def tell_one(self, session: Listener, event: Event, origin: object = None) -> None:
        """Send something that concerns this session alone, in order with what the room tells it."""
        with self._lock:
            data, hold = session.renderer.render(event, self.name), self._holds.get(session)
            if hold is not None:
                hold.keep(session, 0, data)
            else:
                send(session, data, origin)

    def keep_for(self, session: Listener, data: bytes) -> bool:
        """Keep it if the session is held here, because it first has to learn of the room. Returns whether it
        was kept."""
        with self._lock:
            hold = self._holds.get(session)
            if hold is not None:
                hold.keep(session, 0, data)
            return hold is not None

    def _hears(self, session: Listener, event: Event) -> bool:
        """Whether the session's person may hear a message. Its author knows it already."""
        if not isinstance(event, (Said, TagsSent)) or not event.audience:
            return True
        key = session.person.actor.key if session.person is not None else ""
        return key == event.actor.key or permissions.may_hear(event.audience, self.role(key))

    # Under the lock.

    def _note_silent(self, events: Iterable[RoomEvent]) -> None:
        """Note events that are no messages."""
        for event in events:
            if event.seq == self._silent + 1:
                self._silent = event.seq

    def _tell_all(self, listeners: Iterable[Listener], data: bytes, told: set[Listener], origin: object) -> None:
        """Send listeners what they are told of an event of this origin, except those in `told`, and add them to
        `told`."""
        hearing = [session for session in listeners if session not in told]
        told.update(hearing)
        if isinstance(origin, Origin) and origin.session in hearing:
            hearing.remove(origin.session)
            origin.tell(data)
        self._fan_out([session.send for session in hearing], data)

    def _advance(self, seq: int, origin: object = None) -> None:
        self._delivered = max(self._delivered, seq)
        if self._holds:
            for session, hold in [*self._holds.items()]:
                self._end_if_shown(session, hold, origin)

    def _end_if_shown(self, session: Listener, hold: Hold, origin: object = None) -> None:
        """Make a released session a listener, once everything that it was shown is delivered."""
        if hold.after is not None and self._delivered >= hold.after:
            del self._holds[session]
            send(session, beyond(hold.kept, hold.after), origin)
            self._listeners.setdefault(session.renderer, {})[session] = None

    def _stop_listening(self, session: Listener, renderer: Renderer) -> bool:
        """Remove a listener. Returns whether it did listen."""
        listeners = self._listeners.get(renderer)
        if listeners is None or session not in listeners:
            return False
        del listeners[session]
        if not listeners:
            del self._listeners[renderer]
        return True


class _Arrivals:
    """What the listeners of a room are told of arrivals. It is rendered once for each renderer."""

    def __init__(self, room: str, arrivals: Sequence[Arrival]) -> None:
        self._room = room
        self._arrivals = arrivals
        self._lines: dict[Renderer, list[bytes]] = {}
        self._kept: dict[Renderer, tuple[Sequence[tuple[int, bytes]], Sequence[int]]] = {}
        """What is kept for one who is held, and the bytes up to each place."""

    def _of(self, renderer: Renderer) -> list[bytes]:
        lines = self._lines.get(renderer)
        if lines is None:
            lines = self._lines[renderer] = [
                renderer.render(arrival.joined, self._room)
                + (renderer.render(arrival.away, "") if arrival.away is not None else b"")
                for arrival in self._arrivals
            ]
        return lines

    def all(self, renderer: Renderer) -> bytes:
        return b"".join(self._of(renderer))

    def without(self, renderer: Renderer, places: Iterable[int]) -> bytes:
        return _without(self._of(renderer), places)

    def keep(self, session: Listener, hold: Hold, since: int, own: Sequence[int]) -> None:
        """Keep for a session that is held what it is told: the arrivals from a place on, except its own."""
        renderer = session.renderer
        known = self._kept.get(renderer)
        if known is None:
            lines = self._of(renderer)
            known = [(0, line) for line in lines], [0, *accumulate(map(len, lines))]
            self._kept[renderer] = known
        entries, sizes = known
        if any(place >= since for place in own):
            entries = [entry for place, entry in enumerate(entries) if place >= since and place not in own]
            hold.keep_all(session, entries, sum(len(line) for _, line in entries))
        else:
            hold.keep_all(session, entries[since:], sizes[-1] - sizes[since])


def beyond(kept: Iterable[tuple[int, bytes]], after: int) -> bytes:
    """The kept bytes beyond seq `after`, up to which a session was shown the room."""
    return b"".join([data for seq, data in kept if seq > after or seq == 0])


def seq_of(event: Event) -> int:
    """The event's place in its room's history; 0 if it has none."""
    return event.seq if isinstance(event, RoomEvent) else 0


def _without(lines: Sequence[bytes], places: Iterable[int]) -> bytes:
    """The lines joined, except those at these places."""
    rest = [*lines]
    for place in places:
        rest[place] = b""
    return b"".join(rest)


def _tell_one_of_them(session: Listener, lines: Sequence[bytes], messages: Sequence[Published]) -> None:
    """Send the batch to a session that sent some of it. Its own messages are included only if its renderer
    has an echo."""
    pieces: list[bytes] = []
    for line, (_, origin) in zip(lines, messages, strict=True):
        if session_of(origin) is not session:
            pieces.append(line)
        elif session.renderer.echo and isinstance(origin, Origin):
            session.send(b"".join(pieces))
            pieces.clear()
            origin.tell(line)
        elif session.renderer.echo:
            pieces.append(line)
    session.send(b"".join(pieces))


def _left(session: Listener, event: RoomRenamed) -> MemberLeft:
    return MemberLeft(event.room, 0, event.time, _person(session).actor, event.reason)


def moved_into(session: Listener, event: RoomRenamed) -> RoomMoved:
    """The event that shows a session the room under its new name, if its renderer can't show a rename."""
    person = _person(session)
    tags = {"realname": person.realname} if person.realname else {}
    return RoomMoved(event.room, event.seq, event.time, person.actor, tags=tags)


def _person(session: Listener) -> Person:
    """The person of a session that listens, or is held and has entered."""
    assert session.person is not None
    return session.person
