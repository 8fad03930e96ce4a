"""Accounts and what belongs to them: how the domain reads and changes them in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chatstore.chat.model.accounts import Account, AccountRole, PeopleQuery
from chatstore.chat.model.invitations import AccountInvitation, InvitationShown, InvitationsQuery
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import Name
from chatstore.chat.model.scopes import EVERYTHING, Grant
from chatstore.chat.model.tokens import DeviceToken


class AccountsReader(Protocol):
    """Accounts, with their client certificates and the networks that they logged in from."""

    def by_id(self, account_id: int) -> Account | None: ...
    def named(self, folded: str) -> Account | None:
        """The account with this folded name, even if it was removed."""

    def looking_like(self, name: Name) -> Account | None:
        """An account whose name is the same, or looks the same (chat/model/lookalikes.py)."""

    def with_certificate(self, fingerprint: str) -> Account | None:
        """The account that this certificate logs in to. `fingerprint` is its SHA-256 in lower-case hex."""

    def certificates(self, account_id: int) -> Sequence[tuple[str, int]]:
        """The account's certificates, oldest first: each fingerprint, and when it was added (ms since 1970
        UTC)."""

    def knows_network(self, account_id: int, digest: str) -> bool:
        """Whether the account has logged in from this network."""

    def bots_of(self, owner_id: int | None) -> Sequence[Account]:
        """The bots of an account (None: of the server) that are not removed, by name."""

    def bots(self) -> Sequence[Account]:
        """All bots that are not removed, by name."""

    def has_admin(self) -> bool:
        """Whether an account that is not removed is an admin's."""

    def chosen(self, query: PeopleQuery) -> Sequence[Account]:
        """The accounts that the query selects, by name."""

    def names(self, of: Collection[int]) -> Mapping[int, str]:
        """The names of accounts, by their ids."""

    def asked_from(self, of: Collection[int] | None = None) -> Mapping[int, str]:
        """Of the accounts that wait for approval: where each was asked for, by its id; the oldest first. `of`: of
        these accounts alone."""

    def asked_before(self, time: int) -> Sequence[Account]:
        """The accounts that wait for approval since before a time (ms since 1970 UTC)."""


class Accounts(AccountsReader, Protocol):
    def add(self, name: Name, password: str, role: AccountRole) -> Account:
        """Add an account. `password` is hashed already."""

    def update(self, account_id: int, **values: Any) -> None:
        """Set fields of Account."""

    def mark_seen(self, account_ids: Collection[int]) -> None:
        """Note that the accounts are here now."""

    def add_certificate(self, account_id: int, fingerprint: str) -> None: ...
    def remove_certificates(self, account_id: int, fingerprint: str = "") -> Sequence[str]:
        """Remove one certificate, or without a fingerprint all of the account's. Returns the fingerprints
        removed."""

    def note_network(self, account_id: int, digest: str) -> None:
        """Remember that the account has logged in from this network now."""

    def forget_networks(self, account_id: int) -> None: ...
    def ask_for(self, account_id: int, address: str) -> None:
        """Note where an account that waits for approval was asked for."""

    def decided(self, account_id: int) -> None:
        """The account does not wait for approval any more."""

    def forget(self, account_id: int) -> None:
        """Remove an account that never was approved: nothing else is about it, and its name is free again."""


class TokensReader(Protocol):
    """Device tokens. `digest` is the SHA-256 of a token in lower-case hex."""

    def of_account(self, account_id: int) -> Sequence[DeviceToken]:
        """The account's tokens, oldest first."""

    def by_digest(self, digest: str) -> DeviceToken | None: ...
    def count(self, account_id: int) -> int: ...


class Tokens(TokensReader, Protocol):
    def add(self, account_id: int, digest: str, label: str, grant: Grant = EVERYTHING) -> DeviceToken: ...
    def exists(self, token_id: int) -> bool: ...
    def use(self, token_id: int) -> bool:
        """Note that a token was used now. Returns whether it exists."""

    def remove(self, account_id: int, *, only: int | None, but: int | None) -> Sequence[int]:
        """Remove the account's token `only`, or all of its tokens except `but`. Returns the ids of the
        removed tokens."""


class InvitationsReader(Protocol):
    """Invitations to the server. `digest` is the SHA-256 of a code in lower-case hex."""

    def by_digest(self, digest: str) -> AccountInvitation | None: ...
    def chosen(self, query: InvitationsQuery) -> Sequence[InvitationShown]:
        """The invitations that the query selects, newest first."""


class Invitations(InvitationsReader, Protocol):
    """Invitations to the server, for changes. Only unused ones can be removed."""

    def add(
        self,
        digest: str,
        name: str,
        role: AccountRole,
        expires_at: int,
        made_by: int | None,
        *,
        token: int | None = None,
        first: bool = False,
        account_id: int | None = None,
    ) -> AccountInvitation:
        """Add an invitation. `token` is the device token of the session that makes it. `account_id`: the account
        whose password it sets; None if it makes one."""

    def use(self, invitation_id: int, account_id: int) -> bool:
        """Use the invitation up. Returns False if somebody else has used or removed it meanwhile."""

    def renew_token(self, old: int, new: int) -> None:
        """Treat what was made by the old device token as made by the new one."""

    def remove(self, invitation_id: int) -> bool:
        """Remove an invitation. Returns whether there was one."""

    def remove_made_by(self, account_id: int) -> None: ...
    def remove_made_by_tokens(self, account_id: int, *, only: Collection[int] = (), but: int | None = None) -> None:
        """Remove the invitations that the account made by one of these device tokens. If `only` is empty: by
        any token except `but`."""

    def remove_for_account(self, account_id: int) -> None:
        """Remove what would set this account's password."""

    def remove_first(self) -> None:
        """Remove the invitations for the first admin."""


@dataclass(frozen=True)
class MetadataItem:
    """One value of a room or an account."""

    room: int | None
    account: int | None
    key: str
    value: str


class MetadataReader(Protocol):
    """What clients store about accounts and rooms (IRCv3 metadata)."""

    def of(self, subject: Subject) -> Mapping[str, str]: ...
    def around(self, rooms: Sequence[int], accounts: Sequence[int], keys: Sequence[str]) -> Sequence[MetadataItem]:
        """The values under these keys of the rooms, of their members, and of the accounts."""


class Metadata(MetadataReader, Protocol):
    def put(self, subject: Subject, key: str, value: str) -> None:
        """Set a value; an empty one removes the key."""
