"""Eight hours of use in minutes: people come and go, talk, read, reconnect, take other nicks; and nothing grows.

The server's hours are minutes (clock.py), so what it forgets after a while it forgets here. What it uses is looked
at when half of the time is over and at the end, each time when only those are here who always are.
"""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
import time
from collections.abc import Sequence
from itertools import count, cycle
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.faults.away import Away, must, started
from tests.faults.program import Launch
from tests.faults.told import CAPS, all_told
from tests.running import SECONDS

HOURS = 8
MINUTES = float(os.environ.get("FAULTS_MINUTES", "6"))
PEOPLE = 60
ROOMS = tuple(f"#room{number}" for number in range(10))
FUTURE = "timestamp=2100-01-01T00:00:00Z"
CACHES = 9 * 2 * 1024 * 1024
"""Bytes of SQLite's page caches, of the readers and the writer, which fill while the database grows."""
PATIENCE = SECONDS
AT_ONCE = 6
"""Threads of people."""


class Use(NamedTuple):
    """Of a server's process: bytes of memory, threads, open files, bytes of the write-ahead log."""

    memory: int
    threads: int
    files: int
    log: int


def use(server: Away) -> Use:
    process = psutil.Process(server.program.pid)
    log = Path(f"{server.database}-wal")
    return Use(process.memory_info().rss, process.num_threads(), process.num_fds(), log.stat().st_size)


class Somebody:
    """One of the people, with an account; one connection at a time."""

    def __init__(self, server: Away, name: str, chance: random.Random) -> None:
        self.server, self.name, self.chance = server, name, chance
        self.client = server.register(name, CAPS)
        self.client._socket.settimeout(PATIENCE)
        self.client.ask(*(f"JOIN {room}" for room in chance.sample(ROOMS, 4)))
        self.last: dict[str, str] = {}

    def live(self) -> None:
        """Some of what people do, and hear what there is to hear."""
        act = self.chance.choice(
            [
                *(self.talk, self.talk, self.talk, self.write, self.write, self.read, self.move, self.come_back),
                *(self.look_around, self.take_back, self.be_away, self.sit_down_as_a_guest),
            ]
        )
        began = time.monotonic()
        act()
        try:
            self.hear()
        except OSError as error:
            took = time.monotonic() - began
            must(False, f"{self.name} has no answer {took:.0f} s after {act.__name__}: {error!r}")

    def hear(self) -> None:
        for message in all_told(self.client.sync()):
            if message.target.startswith("#"):
                self.last[message.target] = message.id
        self.client.log.clear()

    def talk(self) -> None:
        room = self.chance.choice(ROOMS)
        self.client.send(*(f"PRIVMSG {room} :{'words ' * self.chance.randrange(1, 20)}" for _ in range(3)))

    def write(self) -> None:
        self.client.send(f"PRIVMSG p{self.chance.randrange(PEOPLE)} :between us {self.chance.random()}")

    def read(self) -> None:
        room = self.chance.choice(ROOMS)
        self.client.send(
            f"CHATHISTORY LATEST {room} * 100", f"CHATHISTORY BEFORE {room} timestamp=2100-01-01T00:00:00Z 50"
        )
        if room in self.last:
            self.client.send(f"CHATHISTORY AFTER {room} msgid={self.last[room]} 100")
        self.client.send(f"SEARCH in={room} text=words", f"MARKREAD {room}")

    def move(self) -> None:
        one, other = self.chance.sample(ROOMS, 2)
        self.client.send(f"PART {one}", f"JOIN {other}", f"TOPIC {other} :{self.chance.random()}", f"NAMES {other}")

    def take_back(self) -> None:
        if self.last:
            room, last = self.chance.choice(sorted(self.last.items()))
            self.client.send(f"REDACT {room} {last} :sorry", f"@+react=+1;+reply={last} TAGMSG {room}")

    def be_away(self) -> None:
        self.client.send(
            "AWAY :a moment", "MONITOR + p1,p2,p3", "METADATA * SET avatar :https://example.org/a.png", "AWAY"
        )

    def look_around(self) -> None:
        self.client.send("LIST", "WHO #room1", "WHOIS p1", "WHOWAS guest1", "LUSERS", "MONITOR C", "HELP")

    def come_back(self) -> None:
        """Sometimes by a reset, and at once."""
        if self.chance.random() < 0.5:
            self.client._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.client.send("QUIT :bye")
        self.client.close()
        self.client = self.server.login(self.name, CAPS)
        self.client._socket.settimeout(PATIENCE)

    def sit_down_as_a_guest(self) -> None:
        """Somebody who comes once, and takes other nicks."""
        guest = self.server.connect()
        guest._socket.settimeout(PATIENCE)
        nick = f"guest{next(_GUESTS)}"
        guest.send(f"NICK {nick}", "USER g 0 * :g", f"JOIN {self.chance.choice(ROOMS)}", f"NICK {nick}x")
        guest.wait(f" NICK :?{nick}x")
        guest.ask(f"PRIVMSG {self.name} :may I?", f"PRIVMSG {self.chance.choice(ROOMS)} :hello", "WHOWAS guest1")
        self.client.send(f"PRIVMSG {nick}x :you may")
        self.client.sync()
        if self.chance.random() < 0.5:
            guest.send("QUIT")
        guest.close()


_GUESTS = count(1)


def eight_hours(launch: Launch, folder: Path, *, minutes: float = MINUTES) -> tuple[Use, Use]:
    """What the server uses when half of the time is over, and at the end."""
    settings = {"FAULTS_SPEED": str(HOURS * 60 / minutes)}
    limits = {
        "REGISTRATIONS_AT_ONCE": "1000",
        "ROOMS_MADE_PER_HOUR": "0",
        "LINES_PER_SECOND": "0.0",
        "JOINS_AT_ONCE": "0",
    }
    with started(
        Launch(launch.mutants, settings={**launch.settings, **settings}),
        folder,
        ACCOUNTS_GUESTS="true",
        LOG_LEVEL="warning",
        **{f"LIMITS_{name}": value for name, value in limits.items()},
    ) as server:
        chance = random.Random(1)
        people = [Somebody(server, f"p{number}", random.Random(number)) for number in range(PEOPLE)]
        for one in people:  # who writes to whom is settled before the middle
            one.client.send(*(f"PRIVMSG p{number} :hello" for number in chance.sample(range(PEOPLE), 20)))
            one.hear()
        uses: list[Use] = []
        lived = 0
        for _ in range(2):
            lived += for_a_while(people, minutes * 30)
            for one in people:
                one.hear()
            uses.append(use(server))
        log = server.program.log
        must("Traceback" not in log and " error " not in log, f"the log has {log[-2000:]}")
        print(f"{lived} things done; in the middle {uses[0]}, at the end {uses[1]}")
        return uses[0], uses[1]


def for_a_while(people: Sequence[Somebody], seconds: float) -> int:
    """All of them live, some at once; how many things they did."""
    end, failed, lived = time.monotonic() + seconds, [], count()

    def some(who: Sequence[Somebody]) -> None:
        try:
            for one in cycle(who):
                if time.monotonic() > end:
                    return
                one.live()
                next(lived)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=some, args=(people[place::AT_ONCE],)) for place in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in failed:
        raise error
    return next(lived)


def nothing_grows(launch: Launch, folder: Path, *, minutes: float = MINUTES) -> None:
    middle, end = eight_hours(launch, folder, minutes=minutes)
    must(end.threads <= middle.threads, f"{middle.threads} threads became {end.threads}")
    must(end.files <= middle.files + 4, f"{middle.files} open files became {end.files}")
    must(end.log <= max(2 * middle.log, 16_000_000), f"the log of {middle.log} bytes became {end.log}")
    must(end.memory < middle.memory + CACHES, f"{middle.memory} bytes of memory became {end.memory}")


@pytest.mark.soak
@pytest.mark.timeout(60 * MINUTES + 300)
def test_eight_hours(tmp_path: Path) -> None:
    nothing_grows(Launch(), tmp_path)
