"""Nodes, the database and the bus are broken while people talk on all nodes: nothing is missing or comes twice."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.program import Launch
from tests.nodes.breaking import Breaking
from tests.nodes.checks import check_here, check_histories, check_one_owner, check_stored
from tests.nodes.fleet import LEASE, fleet
from tests.nodes.people import Crowd, Talker, Wanted, make_accounts
from tests.nodes.stored import Stored, read

ROOMS = ("#main", "#side", "#tea")
TALKERS = 8
EVERYTHING = (
    "kill",
    "pause",
    "pause_longer_than_the_lease",
    "stop_the_database_at_once",
    "database_away",
    "cut",
    "lose_some_of_the_bus",
    "switch_off_the_bus",
    "switch_on_the_bus",
    "prune",
    "join",
)
_SECONDS_TO_END = 90.0
_SECONDS_TO_THE_END = 30.0
"""How long it may take until everybody has been shown what was said last, whatever the bus has lost."""


class Figures(NamedTuple):
    acked: int
    refused: int
    unanswered: int
    shown: int
    came: int
    fenced: int
    redacted: int
    pruned: int
    broken: str

    def __str__(self) -> str:
        said = ", ".join(f"{value:,} {name}" for name, value in zip(self._fields[:-1], self[:-1], strict=True))
        return f"{said}; {self.broken}"


def figures(talkers: Sequence[Talker], crowd: Crowd, breaking: Breaking, stored: Stored) -> Figures:
    stretches = [stretch for talker in talkers for stretch in talker.stretches]
    return Figures(
        sum(len(stretch.answered - stretch.refused) for stretch in stretches),
        sum(len(stretch.refused) for stretch in stretches),
        sum(len(stretch.waiting) for stretch in stretches),
        sum(len(shown) for talker in talkers for shown in talker.shown),
        crowd.came,
        sum(code == 1 for node in crowd.fleet.nodes for code in node.codes),
        len(stored.contents.redacted),
        sum(room.first_seq - 1 for room in stored.contents.rooms.values()),
        ", ".join(f"{number} {name}" for name, number in sorted(breaking.done.items())),
    )


def chaos(
    launch: Launch,
    folder: Path,
    *,
    seconds: float = 20.0,
    nodes: int = 3,
    faults: Sequence[str] = EVERYTHING,
    seed: int = 1,
    others: int = 3,
) -> Figures:
    """Break things for so many seconds while people talk, and check everything then. `others`: how many come and
    go, and as many want a nick."""
    talkers = [Talker(f"talker{number}", labels=number % 2 == 0) for number in range(TALKERS)]
    wanted = [Wanted(nick) for nick in ("rose", "iris")]
    with fleet(launch, folder, nodes) as running:
        make_accounts(running, [talker.nick for talker in talkers])
        crowd = Crowd(running, seed)
        for number, talker in enumerate(talkers):
            targets = (*ROOMS, talkers[number - 1].nick)
            talker._known = True
            crowd.add(lambda chance, talker=talker, targets=targets: crowd.talk(talker, ROOMS, targets, chance))
        for number in range(others):
            crowd.add(lambda chance, number=number: crowd.come_and_go(f"goer{number}", ROOMS, chance))
            crowd.add(lambda chance, number=number: crowd.want(wanted, f"wanter{number}", chance))
        breaking = Breaking(running, random.Random(seed))
        try:
            breaking.for_seconds(seconds, faults)
            running.until_all_run(_SECONDS_TO_END)
            if "prune" in faults:
                breaking.prune()  # the one before may have come when nothing was old enough
        finally:
            crowd.stop(_SECONDS_TO_END)
        stored = read(running.url)
        found = figures(talkers, crowd, breaking, stored)
        print(f"{nodes} nodes, {seconds:.0f} s: {found}", file=sys.stderr)
        named = {room.name: room.id for room in stored.contents.rooms.values() if room.name}
        assert named.keys() >= {room[1:] for room in ROOMS}
        last = {room: stored.shown[room][-1] for room in named.values() if room in stored.shown}
        for talker in crowd.stayed:
            talker.hear_up_to(last, _SECONDS_TO_THE_END)
        check_here(running, ROOMS, [talker.nick for talker in crowd.stayed], gone(others), 6 * LEASE)
        for talker in crowd.stayed:
            talker.client.close()
        check_stored(stored, talkers)
        check_one_owner(wanted)
        check_histories(running, stored, talkers[0])
    return found


def gone(others: int) -> list[str]:
    """The nicks of those who have gone in the end."""
    return ["rose", "iris", *(f"{who}{number}" for who in ("goer", "wanter") for number in range(others))]


def no_bus(launch: Launch, folder: Path) -> Figures:
    """Nothing of the bus comes. What was said last is shown all the same, and nothing comes twice; a nick that two
    want has one of them."""
    return chaos(launch, folder, seconds=4, nodes=2, faults=["switch_off_the_bus"])


def nodes_that_die(launch: Launch, folder: Path) -> Figures:
    """Who was on a node that is killed is gone after the lease."""
    return chaos(launch, folder, seconds=4, nodes=2, faults=["kill"])


@pytest.mark.timeout(240)
def test_everything_is_broken_for_a_while(tmp_path: Path) -> None:
    found = chaos(Launch(), tmp_path, seconds=20)
    assert found.acked > 100
    assert min(found.redacted, found.pruned) > 0


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_everything_is_broken_for_ten_minutes(tmp_path: Path) -> None:
    found = chaos(Launch(), tmp_path, seconds=600, seed=2)
    assert found.acked > 1000
    assert min(found.redacted, found.pruned) > 0


def test_without_the_bus(tmp_path: Path) -> None:
    assert no_bus(Launch(), tmp_path).refused == 0


def test_nodes_that_die(tmp_path: Path) -> None:
    assert nodes_that_die(Launch(), tmp_path).acked > 20  # 600 on a quiet machine, 48 on a busy one
