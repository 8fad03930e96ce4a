"""Every mutant is caught by the fault test that must catch it: `pytest -m mutants`."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.faults.journal import BrokenPromiseError
from tests.faults.mutants import MUTANTS
from tests.faults.program import ROOT, Launch
from tests.nodes import test_mutants as test_nodes
from tests.storage import writer_mutants

PAIRS = [(name, test) for name, mutant in MUTANTS.items() for test in mutant.caught_by]


def catch(name: str, test: str, folder: Path) -> str:
    """Run a fault test against a mutant; what it said. It has to notice what it promises to catch, and not a server
    that does not start."""
    module, _, function = test.partition(":")
    fault_test = getattr(import_module(f"tests.faults.{module}"), function)
    with pytest.raises(BrokenPromiseError) as caught:
        fault_test(Launch(mutants=(name,)), folder)
    said = str(caught.value)
    assert re.search(MUTANTS[name].caught_by[test], said), said
    return said


@pytest.mark.mutants
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "test"), PAIRS)
def test_the_mutant_is_caught(name: str, test: str, tmp_path: Path) -> None:
    catch(name, test, tmp_path)


def test_the_tables_in_the_documents_have_every_mutant() -> None:
    text = (ROOT / "docs" / "durability.md").read_text()
    rows = {tuple(cell.strip(" `") for cell in line.split("|")[1:4:2]) for line in text.splitlines() if "|" in line}
    writers = {(name, "test_three_writers") for name in writer_mutants.MUTANTS}
    assert {*PAIRS, *test_nodes.PAIRS, *writers} <= rows
