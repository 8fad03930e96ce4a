"""What a new database begins with, and who its first admin is to be."""

from __future__ import annotations

from chatstore.chat.changes.invitations import InviteFirstAdmin
from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.invitations import digest_of, new_code
from chatstore.chat.model.names import room_name
from chatstore.chat.rules.policy import Policy
from chatstore.storage.store import DatabaseStore


def invite_first_admin(store: DatabaseStore, policy: Policy) -> str:
    """Where there is no admin: the code of an invitation that makes one; the one that was made at the start before
    is void. Empty where there is an admin, or nobody may make an account. After start_writer()."""
    if policy.accounts.registration == "closed":
        return ""
    code = new_code()
    return code if store.submit([InviteFirstAdmin(digest_of(code))]).result() else ""


def create_default_rooms(store: DatabaseStore, policy: Policy) -> None:
    """Make the default rooms in a database that was just created; in any other, do nothing. After
    start_writer()."""
    if not store.created:
        return
    for outcome in store.submit(
        [AddRoom(room_name(name), settings=policy.rooms) for name in policy.rooms.default]
    ).wait():
        if isinstance(outcome, ChatError) and outcome.code is not Code.ROOM_EXISTS:
            raise outcome
