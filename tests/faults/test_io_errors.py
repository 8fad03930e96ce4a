"""A disk that answers a write or a flush with an error (EIO): what was shown stays, of the rest nothing is
claimed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.journal import BrokenPromiseError, Talker, check_database, check_history, contents, copied
from tests.faults.program import Launch, Program
from tests.faults.tracing import injecting, needs_strace

pytestmark = pytest.mark.timeout(300)

_ROUNDS = 30
_FAILED = 1
"""The exit code of a server that had to stop."""
_STOPPING = "whether it is on disk is unknown: stopping"

Point = tuple[str, int]
POINTS: Sequence[Point] = (
    *(("fdatasync", nth) for nth in range(1, 9)),
    *(("pwrite64", nth) for nth in (1, 2, 3, 7, 8, 9, 20, 31, 42, 53, 64, 75, 86)),
)
"""A call, and which one of them fails. There are so few pages between two checkpoints that these are among them."""


def io_errors(launch: Launch, folder: Path, *, points: Sequence[Point] = POINTS) -> Counter[str]:
    """At each of the points a server has an error of its disk, and the next one starts on what it left. Returns how
    often it went on, and how often it stopped."""
    needs_strace()
    talkers = [Talker("labelled", labels=True), Talker("plain")]
    ends: Counter[str] = Counter()
    with replace(launch, checkpoint_pages=12).forking() as start:
        for call, nth in points:
            program = start(folder)
            for talker in talkers:
                talker.come(program.connect(), "#main")
            with injecting(program.pid, call, "error=EIO", nth, folder / "trace") as happened:
                ends[_talk(program, talkers)] += 1
                program.kill()
                if not happened():
                    raise AssertionError(f"there was no {call} number {nth}")
            check_database(contents(copied(program.database, folder / "copy")), talkers)
        program = start(folder)
        for talker in talkers:
            talker.come(program.connect(), "#main")
            talker.say("#main")
            talker.settle()
        found = contents(program.database)
        check_database(found, talkers)
        check_history(talkers[0], "#main", found.of(talkers[0].rooms["#main"]))
        program.stop()
    return ends


def _talk(program: Program, talkers: Sequence[Talker]) -> str:
    """Until the server ends, or somebody is refused (who then must not find it stored), or for a while."""
    before = program.log.count(_STOPPING)
    try:
        for _ in range(_ROUNDS):
            for talker in talkers:
                talker.say("#main")
                talker.say("#main", "x" * 300)
            for talker in talkers:
                talker.settle()
            if any(talker.now.refused for talker in talkers):
                return "refused"
    except (OSError, EOFError):
        for talker in talkers:
            talker.end()
        code = program.wait()
        if code != _FAILED or program.log.count(_STOPPING) == before:
            raise BrokenPromiseError(f"the server ended with {code}, and did not say why: {program.log}") from None
        return "stopped"
    return "went on"


def test_errors_of_writes_and_flushes(tmp_path: Path) -> None:
    """A flush that fails in a COMMIT stops the server; in a checkpoint it is tried again by the next one."""
    ends = io_errors(Launch(), tmp_path)
    assert ends["stopped"] > 5
    assert ends["went on"] > 1
    assert not ends["refused"]


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
def test_every_write_and_every_flush(tmp_path: Path, call: str) -> None:
    assert io_errors(
        Launch(), tmp_path, points=[(call, nth) for nth in range(1, 101 if call == "pwrite64" else 25)]
    )
