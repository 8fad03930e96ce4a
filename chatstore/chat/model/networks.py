"""Networks, as units by which what strangers do is counted."""

from __future__ import annotations

import ipaddress


def network_of(address: str) -> str:
    """The unit by which addresses are counted: one IPv4 address, or an IPv6 /64."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
