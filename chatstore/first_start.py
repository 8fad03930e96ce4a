"""What a new database begins with."""

from __future__ import annotations

from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.errors import ChatError, Code
from chatstore.chat.names import room_name
from chatstore.chat.policy import Policy
from chatstore.storage.store import DatabaseStore


def furnish(store: DatabaseStore, policy: Policy) -> None:
    """Make the default rooms in a database that was just created; in any other, do nothing. After
    start_writer()."""
    if not store.created:
        return
    for outcome in store.submit(
        [AddRoom(room_name(name), defaults=policy.new_rooms) for name in policy.default_rooms]
    ).wait():
        if isinstance(outcome, ChatError) and outcome.code is not Code.ROOM_EXISTS:
            raise outcome
