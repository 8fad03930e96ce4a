"""What the administrator decided and the domain obeys; config.py fills it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from chatstore.chat.model.passwords import Passwords
from chatstore.chat.model.room_settings import DEFAULTS, RoomSettings
from chatstore.chat.rules.rate_limits import Limits

Registration = Literal["open", "local", "invite", "closed"]


@dataclass(frozen=True)
class Policy:
    registration: Registration = "local"
    register_before_connect: bool = True
    custom_account_names: bool = True
    guests: bool = False
    nick_must_be_account: bool = True
    always_on: bool = True
    unencrypted_passwords: Literal["local", "everywhere"] = "local"
    bcrypt_cost: int = 12
    passwords: Passwords = field(default_factory=Passwords)
    replay_on_join: int = 50
    redact_window: int = 86400
    server_password: str = ""
    default_rooms: tuple[str, ...] = ("main",)
    new_rooms: RoomSettings = DEFAULTS
    limits: Limits = field(default_factory=Limits)
