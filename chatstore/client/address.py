"""The address of a server: irc://host:port, ircs://host:port or host:port."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

_PORTS = {"irc": 6667, "ircs": 6697}
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


class Address(NamedTuple):
    host: str
    port: int
    tls: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'ircs' if self.tls else 'irc'}://{host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether this is the local machine, as far as the host name tells."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def parse_address(text: str) -> Address:
    """Parse an address. An address that stands for all addresses of a machine (0.0.0.0, ::) becomes the
    loopback address. Raises ValueError with a sentence for people."""
    scheme, slashes, rest = text.rpartition("://")
    scheme = scheme.lower() if slashes else "irc"
    rest = rest.rstrip("/")
    host, colon, port = rest.rpartition(":")
    if not colon or rest.endswith("]") or (host.count(":") and not host.endswith("]")):
        host, port = rest, ""
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if scheme not in _PORTS or any(mark in host for mark in "/@?# ") or not (port or "0").isdecimal():
        raise ValueError(f"{text!r} is not the address of a chat server, such as irc://host:6667")
    number = int(port) if port else _PORTS[scheme]
    if not 0 < number < 65536:
        raise ValueError(f"{port} is not a port")
    return Address(_EVERYWHERE.get(host, host), number, scheme == "ircs")
