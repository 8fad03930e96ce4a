"""`kill -9` at random moments under load."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.journal import Talker, check_database, check_history, contents, copied
from tests.faults.program import Launch, Program

pytestmark = pytest.mark.timeout(300)

TALKERS = 6
WINDOW = 6
"""Messages that one of them has on the way."""
ROOMS = ("#main", "#side")


def kill_9(launch: Launch, folder: Path, *, kills: int = 50, seed: int = 0, forked: bool = True) -> int:
    """Kill a busy server again and again at random moments. After each, a copy of the files as they lie there
    has to open, be whole, and hold all that anybody was shown so far; at the end, the server's own history too.
    Returns how many messages were stored."""
    chance = random.Random(seed)
    talkers = [Talker(f"talker{number}", labels=number % 2 == 0) for number in range(TALKERS)]
    with launch.forking() if forked else launch.starting() as start:
        for _ in range(kills):
            program = start(folder)
            come(program, talkers)
            _talk_until_killed(program, talkers, chance)
            check_database(contents(copied(program.database, folder / "copy")), talkers)
        program = start(folder)
        come(program, talkers)
        program_holds = contents(program.database)
        check_database(program_holds, talkers)
        for talker in talkers:
            for target, room in talker.rooms.items():
                check_history(talker, target, program_holds.of(room))
        program.stop()
    return len(program_holds.messages)


def come(program: Program, talkers: Sequence[Talker]) -> None:
    for talker in talkers:
        talker.knock(program.connect(), *ROOMS)
    for talker in talkers:
        talker.enter()


def _talk_until_killed(program: Program, talkers: Sequence[Talker], chance: random.Random) -> None:
    """All of them talk at once. The server is killed when some messages more were heard, and a moment later."""
    enough, moment = chance.randrange(1, 600), chance.uniform(0, 0.003)
    heard = threading.Semaphore(0)
    targets = [[*ROOMS, talkers[number - 1].nick] for number in range(len(talkers))]
    threads = [
        threading.Thread(target=talk, args=(talker, own, heard))
        for talker, own in zip(talkers, targets, strict=True)
    ]
    for thread in threads:
        thread.start()
    for _ in range(enough):
        assert heard.acquire(timeout=60)
    time.sleep(moment)  # nothing waits for this: it is what makes the moment a random one
    program.kill()
    for thread in threads:
        thread.join()


def talk(talker: Talker, targets: Sequence[str], heard: threading.Semaphore) -> None:
    turn = 0
    try:
        while True:
            while talker.unanswered < WINDOW:
                turn += 1
                talker.say(targets[turn % len(targets)])
            if talker.hear().command == "PRIVMSG":
                heard.release()
    except (OSError, EOFError):
        talker.end()


def test_killed_fifty_times(tmp_path: Path) -> None:
    """Each server is a fork of one process that has loaded everything."""
    assert kill_9(Launch(), tmp_path, kills=50) > 50


def test_killed_from_its_first_instruction(tmp_path: Path) -> None:
    """The same with processes that are started as users start them."""
    assert kill_9(Launch(), tmp_path, kills=3, seed=1, forked=False) > 3


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(5))
def test_killed_five_hundred_times(tmp_path: Path, seed: int) -> None:
    assert kill_9(Launch(checkpoint_pages=100), tmp_path, kills=100, seed=100 + seed) > 100
