"""What all IRC connections of one server share."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chatstore.chat.rules.policy import Policy
from chatstore.chat.session import Chat
from chatstore.irc.isupport import FILEHOST, INCARNATION, VAPID
from chatstore.irc.renderer import IrcRenderer
from chatstore.turns import Pools


class Sts(NamedTuple):
    """`port`: the port of IRC with TLS. `seconds`: how long clients must connect with TLS only (IRCv3
    sts)."""

    port: int
    seconds: int


@dataclass(frozen=True)
class Gateways:
    """The web gateways that may use WEBIRC: their addresses and their password. Without a password, none
    may."""

    password: str = ""
    addresses: Container[str] = field(default=())


@dataclass
class Access:
    """How clients reach the server. Another Access may replace it while the server runs.

    `registration_seconds`: how long a client may take to register. `web`: the URL of the server's page, empty
    if there is none. `files`: the URL to which files are uploaded, likewise.
    """

    sts: Sts | None = None
    gateways: Gateways = field(default_factory=Gateways)
    registration_seconds: float = 60.0
    web: str = ""
    files: str = ""


@dataclass(eq=False)
class IrcServer:
    """What all IRC connections of one server share.

    `motd`, `description`, `admin` (location, name, address) and `access` may change while the server runs.
    `reload` reads the configuration again and returns what is wrong with it, or an empty text. `description`:
    the server's purpose in one line; if it is empty, the network's name is shown. `status`: how the server is, as
    `chatstore status --format json` shows it. `started`: seconds since
    1970 UTC. `incarnation`: the database's; see isupport.py.
    """

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
    status: Callable[[], dict[str, Any]] = dict

    def __post_init__(self) -> None:
        self._renderers: dict[frozenset[str], IrcRenderer] = {}
        self.prepared: dict[tuple[object, ...], tuple[tuple[object, ...], Sequence[bytes]]] = {}
        """See prepared.py."""

    def renderer(self, switches: frozenset[str]) -> IrcRenderer:
        """Return the renderer with these of its fields switched on. Connections share it, so an event is
        rendered once for all of them."""
        found = self._renderers.get(switches)
        if found is None:
            on: dict[str, Any] = dict.fromkeys(switches, True)
            found = self._renderers[switches] = IrcRenderer(self.name, **on)
        return found

    def own_tokens(self, policy: Policy, *, secure: bool, push: str = "") -> dict[str, str]:
        """The values of the tokens of ISUPPORT that say where this very server is or what it has; empty ones are
        not sent. `secure`: the connection is encrypted. `push`: the key of push, for a
        client that has enabled soju.im/webpush."""
        key = push if policy.push.enabled else ""
        return {
            INCARNATION: self.incarnation,
            VAPID: key,
            **dict.fromkeys(FILEHOST, self._files(policy, secure=secure)),
        }

    def _files(self, policy: Policy, *, secure: bool) -> str:
        """Where clients upload files. One that is connected by TLS must not go elsewhere without it (FILEHOST), so
        it is told of no such place."""
        url = self.access.files if policy.files.file_bytes else ""
        return "" if secure and not url.startswith("https:") else url

    @property
    def created(self) -> str:
        """When the server was started, for people, in the server's time zone."""
        return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(self.started))
