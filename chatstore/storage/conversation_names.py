"""Conversations by the names under which an account sees them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from chatstore.chat.model.rooms import direct_persons
from chatstore.storage.schema import accounts, rooms

CONVERSATION = (rooms.c.kind, rooms.c.key, rooms.c.name)
"""The columns of a room that shown_name() takes."""


def shown_name(connection: Connection, account_id: int, kind: str, key: str, name: str) -> str:
    """A conversation as an account sees it: `#name`, or the nick of the other person; empty if that is a guest who
    is gone. `kind`, `key` and `name` are those of the room."""
    if kind != "direct":
        return f"#{name}"
    one, other = direct_persons(key)
    wanted = other if one == account_id else one
    if not isinstance(wanted, int):
        return ""
    return connection.execute(select(accounts.c.nick).where(accounts.c.id == wanted)).scalar() or ""
