"""Accounts: the people who are remembered."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Literal

AccountRole = Literal["user", "admin"]
Persistence = Literal["on", "off", "default"]
"""Whether its person stays in their rooms while no connection is open; `default`: as the server is configured."""
Replay = Literal["default", "on", "off", "missed", "bot"]
AccountStatus = Literal["active", "suspended", "removed"]


@dataclass(frozen=True)
class Account:
    """One account as it is stored; times are milliseconds since 1970 UTC.

    `nick` is how its person is shown. A removed account keeps its name for good, so that nobody else can
    come to be taken for who wrote the old messages. `epoch`: how often its password was changed. `suspended_until`:
    None where a suspension has no end.
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
    """What a client that asks for no history is shown of rooms: `on` is the last messages at each connection,
    `missed` what the account has not been sent, `off` nothing. `bot` is `off` until the account stops being a bot
    (user mode B)."""

    def active(self, now: int) -> bool:
        """Whether it is neither removed nor suspended at this time. A suspension ends by itself."""
        over = self.suspended_until is not None and self.suspended_until <= now
        return self.status == "active" or (self.status == "suspended" and over)

    @property
    def admin(self) -> bool:
        return self.role == "admin"


def fingerprint(text: str) -> str:
    """Of a certificate the SHA-256, however it is written, in lower-case hex; empty for what is none."""
    plain = text.replace(":", "").lower()
    return plain if re.fullmatch("[0-9a-f]{64}", plain) else ""


def ended_because(status: str, reason: str = "", until: int | None = None) -> str:
    """What the sessions of an account are told that was suspended or removed."""
    when = f" until {said_time(until)}" if until is not None and status == "suspended" else ""
    return f"your account was {status}{when}{f': {reason}' if reason else ''}"


def said_time(ms: int) -> str:
    """A time for people whose time zone nobody knows: `2026-12-01 18:00 UTC`."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(ms // 1000))
