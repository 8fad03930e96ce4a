"""Accounts: the people who are remembered."""

from __future__ import annotations

import re
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
    come to be taken for who wrote the old messages.
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
    replay: Replay = "default"
    """What a client that asks for no history is shown of rooms: `on` is the last messages at each connection,
    `missed` what the account has not been sent, `off` nothing. `bot` is `off` until the account stops being a bot
    (user mode B)."""

    @property
    def active(self) -> bool:
        return self.status == "active"

    @property
    def admin(self) -> bool:
        return self.role == "admin"


def fingerprint(text: str) -> str:
    """Of a certificate the SHA-256, however it is written, in lower-case hex; empty for what is none."""
    plain = text.replace(":", "").lower()
    return plain if re.fullmatch("[0-9a-f]{64}", plain) else ""


def ended_because(status: str, reason: str = "") -> str:
    """What the sessions of an account are told that was suspended or removed."""
    return f"your account was {status}: {reason}" if reason else f"your account was {status}"
