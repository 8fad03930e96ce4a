"""Who is online, who is in which room, and what a committed event does to that.

What a room is and who its members are changes here only when a committed event says so, so the roster every
reader sees is the one in the database. Only presence (which connections a person has open, whether they are
away) is the hub's own. delivery.py has what an event does and who is told of it, room.py how a room tells its
listeners, direct_conversations.py the conversations of two.

Locks: the hub's (directories, persons, members), then a room's (its listeners), then a connection's. Delivery
takes room locks only. None is ever held while something is committed or read from the database.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from chatstore.chat.live.direct_conversations import DirectConversations
from chatstore.chat.live.listener import NOT_CONNECTED, Listener, Person
from chatstore.chat.live.monitor import Monitor
from chatstore.chat.live.room import LiveRoom, Member, beyond
from chatstore.chat.live.subscriptions import Subscriptions
from chatstore.chat.live.user_counts import UserCounts
from chatstore.chat.live.whowas import Whowas
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import LoggedIn, MemberJoined, MemberLeft, PersonRenamed
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.names import Name, person_name
from chatstore.chat.model.rooms import Role, Room, room_key
from chatstore.chat.ports import Renderer, StoredMember
from chatstore.chat.rules import permissions


class Departure(NamedTuple):
    """What a session that went had been told, by room the last seq; and whether it was the person's last
    one."""

    told: Mapping[int, int]
    last: bool


class Hub:
    """The one of a running server. Event methods are the writer's; session methods are anybody's."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        """Take it to read several things of one moment. Never wait for anything while holding it."""
        self._rooms: dict[int, LiveRoom] = {}
        self._room_keys: dict[str, LiveRoom] = {}
        self._people: dict[int | str, Person] = {}
        self._nicks: dict[str, Person] = {}
        self._left: dict[Listener, dict[int, list[tuple[int, bytes]]]] = {}
        """What was kept, by room, for sessions that were held when their person left it."""
        self.direct_conversations = DirectConversations(self._people.get)
        self.monitor = Monitor(self._nicks.get)
        self.user_counts = UserCounts()
        self.whowas = Whowas()
        self.subscriptions = Subscriptions()

    # What is known.

    def room(self, room_id: int) -> LiveRoom | None:
        return self._rooms.get(room_id)

    def room_keyed(self, key: str) -> LiveRoom | None:
        return self._room_keys.get(key)

    def rooms(self) -> list[LiveRoom]:
        return sorted(self._rooms.values(), key=lambda live: live.room.key)

    def members(self, live: LiveRoom) -> list[Member]:
        """The members of a room at this moment, by nick. Their number may be large, so they are sorted
        without the lock."""
        with self.lock:
            members = [*live.members.values()]
        return sorted(members, key=lambda member: member.person.nick.casefold())

    @property
    def room_count(self) -> int:
        return len(self._rooms)

    def direct(self, key: str) -> int | None:
        """The id of a direct conversation that was heard of since the start."""
        return self.direct_conversations.id_of(key)

    def person(self, folded_nick: str) -> Person | None:
        return self._nicks.get(folded_nick)

    def online(self) -> list[Person]:
        """Everybody with a connection, by nick."""
        return sorted(self.user_counts.online(), key=lambda person: person.nick.casefold())

    def person_keyed(self, key: int | str) -> Person | None:
        """By Actor.key."""
        return self._people.get(key)

    # Start.

    def load(self, rooms: Iterable[Room], members: Iterable[StoredMember]) -> None:
        """What the database holds at the start: every room, and the members that stay across a restart."""
        for room in rooms:
            self.open_room(room)
        for member in members:
            live = self._rooms[member.room]
            person = self._people.get(member.actor.key)
            if person is None:
                person = self._add_person(member.actor, told_away=NOT_CONNECTED)
            person.rooms.add(member.room)
            live.members[member.actor.key] = Member(person, member.role, member.joined_seq)

    # Presence.

    def claim(self, folded_nick: str, person: Person) -> bool:
        """Reserve a nick for a person; False when somebody else has it."""
        with self.lock:
            return self._nicks.setdefault(folded_nick, person) is person

    def unclaim(self, folded_nick: str, person: Person) -> None:
        """Give up a nick that was claimed and is not the person's own."""
        with self.lock:
            if self._nicks.get(folded_nick) is person and person_name(person.nick).folded != folded_nick:
                del self._nicks[folded_nick]

    def attach(self, session: Listener, actor: Actor, realname: str, now: float) -> tuple[Person, list[int]]:
        """A session comes online: its person, and the rooms that hold for it now (see room.py). The real name
        is that of a new person; who is known already keeps theirs.

        Raises NAME_TAKEN when somebody else is shown by that nick.
        """
        with self.lock:
            person = self._people.get(actor.key)
            if person is None:
                if person_name(actor.nick).folded in self._nicks:
                    raise ChatError(Code.NAME_TAKEN, "somebody here has that name already", actor.nick)
                person = self._add_person(actor)
                person.realname = realname
            if not person.sessions:
                person.signed_on = person.last_active = now
            session.person = person
            person.sessions = [*person.sessions, session]
            self.user_counts.moved(session, person)
            self.direct_conversations.hold(session)
            for room_id in person.rooms:
                self._rooms[room_id].hold(session)
            return person, sorted(person.rooms, key=lambda room_id: self._rooms[room_id].room.key)

    def told(self, session: Listener) -> dict[int, int]:
        """The last seq that the session was told of each of its conversations, by room."""
        rooms = session.person.rooms if session.person is not None else ()
        lives = [live for live in map(self.room, [*rooms]) if live is not None]
        return {
            **{live.room.id: live.seen_by(session) for live in lives},
            **self.direct_conversations.told(session),
        }

    def detach(self, session: Listener, *, stays: bool) -> Departure | None:
        """A session goes offline. None when it was not here at all.

        `stays`: the person remains a member of their rooms, away. Otherwise their nick is free at once, and
        their rooms learn of it when the caller's QuitRooms is committed.
        """
        with self.lock:
            person = session.person
            if person is None or session not in person.sessions:
                return None
            person.sessions = [other for other in person.sessions if other is not session]
            told = self.told(session)
            for room_id in person.rooms:
                self._rooms[room_id].forget(session)
            self.direct_conversations.forget(session)
            self._left.pop(session, None)
            self.user_counts.moved(session, person)
            if person.sessions:
                return Departure(told, last=False)
            self.change_modes(person, ())
            if not (stays and person.rooms):
                self._drop_person(person)
            return Departure(told, last=True)

    def change_modes(self, person: Person, modes: Iterable[str]) -> None:
        """The person has exactly these modes from now on."""
        with self.lock:
            person.modes = frozenset(modes)
            person.actor = replace(person.actor, bot=person.bot)
            self.user_counts.changed(person)

    def call(self, person: Person, name: str) -> None:
        """What the person calls themselves besides; empty for nothing."""
        with self.lock:
            person.actor = replace(person.actor, called=f"~{name}" if name else "")

    def change_renderer(self, session: Listener, renderer: Renderer) -> None:
        """The session sees by another renderer from now on."""
        with self.lock:
            old = self.direct_conversations.change_renderer(session, renderer)
            for room_id in session.person.rooms if session.person is not None else ():
                self._rooms[room_id].change_renderer(session, old, renderer)

    def release(self, session: Listener, room_id: int, after: int) -> None:
        """The session was shown everything up to seq `after`: give it what came since, and let it listen."""
        with self.lock:
            left = self._left.get(session, {}).pop(room_id, None)
            if left is not None:
                session.send(beyond(left, after))
                return
            live = self._rooms.get(room_id)
            if live is not None:
                live.release(session, after)

    def release_direct_conversations(self, session: Listener, shown: dict[int, int]) -> None:
        """The same for all direct conversations: `shown` has the last seq shown of each, by room id."""
        self.direct_conversations.release(session, shown)

    # From the writer.

    def refusal(self, draft: Draft) -> ChatError | None:
        """The last question before a message is stored: may its sender still post there? Also sets the nick
        they are shown by at this moment."""
        person = self._people.get(draft.actor.key)
        if person is not None:
            draft.actor = person.actor
        live = self._rooms.get(draft.room)
        if live is None:
            return (
                None
                if draft.room in self.direct_conversations
                else ChatError(Code.NO_SUCH_ROOM, "there is no such room")
            )
        role = live.role(draft.actor.key)
        if not permissions.may_post(live.room, role, draft.actor, draft.audience):
            return permissions.post_refusal(live.room, draft.actor, role)
        return None

    # What committed events change: for Delivery, in the writer's thread.

    def open_room(self, room: Room, persons: Sequence[Actor] = ()) -> None:
        with self.lock:
            if room.direct:
                self.direct_conversations.open(room, persons)
            elif room.id not in self._rooms:
                live = LiveRoom(room)
                self._rooms[room.id] = live
                self._room_keys[room.key] = live

    def close_room(self, room_id: int, origin: object = None) -> None:
        with self.lock:
            live = self._rooms.get(room_id)
            if live is None:
                return
            for member in list(live.members.values()):
                gone = MemberLeft(room_id, 0, 0, member.person.actor, "the room was removed")
                for session in member.person.sessions:
                    live.tell_one(session, gone, origin)
                self.remove_member(live, member.person.actor.key, origin)
            live.open = False
            del self._rooms[room_id]
            del self._room_keys[live.room.key]

    def rename_room(self, live: LiveRoom, name: Name) -> None:
        with self.lock:
            if self._room_keys.get(live.room.key) is live:
                del self._room_keys[live.room.key]
            live.room = replace(live.room, name=name.shown, key=room_key(name.folded))
            self._room_keys[live.room.key] = live

    def add_member(self, live: LiveRoom, event: MemberJoined) -> tuple[Person, list[Listener]]:
        """The person, and those of their sessions that are held in the room now."""
        with self.lock:
            person = self._people.get(event.actor.key)
            if person is None:  # joined and gone again before the commit, or a member only of the database
                person = self._add_person(event.actor, told_away=NOT_CONNECTED)
            role = Role[event.tags.get("role", "member").upper()]
            live.members[event.actor.key] = Member(person, role, event.seq)
            person.rooms = person.rooms | {live.room.id}
            return person, [session for session in person.sessions if live.hold(session)]

    def remove_member(self, live: LiveRoom, key: int | str, origin: object = None) -> None:
        with self.lock:
            member = live.members.pop(key, None)
            if member is None:
                return
            person = member.person
            person.rooms = person.rooms - {live.room.id}
            for session in person.sessions:
                kept = live.forget(session, origin)
                if kept is not None:
                    self._left.setdefault(session, {}).setdefault(live.room.id, []).extend(kept)
            if not person.sessions and not person.rooms:
                self._drop_person(person)

    def rename(self, event: PersonRenamed) -> Person | None:
        with self.lock:
            person = self._people.get(event.actor.key)
            if person is None:
                return None
            old, new = person_name(person.nick).folded, person_name(event.nick).folded
            if old != new:
                self.whowas.note(person)
            person.actor = replace(person.actor, nick=event.nick)
            if self._nicks.get(old) is person:
                del self._nicks[old]
            self._nicks[new] = person
            return person

    def become(self, event: LoggedIn) -> Person | None:
        """A guest's person is the account's from now on, in all their rooms.

        A connection of the account that came a moment ago, and has joined nothing yet, is theirs too.
        """
        with self.lock:
            person = self._people.pop(event.actor.key, None)
            if person is None:
                return None
            person.actor = replace(event.after, nick=person.nick, bot=person.bot, called=person.actor.called)
            person.metadata = {}
            key = person.actor.key
            other = self._people.get(key)
            self._people[key] = person
            for room_id in person.rooms:
                members = self._rooms[room_id].members
                members[key] = members.pop(event.actor.key)
            if other is not None:
                self._drop_person(other)
                self._absorb(person, other)
            return person

    def _absorb(self, person: Person, other: Person) -> None:
        sessions, other.sessions = other.sessions, []
        self.user_counts.changed(other)
        person.sessions = [*person.sessions, *sessions]
        for session in sessions:
            session.person = person
            self.direct_conversations.tell(
                session, session.renderer.render(PersonRenamed(other.actor, person.nick), "")
            )
            for room_id in sorted(person.rooms):
                if self._rooms[room_id].hold(session):
                    session.entered(room_id, MemberJoined(room_id, 0, 0, person.actor))

    def join_person(self, session: Listener, event: LoggedIn) -> tuple[Person, list[int]] | None:
        """A guest's session is one of the account's person from now on: they, and the rooms in which it is held
        now. None when it is gone. The guest has no connection any more, and leaves by events of its own."""
        with self.lock:
            guest = self._people.get(event.actor.key)
            if guest is None:
                return None
            person = self._people.get(event.after.key) or self._add_person(event.after)
            guest.sessions = []
            self.user_counts.changed(guest)
            if not person.sessions:
                person.signed_on = guest.signed_on
            person.last_active = max(person.last_active, guest.last_active)
            session.person = person
            person.sessions = [*person.sessions, session]
            self.user_counts.moved(session, person)
            if not guest.rooms:
                self._drop_person(guest)
            return person, [room_id for room_id in sorted(person.rooms) if self._rooms[room_id].hold(session)]

    def _add_person(self, actor: Actor, told_away: str = "") -> Person:
        person = Person(actor, told_away=told_away)
        self._people[actor.key] = person
        self._nicks.setdefault(person_name(actor.nick).folded, person)
        return person

    def _drop_person(self, person: Person) -> None:
        if self._people.get(person.actor.key) is person:
            self.whowas.note(person)
            del self._people[person.actor.key]
        folded = person_name(person.nick).folded
        if self._nicks.get(folded) is person:
            del self._nicks[folded]
