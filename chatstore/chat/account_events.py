"""Facts about an account that are no part of a room's history; its own sessions are told, or end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatstore.chat.accounts import Persistence, Replay


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
class TokensLeft:
    """These are all device tokens that there are, after another process has changed something: sessions that came
    by others end."""

    tokens: frozenset[int]
