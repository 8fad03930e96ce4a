"""Every mutant is caught by the fault test that must catch it: `pytest -m mutants`."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.faults.journal import BrokenPromiseError
from tests.faults.mutants import STORAGE
from tests.faults.mutants_net import NET
from tests.faults.program import Launch

MUTANTS = {**STORAGE, **NET}


PAIRS = [(name, test) for name, mutant in MUTANTS.items() for test in mutant.caught_by]


@pytest.mark.mutants
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "test"), PAIRS)
def test_the_mutant_is_caught(name: str, test: str, tmp_path: Path) -> None:
    """By what it promises to catch, and not by a server that doesn't start."""
    module, _, function = test.partition(":")
    fault_test = getattr(import_module(f"tests.faults.{module}"), function)
    with pytest.raises(BrokenPromiseError) as caught:
        fault_test(Launch(mutants=(name,)), tmp_path)
    print(f"{name} was caught by {function}: {str(caught.value)[:200]}")
    assert re.search(MUTANTS[name].caught_by[test], str(caught.value))
