"""Facts about an account that are no part of a room's history; its own sessions are told, or end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatstore.chat.model.accounts import Persistence, Replay


@dataclass(frozen=True)
class PersistenceChanged:
    """The account wants something else of what happens when its last connection goes. `stays`: what will."""

    account_id: int
    persistence: Persistence
    stays: bool


@dataclass(frozen=True)
class ReplayChanged:
    """The account wants something else of what is shown of the past."""

    account_id: int
    replay: Replay


@dataclass(frozen=True)
class AccountEnded:
    """The account was suspended or removed: its sessions end."""

    account_id: int
    reason: str


@dataclass(frozen=True)
class TokensRemoved:
    """Sessions of the account that came by one of these device tokens end, but for the one that removed them."""

    account_id: int
    tokens: frozenset[int]


@dataclass(frozen=True)
class CertificatesRemoved:
    """Sessions of the account that came by one of these certificates end, but for the one that removed them."""

    account_id: int
    fingerprints: frozenset[str]


@dataclass(frozen=True)
class PasswordChanged:
    """The account has another password. Its sessions of an earlier epoch end, but for the one that set it; that one
    has `token` from now on, if it came by a token."""

    account_id: int
    epoch: int
    token: int | None


@dataclass(frozen=True)
class RoleChanged:
    """The account is an admin's from now on, or no more."""

    account_id: int
    admin: bool


@dataclass(frozen=True)
class AccessLeft:
    """How one can log in, after another process has changed something: all device tokens and certificates that
    there are, the epochs of the passwords (those that are not 0), and whose accounts are admins. Sessions that came
    by what is gone end."""

    tokens: frozenset[int]
    certificates: frozenset[str]
    epochs: Mapping[int, int]
    admins: frozenset[int]
