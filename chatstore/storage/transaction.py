"""The Transaction of chat.ports: what a Change sees while the writer holds the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from chatstore.chat.model.accounts import Account, AccountRole
from chatstore.chat.model.events import NO_TAGS, Actor, Event, RoomEvent
from chatstore.chat.model.invitations import AccountInvitation
from chatstore.chat.model.lookalikes import looks_of
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import Name
from chatstore.chat.model.room_settings import DEFAULTS, RoomSettings
from chatstore.chat.model.rooms import Ban, Invitation, Offer, Role, Room
from chatstore.chat.model.tokens import DeviceToken
from chatstore.chat.ports import Reactions, StoredMember
from chatstore.chat.rules.retention import TrustedTime
from chatstore.storage import (
    accounts,
    driver,
    invitations,
    markers,
    messages,
    metadata,
    pruning,
    reactions,
    rooms,
    tokens,
)


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Inside a transaction: what fails in it is undone alone. Not to be nested. There is one for whoever comes or
    goes, and a nested transaction of SQLAlchemy's costs fifty times what SQLite needs for it."""
    driver.run(connection, "SAVEPOINT unit")
    try:
        yield
    except BaseException:
        driver.run(connection, "ROLLBACK TO SAVEPOINT unit")
        driver.run(connection, "RELEASE SAVEPOINT unit")
        raise
    driver.run(connection, "RELEASE SAVEPOINT unit")


class Transaction:
    """Collects in `events` what is to be published when it is committed. `now`: ms since 1970 UTC."""

    def __init__(self, connection: Connection, now: int) -> None:
        self._connection = connection
        self.now = now
        self.events: list[Event] = []
        self.erased = False
        """Whether something was erased, of which the write-ahead log still has a copy."""

    def account(self, account_id: int) -> Account | None:
        return accounts.by_id(self._connection, account_id)

    def account_named(self, folded: str) -> Account | None:
        return accounts.by_folded(self._connection, folded)

    def add_account(self, name: str, folded: str, password: str, role: str) -> Account:
        looks = looks_of(Name(name, folded))
        return accounts.add(
            self._connection, name=name, folded=folded, looks=looks, password=password, role=role, now=self.now
        )

    def account_looking_like(self, name: Name) -> Account | None:
        return accounts.looking_like(self._connection, looks_of(name))

    def update_account(self, account_id: int, **values: Any) -> None:
        accounts.change(self._connection, account_id, **values)

    def add_certificate(self, account_id: int, fingerprint: str) -> None:
        accounts.add_certificate(self._connection, account_id, fingerprint, self.now)

    def certificate_owner(self, fingerprint: str) -> Account | None:
        return accounts.by_certificate(self._connection, fingerprint)

    def remove_certificates(self, account_id: int, fingerprint: str = "") -> Sequence[str]:
        return accounts.remove_certificates(self._connection, account_id, fingerprint)

    def note_network(self, account_id: int, digest: str) -> None:
        accounts.note_network(self._connection, account_id, digest, self.now)

    def forget_networks(self, account_id: int) -> None:
        accounts.forget_networks(self._connection, account_id)

    def tokens(self, account_id: int) -> Sequence[DeviceToken]:
        return tokens.of_account(self._connection, account_id)

    def count_tokens(self, account_id: int) -> int:
        return tokens.count(self._connection, account_id)

    def add_token(self, account_id: int, digest: str, label: str) -> DeviceToken:
        return tokens.add(self._connection, account_id, digest, label, self.now)

    def use_token(self, token_id: int) -> bool:
        return tokens.use(self._connection, token_id, self.now)

    def remove_tokens(self, account_id: int, *, only: int | None, but: int | None) -> Sequence[int]:
        return tokens.remove(self._connection, account_id, only=only, but=but)

    def has_admin(self) -> bool:
        return invitations.has_admin(self._connection)

    def account_invitation(self, digest: str) -> AccountInvitation | None:
        return invitations.by_digest(self._connection, digest)

    def add_account_invitation(
        self,
        digest: str,
        name: str,
        role: AccountRole,
        expires_at: int,
        by: int | None,
        *,
        token: int | None = None,
        first: bool = False,
    ) -> AccountInvitation:
        return invitations.add(
            self._connection,
            digest=digest,
            name=name,
            role=role,
            created_at=self.now,
            expires_at=expires_at,
            made_by=by,
            made_by_token=token,
            first=int(first),
        )

    def remove_account_invitations(
        self, account_id: int, *, by_tokens: Collection[int] | None = None, but_token: int | None = None
    ) -> None:
        if by_tokens is None:
            invitations.remove_made_by(self._connection, account_id)
        else:
            invitations.remove_made_by_tokens(self._connection, account_id, only=by_tokens, but=but_token)

    def renew_invitations(self, old_token: int, new_token: int) -> None:
        invitations.renew_token(self._connection, old_token, new_token)

    def use_account_invitation(self, invitation_id: int, account_id: int) -> None:
        invitations.use(self._connection, invitation_id, account_id, self.now)

    def remove_account_invitation(self, invitation_id: int) -> bool:
        return invitations.remove(self._connection, invitation_id)

    def remove_first_invitations(self) -> None:
        invitations.remove_first(self._connection)

    def room(self, room_id: int) -> Room | None:
        return rooms.by_id(self._connection, room_id)

    def room_keyed(self, key: str) -> Room | None:
        return rooms.by_key(self._connection, key)

    def add_room(
        self, kind: str, key: str, name: str, founder_id: int | None, settings: RoomSettings = DEFAULTS
    ) -> Room:
        return rooms.add(
            self._connection,
            kind=kind,
            key=key,
            name=name,
            founder_id=founder_id,
            now=self.now,
            settings=settings,
        )

    def update_room(self, room_id: int, **values: Any) -> None:
        rooms.change(self._connection, room_id, **values)

    def remove_room(self, room_id: int) -> None:
        rooms.remove(self._connection, room_id)

    def add_mask(self, room_id: int, mode: str, ban: Ban) -> None:
        rooms.add_mask(self._connection, room_id, mode, ban)

    def remove_mask(self, room_id: int, mode: str, mask: str) -> None:
        rooms.remove_mask(self._connection, room_id, mode, mask)

    def member(self, room_id: int, actor: Actor) -> StoredMember | None:
        return rooms.member(self._connection, room_id, actor)

    def memberships(self, actor: Actor) -> Sequence[StoredMember]:
        return rooms.memberships_of(self._connection, actor)

    def temporary_members(self, *, always_on: bool) -> Sequence[StoredMember]:
        return rooms.temporary_members(self._connection, always_on=always_on)

    def count_members(self, room_id: int) -> int:
        return rooms.count_members(self._connection, room_id)

    def count_founded(self, account_id: int) -> int:
        return rooms.count_founded(self._connection, account_id)

    def put_member(self, room_id: int, actor: Actor, role: Role, joined_seq: int) -> None:
        rooms.put_member(self._connection, room_id, actor, role, joined_seq, self.now)

    def remove_member(self, room_id: int, actor: Actor) -> None:
        rooms.remove_member(self._connection, room_id, actor)

    def rename_guest(self, actor: Actor, nick: str) -> None:
        rooms.rename_guest(self._connection, actor, nick)

    def move_member(self, room_id: int, guest: Actor, to: Actor) -> None:
        rooms.move_member(self._connection, room_id, guest, to)

    def guests_conversations(self, guest: Actor | None = None) -> Sequence[Room]:
        return rooms.guests_conversations(self._connection, guest)

    def offer(self, room_id: int) -> Offer | None:
        return rooms.offer(self._connection, room_id)

    def put_offer(self, room_id: int, account_id: int, by: int) -> None:
        rooms.put_offer(self._connection, room_id, account_id, by, self.now)

    def remove_offer(self, room_id: int) -> None:
        rooms.remove_offer(self._connection, room_id)

    def mark_seen(self, account_id: int, seen: Mapping[int, int]) -> None:
        rooms.mark_seen(self._connection, account_id, seen)

    def invitation(self, room_id: int, actor: Actor) -> Invitation | None:
        return rooms.invitation(self._connection, room_id, actor)

    def add_invitation(self, room_id: int, invitation: Invitation) -> None:
        rooms.add_invitation(self._connection, room_id, invitation)

    def remove_invitations_by(self, room_id: int, inviter: Actor) -> None:
        rooms.remove_invitations_by(self._connection, room_id, inviter)

    def date_invitations_back(self, room_id: int) -> None:
        rooms.date_invitations_back(self._connection, room_id, self.now)

    def remove_invitation(self, room_id: int, actor: Actor) -> None:
        rooms.remove_invitation(self._connection, room_id, actor)

    def prune(self, most: int, now: int) -> tuple[Mapping[int, int], int, bool]:
        return pruning.prune(self._connection, now, most)

    def retention_time(self) -> TrustedTime | None:
        known = pruning.trusted(self._connection)
        return None if known is None else TrustedTime(*known)

    def put_retention_time(self, trusted: TrustedTime) -> None:
        pruning.put_trusted(self._connection, *trusted)

    def move_invitations(self, guest: Actor, to: Actor) -> None:
        rooms.move_invitations(self._connection, guest, to)

    def metadata(self, subject: Subject) -> Mapping[str, str]:
        return metadata.of(self._connection, subject)

    def put_metadata(self, subject: Subject, key: str, value: str) -> None:
        metadata.put(self._connection, subject, key, value)

    def record(
        self,
        kind: type[RoomEvent],
        room_id: int,
        actor: Actor,
        body: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> RoomEvent:
        event = messages.record(
            self._connection, kind, room_id, actor, body, tags if tags is not None else NO_TAGS, self.now
        )
        self.events.append(event)
        return event

    def reactions(self, room_id: int, seq: int, actor: Actor, value: str) -> Reactions:
        return reactions.about(self._connection, room_id, seq, actor, value)

    def add_reaction(self, room_id: int, seq: int, actor: Actor, value: str) -> None:
        reactions.add(self._connection, room_id, seq, actor, value)

    def remove_reaction(self, room_id: int, seq: int, actor: Actor, value: str) -> None:
        reactions.remove(self._connection, room_id, seq, actor, value)

    def remove_reactions(self, room_id: int, seq: int) -> None:
        reactions.remove_all(self._connection, room_id, seq)

    def read_marker(self, room_id: int, actor: Actor) -> int | None:
        return markers.read_at(self._connection, room_id, actor)

    def put_read_marker(self, room_id: int, actor: Actor, time: int) -> None:
        markers.put(self._connection, room_id, actor, time)

    def forget_guests_read_markers(self) -> None:
        markers.forget_guests(self._connection)

    def fact(self, room_id: int, seq: int) -> RoomEvent | None:
        return messages.fact(self._connection, room_id, seq)

    def erase(self, event: RoomEvent, by: Actor, reason: str) -> None:
        messages.erase(self._connection, event, by, reason)
        self.erased = True

    def touch(self) -> None:
        """Write what is there already, to find out whether anything can be written."""
        driver.run(self._connection, "UPDATE incarnations SET token = token")

    def announce(self, event: Event) -> None:
        self.events.append(event)
