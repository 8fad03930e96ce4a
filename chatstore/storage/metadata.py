"""Metadata of accounts and rooms in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from chatstore.chat.model.metadata import Subject
from chatstore.chat.ports import MetadataItem
from chatstore.storage.file_references import refer_of_account
from chatstore.storage.rows import Rows, one_statement
from chatstore.storage.schema import memberships, metadata_items


class Metadata(Rows):
    """What clients store about accounts and rooms."""

    @one_statement
    def of(self, subject: Subject) -> dict[str, str]:
        """The values by key, in the order of the keys."""
        query = (
            select(metadata_items.c.key, metadata_items.c.value).where(_is(subject)).order_by(metadata_items.c.key)
        )
        return {row.key: row.value for row in self._connection.execute(query).all()}

    def put(self, subject: Subject, key: str, value: str) -> None:
        """Set a value; an empty one removes it."""
        mine = (_is(subject), metadata_items.c.key == key)
        before = ""
        if subject.account_id is not None:
            before = self._connection.execute(select(metadata_items.c.value).where(*mine)).scalar() or ""
        if not value:
            self._connection.execute(delete(metadata_items).where(*mine))
        elif self._connection.execute(update(metadata_items).where(*mine).values(value=value)).rowcount == 0:
            values = {"account_id": subject.account_id, "room_id": subject.room, "key": key, "value": value}
            self._connection.execute(insert(metadata_items).values(values))
        if subject.account_id is not None:
            refer_of_account(self._connection, self._now, subject.account_id, before, value)

    @one_statement
    def around(self, rooms: Sequence[int], accounts: Sequence[int], keys: Sequence[str]) -> list[MetadataItem]:
        """The values under these keys of the rooms, of their members, and of the accounts."""
        items = metadata_items.c
        members = select(memberships.c.account_id).where(memberships.c.room_id.in_(rooms))
        people = or_(items.account_id.in_(members), items.account_id.in_(accounts))
        query = (
            select(items.room_id, items.account_id, items.key, items.value)
            .where(items.key.in_(keys), or_(items.room_id.in_(rooms), people))
            .order_by(items.account_id.is_not(None), items.room_id, items.account_id, items.key)
        )
        return [MetadataItem(*row) for row in self._connection.execute(query).all()]


def _is(subject: Subject) -> ColumnElement[bool]:
    if subject.room is not None:
        return metadata_items.c.room_id == subject.room
    assert subject.account_id is not None, "a guest's metadata is not stored"
    return metadata_items.c.account_id == subject.account_id
