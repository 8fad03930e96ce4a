"""Who is online, who is in which room, and how a committed event changes that.

Rooms and their members change here only by a committed event, so every reader sees the roster of the
database. Only presence (a person's connections, and whether they are away) is the hub's own. Where a database
has several servers, each knows by their events who is at the others (Person.elsewhere). delivery.py applies
events and delivers them, room.py delivers to the listeners of a room, and direct_conversations.py to two
persons.

Locks: take the hub's first (directories, persons, members), then a room's (its listeners), then a
connection's. Delivery takes room locks only. Hold none while something is committed or read from the
database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from chatstore.chat.live.bans import Bans
from chatstore.chat.live.direct_conversations import DirectConversations
from chatstore.chat.live.listener import NOT_CONNECTED, Listener, Person, send_to_each
from chatstore.chat.live.monitor import Monitor
from chatstore.chat.live.room import LiveRoom, Member, beyond
from chatstore.chat.live.subscriptions import Subscriptions
from chatstore.chat.live.user_counts import UserCounts
from chatstore.chat.live.whowas import Whowas
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.events import LoggedIn, PersonRenamed
from chatstore.chat.model.member_list import MemberList
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.names import Name, person_name
from chatstore.chat.model.peace import OPEN, Peace
from chatstore.chat.model.presence import Presence
from chatstore.chat.model.room_events import MemberJoined, MemberLeft, Said
from chatstore.chat.model.rooms import Role, Room, direct_persons, room_key
from chatstore.chat.ports import FanOut, Others, Renderer, StoredMember
from chatstore.chat.rules import permissions

_ALONE = Others()
BOT = frozenset("B")
_REMEMBERED = 10_000
"""Guests who have logged in of whom the hub knows which account each is."""


class Departure(NamedTuple):
    """What a session that went offline had been told (the last seq by room), and whether it was the person's
    last one here."""

    told: Mapping[int, int]
    last: bool


class Hub:
    """The hub of a running server. Only the writer calls the event methods; any thread may call the session
    methods."""

    def __init__(self, fan_out: FanOut = send_to_each) -> None:
        """`fan_out` sends one piece to many listeners."""
        self._fan_out = fan_out
        self.lock = threading.RLock()
        """Take it to read several things at one moment. Never wait for anything while holding it."""
        self._rooms: dict[int, LiveRoom] = {}
        self._room_keys: dict[str, LiveRoom] = {}
        self._people: dict[int | str, Person] = {}
        self._nicks: dict[str, Person] = {}
        self._also_named: dict[str, dict[int | str, Person]] = {}
        """Who has a nick, by key, that somebody else is found by. Where several servers write, it may be heard that
        somebody has a nick before it is heard that the one before has it no longer."""
        self._going: dict[int | str, Person] = {}
        """People who have gone from here and are members until their QuitRooms is stored. It may find that they
        are at another server, and then they are still there."""
        self._became: dict[int | str, int | str] = {}
        """The accounts' keys of the last guests who have logged in. What happened in another room before may be
        learned after it, with the guest's key."""
        self._left: dict[Listener, dict[int, list[tuple[int, bytes]]]] = {}
        """What was kept, by room, for sessions that were held when their person left the room."""
        self.direct_conversations = DirectConversations(self._people.get)
        self.monitor = Monitor(self._nicks.get)
        self.user_counts = UserCounts()
        self.whowas = Whowas()
        self.subscriptions = Subscriptions()
        self.bans = Bans()
        self._peaces: dict[int, Peace] = {}
        """Whom accounts ignore, and from whom they take direct messages, as far as they have ever set that."""
        self.deliveries = 0
        """For how many listeners a message was since the start, in all; the writer's thread counts them."""
        self.stored: Callable[[], None] = lambda: None
        """Call it when events were delivered: live streams read them then; see feed.py."""
        self.node = ""
        """The id of this server among those of the database; empty if there is no other."""
        self.refresh: Callable[[Actor], None] = lambda _: None
        """Call it to have what the other servers know of a person written again."""
        self.guessed: Callable[[str, str], None] = lambda _folded, _network: None
        """Call it when somebody gave a wrong password at another server; see Logins."""

    # What is known.

    def room(self, room_id: int) -> LiveRoom | None:
        return self._rooms.get(room_id)

    def room_keyed(self, key: str) -> LiveRoom | None:
        return self._room_keys.get(key)

    def rooms(self) -> list[LiveRoom]:
        return sorted(self._rooms.values(), key=lambda live: live.room.key)

    def members(self, live: LiveRoom) -> list[Member]:
        """The members of a room at this moment, by nick. There may be many, so they are sorted without the
        lock."""
        with self.lock:
            members = [*live.members.values()]
        return sorted(members, key=lambda member: member.person.nick.casefold())

    def member_list(self, live: LiveRoom) -> MemberList:
        """The same as a MemberList: the last one, if the room has the same members still."""
        with self.lock:
            members = [*live.members.values()]
        actors, roles = [member.person.actor for member in members], [member.role for member in members]
        listed = live.listed
        if listed is None or not listed.still(actors, roles):
            listed = live.listed = MemberList(actors, roles)
        return listed

    @property
    def room_count(self) -> int:
        return len(self._rooms)

    def direct(self, key: str) -> int | None:
        """The id of a direct conversation that came up since the start, and to which both persons may add without a
        look at the database; None if there is none."""
        if self._peaces and not all(self.peace(person).open for person in direct_persons(key)):
            return None
        return self.direct_conversations.id_of(key)

    def peace(self, person: int | str) -> Peace:
        """What a person has set, by their key. Any thread may ask."""
        return self._peaces.get(person, OPEN) if isinstance(person, int) else OPEN

    def person(self, folded_nick: str) -> Person | None:
        return self._nicks.get(folded_nick)

    def online(self) -> list[Person]:
        """Everybody who has a connection, by nick."""
        return sorted(self.user_counts.online(), key=lambda person: person.nick.casefold())

    def administrators(self) -> list[Listener]:
        """The connections of administrators, and of those who are operators by one's account. Any thread may
        ask."""
        people = [session for person in self.user_counts.online() for session in [*person.sessions]]
        return [
            session
            for session in people
            if session.grant.covers("manage")
            and (session.operator or (session.account is not None and session.account.admin))
        ]

    def accounts_here(self) -> set[int]:
        """The accounts that have a connection here, or make one an operator."""
        people = [session for person in self.user_counts.online() for session in person.sessions]
        return {
            account.id
            for session in [*people, *self.user_counts.strangers()]
            for account in (session.account, session.operator_account)
            if account is not None
        }

    def person_keyed(self, key: int | str) -> Person | None:
        """The person with this Actor.key."""
        return self._people.get(key)

    # Start.

    def load(self, rooms: Iterable[Room], members: Iterable[StoredMember], others: Others = _ALONE) -> None:
        """Load what the database holds at the start: every room, the members that stay across a restart, and who
        is at other servers."""
        self.node = others.node
        for room in rooms:
            self.open_room(room)
        for member in members:
            live = self._rooms[member.room]
            person = self._people.get(member.actor.key)
            if person is None:
                person = self._add_person(member.actor, told_away=NOT_CONNECTED)
                self._mark_bot(person, member.actor)
            person.rooms.add(member.room)
            live.members[member.actor.key] = Member(person, member.role, member.joined_seq)
        for presence in others.presences:
            person = self.place(presence.actor, presence.node, presence)
            if person is not None:
                person.told_away = person.away_message

    # Presence.

    def presence(self, key: int | str) -> Presence | None:
        """What other servers are told of the connections that the person has here; None without any."""
        with self.lock:
            person = self._people.get(key)
            return person.presence(self.node) if person is not None else None

    def place(self, actor: Actor, node: str, presence: Presence | None) -> Person | None:
        """The person has this presence at another server from now on; None: they are there no more. Returns the
        person, or None if they are unknown now."""
        with self.lock:
            person = self._people.get(actor.key)
            if person is None:
                if presence is None:
                    return None
                person = self._add_person(presence.actor)
                self._back(person)
            if presence is not None and not person.online:
                person.signed_on = person.last_active = presence.signed_on / 1000
                person.realname = presence.realname
                self._set_modes(person, presence.modes)
            if presence is not None and actor.guest is not None:
                person.metadata = {**presence.metadata}
            there = {each: known for each, known in person.elsewhere.items() if each != node}
            person.elsewhere = {**there, node: presence} if presence is not None else there
            if presence is not None and not person.sessions:
                person.actor = replace(person.actor, called=presence.actor.called)
            if not person.online:
                self._set_modes(person, ())
            self.user_counts.changed(person)
            if not person.online and not person.rooms:
                self._drop_person(person)
                return None
            return person

    def elsewhere(self) -> list[Person]:
        """Everybody who has a connection to another server."""
        return [person for person in self.user_counts.online() if person.elsewhere]

    def heard(self, event: Said) -> None:
        """Somebody has said something at another server."""
        person = self._people.get(event.actor.key)
        if person is not None:
            person.last_active = max(person.last_active, event.time / 1000)

    def has_gone(self, key: int | str) -> None:
        """What a person's going has changed was delivered. If they are still a member, they are at another server,
        of which this one has not heard yet."""
        with self.lock:
            before = self._going.get(key)
            if before is not None:
                self._back(self._people.get(key) or self._add_person(before.actor, told_away=NOT_CONNECTED))

    def claim(self, folded_nick: str, person: Person) -> bool:
        """Reserve a nick for a person. Returns False if somebody else has it."""
        with self.lock:
            return self._nicks.setdefault(folded_nick, person) is person

    def unclaim(self, folded_nick: str, person: Person) -> None:
        """Release a nick that was claimed and is not the person's own."""
        with self.lock:
            if person_name(person.nick).folded != folded_nick:
                self._free_nick(folded_nick, person)

    def attach(self, session: Listener, actor: Actor, realname: str, now: float) -> tuple[Person, list[int]]:
        """Bring a session online. Returns its person, and the rooms that hold it now (see room.py). A new
        person gets this realname; a person who is known already keeps theirs.

        Raises NAME_TAKEN if somebody else has that nick.
        """
        with self.lock:
            person = self._people.get(actor.key)
            if person is None:
                if person_name(actor.nick).folded in self._nicks:
                    raise ChatError(Code.NAME_TAKEN, "somebody here has that name already", actor.nick)
                person = self._add_person(actor)
                person.realname = realname
            if not person.online:
                person.signed_on = person.last_active = now
            self._mark_bot(person, actor)
            session.person = person
            if ignored := self.peace(person.actor.key).ignored:
                self.direct_conversations.change_renderer(session, session.renderer.ignoring(ignored))
            person.sessions = [*person.sessions, session]
            self.user_counts.moved(session, person)
            self.direct_conversations.hold(session)
            for room_id in person.rooms:
                self._rooms[room_id].hold(session)
            heard = [room_id for room_id in person.rooms if session.grant.hears(room_id)]
            return person, sorted(heard, key=lambda room_id: self._rooms[room_id].room.key)

    def told(self, session: Listener) -> dict[int, int]:
        """The last seq that the session was told of each of its conversations, by room."""
        rooms = session.person.rooms if session.person is not None else ()
        lives = [live for live in map(self.room, [*rooms]) if live is not None]
        return {
            **{live.room.id: live.seen_by(session) for live in lives},
            **self.direct_conversations.told(session),
        }

    def detach(self, session: Listener, *, stays: bool) -> Departure | None:
        """Take a session offline. Returns None if it was not online.

        If the person `stays`, they remain a member of their rooms, away. Otherwise their nick is free at
        once, and their rooms learn of it when the caller's QuitRooms is committed.
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
            if not person.elsewhere:
                self._set_modes(person, ())
                if not (stays and person.rooms):
                    self._drop_person(person)
                    if self.node and person.rooms:
                        self._going[person.actor.key] = person
            return Departure(told, last=True)

    def change_modes(self, person: Person, modes: Iterable[str]) -> None:
        """Set the person's modes to exactly these."""
        with self.lock:
            self._set_modes(person, modes)

    def _set_modes(self, person: Person, modes: Iterable[str]) -> None:
        person.modes = frozenset(modes) | (BOT if person.account_bot else frozenset())
        person.actor = replace(person.actor, bot=person.bot)
        self.user_counts.changed(person)

    def _mark_bot(self, person: Person, actor: Actor) -> None:
        """Mark a bot's account as long as it is known. A person who says that they are a bot (`+B`) is one until
        their last connection ends."""
        if actor.bot and actor.account_id is not None and not person.account_bot:
            person.account_bot = True
            self._set_modes(person, person.modes)

    def call(self, person: Person, called: str) -> None:
        """Set Actor.called, which has the username that the person gave."""
        with self.lock:
            person.actor = replace(person.actor, called=called)

    def change_renderer(self, session: Listener, renderer: Renderer) -> None:
        """Change the session's renderer."""
        with self.lock:
            ignored = self.peace(session.person.actor.key).ignored if session.person is not None else frozenset()
            if ignored != renderer.ignored:
                renderer = renderer.ignoring(ignored)
            old = self.direct_conversations.change_renderer(session, renderer)
            for room_id in session.person.rooms if session.person is not None else ():
                self._rooms[room_id].change_renderer(session, old, renderer)

    def release(self, session: Listener, room_id: int, after: int) -> None:
        """The session was shown everything up to seq `after`: send it what was kept beyond that, and let it
        listen."""
        with self.lock:
            left = self._left.get(session, {}).pop(room_id, None)
            if left is not None:
                session.send(beyond(left, after))
                return
            live = self._rooms.get(room_id)
            if live is not None:
                live.release(session, after)

    def skip(self, session: Listener, room_id: int) -> None:
        """The session's person is not in the room any more, and this server may not have heard of that: show the
        session nothing of the room."""
        with self.lock:
            self._left.get(session, {}).pop(room_id, None)
            live = self._rooms.get(room_id)
            if live is not None:
                live.forget(session)

    def release_direct_conversations(self, session: Listener, shown: dict[int, int]) -> None:
        """Release all direct conversations; `shown` has the last seq shown of each, by room id."""
        self.direct_conversations.release(session, shown)

    # From the writer.

    def refusal(self, draft: Draft) -> ChatError | None:
        """Why the sender may not post any more; None if they may. It is the last check before a message is
        stored. It also sets the nick that the sender is shown by at this moment."""
        person = self._people.get(draft.actor.key)
        if person is not None:
            draft.actor = person.actor
        live = self._rooms.get(draft.room)
        if live is None:
            return self._direct_refusal(draft)
        role = live.role(draft.actor.key)
        if not permissions.may_post(live.room, role, draft.actor, draft.audience):
            return permissions.post_refusal(live.room, draft.actor, role)
        if permissions.waits(live.room, role):
            # This was queued before slow mode came on, or before its author lost voice. Otherwise it would be a
            # PostSlowly: only that knows how long the author has to wait.
            text = "slow mode is on in this room: send the message again"
            return ChatError(Code.CANNOT_POST, text, live.room.name)
        return None

    def _direct_refusal(self, draft: Draft) -> ChatError | None:
        """The same in a direct conversation. With people who ignore others,
        this was queued before they did."""
        room = self.direct_conversations.of(draft.room)
        if room is None:
            return ChatError(Code.NO_SUCH_ROOM, "there is no such room")
        for key in direct_persons(room.key) if self._peaces else ():
            if permissions.ignores(self.peace(key), draft.actor):
                found = self._people.get(key)
                return permissions.unwelcome(found.actor if found is not None else Actor("this person"))
        return None

    # What committed events change: for Delivery, in the writer's thread.

    def set_peaces(self, peaces: Mapping[int, Peace]) -> None:
        """These accounts have set this."""
        for account, peace in peaces.items():
            before = self._peaces.get(account, OPEN)
            if peace.version < before.version:
                continue
            with self.lock:
                self._peaces[account] = peace
                person = self._people.get(account)
                if person is not None and peace.ignored != before.ignored:
                    self.spare(person)

    def spare(self, person: Person) -> None:
        """Spare the connections of a person what those say whom they ignore now."""
        with self.lock:
            for session in person.sessions:
                self.change_renderer(session, session.renderer)

    def open_room(self, room: Room, persons: Sequence[Actor] = ()) -> None:
        with self.lock:
            if room.direct:
                self.direct_conversations.open(room, persons)
            elif room.id not in self._rooms:
                live = LiveRoom(room, self._fan_out)
                self._rooms[room.id] = live
                self._take_key(live)

    def _take_key(self, live: LiveRoom) -> None:
        """Let the room be found by its name. Where several servers write, it may be learned late that another room
        had the name before: whichever got it last has it."""
        holder = self._room_keys.get(live.room.key)
        if holder is None or holder.named_at <= live.named_at:
            self._room_keys[live.room.key] = live

    def close_room(self, room_id: int, origin: object = None) -> None:
        with self.lock:
            live = self._rooms.get(room_id)
            if live is None:
                return
            for member in list(live.members.values()):
                gone = MemberLeft(room_id, 0, 0, member.person.actor, "the room was removed")
                for session in member.person.sessions:
                    if session.grant.hears(room_id):
                        live.tell_one(session, gone, origin)
                self.remove_member(live, member.person.actor.key, origin)
            live.open = False
            del self._rooms[room_id]
            if self._room_keys.get(live.room.key) is live:  # otherwise another room has the name already
                del self._room_keys[live.room.key]

    def rename_room(self, live: LiveRoom, name: Name, at: int) -> None:
        """The room has another name since `at` (ms since 1970 UTC)."""
        with self.lock:
            if self._room_keys.get(live.room.key) is live:
                del self._room_keys[live.room.key]
            live.room = replace(live.room, name=name.shown, key=room_key(name.folded))
            live.named_at = at
            self._take_key(live)

    def add_member(self, live: LiveRoom, event: MemberJoined) -> tuple[Person, list[Listener]]:
        """Add a member. Returns the person, and those of their sessions that are held in the room now."""
        with self.lock:
            key = self.key_now(event.actor.key)
            person = self._people.get(key)
            if person is None:  # they left again before the commit, or are a member only in the database
                # A guest who joins at another server is there, whether this one has heard that yet or not.
                there = bool(self.node) and event.actor.guest is not None
                person = self._add_person(event.actor, told_away="" if there else NOT_CONNECTED)
                person.named_at = event.time
                self._mark_bot(person, event.actor)
                self._take_nick(person_name(person.nick).folded, person)
            role = Role[event.tags.get("role", "member").upper()]
            live.members[key] = Member(person, role, event.since)
            person.rooms = person.rooms | {live.room.id}
            return person, [session for session in person.sessions if live.hold(session)]

    def key_now(self, key: int | str) -> int | str:
        """The key of the person whom this one identified then: a guest may have an account now."""
        now = self._became.get(key, key)
        return now if now in self._people else key

    def remove_member(self, live: LiveRoom, key: int | str, origin: object = None) -> None:
        member = self.take_member(live, key)
        if member is not None:
            self.let_go(live, member, origin)

    def take_member(self, live: LiveRoom, key: int | str) -> Member | None:
        """Remove a member for all who ask who is in the room. The member's own sessions hear what is told there
        until let_go()."""
        with self.lock:
            return live.members.pop(key, None) or live.members.pop(self.key_now(key), None)

    def let_go(self, live: LiveRoom, member: Member, origin: object = None) -> None:
        """End the listening of a member who was removed."""
        with self.lock:
            person = member.person
            person.rooms = person.rooms - {live.room.id}
            for session in person.sessions:
                kept = live.forget(session, origin)
                if kept is not None:
                    self._left.setdefault(session, {}).setdefault(live.room.id, []).extend(kept)
            if not person.online and not person.rooms:
                self._drop_person(person)
                if self._going.get(person.actor.key) is person:
                    del self._going[person.actor.key]

    def rename(self, event: PersonRenamed, *, here: bool) -> Person | None:
        """Give a person a nick. Returns the person; None if they are not known, or have a later nick already.
        `here`: their own connection here asked for it. Otherwise it may be learned late, from the history of each
        of their rooms."""
        with self.lock:
            person = self._people.get(self.key_now(event.actor.key))
            if person is None:
                return None
            if not here and event.time < person.named_at and event.actor.nick != person.nick:
                return None
            person.named_at = event.time
            old, new = person_name(person.nick).folded, person_name(event.nick).folded
            if old != new:
                self.whowas.note(person)
            person.actor = replace(person.actor, nick=event.nick)
            if old != new:
                self._free_nick(old, person)
            self._take_nick(new, person)
            return person

    def _take_nick(self, folded: str, person: Person) -> None:
        """Let the person be found by their nick. Where several servers write, it may be learned late that somebody
        else had it before: whoever got it last has it, and whoever is connected here."""
        holder = self._nicks.setdefault(folded, person)
        if holder is person:
            return
        if not (holder.sessions or holder.named_at > person.named_at):
            self._nicks[folded], person = person, holder
        self._also_named.setdefault(folded, {})[person.actor.key] = person

    def _free_nick(self, folded: str, person: Person) -> None:
        """The person has gone or has another nick. If somebody else has this one, they are found by it now."""
        if self._nicks.get(folded) is not person:
            return
        del self._nicks[folded]
        for other in self._also_named.pop(folded, {}).values():
            if self._people.get(other.actor.key) is other and person_name(other.nick).folded == folded:
                self._take_nick(folded, other)

    def become(self, event: LoggedIn) -> Person | None:
        """Turn a guest's person into the account's, in all their rooms.

        A connection of the account that came online a moment ago, and has joined nothing yet, becomes theirs,
        too.
        """
        with self.lock:
            person = self._people.pop(event.actor.key, None)
            if person is None:
                return None
            person.actor = replace(event.after, nick=person.nick, bot=person.bot, called=person.actor.called)
            person.metadata = {}
            person.elsewhere = {
                node: replace(there, actor=person.actor, metadata={}) for node, there in person.elsewhere.items()
            }
            key = person.actor.key
            other = self._people.get(key)
            self._people[key] = person
            for room_id in person.rooms:
                members = self._rooms[room_id].members
                member = members.pop(event.actor.key)
                members.setdefault(key, member)
            self._became[event.actor.key] = key
            while len(self._became) > _REMEMBERED:
                del self._became[next(iter(self._became))]
            if other is not None:
                for room_id in other.rooms:
                    self._rooms[room_id].members[key].person = person
                person.rooms = person.rooms | other.rooms
                self._drop_person(other)
                self._absorb(person, other)
            return person

    def _absorb(self, person: Person, other: Person) -> None:
        sessions, other.sessions = other.sessions, []
        person.elsewhere, other.elsewhere = {**person.elsewhere, **other.elsewhere}, {}
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
        """Move a guest's session to the account's person. Returns the person, and the rooms that hold the
        session now; None if the session has ended. The guest then has no connection, and leaves by its own
        events."""
        with self.lock:
            guest = self._people.get(event.actor.key)
            if guest is None:
                return None
            person = self._people.get(event.after.key) or self._add_person(event.after)
            guest.sessions = []
            self.user_counts.changed(guest)
            if not person.online:
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
        folded = person_name(actor.nick).folded
        if self._nicks.setdefault(folded, person) is not person:
            self._also_named.setdefault(folded, {})[actor.key] = person
        return person

    def _back(self, person: Person) -> None:
        """A person who had gone is still here: they are in the rooms that they were in."""
        before = self._going.pop(person.actor.key, None)
        if before is None:
            return
        for room_id in before.rooms:
            member = self._rooms[room_id].members.get(person.actor.key)
            if member is not None and member.person is before:
                member.person = person
                person.rooms = person.rooms | {room_id}
                for session in person.sessions:
                    if self._rooms[room_id].hold(session):
                        session.entered(room_id, MemberJoined(room_id, 0, 0, person.actor))

    def _drop_person(self, person: Person) -> None:
        if self._people.get(person.actor.key) is person:
            self.whowas.note(person)
            del self._people[person.actor.key]
        self._free_nick(person_name(person.nick).folded, person)
