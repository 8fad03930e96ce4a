"""Run every test against the mutants that it must catch, and write the tables of docs/durability.md and
docs/mutants.md.

python -m tests.faults.mutants_table [mutants|nodes|source]
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.faults import test_mutants as one_server
from tests.faults.program import ROOT
from tests.mutants import tables as source
from tests.mutants.tree import Tree
from tests.nodes import test_mutants as nodes
from tests.storage import test_three_writers as writers

PROMISES, OTHERS = ROOT / "docs" / "durability.md", ROOT / "docs" / "mutants.md"
_BEGIN, _END = "<!-- {}: python -m tests.faults.mutants_table -->\n", "<!-- end of the {} -->\n"
_HEAD = ["| broken on purpose | what it does | caught by | after | what the test said |", "|---|---|---|---|---|"]
_MAX_LENGTH = 100
"""Characters of what a test said."""


def main() -> None:
    every = {"mutants": _of_one_server, "nodes": _of_nodes, "source": _of_the_source}
    for name in sys.argv[1:] or every:
        every[name]()


def _of_one_server() -> None:
    rows = [_row(name, one_server.MUTANTS[name].what, test, one_server.catch) for name, test in one_server.PAIRS]
    _write(PROMISES, "mutants", rows)


def _of_nodes() -> None:
    rows = [_row(name, mutant.what, "test_three_writers", _writer) for name, mutant in writers.MUTANTS.items()]
    rows += [_row(name, nodes.MUTANTS[name].what, test, nodes.catch) for name, test in nodes.PAIRS]
    _write(PROMISES, "mutants of several nodes", rows)


def _of_the_source() -> None:
    with tempfile.TemporaryDirectory(dir=ROOT.parent) as folder:
        tree = Tree(Path(folder))
        rows = [
            _row(mutant.name, mutant.what, mutant.test, lambda *_, mutant=mutant: tree.catch(mutant))
            for mutant in source.MUTANTS
        ]
    _write(OTHERS, "mutants of the source", rows)


def _writer(name: str, _test: str, _folder: Path) -> str:
    return writers.catch(name)


def _row(name: str, what: str, test: str, catch: Callable[[str, str, Path], str]) -> str:
    print(f"{name} against {test}", file=sys.stderr)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        said = catch(name, test, Path(folder))
    took = time.monotonic() - began
    first = what.partition("\n")[0]
    return f"| {name} | {first} | `{test}` | {took:.0f} s | {_shortened(said)} |"


def _write(page: Path, table: str, rows: Iterable[str]) -> None:
    begin, end = _BEGIN.format(table), _END.format(table)
    before, _, rest = page.read_text().partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(before + begin + "\n".join([*_HEAD, *rows]) + "\n" + end + after)


def _shortened(said: str) -> str:
    """One line without what would end a cell, and without long runs of one letter."""
    said = re.sub(r"(x{4})x+", r"\1…", re.sub(r"\s+", " ", said)).replace("|", "/").replace("`", "'")
    return said if len(said) <= _MAX_LENGTH else f"{said[:_MAX_LENGTH]}…"


if __name__ == "__main__":
    main()
