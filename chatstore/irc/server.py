"""What all IRC connections of one server share."""

from __future__ import annotations

import time
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import NamedTuple

from chatstore.chat.session import Chat
from chatstore.irc.renderer import IrcRenderer
from chatstore.turns import Pools


class Sts(NamedTuple):
    """`port`: where IRC is spoken with TLS; `seconds`: how long clients are to connect with TLS only."""

    port: int
    seconds: int


@dataclass(frozen=True)
class Gateways:
    """Who may use WEBIRC: from these addresses, with this password. With no password, nobody."""

    password: str = ""
    addresses: Container[str] = field(default=())


@dataclass
class Access:
    """How clients reach the server. `registration_seconds`: how long a client may take to register; `web`:
    the URL of the server's page, empty where there is no page. It may be replaced while the server runs."""

    sts: Sts | None = None
    gateways: Gateways = field(default_factory=Gateways)
    registration_seconds: float = 60.0
    web: str = ""


@dataclass(eq=False)
class IrcServer:
    """`motd`, `description`, `admin` (location, name, address) and `access` may change while it runs;
    `reload` reads the configuration again and returns what is wrong with it. `description`: the server's
    purpose in one line; the network's name is shown where it is empty. `incarnation`: of the database; see
    isupport.py."""

    name: str
    network: str
    motd: str
    admin: tuple[str, str, str]
    version: str
    started: float
    chat: Chat
    pools: Pools
    reload: Callable[[], str]
    access: Access = field(default_factory=Access)
    incarnation: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        self._renderers: dict[frozenset[str], IrcRenderer] = {}

    def renderer(self, switches: frozenset[str]) -> IrcRenderer:
        """The one renderer with these of its fields on. Connections share it, so an event is rendered once
        for all of them."""
        found = self._renderers.get(switches)
        if found is None:
            found = self._renderers[switches] = IrcRenderer(self.name, **dict.fromkeys(switches, True))
        return found

    @property
    def created(self) -> str:
        """When it was started, for people, in the server's time zone."""
        return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(self.started))
