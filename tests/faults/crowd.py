"""Many clients that do the same, in a process of their own, which can be killed: then all of them vanish at once.

    python -m tests.faults.crowd WHAT PORT NUMBER

says `ready` when all of them are there, and goes on until it is killed.
"""

from __future__ import annotations

import random
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_AT_ONCE = 200
"""Clients that come together."""
_SECONDS = 60.0


@contextmanager
def crowd(what: str, port: int, number: int) -> Iterator[subprocess.Popen[str]]:
    """They are there; killed at the end."""
    command = [sys.executable, "-m", "tests.faults.crowd", what, str(port), str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def _ready() -> None:
    print("ready", flush=True)


def _connected(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=_SECONDS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _guests(port: int, number: int, *rooms: str, small: bool = False) -> list[socket.socket]:
    """Past the welcome, and in the rooms. `small`: with little room for what they do not read."""
    guests: list[socket.socket] = []
    last = b" 366 " if rooms else b" 422 "
    while len(guests) < number:
        coming = []
        for place in range(len(guests), min(len(guests) + _AT_ONCE, number)):
            sock = socket.socket()
            if small:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.settimeout(_SECONDS)
            sock.connect(("127.0.0.1", port))
            joins = "".join(f"JOIN {room}\r\n" for room in rooms)
            sock.sendall(f"NICK g{place}\r\nUSER g 0 * :g\r\n{joins}".encode())
            coming.append(sock)
        for sock in coming:
            heard = b""
            while last not in heard:
                data = sock.recv(65536)
                assert data, heard
                heard += data
        guests += coming
    return guests


def idle(port: int, number: int) -> None:
    """Here, in no room, and silent; PING is answered."""
    guests = {sock.fileno(): sock for sock in _guests(port, number)}
    _ready()
    poll = select.epoll()
    for number in guests:
        poll.register(number, select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            data = guests[number].recv(65536)
            if not data:
                poll.unregister(number)
            if b"PING" in data:
                guests[number].sendall(b"PONG x\r\n")


def deaf(port: int, number: int) -> None:
    """In #main, and read nothing any more."""
    guests = _guests(port, number, "#main", small=True)
    _ready()
    signal.pause()
    del guests


def storm(port: int, number: int) -> None:
    """Join and part a room of theirs as fast as they are let, and read what comes of it."""
    guests = _guests(port, number)
    _ready()
    work = b"JOIN #storm\r\nPART #storm\r\n" * 20
    for sock in guests:
        sock.setblocking(False)
    while True:
        readable, writable, _ = select.select(guests, guests, [], _SECONDS)
        for sock in readable:
            sock.recv(1 << 20)
        for sock in writable:
            with suppress(BlockingIOError):
                sock.send(work)


def resets(port: int, number: int) -> None:
    """Come, say some of what is said at the beginning, and reset the connection: so many times, and on and on."""
    chance = random.Random(number)
    begin = b"CAP LS 302\r\nNICK reset\r\nUSER a 0 * :A\r\nCAP REQ :sasl\r\nAUTHENTICATE PLAIN\r\nCAP END\r\n"
    told = False
    while True:
        for _ in range(number):
            sock = _connected(port)
            sock.sendall(begin[: chance.randrange(len(begin))])
            if chance.random() < 0.5:
                sock.settimeout(0.01)
                with suppress(OSError):
                    sock.recv(chance.randrange(1, 200))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
        if not told:
            told = True
            _ready()


def slow(port: int, number: int) -> None:
    """Say a byte at a time of what would let them in, and never all of it; come again when they are turned away."""
    word = b"NICK slowloris" + b"s" * 100_000
    clients = [_connected(port) for _ in range(number)]
    _ready()
    for place in range(len(word)):
        for index, sock in enumerate(clients):
            try:
                sock.send(word[place : place + 1])
            except OSError:
                clients[index] = _connected(port)
        select.select([], [], [], 0.02)  # slowly


CROWDS: dict[str, Callable[[int, int], None]] = {each.__name__: each for each in (idle, deaf, storm, resets, slow)}

if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    CROWDS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))
