"""Addresses: what counts as one, networks, and how many connections each may have."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses that stand for all of a machine's, and where the machine itself reaches them."""


def normal(address: str) -> str:
    """Without the zone of a link-local address; an IPv4 address in IPv6 clothes is an IPv4 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return str(mapped or parsed)


def counted(address: str) -> str:
    """What counts as one: an IPv4 address, an IPv6 /64, which is what one customer gets."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_this_machine(host: str) -> bool:
    """Whether what listens there is reached from this machine only. RFC 6761 section 6.3: every name under
    `localhost` is a loopback address."""
    return host == "localhost" or host.endswith(".localhost") or is_loopback(host)


def reached(host: str) -> str:
    """Where this machine finds what listens there."""
    return _EVERYWHERE.get(host, host)


def everywhere(host: str) -> bool:
    """Whether it stands for all of the machine's addresses."""
    return host in _EVERYWHERE


def shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Networks:
    """Some networks; `address in networks`, and false without any. Raises ValueError for what is none."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._networks: Sequence[IpNetwork] = [ipaddress.ip_network(text, strict=False) for text in texts]

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, address: object) -> bool:
        if not self._networks:
            return False
        try:
            parsed = ipaddress.ip_address(str(address))
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


class PerAddressLimit:
    """At most `most` connections of one address over all endpoints, but for the `exempt`; 0: any number. For one
    thread, but for these two, which may be changed by any."""

    def __init__(self, most: int = 0, exempt: Networks | None = None) -> None:
        self.most = most
        self.exempt = exempt or Networks()
        self._open: dict[str, int] = {}

    def enter(self, address: str, *, proxied: bool = False) -> bool:
        """Count a connection; False, and not counted, when the address has enough of them. Every one that
        entered must leave(). `proxied`: it isn't this machine, so a loopback address exempts nobody."""
        key = counted(address)
        number = self._open.get(key, 0)
        exempt = address in self.exempt and not (proxied and is_loopback(address))
        if self.most and number >= self.most and not exempt:
            return False
        self._open[key] = number + 1
        return True

    def leave(self, address: str) -> None:
        key = counted(address)
        number = self._open.pop(key, 0) - 1
        if number > 0:
            self._open[key] = number
