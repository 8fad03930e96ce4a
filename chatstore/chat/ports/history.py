"""What happened in rooms and what people did with it, as the domain reads and changes it in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import RoomEvent
from chatstore.chat.model.messages import HistoryQuery, Page
from chatstore.chat.model.rooms import Room
from chatstore.chat.rules.retention import TrustedTime


@dataclass(frozen=True)
class Conversation:
    """A room or direct conversation with the time (ms) of its latest message; `name` as the person sees it."""

    room: Room
    name: str
    latest: int


@dataclass(frozen=True)
class Unseen:
    """A conversation in which something happened after seq `after`, the last that was delivered to a person."""

    room: Room
    name: str
    after: int


class MessagesReader(Protocol):
    """The stored events of rooms. They are written by Transaction.record and .erase, and by Drafts."""

    def page(self, query: HistoryQuery) -> Page: ...
    def at(self, room: int, seq: int) -> RoomEvent | None: ...
    def first_seq_from(self, room: int, time: int) -> int:
        """The smallest seq whose time is at least `time`; last seq + 1 if there is none."""

    def unseen(self, account_id: int) -> Sequence[Unseen]:
        """The account's rooms and direct conversations with something that was not delivered to it."""

    def conversations(
        self,
        actor: Actor,
        after: int,
        before: int,
        limit: int,
        *,
        newest: bool = True,
        ahead: int | None = None,
    ) -> Sequence[Conversation]:
        """Rooms and direct conversations of the person whose latest message lies strictly between the two
        times, oldest of those first; `limit` of them, the `newest` or the oldest. Those
        whose latest is later than `ahead` are among them, whatever `before` is. Conversations whose latest messages
        share a millisecond come together: fewer than `limit` if they don't fit, more if they are all there is."""


class ReactionCounts(NamedTuple):
    """The reactions to a message when somebody is about to react by a value.

    `same`: they have reacted by it already. `own`: how many reactions are theirs. `known`: somebody has reacted by
    it. `values`: how many different values there are.
    """

    same: bool
    own: int
    known: bool
    values: int


class Reactions(Protocol):
    """Reactions to messages, for counting them. The events themselves are in the history."""

    def about(self, room_id: int, seq: int, actor: Actor, value: str) -> ReactionCounts: ...
    def add(self, room_id: int, seq: int, actor: Actor, value: str) -> None: ...
    def remove(self, room_id: int, seq: int, actor: Actor, value: str) -> None: ...
    def remove_all(self, room_id: int, seq: int) -> None:
        """All of them to one message."""


class ReadMarkersReader(Protocol):
    def read_at(self, room_id: int, actor: Actor) -> int | None:
        """Up to when the person has read a conversation, in ms since 1970 UTC; None if they never said."""


class ReadMarkers(ReadMarkersReader, Protocol):
    def put(self, room_id: int, actor: Actor, time: int) -> None: ...
    def forget_guests(self) -> None: ...


class Retention(Protocol):
    def prune(self, most: int, now: int) -> tuple[Mapping[int, int], int, bool]:
        """Erase what rooms no longer keep at that time (ms), at most so many events together: the rooms' new first
        seqs, how many events were erased, and whether there is more."""

    def time(self) -> TrustedTime | None:
        """The time that retention last erased by; None before its first pass."""

    def put_time(self, trusted: TrustedTime) -> None: ...
