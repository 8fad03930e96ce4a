"""One process of the load generator: told what to do by lines of JSON on its standard input, and answers so.

    {"do": "connect", "host", "port", "hello", "welcome", "members": [[nick, room, sends], ...], "first_number",
     "at_once": connections}        → {"connected": seconds, "joined": seconds, "refused": connections}
    {"do": "talk", "seconds" or "messages": of each sender, "speakers": senders in each room, "window" or
     "rate": messages a second of this process, "watchers"}  → {}, as soon as all is delivered or the time is over
    {"do": "settle"}                → Talked, when nothing more has come for a while
    {"do": "join", "rooms": how many, "prefix": of their names}
                                    → {"seconds"}
    {"do": "unseen"}                → {"unseen": members that others of their room have not seen since}
    {"do": "ping"}                  → {"round_trips": [seconds, ...]}
    {"do": "vanish", "connections"} → {}   (so many are reset at once)

An order that can't be done is answered with {"failed": why}.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.generator.arriving import Arrival
from benchmarks.generator.crowd import Crowd
from benchmarks.generator.joining import Joining, spread
from benchmarks.generator.member import CutOffError, Member
from benchmarks.generator.talking import Talk

_PINGED = 100


class Generator:
    def __init__(self) -> None:
        self._members: Sequence[Member] = []
        self._arrival = Arrival()
        self._talk: Talk | None = None
        self._joining: Joining | None = None

    def connect(
        self,
        host: str,
        port: int,
        hello: str,
        welcome: str,
        members: Sequence[tuple[str, str, bool]],
        first_number: int,
        at_once: int,
    ) -> dict[str, float]:
        """Connect and register all members, then let those with a room join it."""
        coming = [Member(first_number + i, *member) for i, member in enumerate(members)]
        begun = time.monotonic()
        self._members = self._arrival.connect(coming, host, port, hello, welcome.encode(), at_once)
        connected = time.monotonic()
        joining = [member for member in self._members if member.room]
        if joining:
            self._arrival.join(joining)
        joined = time.monotonic()
        if joining:
            self._members = sorted(joining, key=lambda member: member.number)
            Crowd(self._members).read_until_quiet()
        return {"connected": connected - begun, "joined": joined - connected, "refused": self._arrival.refused}

    def talk(self, watchers: int, **how: Any) -> dict[str, Any]:
        self._talk = Talk(self._members, watchers)
        self._talk.run(**how)
        return {}

    def settle(self) -> dict[str, Any]:
        assert self._talk is not None
        return asdict(self._talk.settle())

    def join(self, rooms: int, prefix: str) -> dict[str, float]:
        self._joining = Joining(spread(self._members, rooms, prefix))
        return {"seconds": self._joining.run()}

    def unseen(self) -> dict[str, int]:
        assert self._joining is not None
        return {"unseen": self._joining.unseen()}

    def ping(self) -> dict[str, list[float]]:
        """Round trips of members in all rooms, one after the other, in seconds."""
        trips = []
        for member in self._members[:: max(1, len(self._members) // _PINGED)]:
            begun = time.monotonic()
            self._arrival.ping(member)
            trips.append(time.monotonic() - begun)
        return {"round_trips": trips}

    def vanish(self, connections: int) -> dict[str, Any]:
        for member in self._members[:connections]:
            member.reset()
        self._members = self._members[connections:]
        return {}


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.disable()
    generator = Generator()
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = getattr(generator, order.pop("do"))(**order)
        except (CutOffError, OSError, ValueError) as error:
            answer = {"failed": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
