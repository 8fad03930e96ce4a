"""Rooms and who belongs to them, as the domain reads and changes them in the database."""

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
        """By room_key() or direct_key()."""


class Rooms(RoomsReader, Protocol):
    def add(
        self, kind: str, key: str, name: str, founder_id: int | None, settings: RoomSettings = DEFAULTS
    ) -> Room: ...
    def update(self, room_id: int, **values: Any) -> None:
        """Set fields of Room."""

    def remove(self, room_id: int) -> None:
        """With everything in it."""

    def add_mask(self, room_id: int, mode: str, ban: Ban) -> None:
        """To one of the room's lists; `mode` is its letter."""

    def remove_mask(self, room_id: int, mode: str, mask: str) -> None: ...
    def count_founded(self, account_id: int) -> int: ...
    def of_guests(self, guest: Actor | None = None) -> Sequence[Room]:
        """The direct conversations without any account: the guest's, or everybody's."""


@dataclass(frozen=True)
class StoredMember:
    """A membership as it is stored. A guest's membership ends with the guest's last connection."""

    room: int
    actor: Actor
    role: Role
    joined_seq: int


class Members(Protocol):
    """Memberships of rooms and direct conversations."""

    def get(self, room_id: int, actor: Actor) -> StoredMember | None: ...
    def of_person(self, actor: Actor) -> Sequence[StoredMember]:
        """In rooms, not in direct conversations."""

    def temporary(self, *, always_on: bool) -> Sequence[StoredMember]:
        """Members of rooms whom a restart removes: guests, and accounts that do not stay."""

    def count(self, room_id: int) -> int: ...
    def put(self, room_id: int, actor: Actor, role: Role, joined_seq: int) -> None:
        """Add a member, or change the role of one."""

    def remove(self, room_id: int, actor: Actor) -> None: ...
    def rename_guest(self, actor: Actor, nick: str) -> None: ...
    def move(self, room_id: int, guest: Actor, to: Actor) -> None:
        """The guest's membership is the account's from now on."""

    def mark_seen(self, account_id: int, seen: Mapping[int, int]) -> None:
        """Everything up to these seqs, by room, has been delivered to the account."""


class InvitesReader(Protocol):
    """Invites to a room."""

    def of_person(self, actor: Actor) -> Sequence[str]:
        """The names of the rooms that somebody is invited to."""

    def to_room(self, room_id: int) -> Sequence[Invite]:
        """The oldest first."""


class Invites(InvitesReader, Protocol):
    def get(self, room_id: int, actor: Actor) -> Invite | None: ...
    def add(self, room_id: int, given: Invite) -> None:
        """It takes the place of an earlier invite of that person."""

    def remove(self, room_id: int, actor: Actor) -> None: ...
    def remove_by(self, room_id: int, inviter: Actor) -> None: ...
    def date_back(self, room_id: int) -> None:
        """Invites of this room that are dated later than now are dated now."""

    def move(self, guest: Actor, to: Actor) -> None:
        """Invites that the guest received and sent are the account's from now on."""


class OffersReader(Protocol):
    """Rooms that their founders would give to somebody."""

    def of_account(self, account_id: int) -> Sequence[Offer]:
        """Offers to the account and by it; the oldest first."""


class Offers(OffersReader, Protocol):
    def of_room(self, room_id: int) -> Offer | None: ...
    def put(self, room_id: int, account_id: int, by: int) -> None:
        """It takes the place of an earlier offer of that room."""

    def remove(self, room_id: int) -> None: ...
