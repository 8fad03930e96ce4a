"""The first rooms of a new database, and the invitation for its first admin."""

from __future__ import annotations

from chatstore.chat.changes.invitations import FirstInvitation, InviteFirstAdmin
from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.invitations import new_code
from chatstore.chat.model.names import room_name
from chatstore.chat.rules.policy import Policy
from chatstore.storage.store import DatabaseStore


def invite_first_admin(store: DatabaseStore, policy: Policy) -> FirstInvitation:
    """Make an invitation for the first admin, if one is needed; an earlier such invitation is void then. After
    start_writer()."""
    if policy.accounts.registration == "closed":
        return FirstInvitation()
    first: FirstInvitation = store.submit([InviteFirstAdmin(new_code())]).result()
    return first


def create_default_rooms(store: DatabaseStore, policy: Policy) -> None:
    """Create the default rooms, if the database was just created. After start_writer()."""
    if not store.created:
        return
    for outcome in store.submit(
        [AddRoom(room_name(name), settings=policy.rooms) for name in policy.rooms.default]
    ).wait():
        if isinstance(outcome, ChatError) and outcome.code is not Code.ROOM_EXISTS:
            raise outcome
