"""Invitations to the server: a code lets one person register, once.

A code is 24 characters of an alphabet that is easy to read out and type (no l, o, 0 or 1). It has 120 random
bits, and only its SHA-256 is stored. It travels in the fragment of a link, which browsers send to nobody.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Literal, NamedTuple

from chatstore.chat.model.accounts import AccountRole

DAY = 86_400_000
USUAL_LIFE = 7 * DAY
FIRST_ADMINS_LIFE = 30 * 60_000
RESET_LIFE = DAY
MOST_DAYS = 366
"""How long an invitation is valid, in ms; RESET_LIFE is for one that sets the password of an account. The
first admin's is made anew at every start."""
FRAGMENT = "#invite="

_PREFIX = "csi_"
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_LENGTH = 24
_CODE = re.compile(rf"{_PREFIX}[{_LETTERS}]{{{_LENGTH}}}")


@dataclass(frozen=True)
class AccountInvitation:
    """An invitation as it is stored. Times are ms since 1970 UTC. `digest`: see digests.py. `name`: the
    account that it is for; empty for any. `made_by` and `used_by`: accounts; None for the command line, and
    for nobody. `first`: it is for the server's first admin, and void once there is an admin. `made_by_token`:
    the device token that its maker had logged in by."""

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
    account_id: int | None = None
    """The account that exists already: the code sets its password, once, and makes none."""

    def usable(self, now: int) -> bool:
        return self.used_at is None and now < self.expires_at


State = Literal["open", "used", "expired"]


@dataclass(frozen=True)
class InvitationsQuery:
    """Which invitations, newest first. `now`: ms since 1970 UTC. `before`: only those that were made before the
    invitation with this id."""

    now: int
    state: State | None = None
    before: int | None = None
    limit: int | None = None


class InvitationShown(NamedTuple):
    """An invitation with the names of the accounts that have made and used it; empty without one."""

    invitation: AccountInvitation
    maker: str
    user: str

    def state(self, now: int) -> State:
        if self.invitation.used_at is not None:
            return "used"
        return "open" if self.invitation.usable(now) else "expired"


def new_code() -> str:
    return _PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def code_in(text: str) -> str:
    """The code that a text is or that its link contains; empty if there is none."""
    code = text.strip().rpartition(FRAGMENT)[2].lower()
    return code if _CODE.fullmatch(code) else ""


def link(web: str, code: str) -> str:
    """The link for a code. `web` is the URL of the server's page; if it is empty, so is the link."""
    return f"{web}{FRAGMENT}{code}" if web else ""
