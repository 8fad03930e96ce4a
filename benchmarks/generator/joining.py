"""How members who are here join rooms, all at once, until each has seen everybody.

Who joins is told who is there (353, up to 366), and then of each who joins later. So in a room of n people,
n(n+1)/2 JOINs are seen, one's own included. They are counted by their bytes while they come; who has seen whom is
looked at afterwards. What has come is read every few milliseconds: reading each member for every JOIN would cost
more than any server does.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterator, Sequence

from benchmarks.generator.member import GIVE_UP, Member

_JOIN, _END_OF_NAMES = b" JOIN ", b" 366 "
_PAUSE = 0.003
"""Seconds between two turns."""


class Joining:
    """One wave of JOINs: the members of each room, by its name."""

    def __init__(self, rooms: dict[str, list[Member]]) -> None:
        self._rooms = rooms
        self._heard = {member: bytearray() for members in rooms.values() for member in members}
        self._joins = 0
        self._named: set[Member] = set()
        self._poll = select.epoll()
        self._members = {member.sock.fileno(): member for member in self._heard}
        for fd in self._members:
            self._poll.register(fd, select.EPOLLIN)

    def run(self) -> float:
        """Join, and return after how many seconds everybody had seen everything, or nothing more came."""
        expected = sum(len(members) * (len(members) + 1) // 2 for members in self._rooms.values())
        begun = last = time.monotonic()
        for room, members in self._rooms.items():
            for member in members:
                member.send(b"JOIN %s\r\n" % room.encode())
        while self._joins < expected or len(self._named) < len(self._heard):
            if self._turn():
                last = time.monotonic()
            elif time.monotonic() - last > GIVE_UP:
                break
            time.sleep(_PAUSE)
        self._poll.close()
        return last - begun

    def unseen(self) -> int:
        """How many members of their rooms the members together have not seen."""
        return sum(
            len(there - set(seen(bytes(self._heard[member]))))
            for members in self._rooms.values()
            for there in [{member.nick for member in members}]
            for member in members
        )

    def _turn(self) -> bool:
        """Read what has come. Returns whether anything has."""
        ready = self._poll.poll(0)
        for fd, _ in ready:
            member = self._members[fd]
            heard = self._heard[member]
            border = max(0, len(heard) - len(_JOIN) + 1)
            heard += member.receive()
            self._joins += heard.count(_JOIN, border)
            if member not in self._named and heard.find(_END_OF_NAMES, border) >= 0:
                self._named.add(member)
        return bool(ready)


def seen(heard: bytes) -> Iterator[str]:
    """The nicks in the names and JOINs of what a member has received."""
    for line in heard.decode("utf-8", "replace").split("\r\n"):
        source, _, rest = line.partition(" ")
        if rest.startswith("JOIN "):
            yield source[1:].partition("!")[0]
        elif rest.startswith("353 "):
            for name in rest.partition(" :")[2].split():
                yield name.lstrip("~&@%+").partition("!")[0]


def spread(members: Sequence[Member], rooms: int, prefix: str) -> dict[str, list[Member]]:
    """The members of each of so many rooms, whose names begin with the prefix."""
    return {f"#{prefix}{room}": list(members[room::rooms]) for room in range(rooms)}
