"""Accounts: the people whom the server remembers."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Literal

from chatstore.chat.model.actors import Actor

AccountRole = Literal["user", "admin"]
Persistence = Literal["on", "off", "default"]
"""Whether the account's person stays in their rooms without a connection; `default` follows the server's
configuration."""
Replay = Literal["default", "on", "off", "missed", "bot"]
AccountKind = Literal["person", "bot"]
AccountStatus = Literal["active", "suspended", "removed", "placeholder", "waiting"]
"""`placeholder`: of somebody in an import, who can't log in. `waiting`: for an administrator's approval."""


@dataclass(frozen=True)
class Account:
    """An account as it is stored. Times are ms since 1970 UTC.

    `nick` is how its person is shown. A removed account keeps its name for good, so that nobody else can pass
    for the author of its messages. `epoch` counts the changes of its password. `suspended_until` is None for
    a suspension without an end.
    """

    id: int
    name: str
    folded: str
    nick: str
    role: AccountRole
    status: AccountStatus
    status_reason: str
    password: str
    created_at: int
    last_seen_at: int | None
    persistence: Persistence = "default"
    epoch: int = 0
    suspended_until: int | None = None
    replay: Replay = "default"
    """What the server shows of rooms to a client that requests no history: `on` shows the last messages at
    each connection, `missed` what the account has not been sent, `off` nothing. `bot` means `off` until the
    account stops being a bot (user mode B)."""

    kind: AccountKind = "person"
    owner_id: int | None = None
    """The account whose bot it is; None for a person, and for the server's own bots."""

    @property
    def bot(self) -> bool:
        """Whether it is a program's: it logs in by tokens alone, and is marked as a bot as long as it exists."""
        return self.kind == "bot"

    def active(self, now: int) -> bool:
        """Whether it is neither removed nor suspended at `now` (ms since 1970 UTC). A suspension ends by
        itself."""
        over = self.suspended_until is not None and self.suspended_until <= now
        return self.status == "active" or (self.status == "suspended" and over)

    @property
    def actor(self) -> Actor:
        """Its person."""
        return Actor(self.nick, self.name, self.id, bot=self.bot)

    @property
    def owned(self) -> bool:
        """Whether it is somebody's: neither removed, nor the placeholder of somebody elsewhere."""
        return self.status not in ("removed", "placeholder")

    @property
    def admin(self) -> bool:
        return self.role == "admin"


@dataclass(frozen=True)
class PeopleQuery:
    """Which accounts, by name. `now`: ms since 1970 UTC; at its end a suspension is over, and the account active
    (see Account.active). `match`: a part of the name, in any case. `unseen_since`: those that were not here since
    then (ms since 1970 UTC); without a `status`, the active ones. `after`: only names that follow this one."""

    now: int
    status: str = ""
    match: str = ""
    unseen_since: int | None = None
    after: str = ""
    limit: int | None = None


def fingerprint(text: str) -> str:
    """The SHA-256 of a certificate in lower-case hex, from any usual notation; empty if the text is not one."""
    plain = text.replace(":", "").lower()
    return plain if re.fullmatch("[0-9a-f]{64}", plain) else ""


def ended_because(status: str, reason: str = "", until: int | None = None) -> str:
    """The sentence for the sessions of an account that was suspended or removed."""
    when = f" until {said_time(until)}" if until is not None and status == "suspended" else ""
    return f"your account was {status}{when}{f': {reason}' if reason else ''}"


def said_time(ms: int) -> str:
    """A time for readers in any time zone: `2026-12-01 18:00 UTC`. `ms` is ms since 1970 UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(ms // 1000))
