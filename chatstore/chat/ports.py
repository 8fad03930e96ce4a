"""What the domain needs from the floors above it, as protocols: the store, a transaction, a view, a clock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol

from chatstore.chat.model.accounts import Account, AccountRole
from chatstore.chat.model.events import Actor, Event, Published, RoomEvent
from chatstore.chat.model.invitations import AccountInvitation
from chatstore.chat.model.messages import Draft, Found, HistoryQuery, Page, Search
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import Name
from chatstore.chat.model.room_settings import DEFAULTS, RoomSettings
from chatstore.chat.model.rooms import Ban, Invitation, Offer, Role, Room
from chatstore.chat.model.tokens import DeviceToken
from chatstore.chat.rules.retention import TrustedTime
from chatstore.chat.ticket import Ticket

Clock = Callable[[], float]
"""Seconds since 1970 UTC (time.time) or since some start (time.monotonic), as the parameter's name says."""


@dataclass(frozen=True)
class StoredMember:
    """A membership as it is stored. `guest` members have no account and don't outlive their connection."""

    room: int
    actor: Actor
    role: Role
    joined_seq: int


class Reactions(NamedTuple):
    """What there is of reactions to a message, as somebody is about to react by a value: whether they have done so
    already, how many are theirs, whether anybody has, and how many values there are."""

    same: bool
    own: int
    known: bool
    values: int


class Transaction(Protocol):
    """What a Change sees and does while the writer holds the database. `now`: ms since 1970 UTC."""

    now: int

    def account(self, account_id: int) -> Account | None: ...
    def account_named(self, folded: str) -> Account | None: ...
    def account_looking_like(self, name: Name) -> Account | None:
        """One whose name looks the same (chat/model/lookalikes.py), or is the same."""

    def add_account(self, name: str, folded: str, password: str, role: str) -> Account: ...
    def update_account(self, account_id: int, **values: Any) -> None: ...

    def add_certificate(self, account_id: int, fingerprint: str) -> None: ...
    def certificate_owner(self, fingerprint: str) -> Account | None: ...
    def remove_certificates(self, account_id: int, fingerprint: str = "") -> Sequence[str]:
        """That one, or without a fingerprint all of the account's: those that there were."""

    def note_network(self, account_id: int, digest: str) -> None:
        """The account has logged in from there."""

    def forget_networks(self, account_id: int) -> None: ...

    def tokens(self, account_id: int) -> Sequence[DeviceToken]: ...
    def count_tokens(self, account_id: int) -> int: ...
    def add_token(self, account_id: int, digest: str, label: str) -> DeviceToken: ...
    def use_token(self, token_id: int) -> bool:
        """It was used now. Whether it is there."""

    def remove_tokens(self, account_id: int, *, only: int | None, but: int | None) -> Sequence[int]:
        """Of the account's `only` that one, or all `but` one. Their ids."""

    def has_admin(self) -> bool: ...
    def account_invitation(self, digest: str) -> AccountInvitation | None: ...
    def add_account_invitation(
        self,
        digest: str,
        name: str,
        role: AccountRole,
        expires_at: int,
        made_by: int | None,
        *,
        token: int | None = None,
        first: bool = False,
    ) -> AccountInvitation:
        """`token`: the device token of the session that makes it."""

    def remove_account_invitations(
        self, account_id: int, *, by_tokens: Collection[int] | None = None, but_token: int | None = None
    ) -> None:
        """Of those that an account made and nobody has used: all; or those made by these device tokens, or (empty)
        by any token but one."""

    def renew_invitations(self, old_token: int, new_token: int) -> None:
        """What was made by the old device token counts as made by the new one."""

    def use_account_invitation(self, invitation_id: int, account_id: int) -> None: ...
    def remove_account_invitation(self, invitation_id: int) -> bool:
        """One that nobody has used. Whether there was one."""

    def remove_first_invitations(self) -> None:
        """Those for the first admin that nobody has used."""

    def room(self, room_id: int) -> Room | None: ...
    def room_keyed(self, key: str) -> Room | None: ...
    def add_room(
        self, kind: str, key: str, name: str, founder_id: int | None, settings: RoomSettings = DEFAULTS
    ) -> Room: ...
    def update_room(self, room_id: int, **values: Any) -> None: ...
    def remove_room(self, room_id: int) -> None: ...
    def add_mask(self, room_id: int, mode: str, ban: Ban) -> None:
        """To one of the room's lists; `mode` is its letter."""

    def remove_mask(self, room_id: int, mode: str, mask: str) -> None: ...

    def member(self, room_id: int, actor: Actor) -> StoredMember | None: ...
    def memberships(self, actor: Actor) -> Sequence[StoredMember]: ...
    def temporary_members(self, *, always_on: bool) -> Sequence[StoredMember]:
        """Members that a restart ends: the guests, and the accounts that don't stay; rooms only."""

    def count_members(self, room_id: int) -> int: ...
    def count_founded(self, account_id: int) -> int: ...
    def put_member(self, room_id: int, actor: Actor, role: Role, joined_seq: int) -> None: ...
    def remove_member(self, room_id: int, actor: Actor) -> None: ...
    def rename_guest(self, actor: Actor, nick: str) -> None: ...
    def move_member(self, room_id: int, guest: Actor, to: Actor) -> None:
        """The guest's membership is the account's from now on."""

    def guests_conversations(self, guest: Actor | None = None) -> Sequence[Room]:
        """The direct conversations in which no account is; those of a guest, or all of them."""

    def offer(self, room_id: int) -> Offer | None: ...
    def put_offer(self, room_id: int, account_id: int, by: int) -> None:
        """In place of the one that there is, if any."""

    def remove_offer(self, room_id: int) -> None: ...

    def mark_seen(self, account_id: int, seen: Mapping[int, int]) -> None:
        """Everything up to these seqs, by room, has been delivered to the account."""

    def invitation(self, room_id: int, actor: Actor) -> Invitation | None: ...
    def add_invitation(self, room_id: int, invitation: Invitation) -> None:
        """In place of the one that the person has, if any."""

    def remove_invitation(self, room_id: int, actor: Actor) -> None: ...
    def remove_invitations_by(self, room_id: int, inviter: Actor) -> None: ...
    def date_invitations_back(self, room_id: int) -> None:
        """None of the room was given later than now."""

    def move_invitations(self, guest: Actor, to: Actor) -> None:
        """What the guest was given, and gave, is the account's."""

    def prune(self, most: int, now: int) -> tuple[Mapping[int, int], int, bool]:
        """Erase what rooms no longer keep at that time (ms), at most so many events together: the rooms' new first
        seqs, how many events were erased, and whether there is more."""

    def retention_time(self) -> TrustedTime | None:
        """The time that retention last erased by; None before its first pass."""

    def put_retention_time(self, trusted: TrustedTime) -> None: ...

    def metadata(self, subject: Subject) -> Mapping[str, str]: ...
    def put_metadata(self, subject: Subject, key: str, value: str) -> None:
        """An empty value removes it."""

    def record(
        self,
        kind: type[RoomEvent],
        room_id: int,
        actor: Actor,
        body: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> RoomEvent:
        """Store one fact with the room's next seq, and have it published once it is committed."""

    def reactions(self, room_id: int, seq: int, actor: Actor, value: str) -> Reactions: ...
    def add_reaction(self, room_id: int, seq: int, actor: Actor, value: str) -> None: ...
    def remove_reaction(self, room_id: int, seq: int, actor: Actor, value: str) -> None: ...
    def remove_reactions(self, room_id: int, seq: int) -> None:
        """All of them to one message."""

    def read_marker(self, room_id: int, actor: Actor) -> int | None: ...
    def put_read_marker(self, room_id: int, actor: Actor, time: int) -> None: ...
    def forget_guests_read_markers(self) -> None: ...
    def fact(self, room_id: int, seq: int) -> RoomEvent | None: ...
    def erase(self, event: RoomEvent, by: Actor, reason: str) -> None:
        """Leave nothing of a message but who said it and when: its text and tags are gone from the database, and
        soon from its file."""

    def announce(self, event: Event) -> None:
        """Have something published after the commit that has no place in a room's history."""


@dataclass
class Change(ABC):
    """A unit of work other than a message: decided and done inside the writer's transaction."""

    origin: object = field(default=None, kw_only=True)
    """Who caused it, for whoever delivers what it announces."""
    ends_batch: ClassVar[bool] = False
    """It may take somebody's right to post: what follows is judged after it is published."""
    deferrable: ClassVar[bool] = False
    """It stores nothing, and may come after what was submitted later."""

    @abstractmethod
    def apply(self, tx: Transaction) -> Any:
        """Do it and return the result. ChatError refuses it: nothing of it is kept."""


class Store(Protocol):
    """The database, as the domain sees it. Everything but submit() blocks."""

    def submit(self, units: Sequence[Draft | Change]) -> Ticket: ...

    def page(self, query: HistoryQuery) -> Page: ...
    def search(self, search: Search, go_on: Callable[[], bool]) -> Found:
        """Look through the messages for as long as `go_on` says so; nothing is held open meanwhile."""

    def first_seq_from(self, room_id: int, time: int) -> int:
        """The smallest seq whose time is at least `time`; last seq + 1 when there is none."""

    def certificates(self, account_id: int) -> Sequence[tuple[str, int]]:
        """Of an account: the SHA-256 of each, and when it was added."""

    def account_with_certificate(self, fingerprint: str) -> Account | None: ...
    def tokens(self, account_id: int) -> Sequence[DeviceToken]: ...
    def token(self, digest: str) -> DeviceToken | None: ...
    def account_invitation(self, digest: str) -> AccountInvitation | None: ...
    def account(self, account_id: int) -> Account | None: ...
    def account_named(self, folded: str) -> Account | None: ...
    def account_looking_like(self, name: Name) -> Account | None:
        """One whose name looks the same (chat/model/lookalikes.py), or is the same."""

    def knows_network(self, account_id: int, digest: str) -> bool:
        """Whether the account has logged in from there."""

    def room_keyed(self, key: str) -> Room | None: ...
    def invitations(self, actor: Actor) -> Sequence[str]:
        """The names of the rooms that somebody is invited to."""

    def offers(self, account_id: int) -> Sequence[Offer]:
        """Rooms that were offered to an account, and that it has offered; the oldest first."""

    def invitations_to(self, room_id: int) -> Sequence[Invitation]:
        """The oldest first."""

    def read_marker(self, room_id: int, actor: Actor) -> int | None:
        """Up to when the person has read a conversation, in ms since 1970 UTC; None when they never said."""

    def unseen(self, account_id: int) -> Sequence[Unseen]:
        """The account's rooms and direct conversations with something that was not delivered to it."""

    def conversations(
        self,
        actor: Actor,
        after: int,
        before: int,
        limit: int,
        *,
        newest: bool = True,
        ahead: int | None = None,
    ) -> Sequence[Conversation]:
        """Rooms and direct conversations of the person whose latest message lies strictly between the two
        times, oldest of those first; `limit` of them, the `newest` or the oldest. Those
        whose latest is later than `ahead` are among them, whatever `before` is. Conversations whose latest messages
        share a millisecond come together: fewer than `limit` if they don't fit, more if they are all there is."""

    def metadata(self, subject: Subject) -> Mapping[str, str]: ...
    def metadata_around(
        self, rooms: Sequence[int], accounts: Sequence[int], keys: Sequence[str]
    ) -> Sequence[MetadataItem]:
        """What is set under these keys: of the rooms, then of their members and of the accounts."""


@dataclass(frozen=True)
class MetadataItem:
    """One value: of a room, or of an account."""

    room: int | None
    account: int | None
    key: str
    value: str


@dataclass(frozen=True)
class Conversation:
    """A room or direct conversation with the time (ms) of its latest message; `name` as the person sees it."""

    room: Room
    name: str
    latest: int


@dataclass(frozen=True)
class Unseen:
    """A conversation in which something happened after seq `after`, the last that was delivered to a person."""

    room: Room
    name: str
    after: int


class View(Protocol):
    """How one kind of reader sees events: a door with the settings that change its bytes. Hashable."""

    @property
    def echo(self) -> bool:
        """Whether a session of this view is shown its own messages."""

    @property
    def shows_own(self) -> bool:
        """Whether a session of this view is told the direct messages that its person sends from other connections.
        Clients that don't expect that show them as if others had written them."""

    @property
    def follows_renames(self) -> bool:
        """Whether a RoomRenamed tells it that a room has another name. Otherwise its sessions are told that
        they left the one and are in the other."""

    @property
    def follows(self) -> bool:
        """Whether a session of this view is told what changes of those it watches, without sharing a room."""

    def render(self, event: Event, room: str, to: str = "") -> bytes:
        """The event's bytes, or none. `room`: its name, empty for a direct message, which is `to` a nick."""


class Bus(Protocol):
    """Carries what was committed to whoever delivers it."""

    def publish(self, events: Iterable[Published]) -> None: ...
