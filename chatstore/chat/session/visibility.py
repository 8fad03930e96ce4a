"""What a person may know: the rooms that are not secret to them, and people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chatstore.chat.live.listener import Person
from chatstore.chat.live.room import LiveRoom, Member
from chatstore.chat.live.user_counts import Counts
from chatstore.chat.live.whowas import FormerNick
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.masks import wildcard_matches
from chatstore.chat.model.member_list import MemberList, MemberView
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.room_events import MemberJoined
from chatstore.chat.model.rooms import Role, room_key
from chatstore.chat.model.scopes import EVERYTHING, TAKE_PART, outside_scope
from chatstore.chat.rules import permissions
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.views import Membership, PersonView, RoomView


class Visibility:
    """`session.sees`. It raises the same error for something hidden as for something that does not exist.

    Protocols get views of rooms and people (views.py). The methods whose names begin with `live_` give other
    parts of the session the rooms and people themselves.
    """

    __slots__ = ("_session",)

    def __init__(self, session: SessionState) -> None:
        self._session = session

    # Rooms.

    def room(self, name: str) -> RoomView:
        """The room, if this person may know its name, topic and members; otherwise raises NO_SUCH_ROOM."""
        live = self._keyed(name)
        view = RoomView.of(live, self._session.actor.key) if live is not None else None
        if view is None or not view.visible:
            raise no_such_room(name)
        return view

    def rooms(self) -> list[RoomView]:
        """All rooms that this person may know of, by name."""
        key = self._session.actor.key
        views = (RoomView.of(live, key) for live in self._session.chat.hub.rooms() if self._covers(live.room.id))
        return [view for view in views if view.visible]

    def own_rooms(self) -> list[RoomView]:
        """The rooms that this person is in, by name."""
        return self.rooms_by_id(self._session.present.rooms)

    def own_room(self, room_id: int) -> RoomView:
        """A room that this person is in. Raises NOT_A_MEMBER if they are not in it now."""
        view = self.room_by_id(room_id)
        if view is None:
            raise ChatError(Code.NOT_A_MEMBER, "you have no current room")
        if not view.inside:
            raise ChatError(Code.NOT_A_MEMBER, f"you are not in {view.name} any more")
        return view

    def room_by_id(self, room_id: int) -> RoomView | None:
        """A room whose id this session was told. None if it was removed, and for a direct conversation. If the
        room is secret and its person has just left it, the view has no more than the name, which they know."""
        live = self._known(room_id)
        return RoomView.of(live, self._session.actor.key) if live is not None else None

    def member_count(self, room_id: int) -> int:
        """How many members a room has whose id this session was told; 0 if it was removed."""
        live = self._known(room_id)
        return len(live.members) if live is not None else 0

    def is_silent(self, joined: MemberJoined) -> bool:
        """Whether it is known that nothing was said in the room before this join."""
        live = self._known(joined.room)
        return live is not None and bool(joined.seq) and live.is_silent(joined.seq)

    def rooms_by_id(self, room_ids: Iterable[int]) -> list[RoomView]:
        """The rooms with these ids, by name; see room_by_id."""
        views = [view for view in map(self.room_by_id, [*room_ids]) if view is not None]
        return sorted(views, key=lambda view: view.key)

    def room_id(self, name: str) -> int:
        """The id of the room with that name, even a secret one; 0 if there is none. Use it to choose how
        lines look, never to show it."""
        try:
            live = self._keyed(name)
        except ChatError:
            return 0
        return live.room.id if live is not None else 0

    def shows(self, conversation: str) -> bool:
        """Whether this person may know of a `#room`; of a person always. What an account has kept about a secret
        room does not tell it how the room is called after it had to leave."""
        try:
            return not conversation.startswith("#") or bool(self.room(conversation))
        except ChatError:
            return False

    def is_in(self, name: str) -> bool:
        """Whether this person is in the room."""
        try:
            return self.room(name).inside
        except ChatError:
            return False

    def rooms_of(self, nick: str) -> list[Membership]:
        """The rooms that this person may know somebody to be in, by name."""
        person = self._find(nick)
        if person is None:
            return []
        own, hub = self._session.present, self._session.chat.hub
        invisible = "i" in person.modes and person is not own
        found: list[tuple[str, Membership]] = []
        for live in filter(None, map(hub.room, [*person.rooms])):
            role = live.role(person.actor.key)  # asked once: they may leave at any moment
            known = permissions.may_see(live.room, live.role(own.actor.key))
            known = known and self._covers(live.room.id)
            shown = known and permissions.may_find(live.room.id in own.rooms, invisible=invisible)
            if role is not None and shown:
                found.append((live.room.key, Membership(live.name, role)))
        return [membership for _, membership in sorted(found)]

    # People in rooms.

    def members(self, room: RoomView) -> Sequence[MemberView]:
        """The members whom this person is shown, by nick."""
        return self.member_list(room).members

    def member_list(self, room: RoomView) -> MemberList:
        """The same as a MemberList. All who are in the room get the same one, as long as it holds."""
        session = self._session
        live = session.chat.hub.room(room.id)
        if live is not None and live.role(session.actor.key) is not None and session.grant.hears(room.id):
            return session.chat.hub.member_list(live)
        return MemberList.of(MemberView(member.person.actor, member.role) for member in self._members(room.id))

    def people_in(self, room: RoomView) -> Iterator[PersonView]:
        """The members whom this person is shown, with everything that may be known of them."""
        lock, now = self._session.chat.hub.lock, self._session.chat.clock()
        for member in self._members(room.id):
            with lock:  # for one of them at a time: others wait for it
                view = PersonView.of(member.person, now, member.role)
            yield view

    # People.

    def person(self, nick: str) -> PersonView:
        """The person who has the nick now, on a connection or as an absent member of rooms. Raises
        NO_SUCH_PERSON."""
        return self._view(self.live_person(nick))

    def find(self, nick: str) -> PersonView | None:
        """As person(), but None if nobody has the nick. Raises NO_SUCH_PERSON if the nick is not valid."""
        person = self._find(nick)
        return self._view(person) if person is not None else None

    def matching(self, mask: str) -> Iterator[PersonView]:
        """The connected people whom a mask with `*` and `?` covers, by nick. A token that does not let its session
        hear of everybody finds those in the rooms that it may read."""
        present, grant = self._session.present, self._session.grant
        rooms = {room_id for room_id in present.rooms if grant.hears(room_id)}
        for person in self._session.chat.hub.online():
            shared = person is present or not rooms.isdisjoint(person.rooms)
            if (shared or grant.hears()) and permissions.may_find(shared, invisible="i" in person.modes):
                actor = person.actor
                masks = (person.shown_user, actor.host, actor.mask, actor.called_mask)
                words = (person.nick, person.shown_realname, actor.account or "", *masks)
                if any(wildcard_matches(mask, word) for word in words if word):
                    yield self._view(person)

    def away_message(self, nick: str) -> str:
        """Why a message to somebody may have to wait; empty if they are here."""
        person = self._find(nick)
        return person.away_message if person is not None else "not connected"

    def online(self, nick: str) -> Actor | None:
        """The actor who has the nick now; None if nobody has it. Raises NO_SUCH_PERSON if the nick is not
        valid."""
        person = self._find(nick)
        return person.actor if person is not None else None

    def is_somebody(self, nick: str) -> bool:
        """Whether a present person or an account has that name. Blocks."""
        try:
            return self._find(nick) is not None or bool(self.absent(nick))
        except ChatError:
            return False

    def absent(self, nick: str, *, removed: bool = False) -> Actor:
        """A person who has an account but no connection. `removed` includes accounts that are nobody's. Blocks.
        Raises NO_SUCH_PERSON."""
        account = self._session.chat.store.accounts.named(person_name(nick).folded)
        if account is None or not (account.owned or removed):
            raise no_such_person(nick)
        return Actor(account.nick, account.name, account.id)

    def conversation(self, target: str) -> tuple[str, int | Actor | str]:
        """The conversation that `target` names, `#room` or the nick of a person: as this person sees it, and the
        id of the room, or the person: somebody who is here, or the folded name of an account. Blocks. Raises
        NO_SUCH_ROOM, NO_SUCH_PERSON."""
        if target.startswith("#"):
            live, actor = self.live_room(target), self._session.actor
            if not permissions.may_read(live.room, live.role(actor.key), actor):
                raise no_such_room(target)
            return f"#{live.name}", live.room.id
        found = self.online(target)
        if found is not None:
            return found.nick, found
        return self.absent(target, removed=True).nick, person_name(target).folded

    def whowas(self, nick: str) -> Sequence[FormerNick]:
        """Who had the nick before, latest first."""
        return [*self._session.chat.hub.whowas.of(nick)]

    def counts(self) -> Counts:
        """How many people are here."""
        return self._session.chat.hub.user_counts.counts()

    def room_count(self) -> int:
        """How many rooms there are, including secret ones."""
        return self._session.chat.hub.room_count

    # For the other parts of the session.

    def live_named(self, name: str) -> LiveRoom | None:
        """The room of that name, if there is one. Raises NO_SUCH_ROOM for what can't be a name; OUTSIDE_SCOPE for
        every name that is not of a room of its token, if that is limited to rooms."""
        live = self._session.chat.hub.room_keyed(room_key(room_name(name).folded))
        if not self._covers(live.room.id if live is not None else None):
            raise outside_scope(TAKE_PART, name)
        return live

    def _known(self, room_id: int) -> LiveRoom | None:
        """A room whose id this session was told, if its token lets it know of the room."""
        live = self._session.chat.hub.room(room_id)
        return live if live is not None and self._covers(room_id) else None

    def _covers(self, room_id: int | None) -> bool:
        """Whether its token lets the session know of a room. None: of one that does not exist."""
        grant = self._session.grant
        return grant is EVERYTHING or grant.covers_any(TAKE_PART, room_id) or grant.covers("manage")

    def live_room(self, name: str) -> LiveRoom:
        """The room itself, under the rule of room()."""
        live = self._keyed(name)
        if live is None or not permissions.may_see(live.room, live.role(self._session.actor.key)):
            raise no_such_room(name)
        return live

    def live_any_room(self, name: str) -> LiveRoom:
        """Any room, even a secret one, for administrators. Raises NO_SUCH_ROOM."""
        live = self._keyed(name)
        if live is None:
            raise no_such_room(name)
        return live

    def live_person(self, nick: str) -> Person:
        """The person themselves, under the rule of person()."""
        person = self._find(nick)
        if person is None:
            raise no_such_person(nick)
        return person

    def live_members(self, live: LiveRoom) -> list[Member]:
        """The members whom this person is shown, by nick; themselves alone without the scope `read`."""
        own = self._session.actor.key
        if not self._session.grant.hears(live.room.id):
            return [each for key, each in [*live.members.items()] if key == own]
        inside = live.role(own) is not None
        every = self._session.chat.hub.members(live)
        return [each for each in every if permissions.may_find(inside, invisible="i" in each.person.modes)]

    def _members(self, room_id: int) -> list[Member]:
        live = self._session.chat.hub.room(room_id)
        return self.live_members(live) if live is not None else []

    def _view(self, person: Person, role: Role | None = None) -> PersonView:
        with self._session.chat.hub.lock:  # or a connection could come between two of its fields
            return PersonView.of(person, self._session.chat.clock(), role)

    def _keyed(self, name: str) -> LiveRoom | None:
        try:
            return self.live_named(name)
        except ChatError as error:
            if error.code is Code.OUTSIDE_SCOPE:
                raise
            return None

    def _find(self, nick: str) -> Person | None:
        try:
            return self._session.chat.hub.person(person_name(nick).folded)
        except ChatError:
            raise no_such_person(nick) from None


def no_such_room(room: str) -> ChatError:
    return ChatError(Code.NO_SUCH_ROOM, "there is no such room", room)


def no_such_person(nick: str) -> ChatError:
    return ChatError(Code.NO_SUCH_PERSON, "there is nobody of that name", nick)
