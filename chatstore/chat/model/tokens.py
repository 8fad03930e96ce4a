"""Device tokens: a device stores one instead of the password, and logs in with it.

A token is 32 random bytes. Nobody can guess it, so only its SHA-256 is stored, and no slow hash is needed. It
is shown once, when it is made. Its form distinguishes it from a password, which may not have that form
(passwords.py).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from chatstore.chat.model.scopes import SCOPES, Grant, grant_of

MAX_TOKENS = 50
"""The most tokens of one account."""
MAX_LABEL = 100
"""The most characters of a token's label; the rest is cut off."""
REMOVED = "the token that you logged in with was removed"
CERTIFICATE_REMOVED = "the certificate that you logged in with was removed"
PASSWORD_CHANGED = "the password of your account was changed"
"""The reason that sessions get when a changed password ends them."""

_PREFIX = "cst_"
_TOKEN = re.compile(r"cst_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class DeviceToken:
    """A token as it is stored. Times are ms since 1970 UTC. `digest`: see digests.py. `last_used_at`: when a
    connection last logged in by it."""

    id: int
    account_id: int
    digest: str
    label: str
    created_at: int
    last_used_at: int | None
    scopes: str = " ".join(SCOPES)
    rooms: str | None = None
    """The ids of the rooms that it is limited to, as words; None if it is not limited."""

    @property
    def grant(self) -> Grant:
        """What it lets a session do."""
        return grant_of(self.scopes, self.rooms)


def new_token() -> str:
    return _PREFIX + secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    """Whether the text has the form of a token."""
    return _TOKEN.fullmatch(text) is not None
