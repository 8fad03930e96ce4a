"""A load generator: one process with one epoll loop that is many members of many rooms.

It speaks plain IRC, so it runs against any server. It is made to cost less than any server does: what a member
receives is counted by one byte that ends every message (`MARK`), and only *observers* (one member of each room in
each process, who says nothing) read what came: they see losses, duplicates, wrong order, and the time from send to
delivery.

A process is told what to do by lines of JSON on its standard input and answers in the same way:

    {"do": "connect", ...Plan}  → {"connected": seconds, "joined": seconds}
    {"do": "talk", "seconds": s, "window": w}  or  {..., "rate": messages per second of this process}  → Talked
    {"do": "ping"}              → {"round_trips": [seconds, ...]}
    {"do": "vanish"}            → {}   (every socket is closed at once)
"""

from __future__ import annotations

import json
import re
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MARK = b"\x7f"
"""The last byte of every message, which nothing else that a server sends contains: so deliveries are counted
without looking at lines, and a chunk's borders don't matter."""
_SAID = re.compile(rb" :(\d+) (\d+) (\d+) ")
_PADDING = b"the quick brown fox jumps over the lazy dog"
_AT_ONCE = 400
"""Connections that are being made at a time."""
_QUIET = 0.4
"""Seconds without anything new after which everything is held to have arrived."""
_GIVE_UP = 30.0
_CHUNK = 1 << 18


@dataclass
class Plan:
    """`members`: (nick, room, sends) each; an empty room joins none. `hello`: lines that are sent instead of NICK
    and USER, with {nick} in them."""

    host: str
    port: int
    members: Sequence[tuple[str, str, bool]]
    hello: str = "NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n"


@dataclass
class Talked:
    """`sent` messages went out, `delivered` copies arrived in all; the rest is what the observers saw. Latencies
    are in seconds, sampled."""

    seconds: float
    sent_by_room: dict[str, int]
    delivered: int
    duplicated: int = 0
    out_of_order: int = 0
    latencies: list[float] = field(default_factory=list)


class Member:
    """One connection."""

    def __init__(self, number: int, nick: str, room: str, sends: bool) -> None:
        self.number = number
        self.nick = nick
        self.room = room
        self.sends = sends
        self.observes = False
        self.sock: socket.socket
        self.seen = b""
        """What arrived while connecting."""
        self.partial = b""
        self.sent = 0
        self.credited = 0
        self.delivered = 0


class Generator:
    def __init__(self, plan: Plan, first_number: int) -> None:
        self._plan = plan
        self._members = [Member(first_number + i, *member) for i, member in enumerate(plan.members)]
        self._by_fd: dict[int, Member] = {}
        self._by_number = {member.number: member for member in self._members}
        self._poll = select.epoll()
        observed: set[str] = set()
        for member in self._members:
            if not member.sends and member.room and member.room not in observed:
                observed.add(member.room)
                member.observes = True
        self._next: dict[tuple[int, int], int] = {}
        self._talked = Talked(0, {}, 0)
        self._heard = False

    # Coming.

    def connect(self) -> dict[str, float]:
        """Everybody registers, then everybody joins: seconds for each."""
        begun = time.monotonic()
        self._each_until(self._dial, b" 001 ")
        connected = time.monotonic()
        in_rooms = [member for member in self._members if member.room]
        for member in in_rooms:
            member.seen = b""
        self._all_until(in_rooms, lambda member: member.sock.send(f"JOIN {member.room}\r\n".encode()), b" 366 ")
        joined = time.monotonic()
        self._until_quiet()
        return {"connected": connected - begun, "joined": joined - connected}

    def _each_until(self, begin: Callable[[Member], None], wanted: bytes) -> None:
        waiting = list(reversed(self._members))
        pending: set[int] = set()
        deadline = time.monotonic() + _GIVE_UP + len(waiting) / 50
        while waiting or pending:
            while waiting and len(pending) < _AT_ONCE:
                member = waiting.pop()
                begin(member)
                pending.add(member.sock.fileno())
            self._gather(pending, wanted, deadline)

    def _all_until(self, members: Sequence[Member], begin: Callable[[Member], Any], wanted: bytes) -> None:
        pending = {member.sock.fileno() for member in members}
        for member in members:
            begin(member)
        deadline = time.monotonic() + _GIVE_UP + len(members) / 50
        while pending:
            self._gather(pending, wanted, deadline)

    def _gather(self, pending: set[int], wanted: bytes, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(pending)} members waited for {wanted!r} in vain")
        for fd, _ in self._poll.poll(1.0):
            member = self._by_fd[fd]
            data = self._receive(member)
            if fd in pending:
                member.seen += data
                if wanted in member.seen:
                    member.seen = b""
                    pending.discard(fd)

    def _dial(self, member: Member) -> None:
        member.sock = socket.create_connection((self._plan.host, self._plan.port), timeout=_GIVE_UP)
        member.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        member.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        member.sock.setblocking(False)
        self._by_fd[member.sock.fileno()] = member
        self._poll.register(member.sock.fileno(), select.EPOLLIN)
        member.sock.send(self._plan.hello.format(nick=member.nick).encode())

    # Talking.

    def talk(self, seconds: float, window: int = 0, rate: float = 0.0) -> Talked:
        """Every sender keeps `window` messages on their way, or all together send `rate` messages a second."""
        self._talked = Talked(0, {}, 0)
        self._next = {}
        for member in self._members:
            member.sent = member.credited = member.delivered = 0
        senders = [member for member in self._members if member.sends]
        begun = time.monotonic()
        if rate:
            self._paced(senders, begun, seconds, rate)
        elif senders:
            for sender in senders:
                self._say(sender, window)
            self._windowed(begun + seconds, window)
        else:
            while time.monotonic() < begun + seconds:
                self._listen(0.05)
        self._talked.seconds = time.monotonic() - begun
        self._until_quiet()
        for member in senders:
            counts = self._talked.sent_by_room
            counts[member.room] = counts.get(member.room, 0) + member.sent
        self._talked.delivered = sum(member.delivered for member in self._members)
        return self._talked

    def _windowed(self, until: float, window: int) -> None:
        while time.monotonic() < until:
            for sender in self._listen(0.5):
                room = window - (sender.sent - sender.credited)
                if room * 2 >= window:  # several at a time, as what was pasted or relayed comes
                    self._say(sender, room)

    def _paced(self, senders: Sequence[Member], begun: float, seconds: float, rate: float) -> None:
        said, due = 0, 0
        while (now := time.monotonic()) < begun + seconds:
            due = int((now - begun) * rate)
            while said < due:
                self._say(senders[said % len(senders)], 1)
                said += 1
            self._listen(max(0.0, begun + (said + 1) / rate - time.monotonic()))

    def _say(self, sender: Member, n: int) -> None:
        now = time.monotonic_ns()
        data = b"".join(
            b"PRIVMSG %s :%d %d %d %s%s\r\n" % (sender.room.encode(), sender.number, i, now, _PADDING, MARK)
            for i in range(sender.sent, sender.sent + n)
        )
        sender.sent += n
        try:
            taken = sender.sock.send(data)
        except BlockingIOError:
            taken = 0
        if taken < len(data):  # a server that does not read: wait for it, as any client would
            sender.sock.settimeout(_GIVE_UP)
            sender.sock.sendall(data[taken:])
            sender.sock.setblocking(False)

    def _listen(self, patience: float) -> list[Member]:
        """Take what comes; the senders of ours whose messages were seen."""
        credited: dict[int, Member] = {}
        for fd, _ in self._poll.poll(patience):
            member = self._by_fd[fd]
            data = self._receive(member)
            member.delivered += data.count(MARK)
            if member.observes:
                self._observe(member, data, credited)
        return list(credited.values())

    def _observe(self, member: Member, data: bytes, credited: dict[int, Member]) -> None:
        text, _, member.partial = (member.partial + data).rpartition(b"\n")
        now = time.monotonic_ns()
        sample = 0
        for number, n, sent_at in _SAID.findall(text):
            who, place = int(number), int(n)
            expected = self._next.get((member.number, who), 0)
            if place < expected:
                self._talked.duplicated += 1
                continue
            if place > expected:
                self._talked.out_of_order += 1
            self._next[member.number, who] = place + 1
            if not sample & 7:
                self._talked.latencies.append((now - int(sent_at)) / 1e9)
            sample += 1
            sender = self._by_number.get(who)
            if sender is not None:
                sender.credited += 1
                credited[who] = sender

    def _receive(self, member: Member) -> bytes:
        try:
            data = member.sock.recv(_CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise SystemExit(f"{member.nick} was cut off: {error}") from None
        if not data:
            raise SystemExit(f"{member.nick} was cut off")
        # Not a lasting setting: without it again after each read, a server that leaves Nagle's algorithm on waits
        # 40 ms for the acknowledgement of what it sent before.
        member.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        if MARK not in data and b"PING " in data:
            for line in data.split(b"\r\n"):
                if line.startswith(b"PING ") or b" PING " in line[:80]:
                    member.sock.send(b"PONG " + line.rpartition(b" ")[2] + b"\r\n")
        self._heard = True
        return data

    def _until_quiet(self) -> None:
        last = time.monotonic()
        until = last + _GIVE_UP
        while time.monotonic() - last < _QUIET and time.monotonic() < until:
            self._heard = False
            self._listen(0.1)
            if self._heard:
                last = time.monotonic()

    # Idling.

    def ping(self, members: int = 50) -> list[float]:
        """Round trips of PINGs, one after the other, of as many members."""
        trips = []
        for member in self._members[:: max(1, len(self._members) // members)]:
            begun = time.monotonic()
            member.seen = b""
            self._all_until([member], lambda one: one.sock.send(b"PING :there\r\n"), b"PONG ")
            trips.append(time.monotonic() - begun)
        return trips

    def vanish(self) -> None:
        """Every connection at once, with a reset."""
        for member in self._members:
            member.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._poll.unregister(member.sock.fileno())
            member.sock.close()
        self._members, self._by_fd = [], {}


def main() -> None:
    generator: Generator | None = None
    for line in sys.stdin:
        order = json.loads(line)
        do = order.pop("do")
        answer: Any = {}
        if do == "connect":
            generator = Generator(Plan(**order["plan"]), order["first_number"])
            answer = generator.connect()
        elif generator is not None and do == "talk":
            answer = asdict(generator.talk(**order))
        elif generator is not None and do == "ping":
            answer = {"round_trips": generator.ping()}
        elif generator is not None and do == "vanish":
            generator.vanish()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
