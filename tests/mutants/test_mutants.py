"""Every change of the source is noticed by the test that must notice it: `pytest -m mutants tests/mutants`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.mutants.mutant import Mutant
from tests.mutants.tables import MUTANTS
from tests.mutants.tree import ROOT, Tree


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("mutants"))


@pytest.mark.mutants
@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_change_is_noticed(mutant: Mutant, tree: Tree) -> None:
    assert tree.catch(mutant)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_it_changes_is_there_and_so_is_its_test(mutant: Mutant) -> None:
    """Whoever changes the place changes the mutant along."""
    text = (ROOT / "chatstore" / mutant.file).read_text()
    assert text.count(mutant.old) == 1
    compile(text.replace(mutant.old, mutant.new), mutant.file, "exec")
    tests = (ROOT / "tests" / mutant.test_file).read_text()
    assert re.search(rf"^ *(?:async )?def {mutant.test_name}\(", tests, re.MULTILINE)


def test_each_has_a_name_and_a_row_of_its_own() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len({*names})
    text = (Path(ROOT) / "docs" / "mutants.md").read_text()
    rows = {tuple(cell.strip(" `") for cell in line.split("|")[1:4:2]) for line in text.splitlines() if "|" in line}
    assert {(mutant.name, mutant.test) for mutant in MUTANTS} <= rows
