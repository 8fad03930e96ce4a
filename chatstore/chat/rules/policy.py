"""The policy that the administrator sets: the tables of the configuration that are about the chat.

The configuration is read into these dataclasses, so a field here is a setting: `Limits.targets` is `targets`
in `[limits]`. docs/configuration.md describes each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from chatstore.chat.model.bounds import Bounds
from chatstore.chat.model.files import Access
from chatstore.chat.model.names import NICK_LENGTH
from chatstore.chat.model.passwords import Passwords
from chatstore.chat.model.room_settings import RoomSettings
from chatstore.chat.rules.files import Kept as FilesKept
from chatstore.chat.rules.retention import DAY, Kept

Registration = Literal["", "open", "approval", "local", "invite", "closed"]
"""Who may register. It is empty only in the configuration, which then decides by where people can connect
from."""
Count = Annotated[int, Bounds(0)]
Positive = Annotated[int, Bounds(1)]
PerSecond = Annotated[float, Bounds(0)]
TextLength = Annotated[int, Bounds(1, 390)]


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """`[accounts]`."""

    registration: Registration = ""
    register_before_connect: bool = True
    custom_account_names: bool = True
    guests: bool = False
    nick_must_be_account: bool = True
    always_on: bool = True
    unencrypted_passwords: Literal["local", "everywhere"] = "local"
    bcrypt_cost: Annotated[int, Bounds(4, 20)] = 12
    password_length: Annotated[int, Bounds(1, 64)] = 8
    password_strength: Annotated[int, Bounds(0, 4)] = 2

    @property
    def passwords(self) -> Passwords:
        return Passwords(self.password_length, self.password_strength)


@dataclass(frozen=True, kw_only=True)
class Rooms(RoomSettings):
    """`[rooms]`: the settings that a new room begins with, and the rooms of a new database."""

    default: list[str] = field(default_factory=lambda: ["main"])


@dataclass(frozen=True, kw_only=True)
class History:
    """`[history]`. `redact_window` and `edit_window`: in seconds. `retention_days`, `direct_retention_days`,
    `audit_days` and `room_audit_days`: see retention.Kept."""

    replay_on_join: Annotated[int, Bounds(0, 1000)] = 50
    redact_window: Annotated[int, Bounds(0, 2**31)] = 86400
    edit_window: Annotated[int, Bounds(0, 2**31)] = 86400
    retention_days: Annotated[int, Bounds(0, 36_500)] = 0
    direct_retention_days: Annotated[int, Bounds(0, 36_500)] = 0
    audit_days: Annotated[int, Bounds(0, 36_500)] = 0
    room_audit_days: Annotated[int, Bounds(0, 36_500)] = 30

    @property
    def kept(self) -> Kept:
        return Kept(self.retention_days, self.direct_retention_days, self.audit_days, self.room_audit_days)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`[limits]`: what one connection, account, room or address may use. The configuration adds the limits of
    the endpoints."""

    message_length: Annotated[int, Bounds(400, 65536)] = 4096
    multiline_bytes: Annotated[int, Bounds(1024, 262144)] = 16384
    multiline_lines: Annotated[int, Bounds(2, 4096)] = 256
    topic_length: TextLength = 390
    reason_length: TextLength = 390
    away_length: TextLength = 390
    nick_length: Annotated[int, Bounds(1, NICK_LENGTH)] = NICK_LENGTH
    rooms_per_account: Positive = 100
    rooms_founded: Count = 50
    rooms_made_per_hour: Count = 20
    joins_at_once: Count = 10
    registrations_at_once: Positive = 100
    bans_per_room: Count = 100
    reaction_bytes: Annotated[int, Bounds(8, 512)] = 64
    reactions_per_message: Count = 50
    reactions_per_person: Count = 20
    stored_tags_bytes: Annotated[int, Bounds(256, 4094)] = 1024
    history_page_bytes: Annotated[int, Bounds(65_536)] = 524_288
    history_page: Annotated[int, Bounds(1, 5000)] = 1000
    targets: Positive = 4
    lines_per_second: PerSecond = 5.0
    lines_at_once: Positive = 50
    questions_per_second: PerSecond = 100.0
    questions_at_once: Positive = 1000
    unlimited: list[str] = field(default_factory=list)
    watched: Positive = 100
    realname_length: TextLength = 150
    metadata_keys: Positive = 50
    metadata_subscriptions: Positive = 100
    metadata_value_bytes: Annotated[int, Bounds(1, 300)] = 300
    metadata_changes: Count = 200
    bots_per_account: Count = 10


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    """`[webhooks]`. `incoming`, `outgoing`: whether they work. `payload_bytes`: the most of one request to an
    incoming webhook. `allowed`: networks that outgoing ones may send to although they are not public. `timeout`
    in seconds. `give_up_days`: a webhook that has failed for so long is switched off; 0 for never."""

    incoming: bool = True
    outgoing: bool = True
    per_room: Count = 20
    payload_bytes: Annotated[int, Bounds(1024, 16_777_216)] = 1_048_576
    allowed: list[str] = field(default_factory=list)
    timeout: Annotated[int, Bounds(1, 60)] = 15
    give_up_days: Annotated[int, Bounds(0, 365)] = 3


@dataclass(frozen=True, kw_only=True)
class Files:
    """`[files]`: what people may upload. `file_bytes`: 0 for no files at all. `server_bytes`: 0 for as much
    as there is room for. `free_bytes`: what uploads leave free on the disk. The configuration adds the
    folder."""

    access: Access = "link"
    file_bytes: Annotated[int, Bounds(0, 2**40)] = 26_214_400
    account_bytes: Annotated[int, Bounds(0, 2**50)] = 1_073_741_824
    account_files: Annotated[int, Bounds(1, 20_000)] = 5_000
    server_bytes: Annotated[int, Bounds(0, 2**60)] = 0
    free_bytes: Annotated[int, Bounds(0, 2**60)] = 1_073_741_824
    unsaid_days: Annotated[int, Bounds(1, 36_500)] = 7

    @property
    def kept(self) -> FilesKept:
        return FilesKept(self.account_bytes, self.account_files, self.unsaid_days * DAY)


@dataclass(frozen=True, kw_only=True)
class Push:
    """`[push]`. `contact`: where push services may write to: an address `mailto:…` or `https:…`. `allowed`:
    networks that endpoints may be in although they are not public. `idle_minutes`: an account that was active
    within them is in use. `keep_hours`: how long a push service keeps a message for a device that it does not
    reach."""

    enabled: bool = True
    contact: str = ""
    allowed: list[str] = field(default_factory=list)
    idle_minutes: Annotated[int, Bounds(0, 1440)] = 2
    keep_hours: Annotated[int, Bounds(1, 672)] = 48


@dataclass(frozen=True, kw_only=True)
class Previews:
    """`[previews]`: whether the server asks the pages that people link. `kept`: the most that are remembered.
    `allowed`: networks that may be asked although they are not public."""

    enabled: bool = False
    kept: Annotated[int, Bounds(1, 100_000)] = 2_000
    allowed: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """All tables together. `password` is the server's own, from `[server]`; empty if the server has none."""

    accounts: Accounts = field(default_factory=lambda: Accounts(registration="local"))
    rooms: Rooms = field(default_factory=Rooms)
    history: History = field(default_factory=History)
    limits: Limits = field(default_factory=Limits)
    files: Files = field(default_factory=Files)
    push: Push = field(default_factory=Push)
    previews: Previews = field(default_factory=Previews)
    webhooks: Webhooks = field(default_factory=Webhooks)
    password: str = ""
