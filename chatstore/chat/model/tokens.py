"""Device tokens: what one device keeps instead of the password, and logs in with.

A token is 32 random bytes, so nobody guesses one and SHA-256 is all that is stored of it: no slow hash is needed.
It is told once, when it is made. Its form tells it from a password, which may not have that form (passwords.py).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

MAX_TOKENS = 50
"""Tokens of one account."""
MAX_LABEL = 100
"""Characters of what a token is called; more are cut."""
REMOVED = "the token that you logged in with was removed"
CERTIFICATE_REMOVED = "the certificate that you logged in with was removed"
PASSWORD_CHANGED = "the password of your account was changed"
"""What sessions are told that end for it."""

_PREFIX = "cst_"
_TOKEN = re.compile(r"cst_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class DeviceToken:
    """One as it is stored; times are milliseconds since 1970 UTC. `digest`: see digest_of. `last_used_at`: when a
    connection last came by it."""

    id: int
    account_id: int
    digest: str
    label: str
    created_at: int
    last_used_at: int | None


def new_token() -> str:
    return _PREFIX + secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    """Whether it has the form of one."""
    return _TOKEN.fullmatch(text) is not None


def digest_of(token: str) -> str:
    """What is stored of it: SHA-256 in lower-case hex."""
    return hashlib.sha256(token.encode()).hexdigest()
