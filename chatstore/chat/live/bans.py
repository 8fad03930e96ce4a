"""The server-wide bans that hold now, for the questions that every connection asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.masks import mask_matches
from chatstore.chat.model.server_bans import ServerBan, network_in

_BITS = {4: 32, 6: 128}


class Bans:
    """Any thread may ask. The writer replaces the bans, all at once."""

    def __init__(self) -> None:
        self.all: Sequence[ServerBan] = ()
        self._version = 0
        self._networks: dict[tuple[int, int], dict[int, ServerBan]] = {}
        """The bans of networks, by version and length of the prefix, and then by the prefix."""
        self._masks: Sequence[ServerBan] = ()
        self.hits: defaultdict[int, int] = defaultdict(int)
        """How many connections each has refused or closed here since the start; approximate."""

    def put(self, bans: Sequence[ServerBan], version: int = 0) -> Sequence[ServerBan]:
        """These are the bans now, unless a later version is known. Returns those that are new."""
        if version < self._version:
            return ()
        known = {*self.all}
        self._version = version
        networks: dict[tuple[int, int], dict[int, ServerBan]] = {}
        masks = []
        for ban in bans:
            network = ban.network
            if network is None:
                masks.append(ban)
                continue
            prefix = int(network.network_address) >> (_BITS[network.version] - network.prefixlen)
            networks.setdefault((network.version, network.prefixlen), {})[prefix] = ban
        self.all, self._networks, self._masks = tuple(bans), networks, tuple(masks)
        return [ban for ban in bans if ban not in known]

    def of_address(self, address: str, now: int) -> ServerBan | None:
        """The ban that covers an address at `now` (ms since 1970 UTC)."""
        networks = self._networks
        if not networks:
            return None
        network = network_in(address)
        if network is None:
            return None
        number = int(network.network_address)
        for (version, length), prefixes in networks.items():
            ban = prefixes.get(number >> (_BITS[version] - length)) if version == network.version else None
            if ban is not None and ban.holds(now):
                return ban
        return None

    def of_person(self, actor: Actor, now: int) -> ServerBan | None:
        """The ban that covers a person at `now` (ms since 1970 UTC)."""
        for ban in self._masks:
            if ban.holds(now) and mask_matches(ban.mask, actor):
                return ban
        return None
