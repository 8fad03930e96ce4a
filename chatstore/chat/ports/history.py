"""History: how the domain reads and changes what happened in rooms, and what people did with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.messages import HistoryQuery, Page
from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.model.rooms import Room
from chatstore.chat.rules.retention import FOREVER, Kept, TrustedTime


@dataclass(frozen=True)
class Conversation:
    """A room or direct conversation with the time (ms) of its latest message. `name` is what the person sees."""

    room: Room
    name: str
    latest: int


@dataclass(frozen=True)
class Unseen:
    """A conversation with events after seq `after`, the last one that was delivered to a person."""

    room: Room
    name: str
    after: int


class MessagesReader(Protocol):
    """The stored events of rooms. Transaction.record and .erase write them, and so do Drafts."""

    def page(self, query: HistoryQuery) -> Page: ...
    def at(self, room: int, seq: int) -> RoomEvent | None: ...
    def first_seq_from(self, room: int, time: int) -> int:
        """The smallest seq whose time is at least `time` (ms); last seq + 1 if there is none."""

    def unseen(self, account_id: int) -> Sequence[Unseen]:
        """The account's rooms and direct conversations with events that were not delivered to it."""

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
        """The person's rooms and direct conversations whose latest message lies strictly between the two
        times (ms), ordered by that time; at most `limit`, the `newest` or the oldest. A conversation whose
        latest message is later than `ahead` counts too, whatever `before` is. Conversations whose latest
        messages share a millisecond come together: the result is shorter than `limit` if they don't fit, and
        longer if there is nothing else."""


class ReactionCounts(NamedTuple):
    """The reactions to a message, seen by a person who is about to react by a value.

    `same`: the person has reacted by this value already. `own`: the number of their reactions. `known`:
    somebody has reacted by this value. `values`: the number of different values.
    """

    same: bool
    own: int
    known: bool
    values: int


class Reactions(Protocol):
    """Counts of reactions to messages. The events themselves are in the history."""

    def about(self, room_id: int, seq: int, actor: Actor, value: str) -> ReactionCounts: ...
    def add(self, room_id: int, seq: int, actor: Actor, value: str) -> None: ...
    def remove(self, room_id: int, seq: int, actor: Actor, value: str) -> None: ...
    def remove_all(self, room_id: int, seq: int) -> None:
        """Remove all reactions to one message."""


class PinsReader(Protocol):
    def of(self, room_id: int) -> Sequence[int]:
        """The seqs of the pinned messages of a room, in the order in which they were pinned."""


class Pins(PinsReader, Protocol):
    """Which messages are pinned."""

    def add(self, room_id: int, seq: int, time: int) -> None: ...
    def remove(self, room_id: int, seq: int) -> None: ...


class AnsweredRequest(NamedTuple):
    """The request that has made a message, and the place of that."""

    request: str
    room: int
    seq: int


class Answered(Protocol):
    """Which messages requests with a key have made; see changes/once.py."""

    def by_key(self, account_id: int, key: str) -> AnsweredRequest | None: ...
    def put(self, account_id: int, key: str, answered: AnsweredRequest, until: int) -> None:
        """Note a request, and forget those of the account from before `until` (ms since 1970 UTC)."""

    def forget(self, account_id: int) -> None: ...


class ReadMarkersReader(Protocol):
    def read_at(self, room_id: int, actor: Actor) -> int | None:
        """The person's read marker for a conversation, in ms since 1970 UTC; None if they have none."""


class ReadMarkers(ReadMarkersReader, Protocol):
    def put(self, room_id: int, actor: Actor, time: int) -> None: ...
    def forget_guests(self) -> None:
        """Remove the markers of guests who are not here."""


class OwnExport(Protocol):
    """The export of one account, part by part; see docs/exporting.md."""

    def part(self) -> Sequence[bytes]:
        """The next lines, each a JSON object; none if everything was read."""


class ErasureReader(Protocol):
    """What a person has left in the database."""

    def last_id(self) -> int:
        """The id of the last event of all rooms."""

    def last_trace(self) -> int:
        """The highest id among the rows that Erasure.forget_scattered() looks at."""

    def events_by(
        self, account_id: int, kinds: Collection[str], after: int, upto: int
    ) -> Sequence[tuple[int, int]]:
        """Room and seq of the events of these kinds that an account has caused, with ids from behind `after` to
        `upto`. It reads every event there."""


class Erasure(ErasureReader, Protocol):
    """What a person has left in the database, for erasing it."""

    def forget_words(self, event: RoomEvent) -> bool:
        """Erase the words of an event that is no message: its reason, or the real name with a join. Returns whether
        there were any."""

    def forget_scattered(self, account: Account, after: int, upto: int) -> dict[str, int]:
        """Erase what is left but events, where it has to be looked for: among the rows with ids from behind `after`
        to `upto`. Returns how much of what there was."""

    def forget_traces(self, account: Account) -> dict[str, int]:
        """Erase the rest. Returns how much of what there was."""


class Retention(Protocol):
    def due(
        self, most: int, now: int, kept: Kept = FOREVER, span: tuple[int, int] | None = None
    ) -> Collection[int]:
        """The rooms of which prune() would erase something."""

    def prune(
        self,
        most: int,
        now: int,
        among: Collection[int] | None = None,
        kept: Kept = FOREVER,
        span: tuple[int, int] | None = None,
    ) -> tuple[Mapping[int, int], int, bool]:
        """Erase what rooms no longer keep at `now` (ms since 1970 UTC), at most `most` events of all together.
        `among`: only of these rooms. `span`: only of those with ids from behind its first to its second. `kept`:
        what the server lets be kept. Returns the rooms' new first seqs, the number of erased events, and whether
        there is more."""

    def last_room(self) -> int:
        """The highest id of a room."""

    def time(self) -> TrustedTime | None:
        """The time that retention used last; None before its first pass."""

    def put_time(self, trusted: TrustedTime) -> None: ...
