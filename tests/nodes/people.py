"""Who talks, comes and goes, and wants a nick, over all nodes; and what each of them was told."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from chatstore.chat.model.message_ids import message_place, msgid
from chatstore.irc.line import Line, parse
from tests.faults import journal
from tests.faults.journal import BrokenPromiseError
from tests.nodes.fleet import Fleet
from tests.running import PASSWORD, IrcClient, plain

WINDOW = 6
"""Messages that a talker has on the way."""
LOST = (OSError, EOFError)
_PAUSE = 0.05
_REDACTS = 40
"""One of so many messages is taken back by who said it."""


class NotInError(Exception):
    """The server let somebody connect, and not log in or into the rooms: the database is away."""


class Talker(journal.Talker):
    """A talker that comes to any node, and writes down the place of all that it is shown."""

    capabilities = f"{journal.CAPABILITIES} draft/message-redaction"

    def __init__(self, nick: str, *, labels: bool = False) -> None:
        super().__init__(nick, labels=labels)
        self.shown: list[list[tuple[int, int]]] = []
        """Of each connection, the (room, seq) of every line that has an id, as they came."""
        self.taken_back = 0

    def knock(self, client: IrcClient, *rooms: str) -> None:
        self.shown.append([])
        self._welcome, self._entered, self._rooms = False, set[str](), rooms
        super().knock(client, *rooms)

    def enter(self) -> None:
        """Raises NotInError if this is not in all of the rooms then."""
        super().enter()
        if not self._welcome or self._entered < set(self._rooms):
            raise NotInError

    def _note(self, line: Line) -> None:
        if line.command == "001":
            self._welcome = True
        elif line.command == "366":
            self._entered.add(line.params[1])
        place = message_place(line.tags.get("msgid", ""))
        if place is not None and line.tags.get("batch") not in self._pages:
            self.shown[-1].append(place)
        super()._note(line)

    def hear_up_to(self, last: dict[int, int], seconds: float) -> None:
        """Hear until these seqs were shown, by room. Raises BrokenPromiseError if they are not."""
        until = time.monotonic() + seconds
        while missing := {room: seq for room, seq in last.items() if self._last_shown(room) < seq}:
            if time.monotonic() > until:
                raise BrokenPromiseError(f"{self.nick} was never shown the end of rooms, by their seqs: {missing}")
            self.settle()
            time.sleep(_PAUSE)

    def _last_shown(self, room: int) -> int:
        return max((seq for where, seq in self.shown[-1] if where == room), default=0)

    def take_back(self, chance: random.Random) -> None:
        """Redact something of one's own in a room."""
        own = [heard for heard in self.now.heard if heard.nick == self.nick and heard.room in self._named()]
        if own:
            heard = chance.choice(own)
            name = next(name for name, room in self.rooms.items() if room == heard.room)
            self.client.send(f"REDACT {name} {msgid(heard.room, heard.seq)}")
            self.taken_back += 1

    def _named(self) -> set[int]:
        return {room for name, room in self.rooms.items() if name.startswith("#")}


@dataclass
class Wanted:
    """Who has had a nick, and from when to when (time.monotonic)."""

    nick: str
    held: list[tuple[float, float, str]] = field(default_factory=list)


class Crowd:
    """Threads of people, until stop(). What one of them raises is raised by stop()."""

    def __init__(self, fleet: Fleet, seed: int) -> None:
        self.fleet = fleet
        self.stopping = threading.Event()
        self.came = 0
        self.stayed: list[Talker] = []
        """Talkers who are still there in the end, and have had all their answers."""
        self._seed = seed
        self._threads: list[threading.Thread] = []
        self._failed: list[BaseException] = []

    def add(self, person: Callable[[random.Random], None]) -> None:
        chance = random.Random(f"{self._seed} {len(self._threads)}")

        def run() -> None:
            try:
                while not self.stopping.is_set():
                    with suppress(*LOST, NotInError):
                        person(chance)
                    self.stopping.wait(_PAUSE)
            except BaseException as error:
                self._failed.append(error)

        self._threads.append(threading.Thread(target=run))
        self._threads[-1].start()

    def stop(self, seconds: float) -> None:
        self.stopping.set()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        if self._failed:
            raise self._failed[0]
        if any(thread.is_alive() for thread in self._threads):
            raise BrokenPromiseError("somebody had no answer for a minute")

    # One connection of somebody.

    def talk(self, talker: Talker, rooms: Sequence[str], targets: Sequence[str], chance: random.Random) -> None:
        """Say things and hear them until the connection is lost, or for a while; then the rest is heard."""
        client = self.fleet.connect(chance)
        try:
            talker.come(client, *rooms)
            self.came += 1
            most = chance.randrange(50, 1500)
            for number in range(most):
                while talker.unanswered < WINDOW:
                    talker.say(chance.choice(targets))
                if number % _REDACTS == _REDACTS - 1:
                    talker.take_back(chance)
                if talker.hear().command == "FAIL":
                    self.stopping.wait(_PAUSE)
                if self.stopping.is_set():
                    break
            talker.settle()
            journal.check_answered([talker])
            if self.stopping.is_set():
                self.stayed.append(talker)
        finally:
            if talker not in self.stayed:
                client.close()

    def come_and_go(self, nick: str, rooms: Sequence[str], chance: random.Random) -> None:
        """Come, join, talk a little, part and quit, or only vanish."""
        client = self.fleet.connect(chance)
        try:
            client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", "PING :here")
            if not any(" 001 " in line for line in _until(client, ":here")):
                return
            self.came += 1
            for number in range(chance.randrange(1, 20)):
                room = chance.choice(rooms)
                client.send(f"JOIN {room}", f"TOPIC {room} :{nick} {number}", f"PING :{number}")
                _until(client, f":{number}")
                if chance.random() < 0.7:
                    client.send(f"PART {room}")
                if self.stopping.is_set():
                    break
            if chance.random() < 0.5:
                client.send("QUIT")
                client.rest()
        finally:
            client.close()

    def want(self, wanted: Sequence[Wanted], own: str, chance: random.Random) -> None:
        """Be here under a nick of one's own, and take one that others want, too."""
        client = self.fleet.connect(chance)
        held: tuple[Wanted, float] | None = None
        try:
            client.send(f"NICK {own}", f"USER {own} 0 * :{own}", "PING :here")
            if not any(" 001 " in line for line in _until(client, ":here")):
                return
            for number in range(chance.randrange(5, 40)):
                one = chance.choice(wanted)
                client.send(f"NICK {one.nick}", f"PING :{number}")
                answer = [parse(line) for line in _until(client, f":{number}")]
                took = any(line.command == "NICK" and line.params[0] == one.nick for line in answer)
                if took:
                    held = one, time.monotonic()
                    self.stopping.wait(chance.uniform(0, 0.2))
                    _give_up(held, own)
                    held = None
                    client.send(f"NICK {own}", "PING :back")
                    _until(client, ":back")
                if self.stopping.is_set():
                    break
        finally:
            client.close()


def _give_up(held: tuple[Wanted, float], own: str) -> None:
    held[0].held.append((held[1], time.monotonic(), own))


def _until(client: IrcClient, end: str) -> list[str]:
    """What comes up to the answer to a PING."""
    lines: list[str] = []
    while True:
        lines.append(client.line())
        if " PONG " in lines[-1] and lines[-1].endswith(end):
            return lines


def make_accounts(fleet: Fleet, nicks: Sequence[str]) -> None:
    """Their accounts exist then."""
    client = IrcClient("127.0.0.1", fleet.nodes[0].port)
    client.send("CAP LS 302", "NICK maker", "USER maker 0 * :x")
    client.close()
    for nick in nicks:
        client = IrcClient("127.0.0.1", fleet.nodes[0].port)
        client.send("CAP LS 302", f"NICK {nick}", f"USER {nick} 0 * :x", f"REGISTER * * :{PASSWORD}", "CAP END")
        client.wait(" (422|376) ")
        client.close()


__all__ = ["Crowd", "NotInError", "Talker", "Wanted", "make_accounts", "plain"]
