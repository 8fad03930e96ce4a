"""The clock of the machine steps back an hour, forward a year, or stands still: order, pages and times hold.

Each conversation's times rise with its numbers whatever the clock does, because a stored time is at least a
millisecond after the one before it; so a time as a selector leads to one place, and paging by times skips nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import pytest

from chatstore.irc.line import timestamp
from tests.faults.away import Away, launch_with, must
from tests.faults.clock import HOUR, YEAR, HeldClock
from tests.faults.program import Launch
from tests.faults.told import CAPS, Stored, Told, all_told, check_numbers, page, stored
from tests.running import IrcClient

PEOPLE = ("alice", "bob", "carol")
STEPS: Sequence[Callable[[float], float]] = (
    lambda now: now - HOUR,
    lambda now: now + YEAR,
    lambda now: now - YEAR,
    lambda now: now,
    lambda now: now,
    lambda now: now + 0.0004,
    lambda now: now + 1.0,
)
"""What becomes of the time; those that leave it come twice, so that it stands for several batches."""


def changing_clock(launch: Launch, folder: Path, *, seed: int = 1) -> None:
    """Three people talk while the clock does what it does, and over a restart an hour back."""
    clock, chance, numbers = HeldClock(folder / "clock"), random.Random(seed), count(1)
    with launch_with(launch, clock.settings).forking() as start:
        server = Away(start(folder))
        people = {name: server.member(name, CAPS) for name in PEOPLE}
        live = talk(people, clock, chance, numbers)
        server.stop()
        clock.now -= HOUR
        server = Away(start(folder))
        people = {name: back(server, name) for name in PEOPLE}
        for name, more in talk(people, clock, chance, numbers).items():
            live[name] += more
        check_numbers(server.database)
        in_store = stored(server.database)
        must(sum(map(len, in_store.values())) == next(numbers) - 1, "something was said and is not stored")
        for name, client in people.items():
            check_live(live[name], in_store)
            for room, messages in in_store.items():
                target = target_of(name, room, live[name])
                if target is not None:
                    check_pages(client, target, messages, chance)


def back(server: Away, name: str) -> IrcClient:
    client = server.login(name, CAPS)
    client.wait(" 366 ")
    return client


def talk(
    people: dict[str, IrcClient], clock: HeldClock, chance: random.Random, numbers: count[int]
) -> dict[str, list[Told]]:
    """Bursts in the room and between two, each after the clock has moved; what everybody was told live."""
    told: dict[str, list[Told]] = {name: [] for name in people}
    for _ in range(25):
        clock.now = chance.choice(STEPS)(clock.now)
        for name in chance.sample(PEOPLE, 2):
            others = [other for other in PEOPLE if other != name]
            for _ in range(chance.randrange(1, 4)):
                target = chance.choice(["#main", "#main", *others])
                people[name].send(f"PRIVMSG {target} :{next(numbers)}")
        for name in PEOPLE:  # whoever spoke has the echoes, so it is committed
            told[name] += all_told(people[name].sync())
    for name in PEOPLE:
        told[name] += all_told(people[name].sync())
    return told


def target_of(name: str, room: int, told: Sequence[Told]) -> str | None:
    """What somebody calls a conversation: the room, or the other person. None: it is not theirs."""
    for each in told:
        if each.room == room:
            return each.target if each.target != name else each.nick
    return None


def check_live(told: Sequence[Told], in_store: dict[int, list[Stored]]) -> None:
    """What was told live is what is stored, in the order and with the times of history."""
    for room in {each.room for each in told}:
        heard = [Stored(room, each.seq, each.time, each.nick, each.text) for each in told if each.room == room]
        must(heard == in_store[room], f"told otherwise than it is stored: {heard}")


def check_pages(client: IrcClient, target: str, messages: Sequence[Stored], chance: random.Random) -> None:
    """Pages by message and by time, forward and back, have everything once and in order."""
    everything = [each.seq for each in messages]
    for selector in (lambda each: f"msgid={each.id}", lambda each: f"timestamp={timestamp(each.time)}"):
        found: list[Told] = []
        after = "timestamp=1970-01-01T00:00:00.000Z"
        while more := page(client, f"AFTER {target} {after} 7"):
            found += more
            must(len(found) <= len(everything), f"pages after go on for ever: {more}")
            after = selector(more[-1])
        must([each.seq for each in found] == everything, f"pages after have {found}")
        found, before = [], "timestamp=9999-01-01T00:00:00.000Z"
        while more := page(client, f"BEFORE {target} {before} 7"):
            found = more + found
            must(len(found) <= len(everything), f"pages before go on for ever: {more}")
            before = selector(more[0])
        must([each.seq for each in found] == everything, f"pages before have {found}")
    for each in chance.sample(messages, min(10, len(messages))):
        place, at = everything.index(each.seq), f"timestamp={timestamp(each.time)}"
        for request, expected in (
            (f"AROUND {target} {at} 1", [each.seq]),
            (f"AFTER {target} {at} 1000", everything[place + 1 :]),
            (f"BEFORE {target} {at} 1000", everything[:place]),
        ):
            found = page(client, request)
            must([one.seq for one in found] == expected, f"{request} has {found}")


@pytest.mark.parametrize("seed", [1])
def test_order_pages_and_times_hold(tmp_path: Path, seed: int) -> None:
    changing_clock(Launch(), tmp_path, seed=seed)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_order_pages_and_times_hold_for_long(tmp_path: Path) -> None:
    for seed in range(10, 30):
        folder = tmp_path / str(seed)
        folder.mkdir()
        changing_clock(Launch(), folder, seed=seed)
