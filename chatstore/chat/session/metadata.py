"""Metadata, as a session reads and changes it and hears of changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from chatstore.chat.changes.metadata import ClearMetadata, SetMetadata
from chatstore.chat.live.listener import Person
from chatstore.chat.live.room import LiveRoom
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.metadata import OWN, Subject, most_bytes
from chatstore.chat.model.names import person_name
from chatstore.chat.rules import permissions
from chatstore.chat.rules.rate_limits import TokenBuckets
from chatstore.chat.session.monitor import MonitorList
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.views import RoomView
from chatstore.chat.session.visibility import Visibility
from chatstore.chat.ticket import Ticket

_NO_VALUES: Mapping[str, str] = {}


class MetadataValue(NamedTuple):
    """One value of a room (`#name`) or a person (a nick)."""

    name: str
    key: str
    value: str


class Metadata:
    """`session.metadata`. Calls that read or change values block; calls about subscriptions don't.

    A session can set its own metadata before it takes part. `begin` stores it.
    """

    __slots__ = ("_changes", "_early", "_sees", "_session")

    def __init__(self, session: SessionState, sees: Visibility) -> None:
        self._session = session
        self._sees = sees
        self._early: Mapping[str, str] = _NO_VALUES
        """It is replaced, never changed in place."""
        self._changes: TokenBuckets | None = None
        """Made with the first change; most sessions make none."""

    @property
    def _is_early(self) -> bool:
        """Whether the session has not yet a person to whom metadata belongs."""
        return self._session.person is None and self._session.visitor is None

    # What it is of.

    def subject(self, target: str) -> Subject:
        """The room or person that a target names; `*` is this person. Raises NO_SUCH_ROOM or NO_SUCH_PERSON
        if it does not exist, or this person may not know of it."""
        session = self._session
        if target == "*":
            if self._is_early:
                return Subject("*")
            return Subject(session.actor.nick, actor=session.actor)
        if self._is_early:
            raise ChatError(Code.NO_SUCH_PERSON, "there is nobody of that name", target)
        if target.startswith("#"):
            live = self._sees.live_room(target)
            return Subject(live.name, room=live.room.id)
        actor = self._sees.online(target) or self._sees.absent(target)
        return Subject(actor.nick, actor=actor)

    # What is set.

    def of(self, subject: Subject) -> Mapping[str, str]:
        """The values that this session may read."""
        live = self._session.chat.hub.room(subject.room) if subject.room is not None else None
        if live is not None and not self._may_read(live):
            return {}
        if subject == Subject("*"):
            return dict(sorted(self._early.items()))
        if subject.guest:
            person = self._guest(subject)
            return dict(sorted(person.metadata.items())) if person is not None else {}
        return self._session.chat.store.metadata.of(subject)

    def seconds_to_wait(self) -> float:
        """Seconds until the next change is allowed; 0 if it is allowed now, which the call counts. Call it
        before every change."""
        most = self._session.chat.policy.limits.metadata_changes
        if not most:
            return 0.0
        if self._changes is None:
            self._changes = TokenBuckets(most, 60.0 / most, self._session.chat.clock)
        wait = self._changes.wait("")
        if wait <= 0:
            self._changes.take("")
        return wait

    def most_bytes(self, subject: Subject, key: str) -> int:
        """The most bytes of a value."""
        return min(self._session.chat.policy.limits.metadata_value_bytes, most_bytes(subject, key))

    def set(self, subject: Subject, key: str, value: str) -> Ticket:
        """Set a value; an empty one removes it. The result is the value before. Raises OPERATOR_REQUIRED,
        LIST_FULL, MESSAGE_TOO_LONG."""
        session, limits = self._session, self._session.chat.policy.limits
        if value and key in OWN:
            raise ChatError(Code.OPERATOR_REQUIRED, "an account keeps that about rooms and other people", key)
        most = limits.metadata_keys
        if len(value.encode()) > (allowed := self.most_bytes(subject, key)):
            raise ChatError(Code.MESSAGE_TOO_LONG, f"it may have {allowed} bytes", key)
        before = None
        if subject.guest or self._is_early:
            items = self.of(subject)
            before = items.get(key)
            if value and before is None and len(items) >= most:
                raise ChatError(Code.LIST_FULL, f"there are {most} keys already", key)
        if self._is_early:
            others = {name: kept for name, kept in self._early.items() if name != key}
            self._early = {**others, key: value} if value else others
            return Ticket.of(before)
        change = SetMetadata(session.actor, subject, key, value, most, origin=session.origin)
        return session.submit([change]).giving(lambda stored: before if subject.guest else stored)

    def clear(self, subject: Subject) -> Ticket:
        """Remove all values. The result has the removed keys. Raises OPERATOR_REQUIRED."""
        session = self._session
        if self._is_early:
            keys = sorted(self._early)
            self._early = _NO_VALUES
            return Ticket.of(keys)
        ticket = session.submit([ClearMetadata(session.actor, subject, origin=session.origin)])
        if not subject.guest:
            return ticket
        ticket.result()  # or it is refused
        keys = [*self.of(subject)]
        for key in keys:
            self.set(subject, key, "").result()
        return Ticket.of(keys)

    @property
    def has_early(self) -> bool:
        """Whether the session has set something before it entered."""
        return bool(self._early)

    def begin(self) -> list[ChatError]:
        """Store what the session set before it entered. Returns the errors of what could not be stored."""
        early, self._early, errors = self._early, _NO_VALUES, []
        for key, value in early.items():
            try:
                self.set(self.subject("*"), key, value).result()
            except ChatError as error:
                errors.append(error)
        return errors

    # Who hears of it.

    @property
    def wanted(self) -> list[str]:
        """The keys that this session subscribes to."""
        return self._session.chat.hub.subscriptions.of(self._session)

    def want(self, key: str) -> bool | None:
        """Subscribe to a key. Returns whether that is new; None if there are too many subscriptions."""
        most = self._session.chat.policy.limits.metadata_subscriptions
        return self._session.chat.hub.subscriptions.add(self._session, key, most)

    def unwant(self, keys: Iterable[str]) -> None:
        self._session.chat.hub.subscriptions.remove(self._session, keys)

    def forget(self) -> None:
        """End all subscriptions: the session is over, or its client no longer understands them."""
        self._session.chat.hub.subscriptions.forget(self._session)

    def hold(self) -> AbstractContextManager[None]:
        """Hold changes back while the session reads and shows what is set; it is told of them afterwards."""
        return self._session.chat.hub.subscriptions.hold(self._session)

    # What is set around somebody.

    def everywhere(self, keys: Sequence[str]) -> list[MetadataValue]:
        """The values under these keys of everybody whose changes this session hears of: itself, its rooms,
        the people in them, and the nicks that it monitors."""
        person = self._session.present
        rooms = [live for live in map(self._session.chat.hub.room, sorted(person.rooms)) if live is not None]
        return self._around(rooms, [person, *MonitorList(self._session).people()], keys)

    def around_room(self, room: RoomView, keys: Sequence[str]) -> list[MetadataValue]:
        """The readable values under these keys of a room, and of the members whom this person is shown."""
        live = self._session.chat.hub.room(room.id)
        return self._around([live], [], keys) if live is not None else []

    def of_people(self, nicks: Iterable[str], keys: Sequence[str]) -> list[tuple[str, list[MetadataValue]]]:
        """The values under these keys of the people with these nicks, by their current nick. People who are
        not here are left out."""
        people = [self._session.chat.hub.person(person_name(nick).folded) for nick in nicks]
        return [(person.nick, self._around([], [person], keys)) for person in people if person is not None]

    def _around(
        self, rooms: Sequence[LiveRoom], people: Sequence[Person], keys: Sequence[str]
    ) -> list[MetadataValue]:
        """The readable values under these keys: of the rooms, of the people, and of the members whom this
        person is shown in the rooms."""
        if not keys:
            return []
        rooms = [live for live in rooms if self._may_read(live)]
        store, find = self._session.chat.store, self._session.chat.hub.person_keyed
        members = [member.person for live in rooms for member in self._sees.live_members(live)]
        shown = {*people, *members}
        accounts = [person.actor.account_id for person in people if person.actor.account_id is not None]
        names: Mapping[int | None, str] = {live.room.id: f"#{live.name}" for live in rooms}
        found = []
        for item in store.metadata.around([live.room.id for live in rooms], accounts, keys):
            person = find(item.account) if item.account is not None else None
            if item.room is not None or person in shown:
                name = person.nick if person is not None else names[item.room]
                found.append(MetadataValue(name, item.key, item.value))
        guests = {person.actor.key: person for person in (*people, *members) if person.metadata}
        for person in guests.values():
            items = sorted(person.metadata.items())
            found += [MetadataValue(person.nick, key, value) for key, value in items if key in keys]
        return found

    def _may_read(self, live: LiveRoom) -> bool:
        hears = self._session.grant.hears(live.room.id)
        return hears and permissions.may_read_room_metadata(live.room, live.role(self._session.actor.key))

    def _guest(self, subject: Subject) -> Person | None:
        assert subject.actor is not None
        return self._session.chat.hub.person_keyed(subject.actor.key)
