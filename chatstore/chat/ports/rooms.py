"""Rooms and who belongs to them: how the domain reads and changes them in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.room_settings import DEFAULTS, RoomSettings
from chatstore.chat.model.rooms import Ban, Invite, Offer, Role, Room


class RoomsReader(Protocol):
    """Rooms and direct conversations, with their lists."""

    def by_id(self, room_id: int) -> Room | None: ...
    def keyed(self, key: str) -> Room | None:
        """The room with this room_key() or direct_key()."""

    def latest(self, ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
        """How many events of these rooms are kept, and when the last one happened (ms since 1970 UTC), by id."""


class Rooms(RoomsReader, Protocol):
    def add(
        self, kind: str, key: str, name: str, founder_id: int | None, settings: RoomSettings = DEFAULTS
    ) -> Room: ...
    def update(self, room_id: int, **values: Any) -> None:
        """Set fields of Room."""

    def remove(self, room_id: int) -> None:
        """Remove the room with everything in it."""

    def add_mask(self, room_id: int, mode: str, ban: Ban) -> None:
        """Add a mask to one of the room's lists; `mode` is the list's letter."""

    def remove_mask(self, room_id: int, mode: str, mask: str) -> None: ...
    def count_founded(self, account_id: int) -> int: ...
    def of_guests(self, guest: Actor | None = None) -> Sequence[Room]:
        """Direct conversations without any account: those of this guest, or of all guests of whom none is here."""


@dataclass(frozen=True)
class StoredMember:
    """A membership as it is stored. A guest's membership ends with the guest's last connection."""

    room: int
    actor: Actor
    role: Role
    joined_seq: int


class MembersReader(Protocol):
    def get(self, room_id: int, actor: Actor) -> StoredMember | None: ...


class Members(MembersReader, Protocol):
    """Memberships of rooms and direct conversations."""

    def of_person(self, actor: Actor) -> Sequence[StoredMember]:
        """The person's memberships of rooms, without direct conversations."""

    def rooms_of(self, actor: Actor) -> Sequence[int]:
        """The ids of these rooms."""

    def temporary(self, people: Sequence[Actor] | None = None, *, always_on: bool) -> Sequence[StoredMember]:
        """Members of rooms that need a connection and have none to any server: guests, and accounts that do not
        stay. One person's memberships come one after the other. `people`: only theirs."""

    def count(self, room_id: int) -> int: ...
    def add(self, room_id: int, actor: Actor, role: Role, joined_seq: int) -> None:
        """Add somebody who is no member."""

    def put(self, room_id: int, actor: Actor, role: Role, joined_seq: int) -> None:
        """Add a member, or change the role of one."""

    def remove(self, room_id: int, actor: Actor) -> None: ...
    def rename_guest(self, actor: Actor, nick: str) -> None: ...
    def move(self, room_id: int, guest: Actor, to: Actor) -> None:
        """Turn the guest's membership into the account's."""

    def mark_seen(self, account_id: int, seen: Mapping[int, int]) -> None:
        """Note that everything up to these seqs, by room, has been delivered to the account."""


class InvitesReader(Protocol):
    """Invites to a room."""

    def of_person(self, actor: Actor) -> Sequence[str]:
        """The names of the rooms that the person is invited to."""

    def to_room(self, room_id: int) -> Sequence[Invite]:
        """The invites to this room, oldest first."""


class Invites(InvitesReader, Protocol):
    def get(self, room_id: int, actor: Actor) -> Invite | None: ...
    def add(self, room_id: int, given: Invite) -> None:
        """Add an invite, in place of an earlier one for the same person."""

    def remove(self, room_id: int, actor: Actor) -> None: ...
    def remove_by(self, room_id: int, inviter: Actor) -> None: ...
    def date_back(self, room_id: int) -> None:
        """Date invites of this room that lie in the future to now."""

    def move(self, guest: Actor, to: Actor) -> None:
        """Turn the invites that the guest received and sent into the account's."""


class OffersReader(Protocol):
    """Rooms that their founders have offered to an account."""

    def of_account(self, account_id: int) -> Sequence[Offer]:
        """Offers to the account and by it, oldest first."""


class Offers(OffersReader, Protocol):
    def of_room(self, room_id: int) -> Offer | None: ...
    def put(self, room_id: int, account_id: int, by: int) -> None:
        """Add an offer, in place of an earlier one for the same room."""

    def remove(self, room_id: int) -> None: ...
