"""The feed: how live streams read what was stored, over all rooms, in one order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from chatstore.chat.model.room_events import RoomEvent


class Fed(NamedTuple):
    """A stored event, and its number among all. `key`: of its room; see Room.key."""

    id: int
    event: RoomEvent
    key: str
    direct: bool


class Horizon(NamedTuple):
    """How far the stored events are known. `newest`: the highest number that is there. Transactions that had begun
    by then are before `begun`; all before `ended` are over. Nothing can come below `newest` any more once `ended`
    of a later look has reached its `begun`."""

    newest: int
    begun: int
    ended: int


class FeedReader(Protocol):
    def horizon(self) -> Horizon: ...
    def between(self, after: int, upto: int, most: int, rooms: Collection[int] | None = None) -> Sequence[Fed]:
        """The first events with a number from behind `after` to `upto`, at most `most`, ascending. Without what was
        imported. `rooms`: only of these, and those by which people leave any room."""

    def number_at(self, room: int, seq: int) -> tuple[int, int] | None:
        """The number of the event at this place, and its time (ms); None if there is none."""

    def direct_rooms(self, account_id: int) -> Sequence[int]:
        """The ids of the account's direct conversations."""
