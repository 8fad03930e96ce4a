"""What an IRC conversation knows of the doors: where TLS is, and which gateways speak for others."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import NamedTuple


class Sts(NamedTuple):
    """`port`: where IRC is spoken with TLS; `seconds`: how long clients are to come by TLS only."""

    port: int
    seconds: int


@dataclass(frozen=True)
class Gateways:
    """Who may use WEBIRC: from these addresses, with this password. With no password, nobody."""

    password: str = ""
    addresses: Container[str] = field(default=())


@dataclass
class Ways:
    """`registration_seconds`: how long a client may take to register; `web`: the URL of the server's page, empty
    where it has none. All may change while the server runs."""

    sts: Sts | None = None
    gateways: Gateways = field(default_factory=Gateways)
    registration_seconds: float = 60.0
    web: str = ""
