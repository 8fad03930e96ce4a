"""How the members arrive: they connect, register, and join."""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks.generator.crowd import MAX_TURN, Crowd
from benchmarks.generator.member import GIVE_UP, CutOffError, Member

_OVERFLOWED = 0.5
"""Seconds after which the kernel retries a connection because the server's queue was full: some servers
listen with a backlog of ten."""


class Arrival:
    """Waits for the answer to what each member sends; members with their answer are read as a crowd."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._pending: dict[int, tuple[Member, bytes]] = {}
        """By file descriptor: the member that waits, and what it has received so far."""
        self._at_once = 1
        self.refused = 0

    def connect(
        self, members: Sequence[Member], host: str, port: int, hello: str, welcome: bytes, at_once: int
    ) -> Sequence[Member]:
        """Connect the members, at most `at_once` at a time, fewer if the server's queue is shorter. Returns those
        that were welcomed."""

        def dial(member: Member) -> None:
            begun = time.monotonic()
            member.dial(host, port, hello)
            if time.monotonic() - begun > _OVERFLOWED:
                self._at_once = max(1, len(self._pending) // 2)

        self._at_once = at_once
        return self._each(members, dial, welcome)

    def join(self, members: Sequence[Member]) -> Sequence[Member]:
        """Join all members at once, until each has received the end of the names (366)."""
        self._at_once = len(members)
        return self._each(members, lambda one: one.send(f"JOIN {one.room}\r\n".encode()), b" 366 ")

    def ping(self, member: Member) -> None:
        self._at_once = 1
        self._each([member], lambda one: one.send(b"PING :there\r\n"), b"PONG ")

    def _each(self, members: Sequence[Member], begin: Callable[[Member], None], wanted: bytes) -> Sequence[Member]:
        waiting = list(reversed(members))
        here: list[Member] = []
        deadline = time.monotonic() + GIVE_UP + len(members) / 50
        sweep = time.monotonic() + MAX_TURN
        while waiting or self._pending:
            while waiting and len(self._pending) < self._at_once:
                member = waiting.pop()
                try:
                    begin(member)
                except (OSError, CutOffError):
                    self.refused += 1
                    continue
                self._pending[member.sock.fileno()] = member, b""
                self._poll.register(member.sock.fileno(), select.EPOLLIN)
            for fd, _ in self._poll.poll(MAX_TURN):
                here += self._hear(fd, wanted)
            if (now := time.monotonic()) > sweep:
                Crowd(here).read_all()
                sweep = time.monotonic() + max(MAX_TURN, 9 * (time.monotonic() - now))
            if now > deadline:
                raise CutOffError(f"{len(self._pending)} members waited for {wanted.decode()} in vain")
        return here

    def _hear(self, fd: int, wanted: bytes) -> Iterator[Member]:
        """Read one member; yields it if `wanted` has come."""
        member, seen = self._pending[fd]
        try:
            seen += member.receive()
        except CutOffError:
            self.refused += 1
            self._forget(fd)
            with contextlib.suppress(OSError):
                member.sock.close()
            return
        for line in seen.split(b"\r\n") if b"PING " in seen else ():
            if (
                line.startswith(b"PING ") or b" PING " in line[:80]
            ):  # some servers want an answer before they welcome
                member.send(b"PONG " + line.rpartition(b" ")[2] + b"\r\n")
        if wanted in seen:
            self._forget(fd)
            yield member
        else:
            self._pending[fd] = member, seen[-4096:]

    def _forget(self, fd: int) -> None:
        del self._pending[fd]
        self._poll.unregister(fd)
