"""What others have committed, to publish it like the writer's own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Connection

from chatstore.chat.model.events import (
    AccessLeft,
    AccountEnded,
    Event,
    PeaceIs,
    PeacesAre,
    PersonRenamed,
    Published,
    RoomImported,
    RoomOpened,
    RoomPruned,
    RoomRemoved,
    ServerBansAre,
)
from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.peace import Peace
from chatstore.chat.model.room_events import ModesChanged, NickChanged, RoomEvent
from chatstore.chat.model.rooms import HIDDEN_KEY, sets_key, with_key
from chatstore.chat.model.server_bans import ServerBan
from chatstore.storage.accounts import Accounts
from chatstore.storage.backend import Here
from chatstore.storage.imports import gaps_of
from chatstore.storage.messages import Messages
from chatstore.storage.peace import PeaceSettings
from chatstore.storage.rooms import Members, Rooms
from chatstore.storage.server_bans import ServerBans
from chatstore.storage.tokens import Tokens


class Span(NamedTuple):
    """Of one room: what lies beyond seq `after`, up to `last`."""

    after: int
    last: int


Read = Callable[[Connection, Mapping[int, Span]], Sequence[RoomEvent]]
"""Reads the events of spans, given by room, without those that were imported: those of one room in the order of
their seqs, and those of one batch in the order in which they were stored, if that can be told."""


def one_by_one(connection: Connection, wanted: Mapping[int, Span]) -> list[RoomEvent]:
    """Reads one room after the other."""
    return [
        event
        for room_id, gaps in sorted(gaps_of(connection, wanted).items())
        for after, last in gaps
        for event in Messages(connection)
        .page(HistoryQuery(room_id, last - after, after, last + 1, newest=False))
        .events
    ]


class CatchUp:
    """The one place that knows what was published here. It finds what others have committed, to publish it like the
    writer's own. Only the writer uses it.

    It remembers how far each room has been published. `find` compares all of that with what is stored: new and
    removed rooms, what was pruned, events that were not published here, accounts that were ended, and the logins
    that are still valid. `read` reads some rooms only. What they return counts as published: publish it.
    """

    def __init__(self, read: Read = one_by_one) -> None:
        self._read = read
        self._here: Here = lambda: None
        self.last_seqs: dict[int, int] = {}
        """The last seq that was published, by room."""
        self._first_seqs: dict[int, int] = {}
        self._direct: set[int] = set()
        """The rooms that are direct conversations."""
        self._introduced: set[int] = set()
        """Direct conversations of which a RoomOpened was published: whoever delivers knows their persons."""
        self._ended: dict[int, str] = {}
        """The reason that was published for each ended account."""
        self._bans: tuple[ServerBan, ...] = ()
        self._peaces: dict[int, Peace] = {}

    def begin(self, connection: Connection, here: Here = lambda: None) -> None:
        """Treat everything that is stored now as published. `here`: whose logins are asked for later."""
        self._here = here
        self._first_seqs, self.last_seqs, self._direct = Rooms(connection).bounds()
        self._ended = Accounts(connection).ended()
        self._bans = tuple(ServerBans(connection).all())
        self._peaces = {**PeaceSettings(connection).all()}

    def remember(self, published: Iterable[Published]) -> None:
        """Remember what was published."""
        for event, _ in published:
            match event:
                case RoomEvent():
                    if event.seq:
                        self.last_seqs[event.room] = event.seq
                case RoomOpened(room):
                    self.last_seqs.setdefault(room.id, room.last_seq)
                    self._first_seqs.setdefault(room.id, room.first_seq)
                    if room.direct:
                        self._direct.add(room.id)
                        self._introduced.add(room.id)
                case RoomRemoved(room_id):
                    self._forget(room_id)
                case RoomPruned(room_id, first):
                    self._first_seqs[room_id] = first
                case RoomImported(room_id, first, last):
                    if first - 1 <= self.after(room_id) < last:
                        self.last_seqs[room_id] = last
                case AccountEnded(account_id, reason):
                    self._ended[account_id] = reason
                case ServerBansAre(bans):
                    self._bans = bans
                case PeaceIs(account_id, peace):
                    self._peaces[account_id] = peace

    def _forget(self, room_id: int) -> None:
        self.last_seqs.pop(room_id, None)
        self._first_seqs.pop(room_id, None)
        self._direct.discard(room_id)
        self._introduced.discard(room_id)

    def find(self, connection: Connection) -> list[Published]:
        """What others have committed. After an error, nothing of it counts as published."""
        before = [copy(each) for each in self._state]
        try:
            return self._find(connection)
        except BaseException:
            self._state = before
            raise

    @property
    def _state(self) -> list[Any]:
        rooms = [self.last_seqs, self._first_seqs, self._direct, self._introduced]
        return [*rooms, self._ended, self._bans, self._peaces]

    @_state.setter
    def _state(self, state: list[Any]) -> None:
        self.last_seqs, self._first_seqs, self._direct, self._introduced, self._ended, *rest = state
        self._bans, self._peaces = rest

    def _find(self, connection: Connection) -> list[Published]:
        ended = Accounts(connection).ended()
        found: list[Event] = [_access_left(connection, self._here()), *self._changed_rooms(connection)]
        for account_id, reason in sorted(ended.items()):
            # An account that was restored and suspended again has another reason.
            if self._ended.get(account_id) != reason:
                found.append(AccountEnded(account_id, reason))
        self._ended = ended
        now = ServerBans(connection).state()
        if now.bans != self._bans:
            found.append(now)
            self._bans = now.bans
        peaces = {**PeaceSettings(connection).all()}
        if peaces != self._peaces:
            found.append(PeacesAre(peaces))
            self._peaces = peaces
        return [(event, None) for event in found]

    def _changed_rooms(self, connection: Connection) -> list[Event]:
        """Rooms that came and went, were pruned, or have events that were not published here."""
        first, last, direct = Rooms(connection).bounds()
        found: list[Event] = []
        for room_id in self.last_seqs.keys() - last.keys():
            found.append(RoomRemoved(room_id))
            self._forget(room_id)
        for room_id in self._direct - direct:  # a direct conversation has become a room
            self._forget(room_id)
        known = self.last_seqs.keys()
        opened = self._opened(
            connection, [room_id for room_id in sorted(last.keys() - known) if room_id not in direct]
        )
        self.remember((event, None) for event in opened)
        found += opened
        self._direct = direct
        found += [
            RoomPruned(room_id, seq)
            for room_id, seq in first.items()
            if seq != self._first_seqs.get(room_id, seq) and room_id not in direct
        ]
        self._first_seqs = first
        news = {room_id: seq for room_id, seq in last.items() if seq > self.after(room_id)}
        imported = self._imported(connection, news)
        found += imported
        spoken = news.keys() - {event.room for event in imported}
        found += self.read(connection, {room_id: news[room_id] for room_id in sorted(spoken)})
        self.last_seqs = last
        return found

    def _imported(self, connection: Connection, news: Mapping[int, int]) -> list[RoomImported]:
        """The rooms in which everything new was imported. Nobody has to be told of that, nor of a direct
        conversation in which nobody has spoken here."""
        gaps = gaps_of(connection, {room_id: (self.after(room_id), seq) for room_id, seq in news.items()})
        return [
            RoomImported(room_id, self.after(room_id) + 1, last)
            for room_id, last in news.items()
            if not gaps[room_id]
        ]

    def after(self, room_id: int) -> int:
        """The last seq of a room that was published here; 0 if none was."""
        return self.last_seqs.get(room_id, 0)

    def read(
        self, connection: Connection, last: Mapping[int, int], events: Sequence[RoomEvent] | None = None
    ) -> list[Event]:
        """What was not published yet of these rooms, up to these seqs. Rooms that nobody here knew are opened
        first. `events`: if that was read already. After an error, nothing of it counts as published."""
        if not last:
            return []
        opened = self._opened(connection, [room_id for room_id in last if room_id not in self.last_seqs])
        if events is None:
            wanted = {room_id: Span(self.after(room_id), seq) for room_id, seq in last.items()}
            events = self._read(connection, wanted)
        known = {event.room.id for event in opened}
        opened += self._introductions(connection, {event.room for event in events} - known)
        self.remember((event, None) for event in opened)
        for room_id, seq in last.items():
            if room_id in self.last_seqs:
                self.last_seqs[room_id] = max(seq, self.last_seqs[room_id])
        return [*opened, *_with_new_nicks(_with_keys(connection, events))]

    def _opened(self, connection: Connection, unknown: Sequence[int]) -> list[RoomOpened]:
        """Rooms that nobody here has heard of. Their members are those of their events."""
        return [
            RoomOpened(replace(room, last_seq=0), Members(connection).persons_of(room.id) if room.direct else ())
            for room in Rooms(connection).by_ids(unknown).values()
        ]

    def _introductions(self, connection: Connection, rooms: set[int]) -> list[RoomOpened]:
        """The persons of direct conversations that were there at the start, when something is said there first."""
        new = (rooms & self._direct) - self._introduced
        known = Rooms(connection).by_ids(sorted(new)) if new else {}
        return [RoomOpened(room, Members(connection).persons_of(room.id)) for room in known.values()]


def _with_new_nicks(events: Sequence[RoomEvent]) -> list[Event]:
    """The events; after those of a new nick in somebody's rooms, what makes it their nick (PersonRenamed), because
    that is not stored."""
    found: list[Event] = []
    for event, following in pairwise([*events, None]):
        assert event is not None
        found.append(event)
        if isinstance(event, NickChanged) and not (
            isinstance(following, NickChanged) and (following.actor, following.body) == (event.actor, event.body)
        ):
            found.append(PersonRenamed(event.actor, event.body, event.time))
    return found


def _with_keys(connection: Connection, events: Sequence[RoomEvent]) -> Sequence[RoomEvent]:
    """The events, with the keys of rooms where they set one: a key is stored with its room alone."""
    setting = {event.room for event in events if isinstance(event, ModesChanged) and sets_key(event.body)}
    if not setting:
        return events
    keys = {room.id: room.password for room in Rooms(connection).by_ids(sorted(setting)).values()}
    return [
        event.with_body(with_key(event.body, keys.get(event.room) or HIDDEN_KEY))
        if isinstance(event, ModesChanged)
        else event
        for event in events
    ]


def _access_left(connection: Connection, here: Collection[int] | None) -> AccessLeft:
    accounts = Accounts(connection)
    return AccessLeft(
        Tokens(connection).all_ids(here),
        accounts.all_fingerprints(here),
        accounts.epochs(here),
        accounts.admins(here),
        frozenset(here) if here is not None else None,
    )
