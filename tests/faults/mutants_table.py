"""Run every fault test against the mutants that it must catch, and write the table of docs/durability.md.

python -m tests.faults.mutants_table
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.program import ROOT
from tests.faults.test_mutants import MUTANTS, PAIRS, catch

DOCUMENT = ROOT / "docs" / "durability.md"
_BEGIN, _END = "<!-- mutants: python -m tests.faults.mutants_table -->\n", "<!-- end of the mutants -->\n"
_MAX_LENGTH = 100
"""Characters of what a test said."""


def main() -> None:
    rows = [
        "| broken on purpose | what it does | caught by | after | what the test said |",
        "|---|---|---|---|---|",
    ]
    for name, test in PAIRS:
        print(f"{name} against {test}", file=sys.stderr)
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            said = catch(name, test, Path(folder))
        took = time.monotonic() - began
        what = MUTANTS[name].what.partition("\n")[0]
        rows.append(f"| {name} | {what} | `{test}` | {took:.0f} s | {_shortened(said)} |")
    before, _, rest = DOCUMENT.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    DOCUMENT.write_text(before + _BEGIN + "\n".join(rows) + "\n" + _END + after)


def _shortened(said: str) -> str:
    """One line without what would end a cell, and without long runs of one letter."""
    said = re.sub(r"(x{4})x+", r"\1…", re.sub(r"\s+", " ", said)).replace("|", "/").replace("`", "'")
    return said if len(said) <= _MAX_LENGTH else f"{said[:_MAX_LENGTH]}…"


if __name__ == "__main__":
    main()
