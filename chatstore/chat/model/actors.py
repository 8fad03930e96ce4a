"""Actors: who did something. It is an account's person, a guest, or the server itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property


@dataclass(frozen=True)
class Actor:
    """A person as everybody was shown them at that time: an account's, or a guest (no account)."""

    nick: str
    account: str | None = None
    account_id: int | None = None
    guest: str | None = None
    bot: bool = False
    """Whether they were marked as a bot at that time."""
    relayed: str = ""
    """Who passed this on, if it was said elsewhere: the nick of a member. `nick` is then that of the author there,
    and has a `/`, which no other nick has; everything else is the member's."""
    called: str = field(default="", compare=False)
    """`~name`, the username that a present person gave (USER in IRC). People who ask about them see it, and
    bans may name it. It is not stored, and not part of the mask that everybody sees."""

    @cached_property
    def key(self) -> int | str:
        """What identifies a person: the account's id, or the guest's own random text."""
        return self.account_id if self.account_id is not None else (self.guest or "")

    @property
    def user(self) -> str:
        return "u" if self.account is not None else "guest"

    @property
    def host(self) -> str:
        """What IRC shows as the host: never an address, and the same for all connections."""
        return f"user/{self.account}" if self.account is not None else "guest"

    @cached_property
    def mask(self) -> str:
        return f"{self.nick}!{self.user}@{self.host}"

    @property
    def called_mask(self) -> str:
        """The mask with the username that they gave, as WHOIS shows it."""
        return f"{self.nick}!{self.called or self.user}@{self.host}"


def relayed_actor(by: Actor, nick: str) -> Actor:
    """The author, elsewhere, of what `by` passes on; see relayed_nick."""
    return replace(by, nick=nick, bot=False, relayed=by.nick)


def person_key(text: str) -> int | str:
    """The Actor.key of its text: an account's id consists of digits, a guest's key never does."""
    return int(text) if text.isdigit() else text


SERVER = Actor(nick="*")
"""The actor of what the server does, and its administrator on the command line."""
