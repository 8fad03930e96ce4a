"""What somebody may know of: rooms that are not secret to them, and people."""

from __future__ import annotations

from collections.abc import Iterator

from chatstore.chat.live.listener import Person
from chatstore.chat.live.room import LiveRoom, Member
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.rooms import room_key
from chatstore.chat.rules import permissions
from chatstore.chat.session.state import SessionState


class Sight:
    """`session.sees`. What is hidden and what is not there raise the same."""

    __slots__ = ("_session",)

    def __init__(self, session: SessionState) -> None:
        self._session = session

    def room(self, room: str) -> LiveRoom:
        """A room whose name, topic and members this person may know; NO_SUCH_ROOM for all others."""
        try:
            live = self._session.chat.hub.room_keyed(room_key(room_name(room).folded))
        except ChatError:
            raise no_such_room(room) from None
        if live is None or not permissions.may_see(live.room, live.role(self._session.present.actor.key)):
            raise no_such_room(room)
        return live

    def is_in(self, room: str) -> bool:
        """Whether this person is in the room."""
        try:
            return self.room(room).role(self._session.actor.key) is not None
        except ChatError:
            return False

    def any_room(self, room: str) -> LiveRoom:
        """For administrators: a secret room too; NO_SUCH_ROOM where there is none."""
        try:
            live = self._session.chat.hub.room_keyed(room_key(room_name(room).folded))
        except ChatError:
            live = None
        if live is None:
            raise no_such_room(room)
        return live

    def rooms(self) -> list[LiveRoom]:
        key = self._session.present.actor.key
        return [live for live in self._session.chat.hub.rooms() if permissions.may_see(live.room, live.role(key))]

    def rooms_of(self, person: Person) -> list[LiveRoom]:
        """The rooms of somebody that this person may know that they are in."""
        own = self._session.present.rooms
        invisible = "i" in person.modes and person is not self._session.present
        rooms = [live for live in map(self._session.chat.hub.room, [*person.rooms]) if live is not None]
        return sorted(
            (
                live
                for live in rooms
                if permissions.may_see(live.room, live.role(self._session.actor.key))
                and person.actor.key in live.members
                and permissions.may_find(live.room.id in own, invisible=invisible)
            ),
            key=lambda live: live.room.key,
        )

    def members(self, live: LiveRoom) -> list[Member]:
        """Of a room, those that this person is shown, by nick."""
        inside = live.role(self._session.actor.key) is not None
        every = live.sorted_members()
        return [each for each in every if permissions.may_find(inside, invisible="i" in each.person.modes)]

    def matching(self, mask: str) -> Iterator[Person]:
        """The people with a connection whom a mask with `*` and `?` finds, by nick."""
        present = self._session.present
        for person in self._session.chat.hub.online():
            shared = person is present or not present.rooms.isdisjoint(person.rooms)
            if permissions.may_find(shared, invisible="i" in person.modes):
                actor = person.actor
                masks = (person.shown_user, actor.host, actor.mask, actor.called_mask)
                words = (person.nick, person.shown_realname, actor.account or "", *masks)
                if any(permissions.wildcard_matches(mask, word) for word in words if word):
                    yield person

    def away_message(self, nick: str) -> str:
        """Why a message to somebody may have to wait; empty when they are here."""
        person = self.find(nick)
        return person.away_message if person is not None else "not connected"

    def online(self, nick: str) -> Actor | None:
        person = self.find(nick)
        return person.actor if person is not None else None

    def find(self, nick: str) -> Person | None:
        try:
            return self._session.chat.hub.person(person_name(nick).folded)
        except ChatError:
            raise no_such_person(nick) from None

    def person(self, nick: str) -> Person:
        person = self.find(nick)
        if person is None:
            raise no_such_person(nick)
        return person

    def is_somebody(self, nick: str) -> bool:
        """Whether that is somebody's name: of who is here, or of an account. Blocks."""
        try:
            return self.find(nick) is not None or bool(self.absent(nick))
        except ChatError:
            return False

    def absent(self, nick: str, *, removed: bool = False) -> Actor:
        """Somebody who has an account (or had one) and no connection. Blocks."""
        account = self._session.chat.store.accounts.named(person_name(nick).folded)
        if account is None or (account.status == "removed" and not removed):
            raise no_such_person(nick)
        return Actor(account.nick, account.name, account.id)


def no_such_room(room: str) -> ChatError:
    return ChatError(Code.NO_SUCH_ROOM, "there is no such room", room)


def no_such_person(nick: str) -> ChatError:
    return ChatError(Code.NO_SUCH_PERSON, "there is nobody of that name", nick)
