"""Server-wide bans: networks and people who may not come to the server.

The mask of a ban is a network (`192.0.2.0/24`, `2001:db8::/32`; one address is the smallest) or, as in rooms,
a mask of people (`eve!*@*`, `a:eve` for an account).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from chatstore.chat.model.accounts import said_time
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.masks import full_mask
from chatstore.chat.model.rooms import ACCOUNT, MUTE

MOST_BANS = 500
_WIDEST = {4: 8, 6: 19}
"""The shortest prefix of a network that can be banned: what one provider may have."""
_LONGEST = 200
"""The most bytes of a mask of people: a line shows the whole of it."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))


@dataclass(frozen=True)
class ServerBan:
    """A ban as it is stored. Times are ms since 1970 UTC. `set_by`: the name of an administrator, or of the
    user of the server's machine. `until` is None for a ban without an end."""

    id: int
    mask: str
    reason: str
    set_by: str
    set_at: int
    until: int | None

    def holds(self, now: int) -> bool:
        return self.until is None or now < self.until

    @property
    def network(self) -> Network | None:
        """The network that it bans; None for a mask of people."""
        return network_in(self.mask)

    @property
    def sentence(self) -> str:
        """What those whom it bans are told."""
        until = f" until {said_time(self.until)}" if self.until is not None else ""
        return f"you are banned from this server{until}: {self.reason}"


def network_in(text: str) -> Network | None:
    """The network that a text is; None if it is none. An IPv4 address in IPv6 counts as what it is."""
    try:
        network = ipaddress.ip_network(text.partition("%")[0], strict=False)
    except ValueError:
        return None
    mapped = network.network_address.ipv4_mapped if network.version == 6 and network.prefixlen >= 96 else None
    return network if mapped is None else ipaddress.ip_network((mapped, network.prefixlen - 96))


def server_mask(text: str) -> str:
    """The mask of a ban, from what somebody typed: `192.0.2.7`, `192.0.2.0/24`, `eve`, `a:eve`. Raises
    INVALID_MASK, TOO_WIDE."""
    text = text.strip().removeprefix("$")
    network = network_in(text.removeprefix("*!").removeprefix("*@"))
    if network is not None:
        return _checked(network)
    if not text or " " in text or not text.isprintable() or text.lower().startswith(MUTE):
        raise ChatError(
            Code.INVALID_MASK, "expected an address, a network, or a mask such as eve!*@* or a:eve", text
        )
    if "/" in text and not text.startswith(ACCOUNT) and "!" not in text:
        raise ChatError(Code.INVALID_MASK, f"{text} is no network", text)
    if len(text.encode()) > _LONGEST:
        raise ChatError(Code.INVALID_MASK, f"a mask has at most {_LONGEST} bytes", text)
    mask = full_mask(text)
    host = mask.rpartition("@")[2]
    if not (mask.startswith(ACCOUNT) or host in ("*", "guest") or host.startswith("user/")):
        raise ChatError(Code.INVALID_MASK, f"nobody's host is shown here: instead of {host}, ban a network", text)
    if not set(mask.removeprefix(ACCOUNT)) - set("*?!@"):
        raise ChatError(Code.TOO_WIDE, "that would ban everybody", text)
    return mask


def _checked(network: Network) -> str:
    if network.prefixlen < _WIDEST[network.version]:
        widest = _WIDEST[network.version]
        raise ChatError(Code.TOO_WIDE, f"that network is too large: ban /{widest} or smaller", str(network))
    if any(network.overlaps(own) for own in _LOOPBACK if own.version == network.version):
        raise ChatError(Code.INVALID_MASK, "the server's own machine can't be banned", str(network))
    return str(network)
