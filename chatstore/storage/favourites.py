"""The favourite conversations of accounts, in the database."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from chatstore.storage.conversation_names import CONVERSATION, shown_name
from chatstore.storage.rows import Rows
from chatstore.storage.schema import favourites, rooms

_of = favourites.c


class Favourites(Rows):
    """The favourite conversations of accounts."""

    def of(self, account_id: int) -> set[int]:
        """The ids of the rooms."""
        query = select(_of.room_id).where(_of.account_id == account_id)
        return set(self._connection.execute(query).scalars())

    def named(self, account_id: int) -> list[str]:
        """The rooms as `#name`, or as the nick of the other person, by name."""
        query = (
            select(*CONVERSATION).join(favourites, rooms.c.id == _of.room_id).where(_of.account_id == account_id)
        )
        found = self._connection.execute(query).all()
        names = [shown_name(self._connection, account_id, kind, key, name) for kind, key, name in found]
        return sorted(filter(None, names), key=str.casefold)

    def put(self, account_id: int, room_id: int, *, favourite: bool) -> None:
        """Add a room that is not among them, or remove one that is."""
        if favourite:
            self._connection.execute(insert(favourites).values(account_id=account_id, room_id=room_id))
        else:
            here = (_of.account_id == account_id) & (_of.room_id == room_id)
            self._connection.execute(delete(favourites).where(here))

    def forget(self, account_id: int) -> int:
        """Remove all of an account. Returns how many that were."""
        return self._connection.execute(delete(favourites).where(_of.account_id == account_id)).rowcount
