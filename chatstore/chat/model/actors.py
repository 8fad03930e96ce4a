"""Who does something: an account's person, a guest, or the server itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Actor:
    """Who did it, as everybody was shown them then: an account's person, or a guest (no account)."""

    nick: str
    account: str | None = None
    account_id: int | None = None
    guest: str | None = None
    bot: bool = False
    """Marked itself as one when it did this."""
    called: str = field(default="", compare=False)
    """`~name`, what somebody who is here calls themselves besides (USER in IRC): shown to who asks about them, and
    good in a ban; not stored, and no part of the mask that everybody is shown."""

    @cached_property
    def key(self) -> int | str:
        """What tells one person from all others: the account's id, or the guest's own random text."""
        return self.account_id if self.account_id is not None else (self.guest or "")

    @property
    def user(self) -> str:
        return "u" if self.account is not None else "guest"

    @property
    def host(self) -> str:
        """Stands where IRC shows a host: never an address, and the same for every connection."""
        return f"user/{self.account}" if self.account is not None else "guest"

    @cached_property
    def mask(self) -> str:
        return f"{self.nick}!{self.user}@{self.host}"

    @property
    def called_mask(self) -> str:
        """As who asks about them is told."""
        return f"{self.nick}!{self.called or self.user}@{self.host}"


def person_key(text: str) -> int | str:
    """Actor.key of its text: an account's id is digits, a guest's key never is."""
    return int(text) if text.isdigit() else text


SERVER = Actor(nick="*")
"""Who did what the server or its administrator did at the command line."""
