"""Three writers over one database keep every promise, whatever is killed; and this test finds what is broken."""

from __future__ import annotations

import re

import pytest

from tests.storage.three_writers import chaos, drop_some
from tests.storage.writer_mutants import MUTANTS

_REPORT = "{} stored, {} refused, {} deadlocks, {}"


def run(
    monkeypatch: pytest.MonkeyPatch, seconds: float, *, seed: int = 1, lost: float = 0.3, pause: float = 0.3
) -> None:
    """Raises AssertionError if something is wrong."""
    drop_some(monkeypatch, lost)
    with chaos(seed) as running:
        running.run(seconds, pause)
        running.check()
        stored = sum(len(told.stored) for told in running.told)
        refused = sum(len(told.refused) for told in running.told)
        print(_REPORT.format(stored, refused, running.deadlocks, dict(running.faults)))


@pytest.mark.timeout(120)
def test_three_writers_keep_every_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, 8)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("lost", [0.0, 0.3, 1.0])
def test_three_writers_for_minutes(monkeypatch: pytest.MonkeyPatch, lost: float) -> None:
    run(monkeypatch, 120, seed=2, lost=lost)


def catch(name: str) -> str:
    """Run the test with a writer that is broken; what it said."""
    mutant = MUTANTS[name]
    with pytest.MonkeyPatch.context() as patch:
        mutant.apply(patch)
        with pytest.raises(AssertionError) as caught:
            run(patch, 12, pause=mutant.pause)
    said = str(caught.value)
    assert re.search(mutant.words, said), said
    return said


@pytest.mark.mutants
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_writer_is_noticed(name: str) -> None:
    catch(name)
