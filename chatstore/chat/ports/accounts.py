"""Accounts and what belongs to them, as the domain reads and changes them in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chatstore.chat.model.accounts import Account, AccountRole
from chatstore.chat.model.invitations import AccountInvitation
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import Name
from chatstore.chat.model.tokens import DeviceToken


class AccountsReader(Protocol):
    """Accounts, with their client certificates and the networks that they logged in from."""

    def by_id(self, account_id: int) -> Account | None: ...
    def named(self, folded: str) -> Account | None:
        """By its folded name. Removed accounts are found, too."""

    def looking_like(self, name: Name) -> Account | None:
        """One whose name looks the same (chat/model/lookalikes.py), or is the same."""

    def with_certificate(self, fingerprint: str) -> Account | None:
        """`fingerprint`: the SHA-256 of a client certificate, lower-case hex."""

    def certificates(self, account_id: int) -> Sequence[tuple[str, int]]:
        """The account's: each fingerprint, and when it was added (ms since 1970 UTC). The oldest first."""

    def knows_network(self, account_id: int, digest: str) -> bool:
        """Whether the account has logged in from there."""

    def has_admin(self) -> bool:
        """Whether there is an admin whose account was not removed."""


class Accounts(AccountsReader, Protocol):
    def add(self, name: Name, password: str, role: AccountRole) -> Account:
        """`password` is hashed already."""

    def update(self, account_id: int, **values: Any) -> None:
        """Set fields of Account."""

    def add_certificate(self, account_id: int, fingerprint: str) -> None: ...
    def remove_certificates(self, account_id: int, fingerprint: str = "") -> Sequence[str]:
        """Remove that one; without a fingerprint, all of the account's. Returns those that were removed."""

    def note_network(self, account_id: int, digest: str) -> None:
        """The account has logged in from there now."""

    def forget_networks(self, account_id: int) -> None: ...


class TokensReader(Protocol):
    """Device tokens. `digest`: the SHA-256 of a token, lower-case hex."""

    def of_account(self, account_id: int) -> Sequence[DeviceToken]:
        """The oldest first."""

    def by_digest(self, digest: str) -> DeviceToken | None: ...
    def count(self, account_id: int) -> int: ...


class Tokens(TokensReader, Protocol):
    def add(self, account_id: int, digest: str, label: str) -> DeviceToken: ...
    def use(self, token_id: int) -> bool:
        """Note that it was used now. Returns whether it is there."""

    def remove(self, account_id: int, *, only: int | None, but: int | None) -> Sequence[int]:
        """Remove the account's token `only`, or all of them `but` one. Returns the ids of those removed."""


class InvitationsReader(Protocol):
    """Invitations to the server. `digest`: the SHA-256 of a code, lower-case hex."""

    def by_digest(self, digest: str) -> AccountInvitation | None: ...


class Invitations(InvitationsReader, Protocol):
    """Only invitations that nobody has used can be removed."""

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
    ) -> AccountInvitation:
        """`token`: the device token of the session that makes it."""

    def use(self, invitation_id: int, account_id: int) -> None: ...
    def renew_token(self, old: int, new: int) -> None:
        """What was made by the old device token counts as made by the new one."""

    def remove(self, invitation_id: int) -> bool:
        """Returns whether there was one."""

    def remove_made_by(self, account_id: int) -> None: ...
    def remove_made_by_tokens(self, account_id: int, *, only: Collection[int] = (), but: int | None = None) -> None:
        """Those that the account made by one of these device tokens; if `only` is empty, by any token `but` one."""

    def remove_first(self) -> None:
        """Those for the first admin."""


@dataclass(frozen=True)
class MetadataItem:
    """One value: of a room, or of an account."""

    room: int | None
    account: int | None
    key: str
    value: str


class MetadataReader(Protocol):
    """What clients keep of accounts and rooms (IRCv3 metadata)."""

    def of(self, subject: Subject) -> Mapping[str, str]: ...
    def around(self, rooms: Sequence[int], accounts: Sequence[int], keys: Sequence[str]) -> Sequence[MetadataItem]:
        """What is set under these keys: of the rooms, then of their members and of the accounts."""


class Metadata(MetadataReader, Protocol):
    def put(self, subject: Subject, key: str, value: str) -> None:
        """An empty value removes the key."""
