"""What somebody may know of: rooms that are not secret to them, and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat import permissions
from chatstore.chat.errors import ChatError, Code
from chatstore.chat.events import Actor
from chatstore.chat.live import LiveRoom
from chatstore.chat.names import person_name, room_name
from chatstore.chat.people import Person
from chatstore.chat.rooms import room_key

if TYPE_CHECKING:
    from chatstore.chat.session import Session


class Sight:
    """`session.sees`. What is hidden and what is not there raise the same."""

    def __init__(self, session: Session) -> None:
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

    def absent(self, nick: str, *, removed: bool = False) -> Actor:
        """Somebody who has an account (or had one) and no connection. Blocks."""
        account = self._session.chat.store.account_named(person_name(nick).folded)
        if account is None or (account.status == "removed" and not removed):
            raise no_such_person(nick)
        return Actor(account.nick, account.name, account.id)


def no_such_room(room: str) -> ChatError:
    return ChatError(Code.NO_SUCH_ROOM, "there is no such room", room)


def no_such_person(nick: str) -> ChatError:
    return ChatError(Code.NO_SUCH_PERSON, "there is nobody of that name", nick)
