"""Passwords that were right a few minutes ago.

A program that speaks HTTP sends its password with each request. Hashing it each time costs a quarter of a second of
processor time: more than storing ten megabytes. So what was right is recognised for a while, by an HMAC under a
key that this process makes and never stores.

Only right passwords are kept here, so a wrong one costs what it always costs: a guess and a slow hash.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from typing import NamedTuple

from chatstore.chat.model.accounts import Account
from chatstore.chat.ports import Clock

SECONDS = 600.0
"""For so long after its hash was checked, a password is recognised."""
_MOST = 1000
"""Accounts; the one that was noted first is forgotten first."""


class _Noted(NamedTuple):
    """`stored`: the hash that the password fitted. A new password of the account has another one."""

    mac: bytes
    stored: str
    until: float


class RightPasswords:
    """Any thread may call."""

    def __init__(self, monotonic: Clock) -> None:
        self._monotonic = monotonic
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._noted: dict[int, _Noted] = {}

    def note(self, account: Account, password: str) -> None:
        """The password was found to be right."""
        noted = _Noted(self._mac(account, password), account.password, self._monotonic() + SECONDS)
        with self._lock:
            self._noted.pop(account.id, None)
            self._noted[account.id] = noted
            if len(self._noted) > _MOST:
                del self._noted[next(iter(self._noted))]

    def knows(self, account: Account, password: str) -> bool:
        """Whether it was found to be right a few minutes ago, and is still the account's."""
        with self._lock:
            noted = self._noted.get(account.id)
            if noted is not None and (noted.until <= self._monotonic() or noted.stored != account.password):
                del self._noted[account.id]
                return False
        return noted is not None and hmac.compare_digest(noted.mac, self._mac(account, password))

    def _mac(self, account: Account, password: str) -> bytes:
        said = f"{account.id} {account.password} {password}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, said, hashlib.sha256)
