"""Every mutant of several nodes is caught by the test that must catch it: `pytest -m mutants`."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.faults.journal import BrokenPromiseError
from tests.faults.program import Launch
from tests.nodes.mutants import MUTANTS

PAIRS = [(name, test) for name, mutant in MUTANTS.items() for test in mutant.caught_by]


def catch(name: str, test: str, folder: Path) -> str:
    """Run a test against nodes that are broken; what it said."""
    module, _, function = test.partition(":")
    trial = getattr(import_module(f"tests.nodes.{module}"), function)
    with pytest.raises(BrokenPromiseError) as caught:
        trial(Launch(mutants=(name,)), folder)
    said = str(caught.value)
    assert re.search(MUTANTS[name].caught_by[test], said), said
    return said


@pytest.mark.mutants
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "test"), PAIRS)
def test_the_mutant_is_caught(name: str, test: str, tmp_path: Path) -> None:
    catch(name, test, tmp_path)
