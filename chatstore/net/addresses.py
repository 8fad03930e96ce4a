"""IP addresses: their normal form, networks, and how many connections each address may have."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from chatstore.urls import Networks

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses that stand for all addresses of a machine, and the loopback address that reaches each."""


@lru_cache(maxsize=4096)
def normal(address: str) -> str:
    """An address without the zone of a link-local address, and an IPv4-mapped IPv6 address as IPv4."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return str(mapped or parsed)


@lru_cache(maxsize=4096)
def counted(address: str) -> str:
    """What counts as one address: an IPv4 address, or an IPv6 /64, which is what one customer gets."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))


@lru_cache(maxsize=4096)
def is_loopback(address: str) -> bool:
    """Whether a text is a loopback address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_this_machine(host: str) -> bool:
    """Whether a host is reached from this machine only. RFC 6761 section 6.3: every name under `localhost` is
    a loopback address."""
    return host == "localhost" or host.endswith(".localhost") or is_loopback(host)


def reached(host: str) -> str:
    """The address at which this machine reaches what listens on `host`."""
    return _EVERYWHERE.get(host, host)


def everywhere(host: str) -> bool:
    """Whether `host` stands for all addresses of the machine."""
    return host in _EVERYWHERE


def shown(host: str, port: int) -> str:
    """Return an address and port as people write them: `127.0.0.1:6667`, `[::1]:6667`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class PerAddressLimit:
    """Counts the connections of each address over all endpoints, and allows at most `most`; 0: no limit.

    Addresses in `exempt` have no limit. For one thread; other threads may only set `most` and `exempt`.
    """

    def __init__(self, most: int = 0, exempt: Networks | None = None) -> None:
        self.most = most
        self.exempt = exempt or Networks()
        self._open: dict[str, int] = {}

    def enter(self, address: str, *, proxied: bool = False) -> bool:
        """Count a connection. False if the address has too many; then it is not counted. Each counted
        connection must leave(). `proxied`: the client is not this machine, so a loopback address is not
        exempt."""
        key = counted(address)
        number = self._open.get(key, 0)
        if self.most and number >= self.most and not self._spares(address, proxied=proxied):
            return False
        self._open[key] = number + 1
        return True

    def _spares(self, address: str, *, proxied: bool) -> bool:
        return address in self.exempt and not (proxied and is_loopback(address))

    def leave(self, address: str) -> None:
        """A counted connection has ended."""
        key = counted(address)
        number = self._open.pop(key, 0) - 1
        if number > 0:
            self._open[key] = number
