"""What another process commits (a command beside the server, for example) is published here as if it were our own.

The writer remembers how far it has published each room. Before every batch it asks whether anybody else has
committed, and if so it reads what lies beyond: new rooms and rooms that are gone, events that it has not published,
accounts that were ended, and the access that is left. Called in the writer's transaction only.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from chatstore.chat.model.events import AccessLeft, AccountEnded, Published, RoomEvent, RoomOpened, RoomRemoved
from chatstore.storage import sqlite
from chatstore.storage.accounts import Accounts
from chatstore.storage.messages import Messages
from chatstore.storage.rooms import Members, Rooms
from chatstore.storage.tokens import Tokens


class CatchUp:
    def __init__(self) -> None:
        self.last_seqs: dict[int, int] = {}
        """By room: the last seq that was published."""
        self._ended: dict[int, str] = {}
        """By account: why it was ended, as it was published."""
        self._commits = 0
        """What sqlite.foreign_commits() said last."""

    def begin(self, connection: Connection) -> None:
        """Everything that is there now counts as published."""
        self._commits = sqlite.foreign_commits(connection)
        self.last_seqs = Rooms(connection).last_seqs()
        self._ended = Accounts(connection).ended()

    def needed(self, connection: Connection) -> bool:
        """Whether another process has committed since we last caught up."""
        return sqlite.foreign_commits(connection) != self._commits

    def remember(self, published: Sequence[Published]) -> None:
        """This was published."""
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
        """What another process has committed; it counts as published from now on."""
        commits, ended = sqlite.foreign_commits(connection), Accounts(connection).ended()
        found: list[Published] = [(_access_left(connection), None), *self._events(connection)]
        for account_id, reason in sorted(ended.items()):
            # An account whose suspension was lifted and that is suspended again has another reason.
            if self._ended.get(account_id) != reason:
                found.append((AccountEnded(account_id, reason), None))
        self.remember(found)
        self._commits, self._ended = commits, ended
        return found

    def _events(self, connection: Connection) -> list[Published]:
        """Rooms that are new or gone, and the events that were not published here."""
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
