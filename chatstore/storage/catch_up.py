"""What others have committed, to publish it like the writer's own."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from chatstore.chat.model.events import (
    AccessLeft,
    AccountEnded,
    Published,
    RoomEvent,
    RoomOpened,
    RoomRemoved,
)
from chatstore.storage.accounts import Accounts
from chatstore.storage.messages import Messages
from chatstore.storage.rooms import Members, Rooms
from chatstore.storage.tokens import Tokens


class CatchUp:
    """Finds what another process has committed, to publish it like the writer's own. Use it in the writer's
    transaction only.

    It remembers how far each room has been published. After another process has committed, it reads what lies
    beyond: new and removed rooms, events that were not published here, accounts that were ended, and the
    logins that are still valid.
    """

    def __init__(self) -> None:
        self.last_seqs: dict[int, int] = {}
        """The last seq that was published, by room."""
        self._ended: dict[int, str] = {}
        """The reason that was published for each ended account."""

    def begin(self, connection: Connection) -> None:
        """Treat everything that is stored now as published."""
        self.last_seqs = Rooms(connection).last_seqs()
        self._ended = Accounts(connection).ended()

    def remember(self, published: Sequence[Published]) -> None:
        """Remember what was published."""
        for event, _ in published:
            match event:
                case RoomEvent():
                    if event.seq:
                        self.last_seqs[event.room] = event.seq
                case RoomOpened(room):
                    self.last_seqs.setdefault(room.id, room.last_seq)
                case RoomRemoved(room_id):
                    self.last_seqs.pop(room_id, None)
                case AccountEnded(account_id, reason):
                    self._ended[account_id] = reason

    def find(self, connection: Connection) -> list[Published]:
        """What another process has committed. It counts as published from now on."""
        ended = Accounts(connection).ended()
        found: list[Published] = [(_access_left(connection), None), *self._events(connection)]
        for account_id, reason in sorted(ended.items()):
            # An account that was restored and suspended again has another reason.
            if self._ended.get(account_id) != reason:
                found.append((AccountEnded(account_id, reason), None))
        self.remember(found)
        self._ended = ended
        return found

    def _events(self, connection: Connection) -> list[Published]:
        """New and removed rooms, and the events that were not published here."""
        found: list[Published] = []
        last = Rooms(connection).last_seqs()
        known = {room.id: room for room in Rooms(connection).all()}
        for room_id in self.last_seqs.keys() - last.keys():
            found.append((RoomRemoved(room_id), None))
        for room_id in sorted(last):
            if room_id not in self.last_seqs and room_id in known:
                found.append((RoomOpened(known[room_id]), None))
            published = self.last_seqs.get(room_id, 0)
            if last[room_id] > published:
                if room_id not in known and (direct := Rooms(connection).by_id(room_id)) is not None:
                    found.append((RoomOpened(direct, Members(connection).persons_of(room_id)), None))
                found += [(event, None) for event in Messages(connection).after(room_id, published)]
        return found


def _access_left(connection: Connection) -> AccessLeft:
    accounts = Accounts(connection)
    return AccessLeft(
        Tokens(connection).all_ids(), accounts.all_fingerprints(), accounts.epochs(), accounts.admins()
    )
