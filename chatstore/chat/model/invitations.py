"""Invitations to the server: a code that lets one person make an account, once.

A code is 24 characters of an alphabet that can be read out and typed over (no l, o, 0 or 1): 120 random bits, of
which SHA-256 is stored. It travels in the fragment of a link, which browsers send to nobody.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from chatstore.chat.model.accounts import AccountRole

DAY = 86_400_000
USUAL_LIFE = 7 * DAY
FIRST_ADMINS_LIFE = 30 * 60_000
"""How long one lasts, in milliseconds; that of the first admin is made at every start."""
FRAGMENT = "#invite="

_PREFIX = "csi_"
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_LENGTH = 24
_CODE = re.compile(rf"{_PREFIX}[{_LETTERS}]{{{_LENGTH}}}")


@dataclass(frozen=True)
class AccountInvitation:
    """One as it is stored; times are milliseconds since 1970 UTC. `digest`: see digest_of. `name`: the account that
    it is for, empty for any. `made_by` and `used_by`: accounts; None for the command line, and for nobody. `first`:
    it is for the server's first admin, and void as soon as there is one. `made_by_token`: the device token by which
    whoever made it had come."""

    id: int
    digest: str
    name: str
    role: AccountRole
    created_at: int
    expires_at: int
    made_by: int | None
    first: bool
    used_at: int | None
    used_by: int | None
    made_by_token: int | None = None

    def usable(self, now: int) -> bool:
        return self.used_at is None and now < self.expires_at


def new_code() -> str:
    return _PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def code_in(text: str) -> str:
    """The code that a text is, or that is in a link; empty where it is neither."""
    code = text.strip().rpartition(FRAGMENT)[2].lower()
    return code if _CODE.fullmatch(code) else ""


def digest_of(code: str) -> str:
    """What is stored of it: SHA-256 in lower-case hex."""
    return hashlib.sha256(code.encode()).hexdigest()


def link(web: str, code: str) -> str:
    """`web`: the URL of the server's page; empty where there is none, and then there is no link."""
    return f"{web}{FRAGMENT}{code}" if web else ""
