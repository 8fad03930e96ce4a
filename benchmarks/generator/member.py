"""One connection of the load generator, and what each kind of member does with what it receives."""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Callable

from benchmarks.generator import MARK

CHUNK = 1 << 18
GIVE_UP = 30.0
"""Seconds after which a wait is given up."""
_RECEIVE_BUFFER = 1 << 20
_SAID = re.compile(rb"\|(\d+) (\d+) ")
_TIME = re.compile(rb"=(\d{9,}) ")
_PADDING = b"the quick brown fox jumps over the lazy dog"


class CutOffError(Exception):
    """The server ended a connection."""


class Member:
    """A connection. `number` is unique among all processes."""

    def __init__(self, number: int, nick: str, room: str, sends: bool) -> None:
        self.number = number
        self.nick = nick
        self.room = room
        self.sends = sends
        self.sock: socket.socket
        self.delivered = 0
        self.sent = 0
        self.credited = 0
        """How many of its messages the observer of the room has seen."""
        said = b"PRIVMSG %s :|%d %%d %%b%%d %s%s\r\n"
        self._said = said % (room.encode(), number, _PADDING, MARK)

    def dial(self, host: str, port: int, hello: str) -> None:
        """Connect and send `hello`; raises OSError."""
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self.sock.settimeout(GIVE_UP)
        self.sock.connect((host, port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.acknowledge()
        self.sock.setblocking(False)
        self.sock.send(hello.format(nick=self.nick).encode())

    def say(self, n: int, sampled: int) -> None:
        """Send the next `n` messages together; one of every `sampled` has the time for the watchers."""
        now = time.monotonic_ns()
        said = self._said
        first = self.sent
        self.sent += n
        data = b"".join([said % (i, b"-" if i % sampled else b"=", now) for i in range(first, first + n)])
        self.send(data)

    def send(self, data: bytes) -> None:
        try:
            taken = self.sock.send(data)
        except BlockingIOError:
            taken = 0
        except OSError as error:
            raise CutOffError(f"{self.nick} was cut off: {error}") from None
        if taken < len(data):  # the server does not read: wait for it, as any client would
            self.sock.settimeout(GIVE_UP)
            try:
                self.sock.sendall(data[taken:])
            except OSError as error:
                raise CutOffError(f"{self.nick} could not send: {error}") from None
            self.sock.setblocking(False)

    def receive(self) -> bytes:
        """Read what has come and acknowledge it at once; empty if there is nothing."""
        try:
            data = self.sock.recv(CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise CutOffError(f"{self.nick} was cut off: {error}") from None
        if not data:
            raise CutOffError(f"{self.nick} was cut off")
        self.acknowledge()
        return data

    def acknowledge(self) -> None:
        """Acknowledge what was read without the usual delay of 40 ms, for which a server with Nagle's
        algorithm waits. It is set again each time, because a socket forgets it."""
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def reset(self) -> None:
        """Vanish without a word, like a machine that loses its network."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Watcher:
    """A member that reads at once, counts, and times the sampled messages. Latencies are in nanoseconds."""

    def __init__(self, member: Member, latencies: list[int]) -> None:
        self._member = member
        self._latencies = latencies
        self._rest = b""

    def hear(self) -> None:
        data = self._member.receive()
        if data:
            self._member.delivered += data.count(MARK)
            data = self._rest + data
            cut = data.rfind(b"\n") + 1
            self._rest = data[cut:]
            self._time(data, cut)

    def _time(self, data: bytes, cut: int) -> None:
        sampled = _TIME.findall(data, 0, cut)
        if sampled:
            now = time.monotonic_ns()
            self._latencies += [now - int(at) for at in sampled]


class Observer(Watcher):
    """A member that reads every line of its room. `credit` is called with a sender's number and how many of
    its messages have come, once for each sender and chunk."""

    def __init__(self, member: Member, latencies: list[int], credit: Callable[[int, int], None]) -> None:
        super().__init__(member, latencies)
        self._credit = credit
        self._next: dict[bytes, int] = {}
        self.heard = 0
        self.duplicated = 0
        self.out_of_order = 0

    def _time(self, data: bytes, cut: int) -> None:
        super()._time(data, cut)
        expected = self._next
        said = _SAID.findall(data, 0, cut)
        self.heard += len(said)
        for who, place in said:
            n = int(place)
            due = expected.get(who, 0)
            if n == due:
                expected[who] = n + 1
            elif n < due:
                self.duplicated += 1
            else:
                self.out_of_order += 1
                expected[who] = n + 1
        for who in {who for who, _ in said}:
            self._credit(int(who), expected[who])
