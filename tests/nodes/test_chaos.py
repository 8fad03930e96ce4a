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
from tests.nodes.checks import check_histories, check_one_owner, check_stored
from tests.nodes.fleet import fleet
from tests.nodes.people import Crowd, Talker, Wanted, make_accounts
from tests.nodes.stored import read

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
    broken: str

    def __str__(self) -> str:
        said = ", ".join(f"{value:,} {name}" for name, value in zip(self._fields[:-1], self[:-1], strict=True))
        return f"{said}; {self.broken}"


def figures(talkers: Sequence[Talker], crowd: Crowd, breaking: Breaking) -> Figures:
    stretches = [stretch for talker in talkers for stretch in talker.stretches]
    return Figures(
        sum(len(stretch.answered - stretch.refused) for stretch in stretches),
        sum(len(stretch.refused) for stretch in stretches),
        sum(len(stretch.waiting) for stretch in stretches),
        sum(len(shown) for talker in talkers for shown in talker.shown),
        crowd.came,
        sum(code == 1 for node in crowd.fleet.nodes for code in node.codes),
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
        finally:
            crowd.stop(_SECONDS_TO_END)
        found = figures(talkers, crowd, breaking)
        print(f"{nodes} nodes, {seconds:.0f} s: {found}", file=sys.stderr)
        stored = read(running.url)
        last = {room.id: stored.shown[room.id][-1] for room in stored.contents.rooms.values() if room.name}
        assert len(last) >= len(ROOMS)
        for talker in crowd.stayed:
            talker.hear_up_to(last, _SECONDS_TO_THE_END)
            talker.client.close()
        check_stored(stored, talkers)
        check_one_owner(wanted)
        check_histories(running, stored, talkers[0])
    return found


def no_bus(launch: Launch, folder: Path) -> Figures:
    """Nothing of the bus comes. What was said last is shown all the same, and nothing comes twice."""
    return chaos(launch, folder, seconds=4, nodes=2, faults=["switch_off_the_bus"], others=0)


@pytest.mark.timeout(240)
def test_everything_is_broken_for_a_while(tmp_path: Path) -> None:
    assert chaos(Launch(), tmp_path, seconds=20).acked > 100


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_everything_is_broken_for_ten_minutes(tmp_path: Path) -> None:
    assert chaos(Launch(), tmp_path, seconds=600, seed=2).acked > 1000


def test_without_the_bus(tmp_path: Path) -> None:
    assert no_bus(Launch(), tmp_path).refused == 0
