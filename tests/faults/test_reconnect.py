"""A connection is lost at every point of the protocol, while others talk: coming back shows what was missed.

No gap, no duplicate, in rooms and in direct conversations: for careful clients, which ask by CHATHISTORY AFTER from
the last message that they have shown, with several devices of one account; and for old ones, which are shown what
they missed. `devices.py` is the model of what they must know.
"""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.faults.away import Away, must, started
from tests.faults.devices import CutError, Device, OldDevice
from tests.faults.program import Launch
from tests.faults.told import CAPS, check_numbers, iter_pairs, stored
from tests.running import SECONDS, IrcClient

pytestmark = pytest.mark.timeout(600)  # a life has some ten commits, and a slow disk takes 0.15 s for each

ROOMS = ("#main", "#side")
TALKERS = ("tom", "tina")
MOST_WAITING = 12
MOST_SHOWN = 30_000
"""Bytes; somewhat more than an old client reads in one of its lives here."""


class Talkers:
    """People who say numbered things when they are asked to, each in a thread of their own, one after the other: so
    what they say comes at any moment of what else happens."""

    def __init__(self, server: Away, targets: tuple[str, ...]) -> None:
        self.said: list[str] = []
        """What was echoed, so what is stored for good."""
        self._targets = targets
        self._numbers = count(1)
        self._wanted: SimpleQueue[int] = SimpleQueue()
        self._room = threading.Semaphore(MOST_WAITING)
        self._failed: list[BaseException] = []
        self._clients = [in_rooms(server, name) for name in TALKERS]
        self._threads = [threading.Thread(target=self._run, args=(client,)) for client in self._clients]
        for thread in self._threads:
            thread.start()

    def say(self, messages: int) -> None:
        """Have so many messages said from now on; most of those before have been said then."""
        for _ in range(messages):
            assert self._room.acquire(timeout=SECONDS)
            self._wanted.put(next(self._numbers))

    def stop(self) -> None:
        for _ in self._threads:
            self._wanted.put(0)
        for thread in self._threads:
            thread.join(SECONDS)
            assert not thread.is_alive()
        for client in self._clients:
            client.close()
        for error in self._failed:
            raise error

    def _run(self, client: IrcClient) -> None:
        try:
            while number := self._wanted.get():
                text = f"{client.nick} {number}"
                client.send(f"PRIVMSG {self._targets[number % len(self._targets)]} :{text}")
                client.wait(f":{client.nick}!.* PRIVMSG .* :{text}$")
                self.said.append(text)
                self._room.release()
        except BaseException as error:
            self._failed.append(error)


def in_rooms(server: Away, name: str) -> IrcClient:
    client = server.register(name, CAPS)
    client.send(*(f"JOIN {room}" for room in ROOMS))
    client.sync()
    return client


@contextlib.contextmanager
def talking(server: Away, *accounts: str) -> Iterator[Talkers]:
    """The accounts exist and are in the rooms, and the talkers are there."""
    for name in accounts:
        client = in_rooms(server, name)
        client.send("QUIT")
        client.rest()
        client.close()
    talkers = Talkers(server, (*ROOMS, *accounts))
    talkers.say(2 * (len(ROOMS) + len(accounts)))
    try:
        yield talkers
    finally:
        talkers.stop()


def a_life(device: Device, talkers: Talkers, port: int, *, reset: bool, **cut: int) -> int:
    """One connection of a device until it is lost, or has done everything it has to do: bytes that it read."""
    talkers.say(3)
    with contextlib.suppress(CutError):
        client = device.connect(port, **cut)
        device.catch_up()
        talkers.say(6)
        client.sync()
        device.speak()
        client.sync()
    device.client.vanish(reset=reset)
    return device.client.read


def whole(device: Device, port: int) -> None:
    """Come, and miss nothing any more."""
    client = device.connect(port)
    device.catch_up()
    client.sync()
    client.vanish(reset=False)


def points_in_turn(
    launch: Launch, folder: Path, *, unit: str = "most_lines", points: Sequence[int] = range(0, 120, 2)
) -> None:
    """A device of dora's is lost at each point in turn, by turns with and without a reset."""
    with started(launch, folder) as server:
        with talking(server, "dora") as talkers:
            device = Device("dora", (*ROOMS, *TALKERS))
            for turn, point in enumerate(points):
                a_life(device, talkers, server.port(), reset=turn % 2 == 0, **{unit: point})
        whole(device, server.port())
        compare(server, talkers, [device])


def several_devices(launch: Launch, folder: Path, *, seed: int = 1, lives: int = 20) -> None:
    """Two devices of dora's and one of dan's, several of them connected at once, lost at random bytes."""
    chance = random.Random(seed)
    targets = (*ROOMS, *TALKERS)
    with started(launch, folder) as server:
        with talking(server, "dora", "dan") as talkers:
            devices = [
                Device(one, (*targets, other)) for one, other in (("dora", "dan"), ("dora", "dan"), ("dan", "dora"))
            ]
            cuts = [[(chance.random() < 0.5, chance.randrange(12_000)) for _ in range(lives)] for _ in devices]
            failed: list[BaseException] = []

            def live(device: Device, cuts: Sequence[tuple[bool, int]]) -> None:
                try:
                    for reset, point in cuts:
                        a_life(device, talkers, server.port(), reset=reset, most_bytes=point)
                except BaseException as error:
                    failed.append(error)

            threads = [threading.Thread(target=live, args=each) for each in zip(devices, cuts, strict=True)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for error in failed:
                raise error
        for device in devices:
            whole(device, server.port())
        compare(server, talkers, devices)


def old_device(launch: Launch, folder: Path, *, seed: int = 1, lives: int = 80) -> None:
    """Each connection of olga's is without a gap and a duplicate; and together they have everything of the direct
    ones. She comes back when the server knows that she is gone: before, it takes the lost connection for one that
    is read. And it looks at what has arrived when a connection ends, and not every few seconds: what her system has
    taken by then counts as arrived, and on a slow disk she has not read it."""
    chance = random.Random(seed)
    never_looks = replace(launch, settings={**launch.settings, "FAULTS_HURRY": "0.001"})
    with started(never_looks, folder) as server:
        with talking(server, "olga") as talkers:
            device = OldDevice("olga", ROOMS)
            watcher = server.register("watcher")
            connections: list[dict[int, list[int]]] = []
            for _ in range(lives):
                reset, point = chance.random() < 0.5, chance.randrange(1, MOST_SHOWN)
                a_life(device, talkers, server.port(), reset=reset, most_bytes=point)
                connections.append(device.seqs)
                until_alone(watcher)
        whole(device, server.port())
        in_store = stored(server.database)
        for device.seqs in connections:
            device.check_connection(in_store)
        direct = iter_pairs(server.database, "SELECT id, id FROM rooms WHERE kind = 'direct'")
        device.known = {room: device.known[room] for room, _ in direct if room in device.known}
        compare(server, talkers, [device], len(TALKERS))


def until_alone(watcher: IrcClient) -> None:
    """Nobody but the watcher and the talkers has a connection."""
    alone = {"252": "0", "253": "0", "265": str(len(TALKERS) + 1)}
    while {line.command: line.params[1] for line in watcher.parsed("LUSERS") if line.command in alone} != alone:
        pass


def compare(server: Away, talkers: Talkers, devices: Sequence[Device], conversations: int = 0) -> None:
    """What the devices know, what was acknowledged, and what is stored, are the same; and nothing is stored that
    nobody said."""
    check_numbers(server.database)
    in_store = stored(server.database)
    texts = [message.text for messages in in_store.values() for message in messages]
    must(set(talkers.said) <= set(texts), "something was acknowledged and is not stored")
    invented = set(texts) - {*talkers.said, *(text for device in devices for text in device.said)}
    must(not invented, f"nobody said {invented}")
    must(len(texts) == len(set(texts)), "something is stored twice")
    for device in devices:
        device.check(in_store, conversations or len(device.targets))


def test_at_every_other_line(tmp_path: Path) -> None:
    points_in_turn(Launch(), tmp_path)


def test_several_devices_at_random(tmp_path: Path) -> None:
    several_devices(Launch(), tmp_path)


def test_who_cannot_ask_is_shown(tmp_path: Path) -> None:
    old_device(Launch(), tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_at_every_third_byte(tmp_path: Path) -> None:
    points_in_turn(Launch(), tmp_path, unit="most_bytes", points=range(0, 9000, 3))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10, 20))
def test_several_devices_at_random_for_long(tmp_path: Path, seed: int) -> None:
    several_devices(Launch(), tmp_path, seed=seed, lives=100)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10, 20))
def test_who_cannot_ask_is_shown_for_long(tmp_path: Path, seed: int) -> None:
    old_device(Launch(), tmp_path, seed=seed, lives=200)
